/** Passwords come from a pipe, or are typed unseen: never from the command line, which others on the machine can read. */
import { usageFault } from "./exit.ts";
import type { Call } from "./verb.ts";

const MOST_PASSWORD_BYTES = 1024;

/** For `--password-stdin`. @throws {CommandFault} where it is no single line. */
export async function passwordInput({ terminal, signal }: Pick<Call, "terminal" | "signal">): Promise<string> {
  if (!terminal.inIsTerminal) return await pipedLine(terminal.stdin);
  const typed = await terminal.hidden("Password: ", signal);
  if (typed === "") throw usageFault("no password was typed", "type one, or leave --password-stdin out");
  if (Buffer.byteLength(typed) > MOST_PASSWORD_BYTES) throw usageFault(`a password may have ${MOST_PASSWORD_BYTES} bytes`);
  if ((await terminal.hidden("Again: ", signal)) !== typed) throw usageFault("the two are not the same", "nothing was changed; try again");
  return typed;
}

/** Its line end is not part of it. */
async function pipedLine(input: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of input) {
    length += part.length;
    if (length > MOST_PASSWORD_BYTES + 2) throw usageFault(`a password may have ${MOST_PASSWORD_BYTES} bytes`);
    parts.push(part);
  }
  const password = Buffer.concat(parts)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  if (password === "" || /[\r\n]/.test(password))
    throw usageFault("standard input must hold one line: the password", "--password-stdin < FILE");
  return password;
}
