/**
 * Virtual time. It moves only while somebody runs it, from one pending call to the next; between two calls everything
 * that was set off finishes (promises settle), so a run depends on nothing but its seed.
 */
import type { Cancel, Clock, MonoMs, WallMs } from "../../src/base/clock.ts";
import { type Timer, TimerHeap } from "./timer-heap.ts";

/** Calls at one instant; above it something waits for itself. */
const CALLS_AN_INSTANT = 2_000_000;
/** Turns of the real event loop that `during` allows work outside virtual time (a file read at start). */
const IDLE_TURNS = 50_000;

export class SimClock implements Clock {
  readonly #timers = new TimerHeap();
  readonly #start: number;
  #now = 0;
  #wallStep = 0;
  #order = 0;
  #turns = 0;

  constructor(start: WallMs) {
    this.#start = start;
  }

  wall(): WallMs {
    return (this.#start + this.#wallStep + Math.floor(this.#now)) as WallMs;
  }

  mono(): MonoMs {
    return this.#now as MonoMs;
  }

  after(ms: number, then: () => void): Cancel {
    const timer: Timer = { at: this.#now + Math.max(0, ms || 0), order: this.#order++, then };
    this.#timers.push(timer);
    return () => {
      timer.then = undefined;
    };
  }

  nextTurn(then: () => void): void {
    this.after(0, then);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  /** Calls made so far: how much happened. */
  get turns(): number {
    return this.#turns;
  }

  /** The wall clock jumps, as when a machine's clock is set. Monotonic time and pending calls do not notice. */
  stepWall(ms: number): void {
    this.#wallStep += ms;
  }

  /** Runs all calls due within the next `ms`, and stops there. */
  async runFor(ms: number): Promise<void> {
    await this.#run(this.#now + ms, () => false);
  }

  /** Runs until `done` holds, looking after each call. False if it did not within `withinMs`. */
  async runUntil(done: () => boolean, withinMs: number): Promise<boolean> {
    return await this.#run(this.#now + withinMs, done);
  }

  /** Runs until the promise settles, and gives what it gave. @throws what it threw, or if it did not settle in time. */
  async during<T>(promise: Promise<T>, withinMs = 3_600_000): Promise<T> {
    let settled = false;
    const end = (): void => {
      settled = true;
    };
    promise.then(end, end);
    const deadline = this.#now + withinMs;
    for (let idle = 0; idle < IDLE_TURNS && !settled; idle++) {
      const due = this.#timers.peek();
      if (due === undefined || due.at > deadline) await turn();
      else if (!(await this.#run(due.at, () => settled))) idle = 0;
    }
    if (!settled) throw new Error(`did not settle within ${withinMs} virtual ms`);
    return await promise;
  }

  async #run(until: number, done: () => boolean): Promise<boolean> {
    await turn(); // what the caller set off comes first
    let instant = this.#now;
    let calls = 0;
    while (!done()) {
      const next = this.#timers.peek();
      if (next === undefined || next.at > until) {
        this.#now = Math.max(this.#now, until);
        return false;
      }
      this.#timers.pop();
      this.#now = Math.max(this.#now, next.at);
      if (this.#now !== instant) [instant, calls] = [this.#now, 0];
      if (++calls > CALLS_AN_INSTANT) throw new Error(`more than ${CALLS_AN_INSTANT} calls at one instant: something waits for itself`);
      this.#turns++;
      next.then?.();
      await turn();
    }
    return true;
  }
}

/** The same time for one process of the world. After `kill` none of its pending or later calls is made. */
export class ProcessClock implements Clock {
  readonly #clock: Clock;
  readonly #pending = new Set<Cancel>();
  #alive = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wall(): WallMs {
    return this.#clock.wall();
  }

  mono(): MonoMs {
    return this.#clock.mono();
  }

  after(ms: number, then: () => void): Cancel {
    if (!this.#alive) return () => {};
    const cancel = this.#clock.after(ms, () => {
      this.#pending.delete(cancel);
      then();
    });
    this.#pending.add(cancel);
    return () => {
      this.#pending.delete(cancel);
      cancel();
    };
  }

  nextTurn(then: () => void): void {
    this.after(0, then);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  kill(): void {
    this.#alive = false;
    for (const cancel of this.#pending) cancel();
    this.#pending.clear();
  }
}

function sleepOn(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** One turn of the real event loop: every promise that can settle has settled, and immediates set before it have run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
