/** A file named on the command line, or standard input for `-`: whole where it is small, else as it comes. */
import { createReadStream } from "node:fs";
import { concat } from "../base/bytes.ts";
import { codeOf, textOf } from "../base/fault.ts";
import { CommandFault, EXIT, usageFault } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

/** @throws {CommandFault} where it cannot be read. */
export async function* inputOctets(name: string, { stdin }: Pick<Terminal, "stdin">): AsyncGenerator<Uint8Array> {
  try {
    yield* name === "-" ? stdin : (createReadStream(name) as AsyncIterable<Uint8Array>); // without an encoding it gives octets
  } catch (thrown) {
    const missing = codeOf(thrown) === "ENOENT";
    const why = missing ? "there is no such file" : textOf(thrown);
    throw new CommandFault(
      missing ? EXIT.notFound : EXIT.usage,
      "usage",
      `${name} cannot be read: ${why}`,
      "name a file, or - for standard input",
      thrown,
    );
  }
}

/** @throws {CommandFault} also where it is larger than `most` bytes, or is no UTF-8. */
export async function inputText(name: string, terminal: Pick<Terminal, "stdin">, most: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of inputOctets(name, terminal)) {
    length += part.length;
    if (length > most) throw usageFault(`${name} is larger than ${most} bytes`, "name the right file");
    parts.push(part);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(concat(parts));
  } catch {
    throw usageFault(`${name} is not UTF-8`, `iconv -f latin1 -t utf-8 ${name}`); // TypeError: that is all a decoder says
  }
}
