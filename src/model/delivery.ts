/** A delivery's states. Exactly one holds at any time; the ledger counts them. */
import type { WallMs } from "../base/clock.ts";
import type { DeliveryRef, SenderKey, SiteKey, TenantId } from "./ids.ts";
import type { BodyKind, MessageClass, Notify, TlsWish } from "./message.ts";

export type DeliveryState = "queued" | "held" | "delivered" | "relayed" | "bounced" | "expired" | "discarded";

/** States that end a delivery: its row leaves the spool in the transaction that writes its last event. */
export type SettledState = Exclude<DeliveryState, "queued" | "held">;

/** A queued delivery as dispatch gets it from the spool: all that an attempt needs except the content. */
export interface QueuedDelivery {
  readonly ref: DeliveryRef;
  /** Grows with each change; a change names the version it saw. */
  readonly version: number;
  readonly dueAt: WallMs;
  readonly expiresAt: WallMs;
  /** Attempts that counted (lane faults do not). */
  readonly attempts: number;
  /** Set while the final dot may have been sent without a reply recorded: the delivery is in doubt. */
  readonly sentAt?: WallMs;
  /** The host of the last attempt; in-doubt and greylisted mail goes there again. */
  readonly lastHost?: string;
  readonly site: SiteKey;
  readonly tenant: TenantId;
  readonly sender: SenderKey;
  readonly class: MessageClass;
  readonly mailFrom: string;
  readonly address: string;
  readonly domain: string;
  readonly notify?: Notify;
  readonly orcpt?: string;
  readonly bytes: number;
  readonly body: BodyKind;
  readonly smtpUtf8: boolean;
  readonly ret?: "full" | "headers";
  readonly envid?: string;
  readonly tls?: TlsWish;
  /** Set once the sender was told of the delay. */
  readonly delayTold: boolean;
}
