/**
 * The engine in the store thread. Bytes go through one shared arena, written by this side only while no batch is under
 * way. A thread that dies takes its batch with it (its callers hear `SPOOL_IO` and what became of it is not known), is
 * started again a second later, and until it is open the spool is sick.
 */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Clock } from "../../../base/clock.ts";
import type { Log } from "../../../base/log.ts";
import type { Retention } from "../../journal/journal.ts";
import type { Found } from "../engine/engine.ts";
import type { Answer, Op, Query, Result } from "../engine/ops.ts";
import type { SpoolHealth } from "../spool.ts";
import { SpoolError } from "../spool-error.ts";
import { BATCH_BYTES } from "./collector.ts";
import type { Arena, Link } from "./link.ts";
import { ReadLink } from "./read-link.ts";
import type { FromStore, StoreThreadData, ToStore } from "./store-thread.ts";

/** Parts come on top of what bounds a batch. Only what is used takes memory. */
const ARENA_BYTES = BATCH_BYTES + 1024 * 1024;
const RESTART_MS = 1000;

export interface ThreadLinkOptions {
  readonly folder: string;
  readonly keepFreeBytes: number | undefined;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly log: Log;
  readonly onHealth: (health: SpoolHealth) => void;
}

type Waiting<T> = { resolve(value: T): void; reject(fault: SpoolError): void };

export class ThreadLink implements Link {
  readonly #options: ThreadLinkOptions;
  readonly #shared = new SharedArrayBuffer(ARENA_BYTES);
  readonly #reader: ReadLink;
  #found: Found = { clean: true, queued: 0, held: 0, lastKey: 0 };
  #worker: Worker | undefined;
  /** What a thread that is being opened said of its health. */
  #early: SpoolHealth | undefined;
  #opening: Waiting<void> | undefined;
  #batch: Waiting<readonly Result[]> | undefined;
  #closed = false;
  #closing: (() => void) | undefined;
  /** Set where the batch does not fit the shared arena. */
  #oversize: Uint8Array<ArrayBuffer> | undefined;

  /** @throws {SpoolError} */
  static async open(options: ThreadLinkOptions): Promise<ThreadLink> {
    const link = new ThreadLink(options);
    await link.#start();
    return link;
  }

  private constructor(options: ThreadLinkOptions) {
    this.#options = options;
    this.#reader = new ReadLink(join(options.folder, "spool.db"));
  }

  get found(): Found {
    return this.#found;
  }

  arena(bytes: number): Arena {
    this.#oversize = bytes > ARENA_BYTES ? new Uint8Array(bytes) : undefined;
    const into = this.#oversize ?? new Uint8Array(this.#shared);
    let used = 0;
    return {
      add: (piece) => {
        into.set(piece, used);
        used += piece.length;
        return used - piece.length;
      },
    };
  }

  async post(ops: readonly Op[]): Promise<readonly Result[]> {
    const worker = this.#worker;
    if (worker === undefined) throw new SpoolError("SPOOL_IO", "the store thread is being restarted");
    return await new Promise((resolve, reject) => {
      this.#batch = { resolve, reject };
      const oversize = this.#oversize;
      const message: ToStore = { is: "batch", ops, ...(oversize === undefined ? {} : { bytes: oversize }) };
      worker.postMessage(message, oversize === undefined ? [] : [oversize.buffer]);
    });
  }

  async query(query: Query): Promise<Answer> {
    return await this.#reader.query(query);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#reader.close(); // first: the last connection to close must be the one that can write
    const worker = this.#worker;
    if (worker === undefined) return;
    await new Promise<void>((resolve) => {
      this.#closing = resolve;
      worker.postMessage({ is: "close" } satisfies ToStore);
    });
  }

  async #start(): Promise<void> {
    const { folder, keepFreeBytes, retention } = this.#options;
    const data: StoreThreadData = { folder, keepFreeBytes, retention, arena: this.#shared };
    const worker = new Worker(new URL("./store-thread.ts", import.meta.url), { workerData: data, name: "store" });
    worker.on("message", (message: FromStore) => this.#hear(message, worker));
    worker.on("error", (thrown) => this.#options.log("error", "the store thread failed", { why: String(thrown) }));
    worker.on("exit", () => this.#ended(worker));
    await new Promise<void>((resolve, reject) => {
      this.#opening = { resolve, reject };
    });
  }

  #hear(message: FromStore, worker: Worker): void {
    switch (message.is) {
      case "opened":
        this.#found = message.found;
        this.#worker = worker;
        if (this.#early) this.#options.onHealth(this.#early);
        this.#early = undefined;
        this.#opening?.resolve();
        this.#opening = undefined;
        return;
      case "failed":
        this.#opening?.reject(new SpoolError(message.code, message.text));
        this.#opening = undefined;
        return;
      case "results": {
        const batch = this.#batch;
        this.#batch = undefined;
        return batch?.resolve(message.results);
      }
      case "health":
        // Told before it is open: who hears "ok" must be able to call.
        if (this.#worker === undefined) this.#early = message.health;
        else this.#options.onHealth(message.health);
        return;
      case "log":
        return this.#options.log(message.level, message.sentence, message.fields);
      case "closed":
        this.#worker = undefined;
        return;
    }
  }

  /** After an orderly close all is done; otherwise it died. */
  #ended(worker: Worker): void {
    if (this.#closing !== undefined) return this.#closing();
    const fault = new SpoolError("SPOOL_IO", "the store thread ended");
    this.#opening?.reject(fault);
    this.#opening = undefined;
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#batch?.reject(fault);
    this.#batch = undefined;
    this.#options.onHealth({ is: "sick", why: fault.message });
    this.#restart();
  }

  #restart(): void {
    this.#options.clock.after(RESTART_MS, () => {
      if (this.#closed) return;
      this.#start().catch((thrown: unknown) => {
        this.#options.log("error", "the store thread cannot be restarted", { why: String(thrown) });
        this.#restart();
      });
    });
  }
}
