/**
 * Proves that the client concludes what the host decided: an honest host with whims (it refuses MAIL, RCPT, DATA or the
 * content as chance has it) keeps the truth, and objects to whatever RFC 5321, 2920 or 3030 forbid.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Dialogue, Letter } from "./scripted-host.ts";

class WhimsicalHost {
  /** `letter recipient` of everything that was taken. */
  readonly taken = new Set<string>();
  readonly objections: string[] = [];
  readonly #whims: readonly number[];
  #at = 0;
  #input = "";
  #inMail = false;
  #accepted: string[] = [];
  #content: { readonly until: "dot" } | { readonly until: "octets"; readonly left: number; readonly last: boolean } | undefined;
  #chunks = "";

  /** One whim a decision, in turn: 0 refuses for good, 1 for now, everything else accepts. */
  constructor(whims: readonly number[]) {
    this.#whims = whims;
  }

  /** Takes what the client wrote; the replies. */
  hear(bytes: string): string {
    this.#input += bytes;
    let replies = "";
    for (let reply = this.#step(); reply !== undefined; reply = this.#step()) replies += reply;
    return replies;
  }

  #whim(): string {
    const whim = this.#whims[this.#at++ % this.#whims.length] ?? 2;
    return whim === 0 ? "550 5.7.1 no\r\n" : whim === 1 ? "451 4.7.1 later\r\n" : "250 2.0.0 Ok\r\n";
  }

  #step(): string | undefined {
    const content = this.#content;
    if (content?.until === "octets") return this.#chunk(content.left, content.last);
    if (content?.until === "dot") return this.#dotted();
    const end = this.#input.indexOf("\r\n");
    if (end < 0) return undefined;
    const line = this.#input.slice(0, end);
    this.#input = this.#input.slice(end + 2);
    return this.#command(line);
  }

  #command(line: string): string {
    const [verb = "", rest = ""] = line.split(/ (.*)/s);
    const address = /<(.*)>/.exec(rest)?.[1] ?? "";
    switch (verb) {
      case "MAIL": {
        if (this.#inMail) this.objections.push("nested MAIL");
        const reply = this.#whim();
        this.#inMail = reply.startsWith("2");
        this.#accepted = [];
        return reply;
      }
      case "RCPT": {
        if (!this.#inMail) return "503 5.5.1 MAIL first\r\n";
        const reply = this.#whim();
        if (reply.startsWith("2")) this.#accepted.push(address);
        return reply;
      }
      case "DATA": {
        if (this.#input !== "") this.objections.push("DATA was not the last of its group");
        if (!this.#inMail) return "503 5.5.1 MAIL first\r\n";
        const reply = this.#whim();
        if (!reply.startsWith("2")) return reply;
        this.#content = { until: "dot" };
        return "354 go\r\n"; // even where nobody was accepted, as RFC 2920 §3.1 lets it
      }
      case "BDAT": {
        const [octets, last] = rest.split(" ");
        this.#content = { until: "octets", left: Number(octets), last: last === "LAST" };
        return "";
      }
      case "RSET":
        this.#inMail = false;
        this.#chunks = "";
        return "250 2.0.0 Ok\r\n";
      case "QUIT":
        return "221 2.0.0 bye\r\n";
      default:
        this.objections.push(`what is ${line}?`);
        return "500 5.5.2 what?\r\n";
    }
  }

  #dotted(): string | undefined {
    const end = this.#input.startsWith(".\r\n") ? 0 : this.#input.indexOf("\r\n.\r\n") + 2;
    if (end === 1) return undefined;
    const content = this.#input.slice(0, end);
    this.#input = this.#input.slice(end + 3);
    this.#content = undefined;
    this.#inMail = false;
    return this.#take(content);
  }

  #chunk(left: number, last: boolean): string | undefined {
    if (this.#input.length < left) return undefined;
    this.#chunks += this.#input.slice(0, left);
    this.#input = this.#input.slice(left);
    this.#content = undefined;
    const content = this.#chunks;
    const nobody = !this.#inMail || this.#accepted.length === 0;
    if (last || nobody) this.#chunks = "";
    if (nobody) return "503 5.5.1 nobody to give it to\r\n";
    if (!last) {
      const reply = this.#whim();
      if (!reply.startsWith("2")) this.#accepted = []; // the chunks behind it are refused too
      return reply;
    }
    const reply = this.#take(content);
    if (reply.startsWith("2")) this.#inMail = false; // else it waits for RSET (RFC 3030 §2)
    return reply;
  }

  #take(content: string): string {
    const reply = this.#whim();
    if (!reply.startsWith("2")) return reply;
    if (this.#accepted.length > 0 && !/^Letter: \d+\r\n/.test(content)) this.objections.push("not a whole message");
    for (const address of this.#accepted) this.taken.add(`${/\d+/.exec(content)?.[0]} ${address}`);
    return reply;
  }
}

test("what the client concludes is what the host decided", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 5, maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }),
      fc.constantFrom([], ["PIPELINING"], ["PIPELINING", "CHUNKING"]),
      fc.integer({ min: 0, max: 80_000 }),
      async (whims, recipientCounts, words, size) => {
        const host = new WhimsicalHost(whims);
        const letters = recipientCounts.map((count, i) => {
          const to = Array.from({ length: count }, (_, n) => `r${n}@example.net`);
          return new Letter(to, [`Letter: ${i}\r\n\r\n`, `${"x".repeat(size)}\r\n`, ".dot\r\n"]);
        });
        const d = new Dialogue([...letters], { maxTransactions: letters.length });
        let heard = await d.greet(...words);
        while (heard !== "") heard = await d.says(host.hear(heard));
        assert.deepEqual(host.objections, []);
        assert.equal(d.ending, "orderly");
        const concluded = letters.flatMap(({ outcome, recipients }, i) =>
          recipients.flatMap(({ address }, n) => (outcome?.[n]?.startsWith("accepted") ? [`${i} ${address}`] : [])),
        );
        assert.deepEqual(concluded.sort(), [...host.taken].sort());
        for (const { outcome } of letters) assert.ok(outcome?.every((result) => /^(accepted|refused)/.test(result)));
      },
    ),
    { numRuns: 250 },
  );
});
