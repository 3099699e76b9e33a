/** events: what happened, one line an event; --follow goes on. */
import type { WallMs } from "../base/clock.ts";
import { textOf } from "../base/fault.ts";
import { zoneClock } from "../base/time-text.ts";
import { type ApiClient, ApiFailure, Unreachable } from "../control/api/client.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { turnText } from "../model/override.ts";
import { replyLine } from "../model/reply.ts";
import { connect } from "./connect.ts";
import { EXIT, usageFault } from "./exit.ts";
import { kindsFlag, numberFlag } from "./selection.ts";
import { oneLine } from "./table-text.ts";
import { plainSigns, type State, stateText, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Row = ReplyOf<"events">["events"][number];

const POLL_MS = 1000;
/** A node that does not answer is asked again, each time later, up to here. */
const MOST_WAIT_MS = 15_000;
const PAGE = 1000;

export async function run(call: Call): Promise<number> {
  const client = connect(call);
  return call.flags.on("follow") ? await follow(call, client) : await once(call, client);
}

async function once(call: Call, client: ApiClient): Promise<number> {
  const { signal } = call;
  const kinds = kindsFlag(call);
  let after = afterFlag(call.flags.text("after"));
  let left = numberFlag(call, "limit", 100, 100_000_000);
  if (after === undefined) {
    await show(call, (await client.call("events", { limit: Math.min(PAGE, left), ...kinds })).events);
    return EXIT.done;
  }
  while (!signal.aborted && left > 0) {
    const { events, next }: ReplyOf<"events"> = await client.call("events", { after, limit: Math.min(PAGE, left), ...kinds });
    await show(call, events);
    left -= events.length;
    if (next === after) break; // nothing is newer; with kinds a page may be empty and still lead on
    after = next;
  }
  return signal.aborted ? EXIT.interrupted : EXIT.done;
}

/** From where it was: over pauses of the network and restarts of the node no event is missed, and none comes twice. */
async function follow(call: Call, client: ApiClient): Promise<number> {
  const { terminal, signal } = call;
  const kinds = kindsFlag(call);
  let after = afterFlag(call.flags.text("after"));
  let limit = after === undefined ? numberFlag(call, "limit", 100, PAGE) : PAGE;
  let [asked, failed] = [false, 0];
  while (!signal.aborted) {
    try {
      if (failed > 0 && after !== undefined) after = await placeIn(call, client, after);
      const { events, next }: ReplyOf<"events"> = await client.call("events", { after, limit, ...kinds });
      if (failed > 0) terminal.err("the node answers again\n");
      asked = true;
      failed = 0;
      await show(call, events);
      const more = after !== undefined && next - after >= limit;
      after = next;
      limit = PAGE;
      if (!more) await pause(call, POLL_MS);
    } catch (thrown) {
      // The first question shows what is wrong with the command; later ones only that the node is away.
      if (!asked || !isAway(thrown)) throw thrown;
      if (failed === 0) terminal.err(`${oneLine(textOf(thrown))}; going on when it answers\n`);
      await pause(call, Math.min(MOST_WAIT_MS, POLL_MS * 2 ** failed));
      failed = Math.min(failed + 1, 10);
    }
  }
  return EXIT.interrupted;
}

async function pause({ terminal, signal }: Call, ms: number): Promise<void> {
  await terminal.clock.sleep(ms, signal).catch(() => {}); // interrupted: the loop ends
}

function isAway(thrown: unknown): boolean {
  return thrown instanceof Unreachable || (thrown instanceof ApiFailure && (thrown.status >= 500 || thrown.status === 429));
}

/** Another node's events, or those of a data folder that was begun anew, have other numbers. */
async function placeIn({ terminal }: Call, client: ApiClient, after: number): Promise<number> {
  const { next } = await client.call("events", { limit: 1 });
  if (next >= after) return after;
  terminal.err(`this node's events begin anew: its last one is ${next}, not ${after} or later\n`);
  return 0;
}

async function show({ flags, terminal }: Call, events: readonly Row[]): Promise<void> {
  for (const event of events) terminal.out(flags.on("json") ? `${JSON.stringify(event)}\n` : lineOf(event, terminal));
  await terminal.flushed();
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
      return ` ${body.site} ${body.open ? "open" : body.pace === undefined ? "closed" : "paused"}: ${body.why}`;
    case "returned":
      return ` ${body.what}, says ${body.from}`;
    case "suppressed":
    case "unsuppressed":
      return ` ${body.address}: ${body.why}`;
    case "override":
      return ` ${turnText(body.what, body.scope, body.change)}: ${body.cause}`;
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
