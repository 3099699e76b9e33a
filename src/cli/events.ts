/** events: what happened, one line an event; --follow goes on. */
import type { WallMs } from "../base/clock.ts";
import { zoneClock } from "../base/time-text.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { replyLine } from "../model/reply.ts";
import { connect } from "./connect.ts";
import { EXIT, usageFault } from "./exit.ts";
import { numberFlag } from "./selection.ts";
import { oneLine } from "./table-text.ts";
import { plainSigns, type State, stateText, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Row = ReplyOf<"events">["events"][number];

const POLL_MS = 1000;
const PAGE = 1000;

export async function run(call: Call): Promise<number> {
  const { flags, terminal, signal } = call;
  const client = connect(call);
  let after = afterFlag(flags.text("after"));
  let left = flags.on("follow") ? Number.POSITIVE_INFINITY : numberFlag(call, "limit", 100, 100_000_000);
  for (let first = true; !signal.aborted && left > 0; first = false) {
    const limit = first && after === undefined ? numberFlag(call, "limit", 100, PAGE) : Math.min(PAGE, left);
    const { events, next } = await client.call("events", { after, limit });
    for (const event of events) terminal.out(flags.on("json") ? `${JSON.stringify(event)}\n` : lineOf(event, terminal));
    after = next;
    left -= events.length;
    if (flags.on("follow") && events.length < limit) await terminal.clock.sleep(POLL_MS, signal).catch(() => {}); // interrupted: the loop ends
    if (!flags.on("follow") && events.length < limit) break;
  }
  return signal.aborted ? EXIT.interrupted : EXIT.done;
}

function afterFlag(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw usageFault("--after must be an event's number");
  return Number(text);
}

const STATES: Readonly<Partial<Record<Row["body"]["kind"], State>>> = {
  delivered: "delivered",
  relayed: "relayed",
  deferred: "queued",
  "in-doubt": "doubt",
  bounced: "bounced",
  expired: "expired",
  held: "held",
  discarded: "discarded",
  refused: "refused",
  alarm: "need",
};

function lineOf(event: Row, terminal: Terminal): string {
  const at = zoneClock(terminal.zone).moment(Date.parse(event.at) as WallMs, terminal.clock.wall());
  const name = event.id === null ? "" : ` ${event.id}${event.rcpt === null ? "" : `.${event.rcpt}`}`;
  const kind = event.body.kind;
  const state = STATES[kind];
  const word = state === undefined ? `  ${kind}` : stateText(state, kind, terminal);
  return `${plainSigns(oneLine(`${event.seq} ${at}${name} ${word}${wordsOf(event.body)}`), terminal.unicode)}\n`;
}

function wordsOf(body: Row["body"]): string {
  switch (body.kind) {
    case "accepted":
      return ` from ${body.envelope.mailFrom || "<>"} to ${body.envelope.recipients[0]?.address}${body.envelope.recipients.length > 1 ? ` +${body.envelope.recipients.length - 1}` : ""} by ${body.envelope.sender}`;
    case "delivered":
    case "relayed":
      return ` by ${body.attempt.host}: ${replyLine(body.reply)}`;
    case "deferred":
      return ` until ${body.dueAt}: ${body.reply ? replyLine(body.reply) : (body.fault?.text ?? "")}`;
    case "bounced":
      return `: ${body.reply ? replyLine(body.reply) : body.why}`;
    case "refused":
      return ` ${body.peer}${body.rcptTo === undefined ? "" : ` for ${body.rcptTo}`}: ${replyLine(body.reply)}`;
    case "lane":
      return ` ${body.site} ${body.open ? "open" : "closed"}: ${body.why}`;
    case "returned":
      return ` ${body.what}, says ${body.from}`;
    case "suppressed":
    case "unsuppressed":
      return ` ${body.address}: ${body.why}`;
    case "alarm":
      return ` ${body.code}: ${body.text}`;
    case "in-doubt":
    case "expired":
    case "held":
    case "released":
    case "discarded":
      return `: ${body.why}`;
    default:
      return "by" in body ? ` by ${body.by.id}` : "";
  }
}
