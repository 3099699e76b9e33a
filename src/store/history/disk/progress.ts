/**
 * How far the journal was read. Each day's file says for itself what it holds, in the transaction that wrote it; this says
 * from where on the journal has to be read again after a stop, and is written only after those files are synced. So it may
 * lag and never leads.
 *
 * Numbers here are the journal's plus `base`. A journal that was begun anew counts from 1 again; then `base` grows, so
 * that numbers in the days' files never come twice.
 */
import type { WallMs } from "../../../base/clock.ts";
import type { EventRow } from "../../journal/journal.ts";
import type { Database, Statement } from "../../sql/sql.ts";

/** What the journal says of itself. */
export interface JournalSource {
  /** Events after a sequence, in order. @throws {SqlFault} */
  after(seq: number, limit: number): readonly EventRow[];
  /** Sequences of the first and the last one kept; 1 and 0 if there is none. @throws {SqlFault} */
  bounds(): readonly [oldest: number, newest: number];
}

/** Events that were forgotten before they were read, and when that was noticed; by the journal's own numbers. */
export interface Gap {
  readonly at: WallMs;
  readonly from: number;
  readonly to: number;
}

const CREATE = `
create table if not exists gap (
  only integer primary key check (only = 1), at integer not null, first integer not null, last integer not null);
create table if not exists progress (
  only integer primary key check (only = 1), cursor integer not null, base integer not null, last text not null);
insert or ignore into progress values (1, 0, 0, '');
`;

export class Progress {
  readonly #db: Database;
  readonly #save: Statement;
  readonly #saveGap: Statement;
  #gap: Gap | undefined;
  #base: number;
  #cursor: number;
  /** What the event at the cursor looked like. */
  #last: string;

  /** Takes the connection over. @throws {SqlFault} */
  constructor(db: Database) {
    this.#db = db;
    db.value("pragma journal_mode = wal");
    db.exec(`pragma synchronous = full; ${CREATE}`);
    this.#save = db.prepare("update progress set cursor = ?, base = ?, last = ?");
    this.#saveGap = db.prepare("insert or replace into gap values (1, ?, ?, ?)");
    const [at, from, to] = db.prepare("select at, first, last from gap").first<[number, number, number]>() ?? [];
    if (at !== undefined && from !== undefined && to !== undefined) this.#gap = { at: at as WallMs, from, to };
    const [cursor, base, last] = db.prepare("select cursor, base, last from progress").first<[number, number, string]>() ?? [0, 0, ""];
    this.#cursor = cursor;
    this.#base = base;
    this.#last = last;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Nothing is known of how far. */
  get isBlank(): boolean {
    return this.#cursor === 0 && this.#base === 0;
  }

  get base(): number {
    return this.#base;
  }

  /** The last one. */
  get gap(): Gap | undefined {
    return this.#gap;
  }

  /** @throws {SqlFault} */
  missed(gap: Gap): void {
    this.#saveGap.run(gap.at, gap.from, gap.to);
    this.#gap = gap;
  }

  /** Whether the journal is another one than that which was read: it ends before the cursor, or says something else there. */
  isAnother(journal: JournalSource): boolean {
    const seq = this.#cursor - this.#base;
    if (this.#last === "" || seq <= 0) return false;
    const [, newest] = journal.bounds();
    if (newest < seq) return true;
    const [there] = journal.after(seq - 1, 1);
    return there?.[0] === seq && looksOf(there) !== this.#last;
  }

  /** From the beginning of another journal on; numbers go on from `above`. @throws {SqlFault} */
  beginAnew(above: number): void {
    this.#write(above, above, "");
  }

  /** @throws {SqlFault} */
  save(cursor: number, last: EventRow | undefined): void {
    if (cursor !== this.#cursor) this.#write(cursor, this.#base, last === undefined ? this.#last : looksOf(last));
  }

  close(): void {
    this.#db.close();
  }

  #write(cursor: number, base: number, last: string): void {
    this.#save.run(cursor, base, last);
    [this.#cursor, this.#base, this.#last] = [cursor, base, last];
  }
}

function looksOf([, at, message, rcpt, body]: EventRow): string {
  return `${at} ${message ?? "-"} ${rcpt ?? "-"} ${body.length}`;
}
