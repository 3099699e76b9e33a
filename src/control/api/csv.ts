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

/** Commas, semicolons or tabs, whichever the first line has most of. Empty lines are left out; a quote left open ends at the end. */
export function readCsv(text: string): readonly CsvLine[] {
  const clean = text.startsWith("\ufeff") ? text.slice(1) : text;
  const comma = separatorOf(clean.slice(0, clean.search(/[\r\n]|$/)));
  const lines: CsvLine[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let line = 1;
  let begin = 1;
  const endLine = (): void => {
    cells.push(cell);
    if (cells.length > 1 || cells[0]?.trim() !== "") lines.push({ line: begin, cells });
    cells = [];
    cell = "";
  };
  for (let at = 0; at < clean.length; at++) {
    const letter = clean[at];
    if (letter === "\n") line++;
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (clean[at + 1] === '"') cell += clean[++at];
      else quoted = false;
    } else if (letter === '"' && cell.trim() === "") {
      cell = "";
      quoted = true;
    } else if (letter === comma) {
      cells.push(cell);
      cell = "";
    } else if (letter === "\n") {
      endLine();
      begin = line;
    } else if (letter !== "\r") cell += letter;
  }
  if (cell !== "" || cells.length > 0) endLine();
  return lines;
}

function separatorOf(first: string): string {
  const count = (mark: string): number => first.split(mark).length;
  return [",", ";", "\t"].sort((a, b) => count(b) - count(a))[0] ?? ",";
}
