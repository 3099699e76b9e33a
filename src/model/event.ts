/**
 * One thing that happened; written in the transaction that makes it true and never changed. Sequence orders events on
 * a node, time does not. Consumers read them by cursor.
 */
import type { WallMs } from "../base/clock.ts";
import type { DeliveryRef, MessageKey } from "./ids.ts";
import type { Envelope } from "./message.ts";
import type { AttemptFacts } from "./outcome.ts";
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
      readonly dueAt: WallMs;
      readonly attempts: number;
      readonly counted: boolean;
    }
  | { readonly kind: "in-doubt"; readonly attempt?: AttemptFacts; readonly why: string; readonly dueAt: WallMs }
  | {
      readonly kind: "bounced";
      readonly attempt?: AttemptFacts;
      readonly reply?: Reply;
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
  | {
      readonly kind: "refused";
      readonly peer: string;
      readonly source?: string;
      readonly mailFrom: string;
      readonly rcptTo?: string;
      readonly reply: Reply;
    }
  | { readonly kind: "lane"; readonly site: string; readonly open: boolean; readonly why: string; readonly until?: WallMs }
  | { readonly kind: "alarm"; readonly code: string; readonly text: string };

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
