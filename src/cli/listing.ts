/** A list as every verb shows one: a table, a JSON object a line, or the sentence that says why there is nothing. */
import type { WallMs } from "../base/clock.ts";
import { nextClockTime, parseDuration, zoneClock } from "../base/time-text.ts";
import { usageFault } from "./exit.ts";
import { type Column, tableText } from "./table-text.ts";
import { plainSigns, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

export interface Listing<Row> {
  readonly columns: readonly Column[];
  readonly cells: (row: Row) => readonly string[];
  /** What an empty list means, with the next step. */
  readonly none: string;
}

export function list<Row>({ flags, terminal }: Pick<Call, "flags" | "terminal">, rows: readonly Row[], shown: Listing<Row>): void {
  if (flags.on("json")) for (const row of rows) terminal.out(`${JSON.stringify(row)}\n`);
  else if (rows.length === 0) terminal.err(plainSigns(`${shown.none}\n`, terminal.unicode));
  else terminal.out(plainSigns(tableText(shown.columns, rows.map(shown.cells), terminal.width()), terminal.unicode));
}

/** One answer: a JSON object, or a sentence. */
export function tell({ flags, terminal }: Pick<Call, "flags" | "terminal">, data: unknown, text: string): void {
  terminal.out(flags.on("json") ? `${JSON.stringify(data)}\n` : plainSigns(text, terminal.unicode));
}

/** A time of the API in the reader's zone; `none` where there is none. */
export function when(at: string | null, { zone, clock }: Terminal, none: string): string {
  return at === null ? none : zoneClock(zone).minutes(Date.parse(at) as WallMs, clock.wall());
}

/** `--until 30d`, `--until 12:00` of the reader's clock, or a moment as the API takes it. Undefined where it is not given. */
export function untilFlag({ flags, terminal }: Pick<Call, "flags" | "terminal">): string | undefined {
  const text = flags.text("until");
  if (text === undefined) return undefined;
  const span = parseDuration(text);
  if (span !== undefined) return new Date(terminal.clock.wall() + span).toISOString();
  const next = nextClockTime(text, terminal.zone, terminal.clock.wall());
  if (next !== undefined) return new Date(next).toISOString();
  if (!/^\d{4}-\d\d-\d\d/.test(text))
    throw usageFault(`--until must be a time such as 30d or 12:00, or a date, not ${text.slice(0, 40)}`, "--until 2026-12-31");
  return text;
}

/** Octets of the API, as fast as they are read. */
export async function copyOut(octets: AsyncIterable<Uint8Array>, terminal: Terminal): Promise<void> {
  const decoder = new TextDecoder();
  for await (const part of octets) {
    terminal.out(decoder.decode(part, { stream: true }));
    await terminal.flushed();
  }
  terminal.out(decoder.decode());
}
