/**
 * What is looked for by value (an address, a sender, a Message-ID, an id in a reply …), as hashes: one inverted index,
 * hash → places. An index a column would touch a page for every entry of every transaction; measured, that is more than
 * everything else together. So entries gather in memory, a transaction's as one blob beside the rows they belong to, and
 * when there are many they are sorted into the table at once, a slice at a time: each page is then written once for many
 * entries.
 *
 * An entry says "look there", not "it is there": hashes collide and rows change. Whoever looks checks the row.
 */
import type { Database, Statement } from "../../sql/sql.ts";

/** Entries that wait in memory, 12 bytes each, and blobs that hold them. Above either they are sorted in; sooner in a day that is over. */
const FRESH_ENTRIES = 2 ** 18;
const OLD_ENTRIES = 2 ** 14;
const FRESH_BLOBS = 512;
/** Sorted into the table in one transaction: some 20 ms. */
const SLICE = 16_384;
/** Written by one statement. */
const ROWS = 64;

/** A blob's entries: hash and place, one after the other, by hash. */
export function entriesOf(blob: Uint8Array): Float64Array {
  return new Float64Array(blob.slice().buffer);
}

/** Calls `found` with the places of one hash. */
export function eachPlace(entries: Float64Array, hash: number, found: (place: number) => void): void {
  let [low, high] = [0, entries.length / 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle * 2] ?? 0) < hash) low = middle + 1;
    else high = middle;
  }
  for (let i = low * 2; entries[i] === hash; i += 2) found(entries[i + 1] ?? 0);
}

interface Merging {
  /** Entries by their hash, and of one hash as they came. */
  readonly order: Uint32Array;
  done: number;
}

export class Terms {
  readonly #db: Database;
  readonly #put: Statement;
  readonly #putRows: Statement;
  readonly #save: Statement;
  #h = new Uint32Array(1024);
  #p = new Float64Array(1024);
  #size = 0;
  /** Entries before it are saved. */
  #saved = 0;
  #blobs = 0;
  #merging: Merging | undefined;

  constructor(db: Database) {
    this.#db = db;
    this.#put = db.prepare("insert or ignore into term values (?, ?)");
    this.#putRows = db.prepare(`insert or ignore into term values ${Array.from({ length: ROWS }, () => "(?, ?)").join(", ")}`);
    this.#save = db.prepare("insert into fresh (entries) values (?)");
    this.forget();
  }

  add(h: number, place: number): void {
    if (this.#size === this.#h.length) this.#grow();
    this.#h[this.#size] = h;
    this.#p[this.#size] = place;
    this.#size++;
  }

  /** Before the commit of the transaction whose rows the entries belong to. */
  save(): void {
    const count = this.#size - this.#saved;
    if (count === 0) return;
    const entries = new Float64Array(count * 2);
    this.#sorted(this.#saved).forEach((entry, i) => {
      entries[i * 2] = this.#h[entry] ?? 0;
      entries[i * 2 + 1] = this.#p[entry] ?? 0;
    });
    this.#save.run(new Uint8Array(entries.buffer));
    this.#saved = this.#size;
    this.#blobs++;
  }

  /** After a rollback, and at the start: what is saved is all there is. */
  forget(): void {
    this.#size = 0;
    this.#blobs = 0;
    this.#merging = undefined;
    for (const [blob] of this.#db.prepare("select entries from fresh order by id").each<[Uint8Array]>()) {
      const entries = entriesOf(blob);
      for (let i = 0; i + 1 < entries.length; i += 2) this.add(entries[i] ?? 0, entries[i + 1] ?? 0);
      this.#blobs++;
    }
    this.#saved = this.#size;
  }

  /** So many entries wait that they shall be sorted in, or that has begun. `over`: the day grows no more, but for late events. */
  isDue(over: boolean): boolean {
    return this.#merging !== undefined || this.#size >= (over ? OLD_ENTRIES : FRESH_ENTRIES) || this.#blobs >= FRESH_BLOBS;
  }

  /** Sorts a slice of what waits into the table, in a transaction of its own; true while there is more. @throws {SqlFault} */
  merge(): boolean {
    if (this.#size === 0) return false;
    this.#merging ??= { order: this.#sorted(0), done: 0 };
    const { order, done } = this.#merging;
    const until = Math.min(done + SLICE, order.length);
    this.#db.exec("begin immediate");
    this.#insert(order, done, until);
    const last = until === order.length;
    if (last) this.#startOver(order.length);
    this.#db.exec("commit");
    if (last) this.#merging = undefined;
    else this.#merging.done = until;
    return !last;
  }

  /** What is in the table need not be saved any longer. What came meanwhile was saved between it, and is saved again. */
  #startOver(merged: number): void {
    this.#db.exec("delete from fresh");
    this.#h.copyWithin(0, merged, this.#size);
    this.#p.copyWithin(0, merged, this.#size);
    this.#size -= merged;
    this.#saved = 0;
    this.#blobs = 0;
    this.save();
  }

  #insert(order: Uint32Array, from: number, until: number): void {
    const cells: number[] = [];
    let at = from;
    for (; at + ROWS <= until; at += ROWS) {
      cells.length = 0;
      for (let i = at; i < at + ROWS; i++) {
        const entry = order[i] ?? 0;
        cells.push(this.#h[entry] ?? 0, this.#p[entry] ?? 0);
      }
      this.#putRows.run(...cells);
    }
    for (; at < until; at++) {
      const entry = order[at] ?? 0;
      this.#put.run(this.#h[entry] ?? 0, this.#p[entry] ?? 0);
    }
  }

  /** By numbers that hold the hash above the index: sorting those needs no function called for each pair. */
  #sorted(from: number): Uint32Array {
    const count = this.#size - from;
    const keys = new Float64Array(count);
    for (let i = 0; i < count; i++) keys[i] = (this.#h[from + i] ?? 0) * count + i;
    keys.sort();
    const order = new Uint32Array(count);
    for (let i = 0; i < count; i++) order[i] = from + ((keys[i] ?? 0) % count);
    return order;
  }

  #grow(): void {
    const length = this.#h.length * 2;
    const [h, p] = [new Uint32Array(length), new Float64Array(length)];
    h.set(this.#h);
    p.set(this.#p);
    [this.#h, this.#p] = [h, p];
  }
}
