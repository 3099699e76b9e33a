/** What has arrived and is not read yet. Borrows the memory it is given until `settle`, so that most input is never copied. */
import { asBuffer } from "../../base/bytes.ts";

const EMPTY = Buffer.alloc(0);

export class Inbox {
  bytes: Buffer = EMPTY;
  /** Where reading goes on in `bytes`. */
  at = 0;
  #borrowed = false;

  get left(): number {
    return this.bytes.length - this.at;
  }

  add(bytes: Uint8Array): void {
    this.#borrowed = this.left === 0;
    this.bytes = this.#borrowed ? asBuffer(bytes) : Buffer.concat([this.bytes.subarray(this.at), bytes]);
    this.at = 0;
  }

  /** The borrowed memory is about to change hands: copies what is left in it. */
  settle(): void {
    if (!this.#borrowed) return;
    this.bytes = this.left > 0 ? Buffer.from(this.bytes.subarray(this.at)) : EMPTY;
    this.at = 0;
    this.#borrowed = false;
  }

  clear(): void {
    this.bytes = EMPTY;
    this.at = 0;
    this.#borrowed = false;
  }

  /** Whether the next octets are this line, as far as they have come. */
  mayBe(line: string): boolean {
    return line.startsWith(this.bytes.toString("latin1", this.at, this.at + line.length).toUpperCase());
  }
}
