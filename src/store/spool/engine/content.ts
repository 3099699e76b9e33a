/**
 * Content parts and their checksums. The first part of an inline message lies in its message row, all others here, so
 * that a message of any size can stream in and out by rows of at most 256 KiB.
 */
import { crc32 } from "node:zlib";
import type { Database, Statement } from "../../sql/sql.ts";
import { SpoolError } from "../spool-error.ts";

/** Parts deleted with their message at once; more are left to the sweep, so that nobody waits for a big deletion. */
const PARTS_AT_ONCE = 2;

export class Contents {
  readonly #insert: Statement;
  readonly #first: Statement;
  readonly #part: Statement;
  readonly #held: Statement;
  readonly #delete: Statement;
  readonly #sweep: Statement;
  readonly #nextKey: Statement;
  /** Messages whose parts wait to be deleted: settled ones above `PARTS_AT_ONCE` parts. The start finds what is lost with the process. */
  readonly #leftovers = new Set<number>();
  /** Leftovers of the open transaction: theirs only once it is committed. */
  readonly #pending: number[] = [];

  constructor(db: Database) {
    this.#insert = db.prepare("insert or replace into content (message, part, crc, bytes) values (?, ?, ?, ?)");
    this.#first = db.prepare("select content_crc, content from message where key = ?");
    this.#part = db.prepare("select crc, bytes from content where message = ? and part = ?");
    this.#held = db.prepare("select count(*), coalesce(max(part), -1) from content where message = ?");
    this.#delete = db.prepare("delete from content where message = ?");
    this.#sweep = db.prepare("delete from content where message = ? and part >= (select max(part) from content where message = ?) - ? + 1");
    this.#nextKey = db.prepare("select message from content where message > ? and message <= ? order by message limit 1");
  }

  put(message: number, part: number, bytes: Uint8Array): void {
    this.#insert.run(message, part, crc32(bytes), bytes);
  }

  /** Parts 0 to n − 1 are there and no others. */
  complete(message: number, parts: number): boolean {
    const [count, last] = this.#held.first<[number, number]>(message) ?? [0, -1];
    return count === parts && last === parts - 1;
  }

  /** @throws {SpoolError} `SPOOL_CORRUPT` when the part is not there or is not what was stored. */
  read(message: number, part: number): Uint8Array {
    const inline = part === 0 ? this.#first.first<[number | null, Uint8Array | null]>(message) : undefined;
    const [crc, bytes] = inline?.[1] ? inline : (this.#part.first<[number, Uint8Array]>(message, part) ?? [null, null]);
    if (bytes === null) throw new SpoolError("SPOOL_CORRUPT", `part ${part} of message ${message} is missing`);
    verify(bytes, crc, `part ${part} of message ${message}`);
    return bytes;
  }

  /** Deletes all parts, large ones later. In the caller's transaction. */
  drop(message: number, parts: number): void {
    if (parts > PARTS_AT_ONCE) this.#pending.push(message);
    else this.#delete.run(message);
  }

  /** To be called once the transaction of `drop` is committed. */
  committed(): void {
    for (const message of this.#pending.splice(0)) this.#leftovers.add(message);
  }

  /** To be called once it is rolled back. */
  forget(): void {
    this.#pending.length = 0;
  }

  /** Deletes at most `slice` waiting parts; false when none waits. In the caller's transaction. */
  sweep(slice: number): boolean {
    const [message] = this.#leftovers;
    if (message === undefined) return false;
    if (this.#sweep.run(message, message, slice) < slice) this.#leftovers.delete(message);
    return true;
  }

  /**
   * Looks at content up to message `last` that no message row names any more and leaves it to the sweep, `slice`
   * messages a call. Returns where to go on, or undefined at the end.
   */
  findOrphans(after: number, last: number, slice: number, isMessage: (key: number) => boolean): number | undefined {
    let at = after;
    for (let seen = 0; seen < slice; seen++) {
      const next = this.#nextKey.first<[number]>(at, last)?.[0];
      if (next === undefined) return undefined;
      if (!isMessage(next)) this.#leftovers.add(next);
      at = next;
    }
    return at;
  }
}

/** @throws {SpoolError} `SPOOL_CORRUPT` */
export function verify(bytes: Uint8Array, crc: number | null, what: string): void {
  if (crc32(bytes) !== crc) throw new SpoolError("SPOOL_CORRUPT", `${what} does not match its checksum`);
}
