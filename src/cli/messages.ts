/** messages: a search by what is known, page after page, with how many there are and how far back was looked. */
import type { WallMs } from "../base/clock.ts";
import { countText } from "../base/size-text.ts";
import { durationText, shortDuration, zoneClock } from "../base/time-text.ts";
import type { ApiClient } from "../control/api/client.ts";
import type { InputOf, ReplyOf } from "../control/api/routes.ts";
import { connect, sameNode } from "./connect.ts";
import { CommandFault, EXIT, usageFault } from "./exit.ts";
import { copyOut, list } from "./listing.ts";
import { numberFlag } from "./selection.ts";
import type { Column } from "./table-text.ts";
import { plainSigns, stateNamed, stateText, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Page = ReplyOf<"search">;
type Row = Page["rows"][number];
type Tally = ReplyOf<"tally">;

const PAGE = 1000;
/** Of a file; more is a matter of several searches by time. */
const MOST_IN_FILE = 1_000_000;
const COLUMNS: readonly Column[] = [
  { head: "TIME" },
  { head: "STATE" },
  { head: "ID" },
  { head: "FROM" },
  { head: "TO" },
  { head: "TOOK", right: true },
  { head: "WHY" },
];
const STATES = ["delivered", "relayed", "queued", "held", "bounced", "expired", "discarded", "refused"] as const;

export async function run(call: Call): Promise<number> {
  const { flags } = call;
  const client = connect(call);
  const query = { q: queryText(call.operands), zone: call.terminal.zone };
  if (flags.on("count")) return await counted(call, client, query);
  if (flags.on("csv")) return await csv(call, client, query);
  return await searched(call, client, query);
}

/** One word is the query as typed; of several, those that the shell's quotes held together stay together. */
function queryText(operands: readonly string[]): string {
  const [only, second] = operands;
  if (only !== undefined && second === undefined) return only;
  return operands.map((word) => (/\s/.test(word) && !word.includes('"') ? word.replace(/^(-?[a-z]+:)?(.*)$/is, '$1"$2"') : word)).join(" ");
}

async function searched(call: Call, client: ApiClient, query: InputOf<"tally">): Promise<number> {
  const { flags, terminal } = call;
  const limit = flags.on("all") ? Number.POSITIVE_INFINITY : numberFlag(call, "limit", 100, 100_000_000);
  const size = Math.min(PAGE, limit);
  let after = flags.text("after");
  let shown = 0;
  let page: Page;
  do {
    page = await client.call("search", { ...query, limit: size, after });
    const rows = page.rows.slice(0, limit - shown);
    if (rows.length > 0) list(call, rows, { columns: COLUMNS, cells: (row) => cells(row, terminal), none: "" });
    await terminal.flushed();
    shown += rows.length;
    after = page.next ?? undefined;
  } while (page.next !== null && shown < limit && !call.signal.aborted);
  if (call.signal.aborted) return EXIT.interrupted;
  if (shown === 0 && !flags.on("after")) throw nothing(call, page);
  if (!flags.on("json")) {
    const tally = await client.call("tally", query);
    terminal.err(plainSigns(`${tallyText(tally, terminal)}\n${pageText(page, terminal)}\n`, terminal.unicode));
  }
  if (page.next !== null) terminal.err(`More: --after ${page.next}, or --all\n`);
  return EXIT.done;
}

function cells(row: Row, terminal: Terminal): readonly string[] {
  const why = row.why ?? [row.fault, row.code, row.enhanced].filter((part) => part !== null).join(" ");
  return [
    zoneClock(terminal.zone).moment(Date.parse(row.at) as WallMs, terminal.clock.wall()),
    row.inDoubt ? stateText("doubt", "doubt", terminal) : stateText(stateNamed(row.state), row.state, terminal),
    row.recipients <= 1 ? row.id : `${row.id}.${row.rcpt}`,
    row.from === "" ? "<>" : row.from,
    row.to,
    row.tookMs === null || row.state === "refused" ? "-" : row.tookMs < 60_000 ? durationText(row.tookMs) : shortDuration(row.tookMs),
    row.possiblyTwice ? `possibly twice${why === "" ? "" : `; ${why}`}` : why,
  ];
}

/** `7 match: ✓ 1 delivered · ◷ 3 queued`; above what is counted exactly, `about`. */
function tallyText({ byState, exact }: Tally, terminal: Terminal): string {
  const total = STATES.reduce((sum, state) => sum + byState[state], 0);
  const parts = STATES.filter((state) => byState[state] > 0).map((state) =>
    stateText(state, `${countText(byState[state])} ${state}`, terminal),
  );
  const count = `${exact ? "" : "about "}${countText(total)} match${total === 1 ? "es" : ""}`;
  return parts.length === 0 ? count : `${count}: ${parts.join(" · ")}`;
}

function pageText({ searchedBackTo, query, tookMs }: Page, terminal: Terminal): string {
  return `${query.readable || "Everything"}. Searched back to ${backTo(searchedBackTo, terminal)} (${durationText(tookMs)}).`;
}

function backTo(at: string, { zone, clock }: Terminal): string {
  const moment = Date.parse(at) as WallMs;
  return moment === 0 ? "the beginning" : zoneClock(zone).minutes(moment, clock.wall());
}

function nothing(call: Call, { query, searchedBackTo }: Page): CommandFault {
  const dated = call.operands.some((word) => /(^|\s)-?since:/i.test(word));
  const text = `nothing matches: ${query.readable || "everything"}; searched back to ${backTo(searchedBackTo, call.terminal)}`;
  const fix = dated
    ? "fewer words, or longer ago; whatever you have can be pasted into: fairlead where"
    : "further back: since:7d, or since:30d";
  return new CommandFault(EXIT.notFound, "not-found", text, fix);
}

async function counted(call: Call, client: ApiClient, query: InputOf<"tally">): Promise<number> {
  const tally = await client.call("tally", query);
  const { flags, terminal } = call;
  const text = flags.on("json") ? JSON.stringify(tally) : plainSigns(tallyText(tally, terminal), terminal.unicode);
  terminal.out(`${text}\n`);
  return STATES.some((state) => tally.byState[state] > 0) ? EXIT.done : EXIT.notFound;
}

/** The server writes the file: it knows which cells a spreadsheet would take for formulas. */
async function csv(call: Call, client: ApiClient, query: InputOf<"tally">): Promise<number> {
  const { flags, terminal } = call;
  if (flags.on("after") || flags.on("json"))
    throw usageFault("--csv is one file from the newest: it goes with --limit or --all", `fairlead help ${call.verb.name}`);
  const most = flags.on("all") ? MOST_IN_FILE : numberFlag(call, "limit", 100, MOST_IN_FILE);
  const { byState, exact } = await client.call("tally", query);
  const total = STATES.reduce((sum, state) => sum + byState[state], 0);
  await copyOut(await client.stream("export", { ...query, form: "csv", most }), terminal);
  if (total > most)
    terminal.err(`The newest ${countText(most)} of ${exact ? "" : "about "}${countText(total)}. More: --all${sameNode(call)}\n`);
  return total === 0 ? EXIT.notFound : EXIT.done;
}
