/**
 * The spool: what was accepted and is not yet settled, with the events that made it so, in one SQLite database.
 * One writer; every call that arrives while a commit runs joins the next commit (group commit), so many callers share
 * one sync. Memory does not grow with the queue.
 *
 * Guarantee. Process death: nothing acknowledged is lost; duplicates only for attempts past the final dot. Power loss:
 * the same, and deliveries finished in the last 50 ms may be tried again. Each possible duplicate is marked.
 */
import type { Clock, WallMs } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { DeliveryState, QueuedDelivery, SettledState } from "../../model/delivery.ts";
import type { EventBody, FairleadEvent, NewEvent } from "../../model/event.ts";
import type { DeliveryRef, MessageKey, SenderKey, SiteKey, SourceName, TenantId } from "../../model/ids.ts";
import type { Envelope } from "../../model/message.ts";
import type { Retention } from "../journal/journal.ts";
import { DEFAULT_RETENTION } from "../journal/journal.ts";
import { HealthBoard, SpoolFront } from "./front.ts";
import type { SpoolCode } from "./spool-error.ts";
import { PART_BYTES, SpoolError } from "./spool-error.ts";
import { MemoryLink, MemoryStore } from "./thread/memory-link.ts";
import { ThreadLink } from "./thread/thread-link.ts";

export type { SpoolCode };
export { MemoryStore, PART_BYTES, SpoolError };

/** How one recipient begins. `site` decides which lane takes it. */
export type FirstState =
  | {
      readonly state: "queued";
      readonly site: SiteKey;
      readonly dueAt: WallMs /** The caller dispatches it itself: no window returns it until it is given back. */;
      readonly leased: boolean;
    }
  | { readonly state: "held"; readonly site: SiteKey; readonly why: string }
  | { readonly state: "discarded"; readonly why: string };

export interface Submission {
  readonly envelope: Envelope;
  /** One for each of `envelope.recipients`, in their order. */
  readonly first: readonly FirstState[];
  /** Header lines to send before the content (Received, trace, signatures). */
  readonly prelude: Uint8Array;
  readonly content: { readonly is: "inline"; readonly bytes: Uint8Array } | { readonly is: "staged"; readonly parts: number };
}

/** A delivery's next state. `version` is the one the caller saw; success makes it version + 1. */
export type Change = { readonly ref: DeliveryRef; readonly version: number } & (
  | /** The content and its final dot may now leave: still queued, in doubt until the next change. */ {
      readonly to: "sent";
      readonly at: WallMs;
      readonly host: string;
    }
  | {
      readonly to: "queued";
      readonly dueAt: WallMs;
      readonly attempts: number;
      /** Null ends the doubt; a time keeps it. */
      readonly sentAt: WallMs | null;
      readonly site?: SiteKey;
      readonly lastHost?: string;
      /** The reply or fault as a line, for search by reply text. */
      readonly why?: string;
      readonly delayTold?: true;
      readonly event: EventBody;
    }
  | { readonly to: "held"; readonly why: string; readonly action?: number; readonly event: EventBody }
  | { readonly to: SettledState; readonly event: EventBody }
);

/** `stale`: another change came first, or the delivery is settled; nothing was written for it. */
export type Applied = "ok" | "stale";

export interface DueWindow {
  readonly deliveries: readonly QueuedDelivery[];
  /** Due deliveries remain that are neither in this window nor leased. */
  readonly more: boolean;
  /** The earliest due time among the site's unleased deliveries that are not yet due; absent if there are none. */
  readonly nextDueAt?: WallMs;
}

export interface SiteQueue {
  readonly site: SiteKey;
  readonly queued: number;
  readonly nextDueAt: WallMs;
}

/** Every given condition must hold. Text conditions compare case-insensitively. */
export interface Selector {
  readonly tenant?: TenantId;
  readonly states?: readonly ("queued" | "held")[];
  readonly messages?: readonly MessageKey[];
  readonly refs?: readonly DeliveryRef[];
  readonly sender?: SenderKey;
  readonly mailFrom?: string;
  readonly recipient?: string;
  readonly recipientDomain?: string;
  readonly source?: SourceName;
  readonly site?: SiteKey;
  readonly acceptedBefore?: WallMs;
  readonly expiresBefore?: WallMs;
  /** Marked as sent before, and not answered since: in doubt, if no attempt lasts that long. */
  readonly sentBefore?: WallMs;
  /** A substring of the last reply or fault. */
  readonly reply?: string;
  /** Held or released by this operator action. */
  readonly action?: number;
}

export interface SpooledDelivery extends QueuedDelivery {
  readonly state: "queued" | "held";
  readonly source: SourceName;
  readonly acceptedAt: WallMs;
  readonly why?: string;
  readonly action?: number;
}

/** Held deliveries of one sender with one reason. */
export interface HeldCount {
  readonly sender: SenderKey;
  readonly source: SourceName;
  readonly tenant: TenantId;
  readonly why: string;
  readonly held: number;
  readonly oldest: MessageKey;
  readonly newest: MessageKey;
  /** The operator action that held the newest of them. */
  readonly action?: number;
}

/** All counts are deliveries. */
export interface LedgerCounts {
  readonly accepted: number;
  readonly queued: number;
  readonly held: number;
  readonly delivered: number;
  readonly relayed: number;
  readonly bounced: number;
  readonly expired: number;
  readonly discarded: number;
}

export interface Ledger {
  /** Sums over the events, by tenant. */
  readonly byEvents: ReadonlyMap<TenantId, LedgerCounts>;
  /** An independent sweep of the table in the same snapshot. */
  readonly bySweep: ReadonlyMap<TenantId, { readonly queued: number; readonly held: number }>;
  /** Both agree and accepted = the sum of all states, for every tenant. */
  readonly balances: boolean;
  /** One line a disagreement. */
  readonly drift: readonly string[];
}

export type SpoolHealth =
  | { readonly is: "ok"; readonly freeBytes: number }
  /** Below the reserve: 452 4.3.1 at MAIL; deliveries go on. */
  | { readonly is: "full"; readonly freeBytes: number }
  /** Writes fail again after reopening: no intake, no attempts. */
  | { readonly is: "sick"; readonly why: string };

export interface StoredMessage {
  readonly envelope: Envelope;
  readonly prelude: Uint8Array;
  readonly parts: number;
}

export interface Spool extends AsyncDisposable {
  /** Resolves once envelope, content, deliveries and events are committed and synced. @throws {SpoolError} */
  append(submission: Submission): Promise<void>;
  /**
   * Applies changes in order, in one transaction; each succeeds or is `stale` by itself. `soon` is committed within
   * 50 ms (earlier if a durable call comes). `report` is appended in the same transaction if every change was ok.
   * @throws {SpoolError} nothing of this call was written.
   */
  apply(changes: readonly Change[], need: "durable" | "soon", report?: Submission): Promise<readonly Applied[]>;
  /** Events that change no delivery (refusals, lanes, alarms). Written soon; dropped, oldest first, above 10,000 waiting. */
  record(event: NewEvent): void;

  /** One part of a large message, before its append; parts count from 0. Resolves when written (not synced: append does that). */
  stage(message: MessageKey, part: number, bytes: Uint8Array): Promise<void>;
  /** Drops staged parts of a message that was not appended. */
  unstage(message: MessageKey): void;

  /**
   * Due deliveries of a site, at most `perSender` of each sender, senders in rotation: a flood does not hide the
   * others. They are leased to the caller until a change or `giveBack`.
   */
  due(site: SiteKey, now: WallMs, limit: number, perSender: number): Promise<DueWindow>;
  giveBack(refs: readonly DeliveryRef[]): void;
  /** Every site with queued deliveries; read at start. */
  sites(): Promise<readonly SiteQueue[]>;

  /** The message without its content. Undefined once all its deliveries are settled. */
  message(key: MessageKey): Promise<StoredMessage | undefined>;
  /** One content part, its checksum verified. @throws {SpoolError} `SPOOL_CORRUPT` */
  part(key: MessageKey, part: number): Promise<Uint8Array>;

  /** Deliveries in key order after `after`. Reads a snapshot; never delays the writer. */
  find(selector: Selector, limit: number, after?: DeliveryRef): Promise<readonly SpooledDelivery[]>;
  count(selector: Selector): Promise<number>;
  /** Oldest first, at most `limit` groups. */
  heldGroups(tenant: TenantId | undefined, limit: number): Promise<readonly HeldCount[]>;
  ledger(): Promise<Ledger>;
  /** Events of one message, oldest first. */
  eventsOf(message: MessageKey): Promise<readonly FairleadEvent[]>;
  /** When a site's lane closed and opened between two moments, oldest first. */
  laneEvents(site: SiteKey, since: WallMs, until: WallMs, limit: number): Promise<readonly FairleadEvent[]>;
  /** Events after a sequence, in order: what consumers with a cursor read. */
  eventsAfter(seq: number, limit: number): Promise<readonly FairleadEvent[]>;
  /** Messages of which a recipient or the MAIL FROM is `address`, newest first, settled ones while their events are kept. */
  messagesOf(address: string, limit: number): Promise<readonly MessageKey[]>;

  /**
   * Called after each commit with what it recorded (not with changes that were stale), in this thread: what counts and
   * shows lives off it without asking the database. The result ends it.
   */
  onEvents(listener: (events: readonly NewEvent[]) => void): () => void;

  health(): SpoolHealth;
  /** Called on every change of health. */
  onHealth(listener: (health: SpoolHealth) => void): void;
  /** How it was found at start. */
  readonly opened: { readonly clean: boolean; readonly queued: number; readonly held: number; readonly lastKey: MessageKey };
}

export interface SpoolOptions {
  /** A folder of this machine, made if it does not exist; or, for simulation and tests, a store in this thread's memory. */
  readonly where: { readonly folder: string } | { readonly memory: MemoryStore };
  readonly clock: Clock;
  readonly log: Log;
  /** Intake stops below this much free space; the default is the larger of 2 GiB and 5 % of the disk. */
  readonly keepFreeBytes?: number;
  /** How long events are kept: 3 days and 4,000,000 unless told. */
  readonly keepEvents?: Retention;
}

/** @throws {SpoolError} `SPOOL_LOCKED` (names the process that has it), `SPOOL_NEWER` (names both formats), `SPOOL_IO` */
export async function openSpool({
  where,
  clock,
  log,
  keepFreeBytes,
  keepEvents: retention = DEFAULT_RETENTION,
}: SpoolOptions): Promise<Spool> {
  const board = new HealthBoard();
  const onHealth = (health: SpoolHealth): void => board.set(health);
  const link =
    "memory" in where
      ? new MemoryLink(where.memory, retention, clock)
      : await ThreadLink.open({ folder: where.folder, keepFreeBytes, retention, clock, log, onHealth });
  return new SpoolFront(link, board, clock, log);
}

export type { DeliveryState };
