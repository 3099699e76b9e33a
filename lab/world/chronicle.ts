/**
 * What happened in the world, as lines, with a running hash: two runs from one seed must end with the same hash, and a
 * run that fails prints its last lines.
 */
import { createHash, type Hash } from "node:crypto";
import type { Clock } from "../../src/base/clock.ts";

/** Lines kept for people; the hash covers all. */
const KEPT = 400;

export class Chronicle {
  readonly #clock: Clock;
  readonly #hash: Hash = createHash("sha256");
  readonly #lines: string[] = [];
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `what` must depend on the seed only: no real time, no addresses of memory, no order of a Set of objects. */
  note(who: string, what: string): void {
    const line = `${new Date(this.#clock.wall()).toISOString()} ${who}: ${what}`;
    this.#hash.update(line).update("\n");
    this.#lines[this.#count % KEPT] = line;
    this.#count++;
  }

  /** Of everything noted so far. */
  get hash(): string {
    return this.#hash.copy().digest("hex");
  }

  get count(): number {
    return this.#count;
  }

  /** The last lines, oldest first. */
  tail(most = 40): string[] {
    const n = Math.min(most, this.#count, KEPT);
    return Array.from({ length: n }, (_, i) => this.#lines[(this.#count - n + i) % KEPT] ?? "");
  }
}
