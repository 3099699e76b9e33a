/**
 * Reads a dialogue file. It reads as SMTP, from the client's connect to its end:
 *
 *   # comment                      why the dialogue exists, with its RFC
 *   needs: trusted, auth           what the listener must allow (see dialogues.test.ts); first lines only
 *   C: MAIL FROM:<a@example.org>   a line, with its CRLF; lines in a row leave in one write
 *   C> "a\r\n" "x"*600             exact octets: JSON strings, repeated by *n, put together
 *   C x3: RCPT TO:<a@b.example>    the same line three times
 *   S: 250 2.1.5 *                 a reply line; * matches the rest. Earlier lines of a reply may be left out
 *   S x3: 250 *                    the same reply three times
 *   TLS                            the handshake after 220
 *   M> "Subject: x\r\n"            the content of the message that was accepted last
 *   CLOSED                         the server has closed
 */
export interface Dialogue {
  readonly name: string;
  readonly needs: readonly string[];
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly do: "send"; readonly bytes: Buffer; readonly line: number }
  | { readonly do: "expect"; readonly reply: string; readonly line: number }
  | { readonly do: "content"; readonly bytes: Buffer; readonly line: number }
  | { readonly do: "tls" | "closed"; readonly line: number };

/** @throws Error naming the line that cannot be read. */
export function readDialogue(name: string, text: string): Dialogue {
  const needs: string[] = [];
  const steps: Step[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = index + 1;
    if (raw.trim() === "" || raw.startsWith("#")) continue;
    const match = /^(?:(needs):|([CS])(?: x(\d+))?:|([CM])>|(TLS|CLOSED)$)(.*)$/.exec(raw);
    if (match === null) throw new Error(`${name}:${line}: not a dialogue line: ${raw}`);
    const [, head, who, times = "1", exact, event, rest = ""] = match;
    if (head !== undefined) needs.push(...rest.split(",").map((word) => word.trim()));
    else if (event !== undefined) steps.push({ do: event === "TLS" ? "tls" : "closed", line });
    else if (exact !== undefined) steps.push({ do: exact === "C" ? "send" : "content", bytes: octets(rest, `${name}:${line}`), line });
    else
      for (let i = 0; i < Number(times); i++) {
        if (who === "C") steps.push({ do: "send", bytes: Buffer.from(`${rest.slice(1)}\r\n`), line });
        else steps.push({ do: "expect", reply: rest.slice(1), line });
      }
  }
  return { name, needs, steps: joined(steps) };
}

/** Whether a reply, with all its lines, is the one expected by its last line. */
export function matches(expected: string, reply: string): boolean {
  return expected.endsWith("*") ? reply.startsWith(expected.slice(0, -1)) : reply === expected;
}

/** What a client sends without waiting leaves in one write. */
function joined(steps: readonly Step[]): Step[] {
  const all: Step[] = [];
  for (const step of steps) {
    const before = all.at(-1);
    if (step.do === "send" && before?.do === "send") all[all.length - 1] = { ...before, bytes: Buffer.concat([before.bytes, step.bytes]) };
    else all.push(step);
  }
  return all;
}

function octets(text: string, where: string): Buffer {
  const parts: Buffer[] = [];
  let rest = text.trim();
  while (rest !== "") {
    const match = /^("(?:[^"\\]|\\.)*")(?:\*(\d+))?\s*/.exec(rest);
    if (match === null) throw new Error(`${where}: not a string: ${rest}`);
    const [all, literal = '""', times = "1"] = match;
    const value: unknown = JSON.parse(literal.replace(/\\x([0-9a-fA-F]{2})/g, "\\u00$1"));
    if (typeof value !== "string") throw new Error(`${where}: not a string`);
    parts.push(Buffer.from(value.repeat(Number(times)), /[^\0-ÿ]/.test(value) ? "utf8" : "latin1"));
    rest = rest.slice(all.length);
  }
  return Buffer.concat(parts);
}
