/**
 * Collects a message's content as it arrives: in memory up to one part, beyond it in the spool, part by part. A
 * 50 MB message thus takes as much memory as a small one, and its sender is slowed to the pace of the disk.
 */
import { concat } from "../../base/bytes.ts";
import type { MessageKey } from "../../model/ids.ts";
import { PART_BYTES, type Spool, type Submission } from "../../store/spool/spool.ts";

export class ContentBuffer {
  readonly #spool: Spool;
  readonly #message: MessageKey;
  #chunks: Uint8Array[] = [];
  /** Octets in memory now. */
  held = 0;
  #parts = 0;
  #head: Uint8Array | undefined;
  /** Octets added so far. */
  bytes = 0;

  constructor(spool: Spool, message: MessageKey) {
    this.#spool = spool;
    this.#message = message;
  }

  /** Takes a copy. A promise means: wait before giving more. @throws {SpoolError} */
  add(bytes: Uint8Array): void | Promise<void> {
    this.bytes += bytes.length;
    let rest = new Uint8Array(bytes);
    let wait: Promise<void> | undefined;
    while (this.held + rest.length > PART_BYTES) {
      const room = PART_BYTES - this.held;
      this.#chunks.push(rest.subarray(0, room));
      rest = rest.subarray(room);
      this.held += room;
      wait = this.#flush();
    }
    if (rest.length > 0) {
      this.#chunks.push(rest);
      this.held += rest.length;
    }
    return wait;
  }

  /** The first part: the whole content of most messages, the header of all. Complete only after the last `add`. */
  head(): Uint8Array {
    if (this.#head) return this.#head;
    const head = concat(this.#chunks, this.held);
    this.#chunks = [head];
    return head;
  }

  /** The content for `append`. Nothing may be added afterwards. @throws {SpoolError} */
  async finish(): Promise<Submission["content"]> {
    if (this.#parts === 0) return { is: "inline", bytes: this.head() };
    if (this.held > 0) await this.#flush();
    return { is: "staged", parts: this.#parts };
  }

  /** The whole content if it is small enough to be in memory. */
  inline(): Uint8Array | undefined {
    return this.#parts === 0 ? this.head() : undefined;
  }

  /** Forgets everything. */
  drop(): void {
    if (this.#parts > 0) this.#spool.unstage(this.#message);
    this.#chunks = [];
    this.held = 0;
  }

  #flush(): Promise<void> {
    const part = concat(this.#chunks, this.held);
    this.#head ??= part;
    this.#chunks = [];
    this.held = 0;
    return this.#spool.stage(this.#message, this.#parts++, part);
  }
}
