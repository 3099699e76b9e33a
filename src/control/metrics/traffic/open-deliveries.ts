/**
 * Whose each open delivery is and where it goes: events after the first name neither tenant nor destination. A hash
 * table of numbers with a fixed number of places: nothing is allocated, and a queue above that is known in part.
 */

/** Places, of 19 bytes each. */
export const DELIVERIES_MOST = 2 ** 18;
/**
 * Places that one delivery may stand in, side by side; with all of them taken the oldest makes room. With 64 the first
 * one is dropped when two thirds of all places are taken (with 8 at a tenth).
 */
const REACH = 64;
/** So many are all known, as good as surely. */
export const DELIVERIES_KNOWN = 150_000;

export interface OpenDelivery {
  readonly tenant: number;
  readonly site: number;
}

export class OpenDeliveries {
  readonly #mask: number;
  readonly #messages: Float64Array;
  readonly #rcpts: Uint16Array;
  readonly #tenants: Uint32Array;
  readonly #sites: Uint32Array;
  /** 1: held, so not waiting for its destination. */
  readonly #held: Uint8Array;
  #dropped = false;

  /** `most` is a power of two. */
  constructor(most = DELIVERIES_MOST) {
    this.#mask = most - 1;
    const room = most + REACH;
    this.#messages = new Float64Array(room);
    this.#rcpts = new Uint16Array(room);
    this.#tenants = new Uint32Array(room);
    this.#sites = new Uint32Array(room);
    this.#held = new Uint8Array(room);
  }

  /** Every open delivery that was put is still known. */
  get complete(): boolean {
    return !this.#dropped;
  }

  /** Whatever was dropped is put again from here on. */
  afresh(): void {
    this.#dropped = false;
  }

  /** Some were never put. */
  incomplete(): void {
    this.#dropped = true;
  }

  put(message: number, rcpt: number, tenant: number, site: number, held = false): void {
    const place = this.#placeFor(message, rcpt);
    if (place < 0) return;
    this.#messages[place] = message;
    this.#rcpts[place] = rcpt;
    this.#tenants[place] = tenant;
    this.#sites[place] = site;
    this.#held[place] = held ? 1 : 0;
  }

  find(message: number, rcpt: number): OpenDelivery | undefined {
    const place = this.#find(message, rcpt);
    return place < 0 ? undefined : { tenant: this.#tenants[place] ?? 0, site: this.#sites[place] ?? 0 };
  }

  /** It is settled: found, and known no more. */
  take(message: number, rcpt: number): OpenDelivery | undefined {
    const place = this.#find(message, rcpt);
    if (place < 0) return undefined;
    this.#messages[place] = 0;
    return { tenant: this.#tenants[place] ?? 0, site: this.#sites[place] ?? 0 };
  }

  hold(message: number, rcpt: number, held: boolean): void {
    const place = this.#find(message, rcpt);
    if (place >= 0) this.#held[place] = held ? 1 : 0;
  }

  move(message: number, rcpt: number, site: number): void {
    const place = this.#find(message, rcpt);
    if (place >= 0) this.#sites[place] = site;
  }

  /** The message accepted first among those that wait, by the code of the destination. */
  oldest(): ReadonlyMap<number, number> {
    const found = new Map<number, number>();
    for (const [place, message] of this.#messages.entries()) {
      if (message === 0 || this.#held[place] === 1) continue;
      const site = this.#sites[place] ?? 0;
      const before = found.get(site);
      if (before === undefined || message < before) found.set(site, message);
    }
    return found;
  }

  /** How many wait, and how many are held: of one tenant by its code, or of all. */
  standing(tenant?: number): { readonly queued: number; readonly held: number } {
    let queued = 0;
    let held = 0;
    for (const [place, message] of this.#messages.entries()) {
      if (message === 0 || (tenant !== undefined && this.#tenants[place] !== tenant)) continue;
      if (this.#held[place] === 1) held++;
      else queued++;
    }
    return { queued, held };
  }

  /** Those that wait and were accepted before each of these messages could be. */
  before(messages: readonly number[]): readonly number[] {
    const counts = messages.map(() => 0);
    for (const [place, message] of this.#messages.entries()) {
      if (message === 0 || this.#held[place] === 1) continue;
      for (const [i, bound] of messages.entries()) if (message < bound) counts[i] = (counts[i] ?? 0) + 1;
    }
    return counts;
  }

  #find(message: number, rcpt: number): number {
    const from = this.#hash(message, rcpt);
    for (let place = from; place < from + REACH; place++)
      if (this.#messages[place] === message && this.#rcpts[place] === rcpt) return place;
    return -1;
  }

  /** Its own place, else a free one, else the oldest's; none (-1) if all of them are younger. */
  #placeFor(message: number, rcpt: number): number {
    const from = this.#hash(message, rcpt);
    let best = from;
    let least = Number.POSITIVE_INFINITY;
    for (let place = from; place < from + REACH; place++) {
      const there = this.#messages[place] ?? 0;
      if (there === message && this.#rcpts[place] === rcpt) return place;
      if (there < least) {
        least = there;
        best = place;
      }
    }
    if (least > 0) this.#dropped = true;
    return least <= message ? best : -1;
  }

  /** Keys differ in their low bits within a millisecond and in their high ones between them. */
  #hash(message: number, rcpt: number): number {
    const high = Math.floor(message / 4096);
    let hash = Math.imul(high, 0x9e3779b1) ^ Math.imul(message % 4096, 0x85ebca6b) ^ Math.imul(rcpt, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
    return ((hash ^ (hash >>> 16)) >>> 0) & this.#mask;
  }
}
