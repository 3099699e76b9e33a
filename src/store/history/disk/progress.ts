/**
 * How far the journal was read. Each day's file says for itself what it holds, in the transaction that wrote it; this says
 * from where on the journal has to be read again after a stop, and is written only after those files are synced. So it may
 * lag and never leads.
 *
 * Numbers here are the journal's plus `base`. A journal that was begun anew counts from 1 again; then `base` grows, so
 * that numbers in the days' files never come twice.
 */
import type { EventRow } from "../../journal/journal.ts";
import type { Database, Statement } from "../../sql/sql.ts";

/** What the journal says of itself. */
export interface JournalSource {
  /** Events after a sequence, in order. @throws {SqlFault} */
  after(seq: number, limit: number): readonly EventRow[];
  /** Sequences of the first and the last one kept; 1 and 0 if there is none. @throws {SqlFault} */
  bounds(): readonly [oldest: number, newest: number];
}

const CREATE = `
create table if not exists progress (
  only integer primary key check (only = 1), cursor integer not null, base integer not null, last text not null);
insert or ignore into progress values (1, 0, 0, '');
`;

export class Progress {
  readonly #db: Database;
  readonly #save: Statement;
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
