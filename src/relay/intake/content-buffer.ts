/**
 * Collects a message's content as it arrives: in memory up to one part, beyond it in the spool, part by part. A
 * 50 MB message thus takes as much memory as a small one, and its sender is slowed to the pace of the disk. Part
 * buffers are used again once the spool has what is in them: buffers left to the collector would pile up faster than
 * it comes round.
 */
import { concat } from "../../base/bytes.ts";
import type { MessageKey } from "../../model/ids.ts";
import { PART_BYTES, type Spool, type Submission } from "../../store/spool/spool.ts";

/** Content up to here is kept as the chunks it came in; most mail is smaller. */
const SMALL_BYTES = 64 * 1024;

export class ContentBuffer {
  readonly #spool: Spool;
  readonly #message: MessageKey;
  #chunks: Uint8Array[] = [];
  /** The part being filled, once the content is not small. */
  #part: Uint8Array | undefined;
  /** Part buffers that the spool is done with. */
  readonly #free: Uint8Array[] = [];
  #staged = 0;
  #head: Uint8Array | undefined;
  /** Octets in memory now. */
  held = 0;
  /** Octets added so far. */
  bytes = 0;

  constructor(spool: Spool, message: MessageKey) {
    this.#spool = spool;
    this.#message = message;
  }

  /** Takes a copy. A promise means: wait before giving more. @throws {SpoolError} */
  add(bytes: Uint8Array): void | Promise<void> {
    this.bytes += bytes.length;
    if (this.#part === undefined && this.held + bytes.length <= SMALL_BYTES) {
      this.#chunks.push(new Uint8Array(bytes));
      this.held += bytes.length;
      return undefined;
    }
    const waits: Promise<void>[] = [];
    for (let from = 0; from < bytes.length; ) {
      if (this.held === PART_BYTES) waits.push(this.#stage());
      const part = this.#filling();
      const taken = bytes.subarray(from, from + PART_BYTES - this.held);
      part.set(taken, this.held);
      this.held += taken.length;
      from += taken.length;
    }
    return waits.length > 1 ? Promise.all(waits).then(() => undefined) : waits[0];
  }

  /** The first part: the whole content of most messages, the header of all. Complete only after the last `add`. */
  head(): Uint8Array {
    if (this.#head) return this.#head;
    if (this.#part) return this.#part.subarray(0, this.held);
    const head = concat(this.#chunks, this.held);
    this.#chunks = [head];
    return head;
  }

  /** The content for `append`. Nothing may be added afterwards. @throws {SpoolError} */
  async finish(): Promise<Submission["content"]> {
    const inline = this.inline();
    if (inline) return { is: "inline", bytes: inline };
    if (this.held > 0) await this.#stage();
    return { is: "staged", parts: this.#staged };
  }

  /** The whole content if it is small enough to be in memory. */
  inline(): Uint8Array | undefined {
    return this.#staged === 0 ? this.head() : undefined;
  }

  /** Forgets everything. */
  drop(): void {
    if (this.#staged > 0) this.#spool.unstage(this.#message);
    this.#chunks = [];
    this.#part = undefined;
    this.held = 0;
  }

  /** The part buffer with room, holding what came in chunks so far. */
  #filling(): Uint8Array {
    if (this.#part) return this.#part;
    this.#part = this.#free.pop() ?? new Uint8Array(PART_BYTES);
    let at = 0;
    for (const chunk of this.#chunks) {
      this.#part.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [];
    return this.#part;
  }

  async #stage(): Promise<void> {
    const part = this.#filling();
    const content = part.subarray(0, this.held);
    const nth = this.#staged++;
    this.#part = undefined;
    this.held = 0;
    if (nth === 0) this.#head = content; // kept: the header is read at the end
    await this.#spool.stage(this.#message, nth, content);
    if (nth > 0) this.#free.push(part);
  }
}
