/**
 * The engine in this thread on a database in memory, or in a file that is never synced: for simulation and tests. The store outlives the spool that runs
 * on it, as a disk outlives a process, and fails on request.
 */

import type { Clock } from "../../../base/clock.ts";
import type { Retention } from "../../journal/journal.ts";
import { Database } from "../../sql/sql.ts";
import type { Found } from "../engine/engine.ts";
import { Engine } from "../engine/engine.ts";
import type { Answer, Op, Query, Result } from "../engine/ops.ts";
import { prepareWriter } from "../engine/schema.ts";
import { Reader } from "../reading/reader.ts";
import { SpoolError } from "../spool-error.ts";
import type { Arena, Link } from "./link.ts";

/** What a spool that is no process's own is kept in: memory, or a file for who reads along, which does not outlive a crash of the machine. */
export class MemoryStore {
  readonly path: string | undefined;
  readonly db: Database;
  #fault: "SPOOL_FULL" | "SPOOL_IO" | undefined;
  /** Grows with each crash: links of an earlier life are cut off. */
  life = 0;

  constructor(path?: string) {
    this.path = path;
    this.db = new Database(path ?? ":memory:");
    prepareWriter(this.db);
    if (path !== undefined) this.db.exec("pragma synchronous = off; pragma wal_autocheckpoint = 1000");
  }

  /** The next batch with a write in it fails whole, as on a disk that is full or broken; the one after it works again. */
  failNextBatch(code: "SPOOL_FULL" | "SPOOL_IO"): void {
    this.#fault = code;
  }

  /** The process dies: calls under way never return, what was not committed is lost, leases are gone. Open it again to go on. */
  crash(): void {
    this.life++;
    this.db.rollback();
  }

  takeFault(): "SPOOL_FULL" | "SPOOL_IO" | undefined {
    const fault = this.#fault;
    this.#fault = undefined;
    return fault;
  }
}

const READS = new Set<Op[0]>(["giveBack", "due", "sites", "message", "part"]);

export class MemoryLink implements Link {
  readonly #store: MemoryStore;
  readonly #life: number;
  readonly #engine: Engine;
  readonly #reader: Reader;
  readonly #clock: Clock;
  #bytes = new Uint8Array(0);

  constructor(store: MemoryStore, retention: Retention, clock: Clock) {
    this.#store = store;
    this.#life = store.life;
    this.#clock = clock;
    this.#engine = new Engine(store.db, retention);
    this.#reader = new Reader(store.db);
    store.db.exec("update meta set value = 0 where key = 'clean'");
  }

  get found(): Found {
    return this.#engine.found;
  }

  arena(bytes: number): Arena {
    if (this.#bytes.length < bytes) this.#bytes = new Uint8Array(bytes);
    let used = 0;
    return {
      add: (piece) => {
        this.#bytes.set(piece, used);
        used += piece.length;
        return used - piece.length;
      },
    };
  }

  async post(ops: readonly Op[]): Promise<readonly Result[]> {
    if (this.#dead) return await new Promise(() => {});
    const fault = ops.every((op) => READS.has(op[0])) ? undefined : this.#store.takeFault();
    const batch = { ops, bytes: this.#bytes };
    if (fault !== undefined) {
      this.#engine.giveBack(batch);
      throw new SpoolError(fault, "the simulated disk failed");
    }
    const results = this.#engine.run(batch);
    if (this.#engine.overfull) this.#engine.tidy(this.#clock.wall());
    return results;
  }

  async query(query: Query): Promise<Answer> {
    if (this.#dead) return await new Promise(() => {});
    return this.#reader.answer(query);
  }

  async close(): Promise<void> {
    if (!this.#dead) this.#engine.markClean();
    this.#store.life++;
  }

  get #dead(): boolean {
    return this.#life !== this.#store.life;
  }
}
