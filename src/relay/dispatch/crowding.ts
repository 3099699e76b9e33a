/**
 * Connections that were refused beside others that work. They are made one at a time, so a refusal is a whole cohort of
 * its own: the host has as many as it takes, and is not asked for one more for a minute, doubling to half an hour.
 * Without that a host that takes two connections would be dialled a hundred times a second.
 */
import type { MonoMs } from "../../base/clock.ts";

const CROWDED_MS = 60_000;
const LONGEST_CROWDED_MS = 30 * CROWDED_MS;
const DOUBLINGS = 10;

export class Crowding {
  /** Connections that stood when one more was refused. */
  #standing = 0;
  #inARow = 0;
  #until = 0;

  /** Until when no further one is tried, if ever one was refused. */
  get until(): number {
    return this.#until;
  }

  get learned(): boolean {
    return this.#inARow > 0;
  }

  over(now: MonoMs): boolean {
    return now >= this.#until;
  }

  /** `jitter` spreads the wait around what it would be. */
  refused(standing: number, now: MonoMs, jitter: number): void {
    this.#standing = standing;
    this.#until = now + Math.min(LONGEST_CROWDED_MS, CROWDED_MS * 2 ** Math.min(this.#inARow, DOUBLINGS)) * jitter;
    this.#inARow++;
  }

  /** So many stand now: if more than ever were refused beside, that is over. */
  connected(standing: number): void {
    if (standing > this.#standing) this.#inARow = 0;
  }
}
