/** People: they open some of what is in their inbox, and report what they do not want. Junk they do not look at. */
import type { Random } from "../../src/base/random.ts";
import type { Internet } from "./internet.ts";
import type { LetterKind } from "./letter.ts";
import type { Numbers } from "./numbers.ts";

export class People {
  readonly #internet: Internet;
  readonly #numbers: Numbers["people"];
  readonly #random: Random;
  readonly counts = { read: 0, reported: 0 };

  constructor(internet: Internet, numbers: Numbers["people"]) {
    this.#internet = internet;
    this.#numbers = numbers;
    this.#random = internet.random.fork("people");
  }

  /** A message lies in somebody's inbox. `complains` is called when that person reports it, if ever. */
  finds(kind: LetterKind, complains: () => void): void {
    const { reports, reads, reportsAfterMs, readsAfterMs } = this.#numbers;
    if (this.#random.next() < reports[kind])
      this.#internet.clock.after(exponential(this.#random, reportsAfterMs), () => {
        this.counts.reported++;
        complains();
      });
    else if (this.#random.next() < reads) this.#internet.clock.after(exponential(this.#random, readsAfterMs), () => this.counts.read++);
  }
}

/** A time with this mean, as waits between things that have nothing to do with one another are. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random.next());
}
