/**
 * What was said on a connection, as lines for people: the evidence behind a story. Kept small whatever the other side
 * sends: the beginning and the end of a long dialogue tell what happened, its middle is a thousand times the same.
 */
import type { Reply } from "../../model/reply.ts";

/** Together the 4 KiB that an attempt's record allows. */
const HEAD_CHARS = 3_000;
const TAIL_CHARS = 1_000;
/** One line of it; a receiver's single line may have as many as a whole transcript. */
const LINE_CHARS = 600;

export class Transcript {
  #head = "";
  readonly #tail: string[] = [];
  #tailChars = 0;
  #left = 0;

  /** A command of ours, without its line end. Secrets are the caller's to leave out. */
  client(line: string): void {
    this.#add(`C: ${line}`);
  }

  /** A reply; `lines` are its texts line by line, as they came. */
  server(reply: Reply, lines: readonly string[]): void {
    if (lines.length < 2) return this.#add(lines[0] === undefined || lines[0] === "" ? `S: ${reply.code}` : `S: ${reply.code} ${lines[0]}`);
    lines.forEach((line, i) => this.#add(`S: ${reply.code}${i < lines.length - 1 ? "-" : " "}${line}`));
  }

  /** What happened and is no line of the protocol. */
  remark(text: string): void {
    this.#add(`* ${text}`);
  }

  get text(): string {
    if (this.#tail.length === 0) return this.#head;
    const cut = this.#left === 0 ? "" : `\n* ${this.#left} lines left out`;
    return `${this.#head}${cut}\n${this.#tail.join("\n")}`;
  }

  #add(raw: string): void {
    const line = clean(raw.length > LINE_CHARS ? `${raw.slice(0, LINE_CHARS)}…` : raw);
    if (this.#tail.length === 0 && this.#head.length + line.length < HEAD_CHARS) {
      this.#head = this.#head === "" ? line : `${this.#head}\n${line}`;
      return;
    }
    this.#tail.push(line);
    this.#tailChars += line.length;
    while (this.#tailChars > TAIL_CHARS && this.#tail.length > 1) {
      this.#tailChars -= this.#tail.shift()?.length ?? 0;
      this.#left++;
    }
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029]/g;

function clean(line: string): string {
  return CONTROL.test(line) ? line.replace(CONTROL, "?") : line;
}
