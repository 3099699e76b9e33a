/** queue list: open deliveries, one a row, page by page so that a million need no memory. */
import type { WallMs } from "../base/clock.ts";
import { countText } from "../base/size-text.ts";
import { shortDuration, zoneClock } from "../base/time-text.ts";
import type { ApiClient } from "../control/api/client.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { connect } from "./connect.ts";
import { EXIT } from "./exit.ts";
import { list } from "./listing.ts";
import { fullSelections, numberFlag, type Selection } from "./selection.ts";
import { type Column, tableText } from "./table-text.ts";
import { stateNamed, stateText, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Row = ReplyOf<"deliveries">["deliveries"][number];

const PAGE = 1000;
const COLUMNS: readonly Column[] = [
  { head: "ID" },
  { head: "STATE" },
  { head: "AGE", right: true },
  { head: "TRIES", right: true },
  { head: "NEXT" },
  { head: "FROM" },
  { head: "TO" },
  { head: "WHY" },
];

export async function run(call: Call): Promise<number> {
  const client = connect(call);
  if (call.flags.on("actions")) return await listActions(call, client);
  const limit = numberFlag(call, "limit", 100, 100_000_000);
  const selections = await fullSelections(call, client, "all");
  let left = limit;
  let total = 0;
  let next: string | null = null;
  for (const selection of selections) {
    const listed = await listOne(call, client, selection, left, call.flags.text("after"));
    left -= listed.shown;
    total += listed.total;
    next = listed.next;
  }
  const shown = limit - left;
  const { terminal, flags, operands } = call;
  if (!flags.on("json")) {
    if (shown === 0) terminal.err(total === 0 ? emptyText(selections) : "no more\n");
    else if (next !== null) terminal.err(`${countText(shown)} of ${countText(total)}; more: --limit N, or --after ${next}\n`);
  }
  // An empty list is an answer; a message or an address that is not there was looked for in vain.
  return shown === 0 && (operands.length > 0 || flags.on("id")) ? EXIT.notFound : EXIT.done;
}

function emptyText(selections: readonly Selection[]): string {
  return selections.every((selection) => Object.keys(selection).length === 0)
    ? "Nothing waits: no delivery is queued or held.\n"
    : "No open delivery matches; what is settled: fairlead where ADDRESS\n";
}

async function listOne(call: Call, client: ApiClient, selection: Selection, limit: number, after: string | undefined) {
  const { terminal, flags } = call;
  let [shown, total, cursor] = [0, 0, after];
  let next: string | null = null;
  do {
    const page: ReplyOf<"deliveries"> = await client.call("deliveries", {
      ...selection,
      after: cursor,
      limit: Math.min(PAGE, limit - shown) || 1,
      total: shown === 0 && !flags.on("json"),
    });
    const rows = limit === shown ? [] : page.deliveries;
    if (flags.on("json")) for (const row of rows) terminal.out(`${JSON.stringify(row)}\n`);
    else if (rows.length > 0)
      terminal.out(
        tableText(
          COLUMNS,
          rows.map((row) => cells(row, terminal)),
          terminal.width(),
        ),
      );
    await terminal.flushed();
    shown += rows.length;
    total = page.total ?? total;
    next = page.next;
    cursor = page.next ?? undefined;
  } while (next !== null && shown < limit && !call.signal.aborted);
  return { shown, total, next };
}

function cells(row: Row, terminal: Terminal): readonly string[] {
  const now = terminal.clock.wall();
  const due = row.due === null ? undefined : (Date.parse(row.due) as WallMs);
  const next = due === undefined ? "-" : due <= now ? "now" : zoneClock(terminal.zone).minutes(due, now);
  return [
    row.rcpt === 0 ? row.id : `${row.id}.${row.rcpt}`,
    row.inDoubt ? stateText("doubt", "doubt", terminal) : stateText(stateNamed(row.state), row.state, terminal),
    shortDuration(now - Date.parse(row.acceptedAt)),
    String(row.attempts),
    next,
    row.from === "" ? "<>" : row.from,
    row.to,
    row.why ?? "",
  ];
}

async function listActions(call: Call, client: ApiClient): Promise<number> {
  const { actions } = await client.call("actions", {});
  const { zone, clock } = call.terminal;
  list(call, actions, {
    columns: [
      { head: "ACTION", right: true },
      { head: "AT" },
      { head: "BY" },
      { head: "VERB" },
      { head: "DONE", right: true },
      { head: "UNDO" },
      { head: "WHAT" },
    ],
    cells: (action) => [
      String(action.action),
      zoneClock(zone).moment(Date.parse(action.at) as WallMs, clock.wall()),
      action.by.id,
      action.verb,
      countText(action.done),
      action.undone ? "undone" : action.undoable ? "can be undone" : "final",
      [action.selector, action.note].filter((text) => text !== null && text !== "").join("  # "),
    ],
    none: "no operator did anything yet",
  });
  return EXIT.done;
}
