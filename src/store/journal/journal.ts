/**
 * The journal: every event in the order of its sequence, written in the transaction that makes it true. Dense from 1;
 * the newest event is never pruned, so the next number is always known from the table.
 */
import type { WallMs } from "../../base/clock.ts";
import type { EventBody, FairleadEvent } from "../../model/event.ts";
import type { MessageKey } from "../../model/ids.ts";
import type { Database, Statement } from "../sql/sql.ts";

/** An event as it is stored: its body is JSON. */
export type EventRow = readonly [seq: number, at: number, message: number | null, rcpt: number | null, body: string];

/** The same as what it is. This program wrote it: what it holds is not checked again. */
export function decodeEvent([seq, at, message, rcpt, body]: EventRow): FairleadEvent {
  return {
    seq,
    at: at as WallMs,
    ...(message === null ? {} : { message: message as MessageKey }),
    ...(rcpt === null ? {} : { rcpt }),
    body: JSON.parse(body) as EventBody,
  };
}

/** How long events are kept; whichever ends first. */
export interface Retention {
  readonly ms: number;
  readonly rows: number;
}

export const DEFAULT_RETENTION: Retention = { ms: 3 * 24 * 3_600_000, rows: 4_000_000 };

const BOUNDS =
  "select coalesce((select seq from event order by seq limit 1), 1), coalesce((select seq from event order by seq desc limit 1), 0)";

/** Writes events. Its numbers belong to the open transaction: `forget` after a rollback. */
export class Journal {
  readonly #insert: Statement;
  readonly #bounds: Statement;
  readonly #prune: Statement;
  readonly #at: Statement;
  readonly #retention: Retention;
  #next = 0;
  #oldest = 0;

  constructor(db: Database, retention: Retention) {
    this.#insert = db.prepare("insert into event (seq, at, message, rcpt, body) values (?, ?, ?, ?, ?)");
    this.#bounds = db.prepare(BOUNDS);
    this.#prune = db.prepare("delete from event where seq >= ? and seq < ?");
    this.#at = db.prepare("select at from event where seq = ?");
    this.#retention = retention;
    this.forget();
  }

  add(at: number, message: number | null, rcpt: number | null, body: string): void {
    this.#insert.run(this.#next, at, message, rcpt, body);
    this.#next++;
  }

  /** Reads the numbers from the table again. */
  forget(): void {
    const [oldest, newest] = this.#bounds.first<[number, number]>() ?? [1, 0];
    this.#oldest = oldest;
    this.#next = newest + 1;
  }

  /** More events are kept than may be, by a margin that makes pruning under load worth it. */
  get overfull(): boolean {
    return this.#next - this.#oldest > this.#retention.rows * 1.05;
  }

  /** Deletes at most `slice` events that need not be kept; false when none is left to delete. In the caller's transaction. */
  prune(now: number, slice: number): boolean {
    const newest = this.#next - 1;
    let until = Math.min(this.#next - this.#retention.rows, newest);
    const tooOld = now - this.#retention.ms;
    const end = Math.min(this.#oldest + slice, newest);
    if (until < end && (this.#at.first<[number]>(end)?.[0] ?? now) < tooOld) until = end;
    until = Math.min(until, end);
    if (until <= this.#oldest) return false;
    this.#prune.run(this.#oldest, until);
    this.#oldest = until;
    return true;
  }
}

/** Reads events on any connection. */
export class JournalReader {
  readonly #of: Statement;
  readonly #after: Statement;
  readonly #lanes: Statement;
  readonly #bounds: Statement;

  constructor(db: Database) {
    this.#bounds = db.prepare(BOUNDS);
    this.#of = db.prepare("select seq, at, message, rcpt, body from event where message = ? order by seq");
    this.#after = db.prepare("select seq, at, message, rcpt, body from event where seq > ? order by seq limit ?");
    this.#lanes = db.prepare(
      `select seq, at, message, rcpt, body from event indexed by event_lane
       where message is null and at between ? and ? and body ->> '$.kind' = 'lane' and body ->> '$.site' = ? order by at, seq limit ?`,
    );
  }

  of(message: number): EventRow[] {
    return this.#of.all(message);
  }

  /** What happened to a destination's lane, oldest first. */
  lane(site: string, since: number, until: number, limit: number): EventRow[] {
    return this.#lanes.all(since, until, site, limit);
  }

  after(seq: number, limit: number): EventRow[] {
    return this.#after.all(seq, limit);
  }

  /** Sequences of the first and the last event kept; 1 and 0 if there is none. */
  bounds(): readonly [oldest: number, newest: number] {
    return this.#bounds.first<[number, number]>() ?? [1, 0];
  }
}
