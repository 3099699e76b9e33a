/**
 * The story of a message: where each recipient's copy is, what happened, where the time went and what to do, told from
 * the events that made it so. Pure: the same record, moment and zone give the same words, for the command line, the
 * API and the panel alike.
 */
import type { WallMs } from "../../base/clock.ts";
import { zoneClock } from "../../base/time-text.ts";
import type { FairleadEvent } from "../../model/event.ts";
import type { MessageId, SiteKey } from "../../model/ids.ts";
import type { Envelope } from "../../model/message.ts";
import type { SpooledDelivery } from "../../store/spool/spool.ts";
import { lineOf } from "./line.ts";
import { partsOf } from "./parts.ts";
import { stepsOf } from "./steps.ts";

/** All that is known of a message. `envelope` comes from the spool, or from its `accepted` event once it is settled. */
export interface MessageRecord {
  readonly envelope: Envelope;
  /** Its deliveries still in the spool. */
  readonly open: readonly SpooledDelivery[];
  /** Its events, oldest first. Empty once retention removed them. */
  readonly events: readonly FairleadEvent[];
}

/** Destinations to which no connection is tried now, with the reason and when they open. */
export type ClosedSites = ReadonlyMap<SiteKey, { readonly why: string; readonly until?: WallMs }>;

/** Where a delivery stands. `k` is its state. */
export type Now =
  | { readonly k: "queued"; readonly due: WallMs; readonly attempts: number; readonly inDoubt: boolean; readonly expiresAt: WallMs }
  | { readonly k: "held"; readonly why: string; readonly since: WallMs }
  | { readonly k: "delivered" | "relayed"; readonly at: WallMs; readonly possiblyTwice: boolean }
  | { readonly k: "bounced" | "expired" | "discarded"; readonly at: WallMs; readonly why: string }
  /** Settled, but its events are gone. */
  | { readonly k: "not known" };

/** One thing that happened. `quote` is the other side's own words. */
export interface Step {
  readonly at: WallMs;
  /** Sequence of the event that says so. */
  readonly event: number;
  readonly text: string;
  readonly quote?: string;
}

/** A share of the total time; whole milliseconds, and all parts add up to `totalMs`. */
export interface Part {
  readonly what: string;
  readonly ms: number;
}

export interface RecipientStory {
  readonly rcpt: number;
  readonly to: string;
  /** One sentence or three, at most 240 characters unless the address alone is longer. */
  readonly line: string;
  readonly now: Now;
  readonly totalMs: number;
  readonly steps: readonly Step[];
  readonly parts: readonly Part[];
  /** Who can do what about it; null when there is nothing to do or it is not known. */
  readonly remedy: string | null;
}

export interface Story {
  readonly id: MessageId;
  readonly acceptedAt: WallMs;
  readonly from: string;
  readonly sender: string;
  readonly source: string;
  readonly tenant: string;
  readonly class: string;
  readonly bytes: number;
  readonly messageId: string | null;
  readonly peer: { readonly ip: string; readonly helo: string; readonly tls: string | null; readonly login: string | null };
  /** Clock times in lines and steps are this zone's. */
  readonly zone: string;
  readonly recipients: readonly RecipientStory[];
}

/** What the tellers below work from: one recipient's share of the record. */
export interface Trail {
  readonly to: string;
  readonly acceptedAt: WallMs;
  /** Of the whole message or of this recipient, oldest first. */
  readonly events: readonly FairleadEvent[];
  readonly now: Now;
  /** When it was settled, or the moment of asking. */
  readonly end: WallMs;
  /** The destination's name for people: the upstream's, or absent. */
  readonly upstream?: string;
  /** Why its destination is closed at the moment. */
  readonly closed?: { readonly site: string; readonly why: string; readonly until?: WallMs };
}

/** What the words depend on besides the record. */
export interface Telling {
  readonly id: MessageId;
  readonly now: WallMs;
  readonly zone: string;
  readonly closed: ClosedSites;
  /** One recipient, instead of all. */
  readonly only?: number;
}

export function tellStory(record: MessageRecord, { id, now, zone, closed, only }: Telling): Story {
  const { envelope } = record;
  const clock = zoneClock(zone);
  const recipients = envelope.recipients.flatMap((recipient, rcpt) => {
    if (only !== undefined && only !== rcpt) return [];
    const trail = trailOf(record, rcpt, recipient.address, now, closed);
    const { line, remedy } = lineOf(trail, clock, now);
    const totalMs = Math.max(0, trail.end - envelope.acceptedAt);
    return [
      {
        rcpt,
        to: recipient.address,
        line,
        now: trail.now,
        totalMs,
        steps: stepsOf(trail, envelope, clock, now),
        parts: partsOf(trail),
        remedy,
      },
    ];
  });
  return {
    id,
    acceptedAt: envelope.acceptedAt,
    from: envelope.mailFrom,
    sender: envelope.sender,
    source: envelope.source,
    tenant: envelope.tenant,
    class: envelope.class,
    bytes: envelope.bytes,
    messageId: envelope.messageId ?? null,
    peer: { ip: envelope.peer.ip, helo: envelope.peer.helo, tls: envelope.peer.tls ?? null, login: envelope.peer.login ?? null },
    zone: clock.name(now),
    recipients,
  };
}

function trailOf(record: MessageRecord, rcpt: number, to: string, now: WallMs, sites: ClosedSites): Trail {
  const events = record.events.filter((event) => event.rcpt === undefined || event.rcpt === rcpt);
  const open = record.open.find((delivery) => delivery.ref.rcpt === rcpt);
  const state = open === undefined ? settledState(events) : openState(open, events);
  const end = "at" in state ? state.at : now;
  const upstream = open?.site.startsWith("upstream:") ? open.site.slice("upstream:".length) : undefined;
  const closed = open?.state === "queued" ? sites.get(open.site) : undefined;
  const known = {
    ...(upstream === undefined ? {} : { upstream }),
    ...(closed === undefined || open === undefined ? {} : { closed: { ...closed, site: upstream ?? open.site } }),
  };
  return { to, acceptedAt: record.envelope.acceptedAt, events, now: state, end, ...known };
}

function openState(open: SpooledDelivery, events: readonly FairleadEvent[]): Now {
  if (open.state === "queued")
    return { k: "queued", due: open.dueAt, attempts: open.attempts, inDoubt: open.sentAt !== undefined, expiresAt: open.expiresAt };
  const since = events.findLast((event) => event.body.kind === "held")?.at ?? open.acceptedAt;
  return { k: "held", why: open.why ?? "no reason recorded", since };
}

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
      default: // not an end: an earlier event says it
    }
  }
  return { k: "not known" };
}
