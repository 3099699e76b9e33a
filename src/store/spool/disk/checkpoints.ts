/**
 * When the write-ahead log is copied into the database. Not by SQLite's own count of pages in the middle of a commit:
 * after a batch once 16 MB wait (2 MB while large messages
 * stream in, whose pages are all different), or when nothing is to do. A reader that holds an old snapshot keeps the log from
 * starting over; above 64 MB we wait for it a moment.
 */
import type { Database, Statement } from "../../sql/sql.ts";

const PAGE_BYTES = 8192;
const UNDER_LOAD = (16 * 1024 * 1024) / PAGE_BYTES;
const UNDER_STREAMS = (2 * 1024 * 1024) / PAGE_BYTES;
const TOO_LONG = (64 * 1024 * 1024) / PAGE_BYTES;

type Row = [busy: number, frames: number, copied: number];

export class Checkpoints {
  readonly #look: Statement;
  readonly #passive: Statement;
  readonly #restart: Statement;
  /** Frames in the log at the last checkpoint; a reader may have kept it from copying all of them. */
  #triedAt = 0;

  constructor(db: Database) {
    this.#look = db.prepare("pragma wal_checkpoint(noop)");
    this.#passive = db.prepare("pragma wal_checkpoint(passive)");
    this.#restart = db.prepare("pragma wal_checkpoint(restart)");
  }

  /** @throws {SqlFault} */
  afterBatch(streams: boolean): void {
    this.#copyAbove(streams ? UNDER_STREAMS : UNDER_LOAD);
  }

  /** @throws {SqlFault} */
  whenIdle(): void {
    this.#copyAbove(1);
  }

  #copyAbove(limit: number): void {
    const [, frames, copied] = this.#look.first<Row>() ?? [0, 0, 0];
    if (frames < this.#triedAt) this.#triedAt = 0; // the log has started over
    if (frames - Math.max(copied, this.#triedAt) < limit) return;
    const how = frames > TOO_LONG ? this.#restart : this.#passive;
    how.first<Row>();
    this.#triedAt = frames;
  }
}
