/**
 * The spool's journal, read on a connection of this thread that cannot write: so what happened reaches history without
 * passing through the thread that moves mail. Each read is a short snapshot; it delays no writer.
 */
import { type EventRow, JournalReader } from "../../journal/journal.ts";
import { Database, SqlFault, sqlFault } from "../../sql/sql.ts";
import type { JournalSource } from "./progress.ts";

/** How long it waits for the writer where it must (recovery, a restart of the log). */
const BUSY_MS = 5000;

export class SpoolJournal implements JournalSource {
  readonly #path: string;
  #open: { readonly db: Database; readonly reader: JournalReader } | undefined;

  /** `path` of the spool's database; it is opened with the first question, and again after a failure. */
  constructor(path: string) {
    this.#path = path;
  }

  after(seq: number, limit: number): readonly EventRow[] {
    return this.#ask((reader) => reader.after(seq, limit));
  }

  bounds(): readonly [oldest: number, newest: number] {
    return this.#ask((reader) => reader.bounds());
  }

  close(): void {
    this.#open?.db.close();
    this.#open = undefined;
  }

  #ask<T>(question: (reader: JournalReader) => T): T {
    try {
      this.#open ??= this.#opened();
      return question(this.#open.reader);
    } catch (thrown) {
      this.close();
      const { code, message } = sqlFault(thrown);
      throw new SqlFault(code, `the spool's journal cannot be read: ${message}`, thrown);
    }
  }

  #opened(): { readonly db: Database; readonly reader: JournalReader } {
    const db = new Database(this.#path, { readOnly: true, busyMs: BUSY_MS });
    try {
      return { db, reader: new JournalReader(db) };
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  }
}
