/**
 * Keeps one spool folder: opens it, runs batches on it, and says in which health it is.
 *
 * ok    batches run. A full disk (little free space, or SQLite says so) moves to full, a failed read or write to heal.
 * full  appends and stages are refused, all else runs; back to ok once there is space.
 * heal  not a state one sees: the connection is replaced, the file checked, and a probe written over what the failed
 *       batch may have left in the log. That done, ok again; a second failure within a minute, or one of the probe: sick.
 * sick  everything is refused. Opened again every 10 s; ok once the probe is written and synced.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Clock, MonoMs } from "../../../base/clock.ts";
import { textOf } from "../../../base/fault.ts";
import { makeFolder } from "../../../base/folder.ts";
import type { Log } from "../../../base/log.ts";
import type { Retention } from "../../journal/journal.ts";
import { Database, SqlFault, sqlFault } from "../../sql/sql.ts";
import type { Found } from "../engine/engine.ts";
import { Engine } from "../engine/engine.ts";
import type { Batch, Op, Refused, Result } from "../engine/ops.ts";
import { prepareWriter } from "../engine/schema.ts";
import type { SpoolHealth } from "../spool.ts";
import { SpoolError } from "../spool-error.ts";
import { Checkpoints } from "./checkpoints.ts";
import { DiskGuard } from "./disk-guard.ts";
import { FolderLock } from "./folder-lock.ts";

const REPEATED_WITHIN_MS = 60_000;
const RETRY_MS = 10_000;
/** How long another program (a backup, a shell) may hold the write lock before a batch is refused. */
const BUSY_MS = 2000;
/** A larger file is not read through while mail waits; content is checked on each read anyway. */
const CHECKED_BYTES = 64 * 1024 * 1024;

export interface KeeperOptions {
  readonly folder: string;
  readonly keepFreeBytes: number | undefined;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly log: Log;
  readonly onHealth: (health: SpoolHealth) => void;
}

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #lock: FolderLock;
  readonly #guard: DiskGuard;
  readonly #path: string;
  /** Which file it was when it was opened. */
  readonly #file: string | undefined;
  #db: Database;
  #reusable: () => number;
  #engine: Engine;
  #checkpoints: Checkpoints;
  #health: SpoolHealth = { is: "ok", freeBytes: 0 };
  #failedAt: MonoMs | undefined;
  #retryAt: MonoMs | undefined;

  /** @throws {SpoolError} `SPOOL_LOCKED`, `SPOOL_NEWER`, `SPOOL_IO` */
  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#path = join(options.folder, "spool.db");
    makeFolder(options.folder, 0o700);
    this.#lock = new FolderLock(options.folder);
    try {
      this.#db = new Database(this.#path, { busyMs: BUSY_MS });
      prepareWriter(this.#db);
      this.#reusable = freePages(this.#db);
      this.#engine = new Engine(this.#db, options.retention);
      this.#checkpoints = new Checkpoints(this.#db);
      if (this.found.clean) this.#db.exec("update meta set value = 0 where key = 'clean'");
    } catch (thrown) {
      this.#lock.release();
      throw thrown instanceof SpoolError ? thrown : new SpoolError("SPOOL_IO", `the spool cannot be opened: ${textOf(thrown)}`, thrown);
    }
    this.#file = fileAt(this.#path);
    this.#guard = new DiskGuard(options.folder, options.keepFreeBytes);
    this.#look();
  }

  get found(): Found {
    return this.#engine.found;
  }

  get health(): SpoolHealth {
    return this.#health;
  }

  /** A result for each operation; never throws what the disk did. */
  run(batch: Batch): Result[] {
    if (this.#health.is === "sick") {
      this.#engine.giveBack(batch);
      return refuseAll(batch, "SPOOL_IO", this.#health.why);
    }
    try {
      const results = this.#health.is === "full" ? this.#runWithoutIntake(batch, "too little space is left") : this.#engine.run(batch);
      this.#checkpoints.afterBatch(batch.ops.some((op) => op[0] === "stage"));
      if (this.#engine.overfull) this.#engine.tidy(this.#options.clock.wall());
      this.#notice();
      return results;
    } catch (thrown) {
      return this.#failed(sqlFault(thrown), batch);
    }
  }

  /** Something to do while nobody asks: true if there is more of it. */
  idle(): boolean {
    if (this.#health.is === "sick") return false;
    try {
      const more = this.#engine.tidy(this.#options.clock.wall());
      this.#checkpoints.whenIdle();
      return more;
    } catch (thrown) {
      const fault = sqlFault(thrown);
      if (fault.code === "SQL_IO" || fault.code === "SQL_CORRUPT") this.#heal(fault);
      return false;
    }
  }

  /** To be called every second. */
  tick(): void {
    if (this.#retryAt !== undefined && this.#options.clock.mono() >= this.#retryAt) this.#retry();
    if (this.#health.is === "sick") return;
    const gone = this.#vanished();
    if (gone === undefined) this.#look();
    else {
      this.#retryAt = (this.#options.clock.mono() + RETRY_MS) as MonoMs;
      this.#become({ is: "sick", why: gone });
    }
  }

  /** A file that was removed or replaced is still written to, and nobody will ever read it: mail taken now would be lost. */
  #vanished(): string | undefined {
    const now = fileAt(this.#path);
    if (now === this.#file) return undefined;
    return `${this.#path} was ${now === undefined ? "removed" : "replaced"} while it was in use`;
  }

  /** Marks the spool as orderly closed and copies the log into it. */
  close(): void {
    this.#guard.close();
    try {
      if (this.#health.is !== "sick") {
        this.#engine.markClean();
        this.#db.value("pragma wal_checkpoint(truncate)");
      }
    } catch (thrown) {
      this.#options.log("error", "the spool was closed without its mark", { why: textOf(thrown) });
    }
    this.#db.close();
    this.#lock.release();
  }

  /** After each batch: a burst can take more in a second than what shall stay free. A look costs microseconds. */
  #notice(): void {
    try {
      const space = this.#guard.look(this.#reusable());
      if (space.full !== (this.#health.is === "full")) this.#become({ is: space.full ? "full" : "ok", freeBytes: space.freeBytes });
    } catch {
      // The batch is written and must be answered so; the next tick meets the same trouble and says it.
    }
  }

  #look(): void {
    const space = this.#guard.look(this.#reusable());
    this.#guard.fillReserve(space);
    this.#become({ is: space.full ? "full" : "ok", freeBytes: space.freeBytes });
  }

  #become(health: SpoolHealth): void {
    const before = this.#health;
    this.#health = health;
    if (health.is !== before.is)
      this.#options.log(
        health.is === "ok" ? "info" : "error",
        `the spool is ${health.is}`,
        health.is === "sick" ? { why: health.why } : { freeBytes: health.freeBytes },
      );
    this.#options.onHealth(health);
  }

  #failed(fault: SqlFault, batch: Batch): Result[] {
    switch (fault.code) {
      case "SQL_FULL":
        return this.#runFull(batch, fault);
      case "SQL_BUSY":
        return refuseAll(batch, "SPOOL_IO", fault.message);
      default:
        this.#heal(fault);
        return refuseAll(batch, "SPOOL_IO", fault.message);
    }
  }

  /** There was no room for the batch: settle what can be settled, if need be in the room of the reserve. */
  #runFull(batch: Batch, fault: SqlFault): Result[] {
    for (const again of [true, this.#guard.giveUpReserve()]) {
      if (!again) break;
      try {
        return this.#runWithoutIntake(batch, fault.message);
      } catch (thrown) {
        const next = sqlFault(thrown);
        if (next.code !== "SQL_FULL") return this.#failed(next, batch);
      }
    }
    return refuseAll(batch, "SPOOL_FULL", fault.message);
  }

  #runWithoutIntake(batch: Batch, why: string): Result[] {
    const places: number[] = [];
    const ops = batch.ops.filter((op, i) => !isIntake(op) && places.push(i) > 0);
    const results = refuseAll(batch, "SPOOL_FULL", why);
    const ran = this.#engine.run({ ops, bytes: batch.bytes });
    places.forEach((place, i) => (results[place] = ran[i] ?? null));
    return results;
  }

  /** The file said no, or what it said cannot be true. What this connection believes of it is not trusted any more. */
  #heal(fault: SqlFault): void {
    const { clock, log } = this.#options;
    log("error", "the spool's disk failed", { why: fault.message });
    const now = clock.mono();
    const repeated = this.#failedAt !== undefined && now - this.#failedAt < REPEATED_WITHIN_MS;
    this.#failedAt = now;
    const failure = this.#reopen();
    if (failure === undefined && !repeated) return;
    this.#retryAt = (now + RETRY_MS) as MonoMs;
    this.#become({ is: "sick", why: (failure ?? fault).message });
  }

  #retry(): void {
    const { clock } = this.#options;
    // A file that was removed is not made anew behind its owner's back: that takes a start.
    const healed = this.#vanished() === undefined && this.#reopen() === undefined;
    if (healed) {
      this.#retryAt = undefined;
      this.#look();
    } else {
      this.#retryAt = (clock.mono() + RETRY_MS) as MonoMs;
    }
  }

  /**
   * A new connection, made before the old one closes: so the log's index in memory lives on, which does not know the
   * frames of the failed batch, and the probe is written in their place. Were all closed first, recovery would find
   * those frames, and messages whose senders were told "no" would rise again.
   */
  #reopen(): SqlFault | undefined {
    let fresh: Database | undefined;
    try {
      fresh = new Database(this.#path, { busyMs: BUSY_MS });
      prepareWriter(fresh);
      this.#close();
      this.#db = fresh;
      this.#reusable = freePages(fresh);
      if (statSync(this.#path).size <= CHECKED_BYTES) {
        const found = fresh.value<string>("pragma quick_check(1)");
        if (found !== "ok") return new SqlFault("SQL_CORRUPT", `the check of the spool says: ${found}`);
      }
      fresh.exec("update meta set value = value + 1 where key = 'probe'");
      this.#engine = new Engine(fresh, this.#options.retention, this.#engine);
      this.#checkpoints = new Checkpoints(fresh);
      return undefined;
    } catch (thrown) {
      if (fresh !== undefined && fresh !== this.#db) fresh.close();
      return thrown instanceof SpoolError ? new SqlFault("SQL_IO", thrown.message, thrown) : sqlFault(thrown);
    }
  }

  #close(): void {
    try {
      this.#db.close();
    } catch (thrown) {
      this.#options.log("warn", "the failed connection did not close", { why: textOf(thrown) });
    }
  }
}

function isIntake(op: Op): boolean {
  return op[0] === "append" || op[0] === "stage";
}

function refuseAll(batch: Batch, refused: Refused["refused"], text: string): Result[] {
  return batch.ops.map(() => ({ refused, text }));
}

/** Bytes of the file's free pages: the next mail goes there before the file grows. */
function freePages(db: Database): () => number {
  const count = db.prepare("pragma freelist_count");
  const size = db.value<number>("pragma page_size") ?? 0;
  return () => (count.first<[number]>()?.[0] ?? 0) * size;
}

/** Tells one file from another that takes its name; undefined if there is none. */
function fileAt(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}
