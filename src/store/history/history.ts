/**
 * History: what became of every message, for as long as retention says, found by whatever a person remembers of it.
 * One SQLite file a day of acceptance, opened newest first, forgotten by unlinking (R29). It is fed from the spool's
 * events by a cursor that commits with what it folds, so it may lag or be broken and catch up: mail never waits for it.
 */
import type { Clock, WallMs } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { DeliveryState } from "../../model/delivery.ts";
import type { ReplyClass } from "../../model/diagnosis.ts";
import type { FairleadEvent } from "../../model/event.ts";
import type { DeliveryRef, MessageKey, SiteKey } from "../../model/ids.ts";
import type { Envelope } from "../../model/message.ts";
import type { View } from "../../model/view.ts";
import { HistoryFront } from "./front.ts";
import { HistoryLink } from "./thread/history-link.ts";

export type HistoryState = DeliveryState | "refused";

/** One delivery, or one refusal, as it stood at the last event folded. */
export interface HistoryRow {
  /** Of a refusal: its reference, recipient 0. */
  readonly ref: DeliveryRef;
  /** When it was accepted or refused: somewhat after its key was drawn, by which it is found and stands among the others. */
  readonly at: WallMs;
  readonly state: HistoryState;
  readonly inDoubt: boolean;
  readonly possiblyTwice: boolean;
  readonly from: string;
  readonly to: string;
  readonly sender: string;
  readonly source: string;
  readonly tenant: string;
  /** Recipients of its message, itself included. */
  readonly recipients: number;
  readonly attempts: number;
  /** The last event's time; `doneAt` only once it is settled. */
  readonly changedAt: WallMs;
  readonly doneAt?: WallMs;
  /** When it is tried next, of queued deliveries. */
  readonly dueAt?: WallMs;
  /** A clause for people: why it waits, was held or ended. */
  readonly why?: string;
  readonly class?: ReplyClass;
  readonly provider?: string;
  readonly host?: string;
  /** Of the last reply. */
  readonly code?: number;
  readonly enhanced?: string;
  /** `FL-5203`, of refusals. */
  readonly fault?: string;
}

/** Every given condition must hold; of a list one is enough. Texts compare case-insensitively, whole unless told. */
export interface HistoryQuery {
  readonly to?: readonly string[];
  /** `@gmail.com`: anybody there. */
  readonly from?: readonly string[];
  readonly sender?: readonly string[];
  readonly source?: readonly string[];
  readonly tenant?: readonly string[];
  readonly provider?: readonly string[];
  readonly state?: readonly HistoryState[];
  readonly class?: readonly ReplyClass[];
  /** `550`, `5.1.1` or `FL-5203`. */
  readonly code?: readonly string[];
  readonly ip?: readonly string[];
  readonly messageId?: readonly string[];
  /** Words of the last reply, of a fault, or the receiver's own id in it. */
  readonly reply?: readonly string[];
  /** Of the times of keys, which are drawn at MAIL. */
  readonly since?: WallMs;
  readonly until?: WallMs;
  /** Rows that match any of these are left out. */
  readonly not?: Omit<HistoryQuery, "not" | "since" | "until">;
}

export interface SearchPage {
  /** Newest first. */
  readonly rows: readonly HistoryRow[];
  /** Opaque; pass it as `after` for the next page. Absent at the end. */
  readonly next?: string;
  /** All of history down to here has been looked at. Later than `since` when the budget ended first: go on with `next`. */
  readonly searchedBackTo: WallMs;
  readonly tookMs: number;
}

export interface Tally {
  readonly byState: Readonly<Record<HistoryState, number>>;
  /** False where counting stopped at its budget or at 10,000: "about". */
  readonly exact: boolean;
  /** Equal steps over the asked time, oldest first, accepted deliveries in each; for the small chart. */
  readonly steps: readonly { readonly at: WallMs; readonly accepted: number; readonly settled: number }[];
}

export interface HistoryRecord {
  readonly envelope: Envelope;
  /** Oldest first, dialogues included. Of a refusal one event, and the envelope is what was offered. */
  readonly events: readonly FairleadEvent[];
}

/** What history does not have, and once had or should have had. */
export type HistoryLoss =
  /** A day's file could not be read: it is kept as `file`, and the day has what the journal still had of it. */
  | { readonly is: "day"; readonly at: WallMs; readonly day: string; readonly file: string }
  /** The last events that the journal had forgotten before they were read. */
  | { readonly is: "gap"; readonly at: WallMs; readonly from: number; readonly to: number };

export type HistoryHealth =
  | {
      readonly is: "ok";
      /** Events that are recorded and not yet folded. */
      readonly behind: number;
      readonly at: WallMs;
      /** However long ago. */
      readonly lost?: readonly HistoryLoss[];
    }
  /** It does not take what happens now; `why` for people. Mail goes on, and it catches up. */
  | { readonly is: "stopped"; readonly why: string; readonly behind: number; readonly lost?: readonly HistoryLoss[] }
  | { readonly is: "off" };

/** `limit` ≤ 1,000; `after` is the page before's `next`. Stops after `budgetMs` with what it has. */
export interface PageOf {
  readonly limit: number;
  readonly after?: string;
  readonly budgetMs?: number;
}

/** A day that is kept, with its size; a broken one is set aside and cannot be asked. */
export interface KeptDay {
  readonly day: string;
  readonly bytes: number;
  readonly deliveries: number;
  readonly broken: boolean;
}

export interface History extends AsyncDisposable {
  search(view: View, query: HistoryQuery, page: PageOf): Promise<SearchPage>;
  tally(view: View, query: HistoryQuery, budgetMs?: number): Promise<Tally>;
  record(view: View, key: MessageKey): Promise<HistoryRecord | undefined>;
  /** Resolves once everything recorded before the call can be found, or false after `withinMs`. */
  caughtUp(withinMs: number): Promise<boolean>;
  health(): HistoryHealth;
  /** When a destination's lane closed and opened between two moments, oldest first, `limit` ≤ 1,000. */
  laneEvents(site: SiteKey, since: WallMs, until: WallMs, limit: number): Promise<readonly FairleadEvent[]>;
  /** Newest first. */
  days(): Promise<readonly KeptDay[]>;
  /** Days are kept so long from now on. One that is too old goes an hour later. */
  retain(days: number): void;
  /** Removes every trace of an address (R26); how many rows changed. */
  forget(view: View, address: string): Promise<number>;
}

/** Where history hears what happened. */
export interface JournalPort {
  /** The database that holds the journal (`spool.db`); read here on connections that cannot write. */
  readonly path: string;
  /** As `Spool.onEvents`: only that something was recorded counts. */
  readonly onEvents: (listener: () => void) => () => void;
  /** Resolves once all that was recorded before the call stands in the journal. */
  readonly flushed: () => Promise<void>;
}

export interface HistoryOptions {
  /** Its own; made if it does not exist. */
  readonly folder: string;
  readonly journal: JournalPort;
  readonly clock: Clock;
  readonly log: Log;
  /** Days are kept so long after the mail was accepted; `HISTORY_DAYS` unless told. */
  readonly retentionDays?: number;
  /** What the spool keeps free, if that is set: history stops at half as much again, and so before it. */
  readonly keepFreeBytes?: number | undefined;
}

/** How long history is kept where nobody says. */
export const HISTORY_DAYS = 30;

/**
 * Opens at once and never fails because of a disk: then its health says why it is stopped, mail goes on, and it is tried
 * again. Close it before the spool.
 */
export function openHistory({ folder, journal, clock, log, retentionDays, keepFreeBytes }: HistoryOptions): History {
  const data = { folder, journal: journal.path, retentionDays: retentionDays ?? HISTORY_DAYS, keepFreeBytes };
  const link = new HistoryLink({ data, clock, log });
  return new HistoryFront({ folder, link, journal, clock, log });
}
