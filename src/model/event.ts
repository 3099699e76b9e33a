/**
 * One thing that happened; written in the transaction that makes it true and never changed. Sequence orders events on
 * a node, time does not. Consumers read them by cursor.
 */
import type { WallMs } from "../base/clock.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { DeliveryRef, MessageKey, TenantId } from "./ids.ts";
import type { Envelope } from "./message.ts";
import type { AttemptFacts } from "./outcome.ts";
import type { OverrideChange, OverrideScope, OverrideTurn } from "./override.ts";
import type { Reply } from "./reply.ts";

/** Who did it: the program's rules, or a person through CLI, API or panel. */
export type Actor =
  | { readonly kind: "policy" | "dispatch" | "expiry"; readonly id: string }
  | { readonly kind: "operator"; readonly id: string };

export type EventBody =
  | { readonly kind: "accepted"; readonly envelope: Omit<Envelope, "key"> }
  | { readonly kind: "delivered" | "relayed"; readonly attempt: AttemptFacts; readonly reply: Reply; readonly possiblyTwice: boolean }
  /** An attempt that did not end the delivery. `counted` is false for a fault of the lane, not of the message. */
  | {
      readonly kind: "deferred";
      readonly attempt?: AttemptFacts;
      readonly reply?: Reply;
      readonly fault?: { readonly code: string; readonly text: string };
      readonly diagnosis?: Diagnosis;
      readonly dueAt: WallMs;
      readonly attempts: number;
      readonly counted: boolean;
    }
  | { readonly kind: "in-doubt"; readonly attempt?: AttemptFacts; readonly why: string; readonly dueAt: WallMs }
  | {
      readonly kind: "bounced";
      readonly attempt?: AttemptFacts;
      readonly reply?: Reply;
      readonly diagnosis?: Diagnosis;
      readonly why: string;
      readonly dsn: DsnFate;
      readonly by: Actor;
      readonly action?: number;
    }
  | { readonly kind: "expired"; readonly why: string; readonly dsn: DsnFate }
  | { readonly kind: "held" | "released"; readonly why: string; readonly by: Actor; readonly action?: number }
  | { readonly kind: "discarded"; readonly why: string; readonly by: Actor; readonly action?: number }
  | { readonly kind: "retried" | "rerouted"; readonly by: Actor; readonly action?: number; readonly site?: string }
  | { readonly kind: "delay-told" }
  /** Refused before it was a message of ours. The event's `message` is the reference that the reply names. */
  | {
      readonly kind: "refused";
      readonly peer: string;
      readonly helo?: string;
      readonly login?: string;
      readonly source?: string;
      readonly tenant?: TenantId;
      readonly sender?: string;
      readonly mailFrom: string;
      readonly rcptTo?: string;
      readonly reply: Reply;
      /** `FL-5203`; absent where the protocol machine refused. */
      readonly code?: string;
    }
  /** What came back later about a delivery: a report of failure or delay, a complaint, an automatic reply (R18). */
  | {
      readonly kind: "returned";
      readonly what: "failed" | "delayed" | "delivered" | "complaint" | "autoreply";
      /** Who says so: the reporting MTA, or the host that handed the report over. */
      readonly from: string;
      /** RFC 3463, where the report has one. */
      readonly status?: string;
      readonly diagnostic?: string;
      /** RFC 5965 Feedback-Type. */
      readonly feedbackType?: string;
      readonly diagnosis?: Diagnosis;
      /** The report as a message of ours, where it was passed on to the sender. */
      readonly report?: MessageKey;
    }
  /** An address of a tenant is no longer written to, or is again. */
  | {
      readonly kind: "suppressed" | "unsuppressed";
      readonly tenant: TenantId;
      readonly address: string;
      readonly why: string;
      readonly until?: WallMs;
      readonly by: Actor;
    }
  | {
      readonly kind: "lane";
      readonly site: string;
      readonly open: boolean;
      readonly why: string;
      readonly until?: WallMs;
      readonly diagnosis?: Diagnosis;
      /** How fast mail goes there from now on, where that changed. With `open` it is no opening: it follows one. */
      readonly pace?: PaceTold;
      /** What was said to whoever tried to connect, as in `AttemptFacts`. */
      readonly dialogue?: string;
    }
  /** Something was decided about a limit, or no longer holds. */
  | {
      readonly kind: "override";
      readonly what: OverrideTurn;
      /** Its number. */
      readonly override: number;
      readonly scope: OverrideScope;
      readonly change: OverrideChange;
      readonly cause: string;
      /** Who added it, or who undid it. */
      readonly by: Actor;
      readonly until?: WallMs;
    }
  | { readonly kind: "alarm"; readonly code: string; readonly text: string };

/** Messages a minute, rounded for people; absent: without limit. */
export interface PaceTold {
  readonly perMinute?: number;
  /** A little below what was too much. */
  readonly ceiling?: number;
  readonly connections: number;
  /** Objections in a row. */
  readonly cuts: number;
}

/** All of them, in the order in which they are told: a kind that is not here does not compile. */
export const EVENT_KINDS: readonly string[] = Object.keys({
  accepted: true,
  refused: true,
  delivered: true,
  relayed: true,
  deferred: true,
  "in-doubt": true,
  bounced: true,
  expired: true,
  held: true,
  released: true,
  discarded: true,
  retried: true,
  rerouted: true,
  "delay-told": true,
  returned: true,
  suppressed: true,
  unsuppressed: true,
  lane: true,
  override: true,
  alarm: true,
} satisfies Readonly<Record<EventBody["kind"], true>>);

/** Whether a failure was reported to the sender, or why not (R15). */
export type DsnFate = "sent" | "not wanted" | "null sender" | "rate limited" | "parent is a report";

export interface FairleadEvent {
  /** Dense from 1 on its node. */
  readonly seq: number;
  readonly at: WallMs;
  readonly message?: MessageKey;
  readonly rcpt?: number;
  readonly body: EventBody;
}

/** An event before it has a sequence. */
export interface NewEvent {
  readonly at: WallMs;
  readonly ref?: DeliveryRef | { readonly message: MessageKey };
  readonly body: EventBody;
}
