/** A record cut into one trail a recipient: its events, where it stands, and what closes its way at the moment. */
import type { WallMs } from "../../base/clock.ts";
import { domainOf } from "../../model/address.ts";
import type { FairleadEvent } from "../../model/event.ts";
import type { SpooledDelivery } from "../../store/spool/spool.ts";
import { RELAY } from "./eyes.ts";
import type { Eyes, MessageRecord, Now, Telling, Trail } from "./story.ts";

const UPSTREAM = "upstream:";

/** More recipients than RCPT may name in one message are told by asking for one (`ID.2`). */
export function trailsOf(record: MessageRecord, asked: Telling, eyes: Eyes): readonly Trail[] {
  return addressesOf(record).flatMap((to, rcpt) =>
    asked.only !== undefined && asked.only !== rcpt ? [] : [trailOf(record, rcpt, to, asked, eyes)],
  );
}

/** Of a refusal before any recipient was named, one without an address. */
function addressesOf({ envelope, events }: MessageRecord): readonly string[] {
  if (envelope.recipients.length > 0) return envelope.recipients.map(({ address }) => address);
  const refused = events.find(({ body }) => body.kind === "refused")?.body;
  return refused?.kind === "refused" ? [refused.rcptTo ?? ""] : [];
}

function trailOf(record: MessageRecord, rcpt: number, to: string, asked: Telling, eyes: Eyes): Trail {
  const { envelope } = record;
  const own = record.events.filter((event) => event.rcpt === undefined || event.rcpt === rcpt);
  const open = record.open.find((delivery) => delivery.ref.rcpt === rcpt);
  const now = open === undefined ? settledState(own) : withDiscard(openState(open, own), open, record);
  const end = "at" in now ? now.at : asked.now;
  const upstream = upstreamOf(open, own, eyes);
  const site = open?.state === "queued" ? asked.closed.get(open.site) : undefined;
  const siteName = eyes === "tenant" ? domainOf(to) : (open?.site.replace(UPSTREAM, "") ?? "");
  const lanes = laneEvents(asked.lanes ?? record.lanes ?? [], open?.site ?? record.sites?.get(rcpt) ?? domainOf(to));
  const events = withLanes(own, eyes === "tenant" ? lanes.map(blank) : lanes, envelope.acceptedAt, end);
  return {
    ...{ id: asked.id, eyes, rcpt, to, acceptedAt: envelope.acceptedAt, events, now, end },
    source: envelope.source || envelope.peer.ip || "the sending server",
    ...(upstream === undefined ? {} : { upstream }),
    ...(site === undefined ? {} : { closed: { ...site, site: siteName, others: site.of !== undefined && site.of !== envelope.tenant } }),
  };
}

/** The one that took it; before that, the one that it is to leave through. */
function upstreamOf(open: SpooledDelivery | undefined, events: readonly FairleadEvent[], eyes: Eyes): string | undefined {
  const relayed = events.findLast((event) => event.body.kind === "relayed")?.body;
  if (relayed?.kind === "relayed") return relayed.attempt.host; // a tenant's is named already
  if (!open?.site.startsWith(UPSTREAM)) return undefined;
  return eyes === "tenant" ? RELAY : open.site.slice(UPSTREAM.length);
}

/** Those of the lane that this delivery waits or waited for: its site, where it was sent to, or its own domain. */
function laneEvents(lanes: readonly FairleadEvent[], site: string): readonly FairleadEvent[] {
  const bare = (one: string): string => one.replace(/^mx:/, "");
  return lanes.filter(({ body }) => body.kind === "lane" && bare(body.site) === bare(site));
}

/** To a tenant only when it waited: the steps leave it out. */
function blank(event: FairleadEvent): FairleadEvent {
  return event.body.kind === "lane" ? { ...event, body: { kind: "lane", site: "", open: event.body.open, why: "" } } : event;
}

/** The last one before it was accepted says whether the lane was closed then; those after its end say nothing of it. */
function withLanes(
  own: readonly FairleadEvent[],
  lanes: readonly FairleadEvent[],
  acceptedAt: WallMs,
  end: WallMs,
): readonly FairleadEvent[] {
  if (lanes.length === 0) return own;
  const before = lanes.findLast(({ at }) => at <= acceptedAt);
  const during = lanes.filter(({ at }) => at > acceptedAt && at < end);
  return [...own, ...(before === undefined || isOpening(before) ? [] : [before]), ...during].sort((a, b) => a.at - b.at || a.seq - b.seq);
}

function isOpening({ body }: FairleadEvent): boolean {
  return body.kind === "lane" && body.open;
}

/** Rows are read before events: where a change came in between, its event tells the state and the row not yet. */
function openState(open: SpooledDelivery, events: readonly FairleadEvent[]): Now {
  const { state, attempts, expiresAt } = open;
  const inDoubt = open.sentAt !== undefined;
  const change = events.findLast(({ body }) => CHANGES.has(body.kind));
  switch (change?.body.kind) {
    case "delivered":
    case "relayed":
    case "bounced":
    case "expired":
    case "discarded":
      return settledState(events);
    case "held":
      return { k: "held", why: change.body.why, since: change.at };
    case "released":
      if (state === "held") return { k: "queued", due: change.at, attempts, inDoubt, expiresAt };
      break;
    case "in-doubt":
      if (open.dueAt !== change.body.dueAt) return { k: "queued", due: change.body.dueAt, attempts, inDoubt: true, expiresAt };
      break;
    case "deferred":
      if (attempts !== change.body.attempts) {
        const doubted = events.some(({ body }) => body.kind === "in-doubt"); // it stays through later attempts
        return { k: "queued", due: change.body.dueAt, attempts: change.body.attempts, inDoubt: doubted, expiresAt };
      }
      break;
    default: // the row has it
  }
  if (state === "held") return { k: "held", why: open.why ?? "no reason recorded", since: open.acceptedAt };
  return { k: "queued", due: open.dueAt, attempts, inDoubt, expiresAt };
}

function withDiscard(now: Now, { action }: SpooledDelivery, { discards }: MessageRecord): Now {
  const at = action === undefined ? undefined : discards?.get(action);
  return now.k !== "held" || at === undefined || action === undefined ? now : { ...now, discard: { action, at } };
}

/** Kinds whose events are written with a delivery's next state. */
const CHANGES: ReadonlySet<FairleadEvent["body"]["kind"]> = new Set([
  ...(["delivered", "relayed", "bounced", "expired", "discarded"] as const),
  ...(["held", "released", "retried", "rerouted", "deferred", "in-doubt"] as const),
]);

function settledState(events: readonly FairleadEvent[]): Now {
  for (const { at, body } of events.toReversed()) {
    switch (body.kind) {
      case "delivered":
      case "relayed":
        return { k: body.kind, at, possiblyTwice: body.possiblyTwice };
      case "bounced":
      case "expired":
      case "discarded":
        return { k: body.kind, at, why: body.why };
      case "refused":
        return { k: "refused", at, code: body.code ?? null };
      default: // not an end: an earlier event says it
    }
  }
  return { k: "not known" };
}
