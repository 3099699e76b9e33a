/**
 * Group commit. Operations that arrive while a batch is being committed make up the next one, so the busier it is the
 * more of them share a sync, and no timer delays anybody. Only operations for which soon is good enough wait a moment
 * for company.
 */
import type { Cancel, Clock } from "../../../base/clock.ts";
import type { Log } from "../../../base/log.ts";
import type { Op, Result } from "../engine/ops.ts";
import { SpoolError } from "../spool-error.ts";
import type { Arena, Link } from "./link.ts";

/** A batch's bounds: its commit takes a few milliseconds at most. A larger operation goes alone. */
const BATCH_WEIGHT = 512;
export const BATCH_BYTES = 8 * 1024 * 1024;
/** Parts of large messages in one batch: a small message waits for the bytes of that many. */
const BATCH_PARTS = 1;
/** Half of what is promised, so that a batch that is just being committed does not break the promise. */
const SOON_MS = 20;
/** Records waiting; above this the oldest are dropped. */
const RECORDS = 10_000;

/** One operation before it is encoded. */
export interface Pending {
  readonly encode: (arena: Arena) => Op;
  /** Deliveries it touches, about. */
  readonly weight: number;
  readonly bytes: number;
  readonly settle: (result: Result) => void;
}

export class Collector {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #log: Log;
  #waiting: Pending[] = [];
  /** Parts of large messages, in their order. Those who send them wait for each, so they may fall behind the rest. */
  #parts: Pending[] = [];
  #records: Op[] = [];
  #dropped = 0;
  #urgent = 0;
  #busy = false;
  #scheduled = false;
  #timer: Cancel | undefined;
  #idle: (() => void)[] = [];

  constructor(link: Link, clock: Clock, log: Log) {
    this.#link = link;
    this.#clock = clock;
    this.#log = log;
  }

  submit(pending: Pending, when: "now" | "soon"): void {
    this.#waiting.push(pending);
    if (when === "now") this.#hurry();
    else this.#soon();
  }

  submitPart(pending: Pending): void {
    this.#parts.push(pending);
    this.#hurry();
  }

  record(op: Op): void {
    if (this.#records.length >= RECORDS) {
      this.#records.shift();
      this.#dropped++;
    }
    this.#records.push(op);
    this.#soon();
  }

  /** Resolves once everything submitted so far is settled. */
  async drain(): Promise<void> {
    while (this.#busy || this.#waiting.length > 0 || this.#parts.length > 0 || this.#records.length > 0) {
      this.#hurry();
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  #hurry(): void {
    this.#urgent = this.#waiting.length;
    if (this.#busy || this.#scheduled) return;
    this.#scheduled = true;
    // Not at once: other sockets of this turn of the loop have operations, too, and a batch of ten costs little more than one.
    this.#clock.nextTurn(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  #soon(): void {
    this.#timer ??= this.#clock.after(SOON_MS, () => {
      this.#timer = undefined;
      this.#hurry();
    });
  }

  async #flush(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#timer?.();
    this.#timer = undefined;
    const pending = this.#nextBatch();
    let results: readonly Result[];
    try {
      results = await this.#link.post(this.#encode(pending));
    } catch (thrown) {
      const text = thrown instanceof Error ? thrown.message : String(thrown);
      results = pending.map(() => ({ refused: thrown instanceof SpoolError ? thrown.code : "SPOOL_IO", text }));
    }
    this.#busy = false;
    for (let i = 0; i < pending.length; i++) pending[i]?.settle(results[i] ?? null);
    if (this.#urgent > 0 || this.#parts.length > 0) this.#hurry();
    else if (this.#waiting.length > 0 || this.#records.length > 0) this.#soon();
    for (const wake of this.#idle.splice(0)) wake();
  }

  /** As many of those waiting, in order, as a batch may hold. */
  #nextBatch(): Pending[] {
    let weight = 0;
    let bytes = 0;
    let n = 0;
    for (const pending of this.#waiting) {
      weight += pending.weight;
      bytes += pending.bytes;
      if (n > 0 && (weight > BATCH_WEIGHT || bytes > BATCH_BYTES)) break;
      n++;
    }
    this.#urgent = Math.max(0, this.#urgent - n);
    let batch = this.#waiting;
    if (n === this.#waiting.length) this.#waiting = [];
    else batch = this.#waiting.splice(0, n);
    return this.#parts.length === 0 ? batch : [...batch, ...this.#parts.splice(0, BATCH_PARTS)];
  }

  #encode(pending: readonly Pending[]): Op[] {
    const arena = this.#link.arena(pending.reduce((sum, each) => sum + each.bytes, 0));
    const ops = pending.map((each) => each.encode(arena));
    ops.push(...this.#records.splice(0, Math.max(1, BATCH_WEIGHT - ops.length)));
    if (this.#dropped > 0) this.#log("warn", "events were dropped because too many waited", { events: this.#dropped });
    this.#dropped = 0;
    return ops;
  }
}
