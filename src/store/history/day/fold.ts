/** What an event means for the row that a search shows: the one place that says so. */
import { unreachable } from "../../../base/brand.ts";
import { findByHost } from "../../../mail/replies/providers.ts";
import type { Diagnosis } from "../../../model/diagnosis.ts";
import { EVENT_KINDS, type EventBody } from "../../../model/event.ts";
import type { AttemptFacts } from "../../../model/outcome.ts";
import { type Reply, replyLine } from "../../../model/reply.ts";
import { shapeOf } from "../shape.ts";
import { BOUNCED, DELIVERED, DISCARDED, EXPIRED, HELD, IN_DOUBT, type Kept, QUEUED, REFUSED, RELAYED, TWICE } from "./kept.ts";
import { CLASS, ENHANCED, FAULT, HOST, IP, type Names, PROVIDER, SAID } from "./names.ts";

/**
 * `at` is the event's time after the message's. `said` and `parts` change only where somebody said something new. A doubt
 * stays until the delivery is settled: whatever comes of the next attempt, the one before may have arrived.
 */
export function fold(row: Kept, body: EventBody, at: number, sinceKey: (wall: number) => number, names: Names): void {
  row.changed = Math.max(row.changed, at);
  switch (body.kind) {
    case "delivered":
    case "relayed":
      settle(row, body.kind === "delivered" ? DELIVERED : RELAYED, at);
      row.flags = body.possiblyTwice ? TWICE : 0;
      row.attempts++;
      tried(row, body.attempt, names);
      answered(row, body.reply, names);
      row.class = 0;
      return;
    case "deferred":
      row.due = sinceKey(body.dueAt);
      return deferred(row, body, names);
    case "in-doubt":
      row.state = QUEUED;
      row.flags |= IN_DOUBT;
      row.due = sinceKey(body.dueAt);
      if (body.attempt) {
        row.attempts++;
        tried(row, body.attempt, names);
      }
      return failed(row, body.why, names);
    case "bounced":
      return bounced(row, body, at, names);
    case "expired":
      settle(row, EXPIRED, at);
      say(row, body.why, names);
      if (row.class === 0) row.class = names.id(CLASS, "expired");
      return;
    case "held":
      row.state = HELD;
      row.due = null;
      return say(row, body.why, names);
    case "discarded":
      settle(row, DISCARDED, at);
      if (body.why !== "") say(row, body.why, names);
      return;
    case "released":
      row.state = QUEUED;
      row.due = at;
      return say(row, "", names);
    case "retried":
    case "rerouted":
      row.state = QUEUED;
      row.due = at;
      return;
    case "refused":
      settle(row, REFUSED, at);
      row.fault = names.id(FAULT, body.code);
      return answered(row, body.reply, names);
    case "accepted":
    case "delay-told":
    case "returned":
    case "suppressed":
    case "unsuppressed":
    case "lane":
    case "override":
    case "alarm":
      return;
    default:
      return unreachable(body);
  }
}

/** Kinds of events that this program understands. */
export const KNOWN: ReadonlySet<string> = new Set(EVENT_KINDS);

function deferred(row: Kept, body: EventBody & { readonly kind: "deferred" }, names: Names): void {
  row.state = QUEUED;
  row.attempts = body.attempts;
  if (body.attempt) tried(row, body.attempt, names);
  if (body.reply) answered(row, body.reply, names);
  else failed(row, body.fault?.text ?? "", names);
  if (body.counted) meant(row, body.diagnosis, names);
}

function bounced(row: Kept, body: EventBody & { readonly kind: "bounced" }, at: number, names: Names): void {
  settle(row, BOUNCED, at);
  if (body.attempt) {
    row.attempts++;
    tried(row, body.attempt, names);
  }
  if (body.reply) answered(row, body.reply, names);
  else failed(row, body.why, names);
  meant(row, body.diagnosis, names);
}

function settle(row: Kept, state: number, at: number): void {
  row.state = state;
  row.flags &= ~IN_DOUBT;
  row.due = null;
  row.done = at;
}

function tried(row: Kept, { host, ip, localIp }: AttemptFacts, names: Names): void {
  row.host = names.id(HOST, host);
  row.ip = names.id(IP, ip);
  row.local = names.id(IP, localIp);
  const provider = host === "" ? undefined : findByHost(host);
  if (provider) row.provider = names.id(PROVIDER, provider.name);
}

function answered(row: Kept, reply: Reply, names: Names): void {
  row.code = reply.code;
  row.enhanced = names.id(ENHANCED, reply.enhanced);
  say(row, replyLine(reply), names);
}

/** No host said why. */
function failed(row: Kept, why: string, names: Names): void {
  row.code = 0;
  row.enhanced = 0;
  say(row, why, names);
}

function say(row: Kept, text: string, names: Names): void {
  const { shape, parts } = shapeOf(text);
  row.said = names.id(SAID, shape);
  row.parts = parts;
}

function meant(row: Kept, diagnosis: Diagnosis | undefined, names: Names): void {
  row.class = names.id(CLASS, diagnosis?.class);
  if (diagnosis?.provider !== undefined) row.provider = names.id(PROVIDER, diagnosis.provider);
}
