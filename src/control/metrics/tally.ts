/**
 * What is counted while mail flows: numbers in typed arrays, found by small maps. Counting allocates nothing and looks
 * at nothing twice; names that come from outside are bounded, and whoever comes after the last place is counted as
 * `other`, so that neither memory nor what Prometheus stores grows with what strangers send.
 */

/** What stands for every name after the last place. */
export const OTHER = "other";

/** Names in the order in which they came, with a number each. Number 0 is `other`. */
export class Names {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [OTHER];
  readonly #most: number;

  constructor(most: number, first: readonly string[] = []) {
    this.#most = most;
    for (const name of first) this.of(name);
  }

  /** The number of a name; 0 once all places are taken. */
  of(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.#names.length > this.#most || name === OTHER) return 0;
    this.#numbers.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  /** Numbers that are in use, `other` included: the size that an array of all counts needs is `most` + 1. */
  get size(): number {
    return this.#names.length;
  }

  get room(): number {
    return this.#most + 1;
  }

  name(number: number): string {
    return this.#names[number] ?? OTHER;
  }
}

/** A count a name. */
export class Tally {
  readonly names: Names;
  readonly #counts: Float64Array;

  constructor(most: number, first: readonly string[] = []) {
    this.names = new Names(most, first);
    this.#counts = new Float64Array(this.names.room);
  }

  add(name: string, n = 1): void {
    const number = this.names.of(name);
    this.#counts[number] = (this.#counts[number] ?? 0) + n;
  }

  /** Every name that has a place, and `other` once it counts for something. */
  entries(): readonly (readonly [name: string, count: number])[] {
    const all: [string, number][] = [];
    for (let number = 1; number < this.names.size; number++) all.push([this.names.name(number), this.#counts[number] ?? 0]);
    const rest = this.#counts[0] ?? 0;
    if (rest > 0) all.push([OTHER, rest]);
    return all;
  }
}

/** A count for each pair of names; only pairs that occurred are told. */
export class Grid {
  readonly #rows: Names;
  readonly #columns: Names;
  readonly #counts: Float64Array;

  constructor(rows: Names, columns: Names) {
    this.#rows = rows;
    this.#columns = columns;
    this.#counts = new Float64Array(rows.room * columns.room);
  }

  /** By number: rows are often known already. */
  add(row: number, column: string): void {
    const at = row * this.#columns.room + this.#columns.of(column);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  entries(): readonly (readonly [row: string, column: string, count: number])[] {
    const all: [string, string, number][] = [];
    for (let row = 0; row < this.#rows.size; row++)
      for (let column = 0; column < this.#columns.size; column++) {
        const count = this.#counts[row * this.#columns.room + column] ?? 0;
        if (count > 0) all.push([this.#rows.name(row), this.#columns.name(column), count]);
      }
    return all;
  }
}

/** A histogram of seconds: how many were at most each bound, and their sum. */
export class Spread {
  readonly bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  /** `bounds` grow. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** A clock that was set back makes no negative durations. */
  observe(seconds: number): void {
    const value = Math.max(seconds, 0);
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] ?? 0)) at++;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }

  get sum(): number {
    return this.#sum;
  }

  /** One for each bound, then all: each holds those before it. */
  cumulative(): readonly number[] {
    let total = 0;
    return Array.from(this.#counts, (count) => {
      total += count;
      return total;
    });
  }
}
