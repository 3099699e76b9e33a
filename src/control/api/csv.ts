/**
 * Comma-separated values (RFC 4180 §2), both ways. What we write is safe to open in a spreadsheet: a cell that such a
 * program would run as a formula gets an apostrophe before it, because senders choose what stands in it.
 */

/**
 * Cells that begin so are formulas to a spreadsheet: it skips blanks before them, and knows the wide signs of East Asian
 * keyboards. A minus before digits alone is a number.
 */
const FORMULA = /^[\s\0]*(?:[=+@＝＋＠]|[-－](?!\d+(?:\.\d+)?$))|^[\t\r\n]/;

/** One line with its CRLF; null is an empty cell. */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(cellText).join(",")}\r\n`;
}

function cellText(cell: string | number | boolean | null): string {
  if (cell === null) return "";
  if (typeof cell !== "string") return String(cell);
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",;\t\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export interface CsvLine {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Commas, semicolons or tabs, whichever the first line has most of. Empty lines are left out; a quote left open ends at
 * the end. A line at a time, each read once: a file may have sixteen megabytes, and whoever reads it makes pauses.
 */
export function* readCsv(text: string): Generator<CsvLine> {
  const from = text.startsWith("\ufeff") ? 1 : 0;
  const reader = new CellReader(text, from, separatorOf(text.slice(from, from + text.slice(from).search(/[\r\n]|$/))));
  while (!reader.ended) {
    const begin = reader.line;
    const cells = [reader.cell()];
    while (reader.goesOn) cells.push(reader.cell());
    if (cells.length > 1 || cells[0]?.trim() !== "") yield { line: begin, cells };
  }
}

/** Where in the text it is, and where the next separator and the next end of a line are: looked for once each. */
class CellReader {
  line = 1;
  ended: boolean;
  /** The last cell ended with a separator: another one follows in its line. */
  goesOn = false;
  readonly #text: string;
  readonly #separator: string;
  #at: number;
  #nextSeparator = -1;
  #nextLine = -1;

  constructor(text: string, from: number, separator: string) {
    this.#text = text;
    this.#at = from;
    this.#separator = separator;
    this.ended = from >= text.length;
  }

  cell(): string {
    const quoted = this.#quoted();
    const end = this.#end();
    const plain = this.#text.slice(this.#at, end).replaceAll("\r", "");
    this.goesOn = end < this.#text.length && end === this.#nextSeparator;
    if (end < this.#text.length && !this.goesOn) this.line++;
    this.#at = end + 1;
    // Behind a last separator stands one more cell, an empty one.
    this.ended = this.#at >= this.#text.length && !this.goesOn;
    return quoted === undefined ? plain : quoted + plain;
  }

  /** What stands in quotes at the beginning of the cell; the rest of the cell follows it. */
  #quoted(): string | undefined {
    const blanks = /[^\S\n]*/y;
    blanks.lastIndex = this.#at;
    blanks.test(this.#text);
    const open = this.#separator === "\t" ? this.#at : blanks.lastIndex;
    if (this.#text[open] !== '"') return undefined;
    const parts: string[] = [];
    for (let at = open + 1; ; ) {
      const close = this.#text.indexOf('"', at);
      const end = close < 0 ? this.#text.length : close;
      parts.push(this.#text.slice(at, end));
      this.#at = end + 1;
      if (this.#text[end + 1] !== '"') break;
      parts.push('"');
      at = end + 2;
    }
    const whole = parts.join("");
    for (let at = whole.indexOf("\n"); at >= 0; at = whole.indexOf("\n", at + 1)) this.line++;
    return whole;
  }

  #end(): number {
    this.#nextSeparator = this.#next(this.#separator, this.#nextSeparator);
    this.#nextLine = this.#next("\n", this.#nextLine);
    return Math.min(this.#nextSeparator, this.#nextLine);
  }

  /** The text's length where there is none. */
  #next(mark: string, known: number): number {
    if (known >= this.#at) return known;
    const found = this.#text.indexOf(mark, this.#at);
    return found < 0 ? Math.max(this.#text.length, this.#at) : found;
  }
}

function separatorOf(first: string): string {
  const count = (mark: string): number => first.split(mark).length;
  return [",", ";", "\t"].sort((a, b) => count(b) - count(a))[0] ?? ",";
}
