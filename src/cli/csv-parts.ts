/**
 * A CSV in parts small enough for one request each, cut between lines, never inside a quoted cell. A first line of names
 * stands at the head of each part. Memory does not grow with the file.
 */

export interface CsvPart {
  readonly text: string;
  /** Add it to a line's number in this part to get that in the file. */
  readonly before: number;
}

/** The server takes 16 MiB; JSON may double what is sent. */
const PART_CHARS = 2 * 1024 * 1024;
/** One line longer than that is none. */
const MOST_LINE = 64 * 1024;

export class CsvLineTooLong extends Error {
  readonly line: number;
  constructor(line: number) {
    super(`line ${line} is longer than ${MOST_LINE} characters`);
    this.line = line;
  }
}

/** @throws {CsvLineTooLong | TypeError} the latter for what is not UTF-8. */
export async function* csvParts(octets: AsyncIterable<Uint8Array>, most = PART_CHARS): AsyncGenerator<CsvPart> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let names: string | undefined;
  let rest = "";
  let before = 0;
  const part = (text: string): CsvPart => {
    const named = before > 0 && names !== undefined && names !== "";
    const made = { text: named ? names + text : text, before: named ? before - 1 : before };
    before += text.split("\n").length - 1;
    return made;
  };
  for await (const chunk of octets) {
    rest += decoder.decode(chunk, { stream: true });
    if (rest.length < most) continue;
    const end = lastLineEnd(rest);
    if (rest.length - end > MOST_LINE + most) throw new CsvLineTooLong(before + 1);
    if (end === 0) continue;
    names ??= headOf(rest);
    yield part(rest.slice(0, end));
    rest = rest.slice(end);
  }
  rest += decoder.decode();
  if (rest.trim() !== "") yield part(rest);
}

/** The first line where it names its columns, with its end; else nothing. */
function headOf(text: string): string {
  const line = text.slice(0, text.indexOf("\n") + 1);
  return /(^|[,;\t"\ufeff])\s*address\s*([,;\t"\r\n]|$)/i.test(line) ? line : "";
}

/** Behind the last line end that is outside of quotation marks; 0 if there is none. */
function lastLineEnd(text: string): number {
  let quoted = false;
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') quoted = !quoted;
    else if (letter === "\n" && !quoted) end = at + 1;
  }
  return end;
}
