/** explain-limit: all that limits each lane to a destination, who set it and until when, and which of it holds. */
import { countText } from "../base/size-text.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { connect } from "./connect.ts";
import { CommandFault, EXIT } from "./exit.ts";
import { when } from "./listing.ts";
import { numberFlag } from "./selection.ts";
import { type Column, tableText } from "./table-text.ts";
import { plainSigns, stateText, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type LaneLimits = ReplyOf<"explainLimit">["lanes"][number];
type Row = LaneLimits["stack"][number];

const COLUMNS: readonly Column[] = [
  { head: "" },
  { head: "WHAT" },
  { head: "SET BY" },
  { head: "SINCE" },
  { head: "UNTIL" },
  { head: "UNDO" },
  { head: "WHY" },
];

const SET_BY: Readonly<Record<Row["set"], string>> = {
  configuration: "configuration",
  "shipped-rule": "shipped rule",
  "operator-rule": "your rule",
  override: "override",
  law: "Fairlead",
  window: "Fairlead",
  "provider-law": "Fairlead, provider",
  "provider-window": "Fairlead, provider",
};

export async function run(call: Call): Promise<number> {
  const { flags, terminal, operands } = call;
  const [key = ""] = operands;
  const { lanes } = await connect(call).call("explainLimit", {
    key,
    egress: flags.text("egress"),
    limit: numberFlag(call, "limit", 20, 200),
  });
  if (lanes.length === 0)
    throw new CommandFault(EXIT.notFound, "not-found", `no lane leads to ${key}`, "lanes are there while mail is: fairlead lanes");
  for (const lane of lanes)
    terminal.out(flags.on("json") ? `${JSON.stringify(lane)}\n` : plainSigns(laneText(lane, terminal), terminal.unicode));
  return EXIT.done;
}

/** Shared with `route test`. */
export function laneText(lane: LaneLimits, terminal: Terminal): string {
  const head = `${lane.domain} by ${lane.egress}: ${lane.state}, ${countText(lane.connections)} connections, ${stateText("queued", countText(lane.queued), terminal)}`;
  return `${head}\n${tableText(
    COLUMNS,
    lane.stack.map((row) => cells(row, terminal)),
    terminal.width(),
  )}`;
}

function cells(row: Row, terminal: Terminal): readonly string[] {
  const law = [
    row.ceiling === null ? "" : `ceiling ${row.ceiling}/min`,
    row.cuts === null || row.cuts === 0 ? "" : `${row.cuts} cuts in a row`,
  ];
  return [
    row.holds ? "holds" : "",
    row.says,
    row.set === "override" && row.by !== null ? row.by : SET_BY[row.set],
    when(row.since, terminal, "-"),
    when(row.until, terminal, "-"),
    row.undo ?? "-",
    [row.cause ?? "", ...law].filter((part) => part !== "").join("; "),
  ];
}
