/**
 * Names from outside (tenants, destinations) with what is counted for each, in a bounded number of places. When all
 * are taken, those that were quiet for an hour make room; while none is, whoever comes is counted together as the rest.
 *
 * A place has a code: a small number that other arrays can keep. A code that outlived its place finds nothing, never
 * somebody else's counts.
 */

/** What stands at a place: it says itself when something was last counted there. */
export interface Seen {
  seenAt: number;
}

const QUIET_MS = 3_600_000;
/** Looking for quiet ones is a walk over all; with every place busy it is not done for each newcomer. */
const LOOK_AGAIN_MS = 60_000;

export class Places<T extends Seen> {
  readonly #most: number;
  readonly #make: (name: string) => T;
  readonly #codes = new Map<string, number>();
  readonly #at: (T | undefined)[] = [];
  readonly #names: string[] = [];
  readonly #generations: number[] = [];
  readonly #free: number[] = [];
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Of those who found no place. */
  readonly rest: T;

  constructor(most: number, rest: string, make: (name: string) => T) {
    this.#most = most;
    this.#make = make;
    this.rest = make(rest);
  }

  /** Its code; 0 when every place is taken. */
  codeOf(name: string, now: number): number {
    const known = this.#codes.get(name);
    if (known !== undefined) return known;
    const place = this.#placeFor(now);
    if (place === undefined) return 0;
    const generation = this.#generations[place] ?? 0;
    const code = 1 + place + generation * this.#most;
    const made = this.#make(name);
    made.seenAt = now;
    this.#at[place] = made;
    this.#names[place] = name;
    this.#codes.set(name, code);
    return code;
  }

  /** The rest for code 0, and for one whose place is another's now. */
  at(code: number): T {
    if (code === 0) return this.rest;
    const place = (code - 1) % this.#most;
    return (code - 1 - place) / this.#most === this.#generations[place] ? (this.#at[place] ?? this.rest) : this.rest;
  }

  find(name: string): T | undefined {
    const code = this.#codes.get(name);
    return code === undefined ? undefined : this.at(code);
  }

  /** Undefined for who has no place. */
  knownCode(name: string): number | undefined {
    return this.#codes.get(name);
  }

  /** Whether somebody found no place. */
  get crowded(): boolean {
    return this.rest.seenAt !== 0;
  }

  all(): readonly T[] {
    return this.#at.filter((one) => one !== undefined);
  }

  #placeFor(now: number): number | undefined {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#at.length < this.#most) {
      this.#generations.push(0);
      return this.#at.push(undefined) - 1;
    }
    if (now - this.#lookedAt < LOOK_AGAIN_MS) return undefined;
    this.#lookedAt = now;
    for (const [place, one] of this.#at.entries()) if (one !== undefined && now - one.seenAt > QUIET_MS) this.#vacate(place);
    return this.#free.pop();
  }

  /** A generation is kept in 32 bits with its place; after so many the place is not given again. */
  #vacate(place: number): void {
    this.#codes.delete(this.#names[place] ?? "");
    this.#at[place] = undefined;
    const next = (this.#generations[place] ?? 0) + 1;
    this.#generations[place] = next;
    if ((next + 1) * this.#most < 2 ** 32) this.#free.push(place);
  }
}
