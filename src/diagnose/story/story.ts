/**
 * The story of a message: where each recipient's copy is, what happened, where the time went and what to do, told from
 * the events that made it so. Pure: the same record, moment, zone and eyes give the same words, for the command line,
 * the API, the panel and the tenant's page alike.
 */
import type { WallMs } from "../../base/clock.ts";
import { zoneClock } from "../../base/time-text.ts";
import type { Who } from "../../model/diagnosis.ts";
import type { EventBody, FairleadEvent } from "../../model/event.ts";
import type { MessageId, SiteKey, TenantId } from "../../model/ids.ts";
import type { Envelope } from "../../model/message.ts";
import type { SpooledDelivery } from "../../store/spool/spool.ts";
import { asTenantSees } from "./eyes.ts";
import { lineOf } from "./line.ts";
import { partsOf } from "./parts.ts";
import { stepsOf } from "./steps.ts";
import { trailsOf } from "./trail.ts";

export { asTenantSees, BY_PROVIDER, ENDED, FOR_REVIEW, RELAY, TOO_LATE, UNREACHED, withoutInside } from "./eyes.ts";
export { passesByItself } from "./waiting-line.ts";

/** All that is known of a message. `envelope` comes from the spool, or from its `accepted` event once it is settled. */
export interface MessageRecord {
  /** Of a refusal: what was offered, as far as it was known. */
  readonly envelope: Envelope;
  /** Its deliveries still in the spool. */
  readonly open: readonly SpooledDelivery[];
  /** Its events, oldest first. Empty once retention removed them. Of a refusal the one event `refused`. */
  readonly events: readonly FairleadEvent[];
  /** What the lanes of its destinations did meanwhile (kind `lane`), oldest first: they may have made it wait. */
  readonly lanes?: readonly FairleadEvent[];
  /** Where each recipient's mail goes or went, by its number: once it is settled no row says so. */
  readonly sites?: ReadonlyMap<number, SiteKey>;
  /** Discards whose grace is not over, by their action: when what they hold is gone. */
  readonly discards?: ReadonlyMap<number, WallMs>;
}

export interface ClosedSite {
  readonly why: string;
  readonly since?: WallMs;
  readonly until?: WallMs;
  /** Not closed, but slowed to so many messages a minute. */
  readonly perMinute?: number;
  /** Whose mail brought it about, where that is recorded. Told only as "another tenant's", never by name. */
  readonly of?: TenantId;
}

/** Destinations to which no connection is tried now, or that are slowed: with the reason and when they open. */
export type ClosedSites = ReadonlyMap<SiteKey, ClosedSite>;

/** Who reads: `tenant` sees its own message and nothing of others, of the operators or of the inside (R25). */
export type Eyes = "operator" | "tenant";

/** Where a delivery stands. `k` is its state. */
export type Now =
  | { readonly k: "queued"; readonly due: WallMs; readonly attempts: number; readonly inDoubt: boolean; readonly expiresAt: WallMs }
  | {
      readonly k: "held";
      readonly why: string;
      readonly since: WallMs;
      /** An operator discarded it: gone for good then, until then it comes back by an undo. */
      readonly discard?: Discard;
    }
  | { readonly k: "delivered" | "relayed"; readonly at: WallMs; readonly possiblyTwice: boolean }
  | { readonly k: "bounced" | "expired" | "discarded"; readonly at: WallMs; readonly why: string }
  | { readonly k: "refused"; readonly at: WallMs; readonly code: string | null }
  /** Settled, but its events are gone. */
  | { readonly k: "not known" };

export interface Discard {
  readonly action: number;
  readonly at: WallMs;
}

/** One thing that happened. `quote` is the other side's own words. */
export interface Step {
  readonly at: WallMs;
  /** Since it was accepted. */
  readonly ms: number;
  /** Sequence of the event that says so. */
  readonly event: number;
  readonly text: string;
  readonly quote: string | null;
  /** What was said line by line, where it is kept and may be seen. */
  readonly dialogue: string | null;
  /** The person who did it; null where the program did. */
  readonly by: string | null;
  /** What to look up for more: `action 118`, or the id of a report. */
  readonly ref: string | null;
  /** How sure the reading in `text` is; null where nothing was read. */
  readonly confidence: number | null;
}

/** A share of the total time; whole milliseconds, and all parts add up to `totalMs`. */
export interface Part {
  readonly what: string;
  readonly ms: number;
}

export interface StoryRemedy {
  readonly who: Who;
  readonly text: string;
  readonly link: string | null;
}

/** What came back after it was settled. */
export interface Back {
  readonly at: WallMs;
  readonly what: (EventBody & { readonly kind: "returned" })["what"];
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
  /** The clause of the line that says why; null where nothing needs a reason. */
  readonly cause: string | null;
  /** How sure that reading is; null where it is a fact or nothing was read. */
  readonly confidence: number | null;
  /** Who can do what about it; null when there is nothing to do or it is not known. */
  readonly remedy: StoryRemedy | null;
  readonly back: Back | null;
}

export interface Story {
  readonly id: MessageId;
  /** Of a refusal: when it was refused. */
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

/** What the tellers work from: one recipient's share of the record, as far as these eyes may see it. */
export interface Trail {
  readonly id: MessageId;
  readonly eyes: Eyes;
  readonly rcpt: number;
  readonly to: string;
  /** What the sending server is called: its source, or its address. */
  readonly source: string;
  readonly acceptedAt: WallMs;
  /** Of the whole message or of this recipient, and of its lane where known; oldest first. */
  readonly events: readonly FairleadEvent[];
  readonly now: Now;
  /** When it was settled, or the moment of asking. */
  readonly end: WallMs;
  /** It leaves through an upstream, by this name for people. */
  readonly upstream?: string;
  /** Why its destination is closed or slowed at the moment. `others`: because of another tenant's mail. */
  readonly closed?: {
    readonly site: string;
    readonly why: string;
    readonly since?: WallMs;
    readonly until?: WallMs;
    readonly perMinute?: number;
    readonly others: boolean;
  };
}

/** What the words depend on besides the record. */
export interface Telling {
  readonly id: MessageId;
  readonly now: WallMs;
  readonly zone: string;
  readonly closed: ClosedSites;
  /** One recipient, instead of all. */
  readonly only?: number;
  /** Operator if absent. */
  readonly eyes?: Eyes;
  /** Events of kind `lane`, for whole lanes, that may have made it wait; oldest first. */
  readonly lanes?: readonly FairleadEvent[];
  /** Names of upstreams' hosts: the inside, to a tenant. */
  readonly upstreams?: ReadonlySet<string>;
}

export function tellStory(given: MessageRecord, asked: Telling): Story {
  const eyes = asked.eyes ?? "operator";
  const record = eyes === "tenant" ? asTenantSees(given, asked) : given;
  const { envelope } = record;
  const { id, now } = asked;
  const clock = zoneClock(asked.zone);
  const recipients = trailsOf(record, asked, eyes).map((trail): RecipientStory => {
    const told = lineOf(trail, clock, now);
    return {
      rcpt: trail.rcpt,
      to: trail.to,
      line: told.line,
      now: trail.now,
      totalMs: Math.max(0, trail.end - trail.acceptedAt),
      steps: stepsOf(trail, envelope, clock, now),
      parts: partsOf(trail),
      cause: told.cause ?? null,
      confidence: told.confidence,
      remedy: told.remedy,
      back: told.back,
    };
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
