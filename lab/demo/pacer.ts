/**
 * Lets virtual time pass with real time, some times as fast, in small steps; between two calls of the world and between
 * steps the process serves people. What it cannot keep up with is lost, not caught up: a demonstration that hurries after
 * a laptop's sleep would show nothing. How much was lost it says.
 */
import type { Clock } from "../../src/base/clock.ts";
import type { SimClock } from "../world/sim-clock.ts";

const STEP_MS = 20;
/** Of real time, that one step may work. */
const SLICE_MS = 16;
/** Of real time, that may be owed. */
const MOST_OWED_MS = 500;

export class Pacer {
  readonly #time: SimClock;
  readonly #real: Clock;
  #speed: number;
  #paused = true;
  /** Virtual milliseconds that should have passed and have not yet. */
  #owed = 0;
  #lost = 0;

  /** It begins paused: calls that are due now are made, and nothing else. */
  constructor(time: SimClock, real: Clock, speed: number) {
    this.#time = time;
    this.#real = real;
    this.#speed = speed;
  }

  get speed(): number {
    return this.#speed;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Virtual milliseconds lost so far. */
  get lostMs(): number {
    return Math.round(this.#lost);
  }

  setSpeed(speed: number): void {
    this.#speed = speed;
  }

  pause(): void {
    this.#paused = true;
    this.#owed = 0;
  }

  resume(): void {
    this.#paused = false;
  }

  /** Resolves when the signal ends it. @throws what a call of the world threw. */
  async run(signal: AbortSignal): Promise<void> {
    let last = this.#real.mono();
    while (!signal.aborted) {
      const now = this.#real.mono();
      if (!this.#paused) this.#owe((now - last) * this.#speed);
      last = now;
      await this.#step();
      await this.#real.sleep(STEP_MS, signal).catch(() => {}); // ended: the loop sees it
    }
  }

  #owe(ms: number): void {
    const most = MOST_OWED_MS * this.#speed;
    this.#owed += ms;
    if (this.#owed <= most) return;
    this.#lost += this.#owed - most;
    this.#owed = most;
  }

  async #step(): Promise<void> {
    const from = this.#time.mono();
    const end = this.#real.mono() + SLICE_MS;
    await this.#time.runUntil(() => this.#real.mono() >= end, this.#owed);
    this.#owed = Math.max(0, this.#owed - (this.#time.mono() - from));
  }
}
