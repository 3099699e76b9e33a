/**
 * What a receiver thinks of an address or a domain, from 0 to 1: the mean quality of what came from it, of which half is
 * forgotten in a day, beside a fixed weight of doubt about whoever is new.
 */
import type { Clock, WallMs } from "../../src/base/clock.ts";
import type { Numbers } from "./numbers.ts";

interface Record {
  /** Sum of qualities and of weights, as of `at`. */
  good: number;
  all: number;
  at: WallMs;
  readonly firstSeen: WallMs;
}

/** Keys remembered; the one that was seen first goes. */
const KEYS_MOST = 50_000;

export class Standing {
  readonly #clock: Clock;
  readonly #numbers: Numbers["standing"];
  readonly #records = new Map<string, Record>();

  constructor(clock: Clock, numbers: Numbers["standing"]) {
    this.#clock = clock;
    this.#numbers = numbers;
  }

  of(key: string): number {
    const { unknown, unknownWeighs } = this.#numbers;
    const record = this.#records.get(key);
    if (record === undefined) return unknown;
    const left = this.#left(record);
    return (unknown * unknownWeighs + record.good * left) / (unknownWeighs + record.all * left);
  }

  firstSeen(key: string): WallMs | undefined {
    return this.#records.get(key)?.firstSeen;
  }

  /** One thing of this quality came, or as many as `weighs`. */
  note(key: string, quality: number, weighs = 1): void {
    const record = this.#seen(key);
    const left = this.#left(record);
    record.good = record.good * left + quality * weighs;
    record.all = record.all * left + weighs;
    record.at = this.#clock.wall();
  }

  /** Somebody knocks for the first time, perhaps. */
  meet(key: string): void {
    this.#seen(key);
  }

  /** Somebody known for long: for worlds that begin in the middle. */
  known(key: string, is: number, weighs: number, sinceMs: number): void {
    const at = this.#clock.wall();
    this.#records.set(key, { good: is * weighs, all: weighs, at, firstSeen: (at - sinceMs) as WallMs });
  }

  /** Each key with its standing, in the order in which they came. */
  all(): readonly { readonly key: string; readonly is: number }[] {
    return [...this.#records.keys()].map((key) => ({ key, is: this.of(key) }));
  }

  #seen(key: string): Record {
    let record = this.#records.get(key);
    if (record === undefined) {
      const at = this.#clock.wall();
      record = { good: 0, all: 0, at, firstSeen: at };
      const [oldest] = this.#records.size >= KEYS_MOST ? this.#records.keys() : [];
      if (oldest !== undefined) this.#records.delete(oldest);
      this.#records.set(key, record);
    }
    return record;
  }

  #left(record: Record): number {
    return 2 ** (-(this.#clock.wall() - record.at) / this.#numbers.halfLifeMs);
  }
}
