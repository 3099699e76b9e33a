/** How many messages a minute were accepted lately: counts in slices of time, so that a success costs an addition. */
import type { MonoMs } from "../../base/clock.ts";

const SLICE_MS = 10_000;
const SLICES = 30;
const SLICES_A_MINUTE = 60_000 / SLICE_MS;

export class RecentRate {
  readonly #counts: number[] = new Array<number>(SLICES).fill(0);
  /** The slice that was counted last; those behind it are as old as they are far. */
  #slice = 0;

  add(now: MonoMs): void {
    const at = this.#forward(now);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  /** A minute, over the last minute. */
  overOneMinute(now: MonoMs): number {
    return this.#sum(now, SLICES_A_MINUTE);
  }

  /** A minute, over the last five. */
  overFiveMinutes(now: MonoMs): number {
    return this.#sum(now, SLICES) / 5;
  }

  /** In the last five minutes. */
  count(now: MonoMs): number {
    return this.#sum(now, SLICES);
  }

  #sum(now: MonoMs, slices: number): number {
    const at = this.#forward(now);
    let sum = 0;
    for (let back = 0; back < slices; back++) sum += this.#counts[(at - back + SLICES) % SLICES] ?? 0;
    return sum;
  }

  /** Empties the slices that time has passed over; gives the place of the current one. */
  #forward(now: MonoMs): number {
    const slice = Math.floor(now / SLICE_MS);
    const passed = Math.min(slice - this.#slice, SLICES);
    for (let n = 0; n < passed; n++) this.#counts[(slice - n) % SLICES] = 0;
    this.#slice = Math.max(this.#slice, slice);
    return this.#slice % SLICES;
  }
}
