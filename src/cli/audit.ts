/** audit: who changed what. Each entry is chained to the one before; exit 1 where the chain is broken. */
import type { WallMs } from "../base/clock.ts";
import { zoneClock } from "../base/time-text.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { connect } from "./connect.ts";
import { EXIT } from "./exit.ts";
import { list } from "./listing.ts";
import { numberFlag } from "./selection.ts";
import { stateText, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Entry = ReplyOf<"audit">["entries"][number];

const MOST_SHOWN = 120;

export async function run(call: Call): Promise<number> {
  const { flags, terminal } = call;
  const limit = numberFlag(call, "limit", 100, 1000);
  const before = flags.text("before") === undefined ? undefined : numberFlag(call, "before", 1, Number.MAX_SAFE_INTEGER);
  const page = await connect(call).call("audit", {
    ...{ limit, before, who: flags.text("who"), what: flags.text("what") },
  });
  list(call, page.entries, {
    columns: [{ head: "N", right: true }, { head: "AT" }, { head: "BY" }, { head: "FROM" }, { head: "ORDER" }, { head: "ON" }],
    cells: (entry) => cells(entry, terminal),
    none: "Nothing is written down that fits.",
  });
  const last = page.entries.length < limit ? undefined : page.entries.at(-1);
  if (last !== undefined && !flags.on("json")) terminal.err(`Older: --before ${last.seq}\n`);
  if (page.chain.ok) return EXIT.done;
  terminal.err(
    `${stateText("fault", `the record is not whole: entry ${page.chain.brokenAt} does not follow from the one before`, terminal)}\n`,
  );
  terminal.err("  → somebody changed the database, or it was put back: compare it with a backup\n");
  return EXIT.no;
}

function cells(entry: Entry, terminal: Terminal): readonly string[] {
  const [was, is] = [entry.before, entry.after].map((side) => (side === null ? "" : shortened(JSON.stringify(side))));
  const how = was === "" && is === "" ? "" : ` ${was === "" ? "" : `${was} `}→ ${is === "" ? "gone" : is}`;
  return [
    String(entry.seq),
    zoneClock(terminal.zone).moment(Date.parse(entry.at) as WallMs, terminal.clock.wall()),
    entry.by,
    entry.ip ?? "socket",
    entry.ok ? entry.what : stateText("refused", entry.what, terminal),
    `${entry.on ?? ""}${how}`,
  ];
}

function shortened(text: string): string {
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}
