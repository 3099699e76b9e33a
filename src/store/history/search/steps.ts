/** Equal steps over the asked time, for the small chart. */
import type { WallMs } from "../../../base/clock.ts";
import type { Tally } from "../history.ts";

const STEPS = 60;

export class Steps {
  readonly #since: number;
  readonly #each: number;
  readonly #accepted = new Array<number>(STEPS).fill(0);
  readonly #settled = new Array<number>(STEPS).fill(0);

  constructor(since: number, until: number) {
    this.#since = since;
    this.#each = Math.max(1, Math.ceil((until - since) / STEPS));
  }

  add(at: number, accepted: boolean, settledAt: number | undefined): void {
    if (accepted) this.#count(this.#accepted, at);
    if (accepted && settledAt !== undefined) this.#count(this.#settled, settledAt);
  }

  list(): Tally["steps"] {
    return this.#accepted.map((accepted, i) => ({
      at: (this.#since + i * this.#each) as WallMs,
      accepted,
      settled: this.#settled[i] ?? 0,
    }));
  }

  #count(counts: number[], at: number): void {
    const step = Math.floor((at - this.#since) / this.#each);
    if (step >= 0 && step < STEPS) counts[step] = (counts[step] ?? 0) + 1;
  }
}
