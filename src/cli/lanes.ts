/** lanes: the connections to each destination, how fast mail goes there, what set that, and what takes it back. */
import { countText } from "../base/size-text.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { connect } from "./connect.ts";
import { CommandFault, EXIT } from "./exit.ts";
import { list, when } from "./listing.ts";
import { numberFlag } from "./selection.ts";
import { stateText } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Lane = ReplyOf<"lanes">["lanes"][number];

/** What set a limit, in one word. */
const SET_BY: Readonly<Record<NonNullable<Lane["limitedBy"]>, string>> = { rule: "rule", law: "Fairlead", operator: "operator" };

export async function run(call: Call): Promise<number> {
  const { terminal, flags } = call;
  const [what] = call.operands;
  const all = (await connect(call).call("lanes", {})).lanes;
  const lanes = what === undefined ? all : all.filter((lane) => isMeant(lane, what.toLowerCase()));
  if (what !== undefined && lanes.length === 0)
    throw new CommandFault(EXIT.notFound, "not-found", `no lane leads to ${what}, and none leaves by it`, "all of them: fairlead lanes");
  const limit = numberFlag(call, "limit", 100, 100_000);
  const shown = lanes.toSorted((a, b) => b.queued - a.queued).slice(0, limit);
  list(call, shown, {
    columns: [
      { head: "EGRESS" },
      { head: "DESTINATION" },
      { head: "LANE" },
      { head: "LIMIT", right: true },
      { head: "CONNS", right: true },
      { head: "WAITING", right: true },
      { head: "OPENS" },
      { head: "SET BY" },
      { head: "UNDO" },
      { head: "WHY" },
    ],
    cells: (lane) => [
      lane.egress,
      lane.site,
      lane.state,
      lane.perMinute === null ? "-" : `${lane.perMinute}/min`,
      String(lane.connections),
      stateText("queued", countText(lane.queued), terminal),
      when(lane.until, terminal, "-"),
      lane.limitedBy === null ? "-" : SET_BY[lane.limitedBy],
      lane.undo ?? "-",
      lane.why ?? "",
    ],
    none: "No lane is open, and nothing waits.",
  });
  if (shown.length < lanes.length && !flags.on("json"))
    terminal.err(`${countText(shown.length)} of ${countText(lanes.length)}; more: --limit N\n`);
  return EXIT.done;
}

/** A provider, a domain, an upstream, an egress, or the lane's own key. */
function isMeant({ site, provider, egress }: Lane, what: string): boolean {
  const place = site.replace(/^(mx|upstream):/, "").replace(/\|.*$/, "");
  return [site, place, provider, egress].includes(what);
}
