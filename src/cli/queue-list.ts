/** queue list: open deliveries, one a row, page by page so that a million need no memory. */
import type { WallMs } from "../base/clock.ts";
import { countText } from "../base/size-text.ts";
import { shortDuration, zoneClock } from "../base/time-text.ts";
import { type ApiClient, ApiFailure } from "../control/api/client.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { connect } from "./connect.ts";
import { EXIT } from "./exit.ts";
import { list } from "./listing.ts";
import { fullSelections, numberFlag, type Selection } from "./selection.ts";
import { type Column, tableText } from "./table-text.ts";
import { stateNamed, stateText, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Row = ReplyOf<"deliveries">["deliveries"][number];
type Lane = ReplyOf<"lanes">["lanes"][number];
/** Destinations that no connection is made to now, by their names. */
type Closed = ReadonlyMap<string, Lane>;

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
  const closed = call.flags.on("json") ? NONE_CLOSED : await closedLanes(client);
  let left = limit;
  let total = 0;
  let next: string | null = null;
  for (const selection of selections) {
    const listed = await listOne(call, client, { selection, closed, limit: left, after: call.flags.text("after") });
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

const NONE_CLOSED: Closed = new Map();

/** What is due waits all the same while its destination is closed. */
async function closedLanes(client: ApiClient): Promise<Closed> {
  try {
    const { lanes } = await client.call("lanes", {});
    return new Map(lanes.filter(({ state }) => state === "closed").map((lane) => [lane.site, lane]));
  } catch (thrown) {
    if (thrown instanceof ApiFailure) return NONE_CLOSED; // a tenant is not told
    throw thrown;
  }
}

interface Listing {
  readonly selection: Selection;
  readonly closed: Closed;
  readonly limit: number;
  readonly after: string | undefined;
}

async function listOne(call: Call, client: ApiClient, { selection, closed, limit, after }: Listing) {
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
          rows.map((row) => cells(row, closed.get(row.site), terminal)),
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

function cells(row: Row, site: Lane | undefined, terminal: Terminal): readonly string[] {
  const now = terminal.clock.wall();
  const shut = row.state === "queued" ? site : undefined;
  const due = row.due === null ? undefined : Math.max(Date.parse(row.due), shut?.until ? Date.parse(shut.until) : 0);
  const next = due === undefined ? "-" : due <= now ? "now" : zoneClock(terminal.zone).minutes(due as WallMs, now);
  const closed = shut === undefined ? "" : `${shut.site} is closed${shut.why === null ? "" : `: ${shut.why}`}`;
  return [
    `${row.id}.${row.rcpt}`, // whoever copies it to act on this one would reach all recipients by the id alone
    row.inDoubt ? stateText("doubt", "doubt", terminal) : stateText(stateNamed(row.state), row.state, terminal),
    shortDuration(now - Date.parse(row.acceptedAt)),
    String(row.attempts),
    next,
    row.from === "" ? "<>" : row.from,
    row.to,
    row.why ?? closed,
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
