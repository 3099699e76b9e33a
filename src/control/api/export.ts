/** Everything that matches, as a file that is written while it is searched: a page at a time, as fast as it is read. */
import type { View } from "../../model/view.ts";
import type { Asked, RawReply } from "./asked.ts";
import { csvLine } from "./csv.ts";
import type { ReplyOf } from "./routes.ts";
import { type Asks, searchPage } from "./search-pages.ts";
import { historyRow } from "./shapes.ts";
import { rowSeen } from "./tenant-sees.ts";

const PAGE = 1000;
type Row = ReplyOf<"search">["rows"][number];
const COLUMNS: readonly (keyof Row)[] = [
  ...(["id", "rcpt", "at", "state", "inDoubt", "possiblyTwice", "from", "to", "sender", "source", "tenant", "recipients"] as const),
  ...(["attempts", "tookMs", "dueAt", "why", "class", "provider", "host", "code", "enhanced", "fault"] as const),
];

export function exported(asked: Asked, view: View, asks: Asks, form: "csv" | "jsonl", most: number): RawReply {
  return {
    raw: rowsOf(asked, view, asks, form, most),
    type: form === "csv" ? "text/csv; charset=utf-8" : "application/jsonl; charset=utf-8",
    headers: { "content-disposition": `attachment; filename="messages.${form}"` },
  };
}

async function* rowsOf(asked: Asked, view: View, asks: Asks, form: "csv" | "jsonl", most: number): AsyncGenerator<Uint8Array> {
  const { node, now } = asked;
  if (form === "csv") yield Buffer.from(csvLine(COLUMNS));
  let left = most;
  for (let after: string | undefined; left > 0; ) {
    // Pages of one size, because a merged search's cursor counts in them.
    const page = await searchPage(node, view, asks, { limit: Math.min(PAGE, most), ...(after === undefined ? {} : { after }) }, now);
    const rows = page.rows.slice(0, left).map((row) => historyRow(rowSeen(row, view, node), node.number, now));
    left -= rows.length;
    if (rows.length > 0) yield Buffer.from(rows.map((row) => lineOf(row, form)).join(""));
    if (page.next === undefined) return;
    after = page.next;
  }
}

function lineOf(row: Row, form: "csv" | "jsonl"): string {
  return form === "csv" ? csvLine(COLUMNS.map((column) => row[column])) : `${JSON.stringify(row)}\n`;
}
