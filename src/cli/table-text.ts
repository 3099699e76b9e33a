/**
 * Tables that fit the window. Columns are as wide as their cells; where the window is too narrow the last column, which
 * holds prose, is cut, or moves to a line of its own. All other cells are ids, addresses and numbers: never cut.
 */
import { stripVTControlCharacters } from "node:util";

export interface Column {
  readonly head: string;
  readonly right?: true;
}

/** Below this the last column gets its own line instead. */
const LEAST_PROSE = 24;
const GAP = 2;

export function tableText(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const all = [columns.map(({ head }) => head), ...rows.map((row) => row.map(oneLine))];
  const last = columns.length - 1;
  const widths = columns.map((_, i) => Math.max(...all.map((row) => columnsOf(row[i] ?? ""))));
  const before = widths.slice(0, last).reduce((sum, wide) => sum + wide + GAP, 0);
  const room = width - before;
  const apart = room < LEAST_PROSE && (widths[last] ?? 0) > room;
  const lines = all.map((row, nth) => {
    const cells = row.slice(0, last).map((cell, i) => pad(cell, widths[i] ?? 0, columns[i]?.right));
    const prose = row[last] ?? "";
    if (!apart) return trimmed([...cells, cut(prose, room)]);
    const own = prose === "" || nth === 0 ? [] : [`  ${cut(prose, width - GAP)}`];
    return [trimmed(cells), ...own].join("\n");
  });
  return `${lines.join("\n")}\n`;
}

/** Cells may come from strangers' mail: no line end or escape of theirs reaches the terminal. Our own colour codes pass. */
export function oneLine(cell: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced.
  return cell.replace(/\u001b\[\d{1,2}m|[\u0000-\u001f\u007f-\u009f]/g, (found) => (found.length > 1 ? found : " "));
}

function trimmed(cells: readonly string[]): string {
  return cells.join(" ".repeat(GAP)).trimEnd();
}

function pad(cell: string, width: number, right: true | undefined): string {
  const fill = " ".repeat(Math.max(0, width - columnsOf(cell)));
  return right ? fill + cell : cell + fill;
}

function cut(text: string, room: number): string {
  return columnsOf(text) <= room || room < 2 ? text : `${[...text].slice(0, room - 1).join("")}…`;
}

function columnsOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
