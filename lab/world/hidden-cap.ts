/**
 * A limit that a receiver keeps and does not tell: so many messages an hour, which may change by the hour. Leave to send
 * comes in evenly and is saved up for a while at most; a message refused costs some of it too, because receivers count
 * who knocks, not only who is let in. Some refuse at random besides, as if they were busy.
 */
import type { Random } from "../../src/base/random.ts";

export interface CapHabits {
  /** Messages an hour at a moment, in milliseconds since the start. */
  perHour(at: number): number;
  /** How much leave is saved up: what comes in within so long. */
  readonly savedMs: number;
  /** And never less than so many messages. */
  readonly savedLeast: number;
  /** What a refused message costs, in messages. */
  readonly refusedCosts: number;
  /** Share of messages refused for no reason of ours. */
  readonly noise: number;
}

export type CapAnswer = "taken" | "too many" | "noise";

export class HiddenCap {
  readonly #habits: CapHabits;
  readonly #random: Random;
  #saved = Number.POSITIVE_INFINITY;
  #at = 0;

  constructor(habits: CapHabits, random: Random) {
    this.#habits = habits;
    this.#random = random;
  }

  /** A message knocks. Moments must not run backwards. */
  ask(at: number): CapAnswer {
    const { perHour, savedMs, savedLeast, refusedCosts, noise } = this.#habits;
    const perMs = perHour(at) / 3_600_000;
    const most = Math.max(savedLeast, perMs * savedMs);
    this.#saved = Math.min(most, this.#saved + (at - this.#at) * perMs);
    this.#at = at;
    if (this.#random.next() < noise) return "noise";
    if (this.#saved >= 1) {
      this.#saved--;
      return "taken";
    }
    this.#saved = Math.max(-most, this.#saved - refusedCosts);
    return "too many";
  }
}
