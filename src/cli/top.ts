/** top: one frame of flows, counts and destinations, anew each second; off a terminal frames follow each other. */
import type { WallMs } from "../base/clock.ts";
import { countText } from "../base/size-text.ts";
import { durationText, shortDuration, zoneClock } from "../base/time-text.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { connect } from "./connect.ts";
import { EXIT } from "./exit.ts";
import { needsText } from "./status.ts";
import { type Column, tableText } from "./table-text.ts";
import { NEW_SCREEN, plainSigns, stateText, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Status = ReplyOf<"status">;
type Lane = ReplyOf<"lanes">["lanes"][number];

const EVERY_MS = 1000;
const MOST_LANES = 15;
const COLUMNS: readonly Column[] = [
  { head: "DESTINATION" },
  { head: "WAITING", right: true },
  { head: "NEXT" },
  { head: "CONNS", right: true },
  { head: "LANE" },
];

export async function run(call: Call): Promise<number> {
  const { flags, terminal, signal } = call;
  const client = connect(call);
  while (!signal.aborted) {
    const [status, { lanes }] = await Promise.all([client.call("status", {}), client.call("lanes", {})]);
    if (flags.on("json")) terminal.out(`${JSON.stringify({ status, lanes })}\n`);
    else
      terminal.out(
        `${terminal.outIsTerminal && !flags.on("once") ? NEW_SCREEN : ""}${plainSigns(frame(status, lanes, terminal), terminal.unicode)}`,
      );
    if (flags.on("once")) return EXIT.done;
    await terminal.clock.sleep(EVERY_MS, signal).catch(() => {}); // interrupted: the loop ends
  }
  return EXIT.interrupted;
}

function frame(status: Status, lanes: readonly Lane[], terminal: Terminal): string {
  const now = Date.parse(status.at) as WallMs;
  const { counts, flow, ledger, oldest } = status;
  const line = [
    ...(flow === null ? [] : [`IN ${countText(flow.inPerMinute)}/min`, `OUT ${countText(flow.outPerMinute)}/min`]),
    stateText("queued", countText(counts.queued), terminal),
    stateText("held", countText(counts.held), terminal),
    stateText("delivered", countText(counts.delivered), terminal),
    stateText("relayed", countText(counts.relayed), terminal),
    stateText("bounced", countText(counts.bounced), terminal),
    ...(ledger === null
      ? []
      : [ledger.balances ? `ledger ${stateText("good", "", terminal)}` : `ledger ${stateText("fault", "is off", terminal)}`]),
    ...(oldest === null ? [] : [`oldest ${durationText(now - Date.parse(oldest.acceptedAt))}`]),
  ].join("  ");
  const busiest = [...lanes].sort((a, b) => b.queued - a.queued).slice(0, MOST_LANES);
  const clock = zoneClock(terminal.zone);
  const rows = busiest.map((lane) => {
    const opens = lane.state === "closed" && lane.until !== null ? Date.parse(lane.until) : 0;
    const due = lane.nextDueAt === null ? undefined : Math.max(Date.parse(lane.nextDueAt), opens);
    const next = due === undefined ? "-" : due <= now ? "now" : shortDuration(due - now);
    return [
      lane.site,
      countText(lane.queued),
      next,
      String(lane.connections),
      laneText(lane, (at) => clock.minutes(Date.parse(at) as WallMs, now)),
    ];
  });
  const more = lanes.length > MOST_LANES ? `and ${countText(lanes.length - MOST_LANES)} more\n` : "";
  const needs = status.needs.length === 0 ? "" : `\n${needsText({ needs: status.needs.slice(0, 5) }, terminal)}`;
  return `${clock.seconds(now)}  ${line}\n\n${tableText(COLUMNS, rows, terminal.width())}${more}${needs}`;
}

/** `open`, `8.4/min since 10:02: why`, `closed until 10:40: why, then 8.4/min`. */
function laneText({ state, why, since, until, perMinute }: Lane, minutes: (at: string) => string): string {
  const because = why === null ? "" : `: ${why}`;
  const rate = perMinute === null ? undefined : `${perMinute}/min`;
  if (state === "open") return rate === undefined ? "open" : `${rate}${since === null ? "" : ` since ${minutes(since)}`}${because}`;
  return `closed${until === null ? "" : ` until ${minutes(until)}`}${because}${rate === undefined ? "" : `, then ${rate}`}`;
}
