/**
 * What comes on standard input as lines for the network: each ends in CR LF, whatever it ended in before; a lone dot
 * ends the message unless it is text; a bare CR inside a line becomes a blank (R22: kept, it could end a line elsewhere).
 */
import { CR, DOT, LF } from "../base/bytes.ts";

const SPACE = 32;

export class InputLines {
  readonly #dotsAreText: boolean;
  #lastWasCr = false;
  /** Octets of the present line so far; only whether it is none, or one dot, matters. */
  #column = 0;
  #dotHeld = false;
  #ended = false;
  eightBit = false;

  constructor(dotsAreText: boolean) {
    this.#dotsAreText = dotsAreText;
  }

  /** The lone dot has come: the rest of the input is none of ours. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Bytes in, lines out; at most twice as many bytes, and two held back. */
  take(bytes: Uint8Array): Uint8Array {
    const out = Buffer.allocUnsafe(bytes.length * 2 + 3);
    let length = 0;
    const put = (byte: number): void => {
      out[length++] = byte;
    };
    for (const byte of bytes) {
      if (this.#ended) break;
      if (this.#lastWasCr && byte !== LF) this.#text(SPACE, put);
      this.#lastWasCr = byte === CR;
      if (byte === CR) continue;
      if (byte === LF) this.#lineEnd(put);
      else this.#text(byte, put);
    }
    return out.subarray(0, length);
  }

  /** What was held back; the last line is ended if it was not. */
  finish(): Uint8Array {
    const out: number[] = [];
    if (this.#ended) return new Uint8Array();
    if (this.#column > 0 || this.#dotHeld) this.#lineEnd((byte) => void out.push(byte));
    return Uint8Array.from(out);
  }

  #text(byte: number, put: (byte: number) => void): void {
    if (byte > 127) this.eightBit = true;
    if (this.#column === 0 && byte === DOT && !this.#dotsAreText && !this.#dotHeld) {
      this.#dotHeld = true;
      return;
    }
    if (this.#dotHeld) {
      put(DOT);
      this.#dotHeld = false;
      this.#column++;
    }
    put(byte);
    this.#column++;
  }

  #lineEnd(put: (byte: number) => void): void {
    if (this.#dotHeld) {
      this.#dotHeld = false;
      this.#ended = true;
      return;
    }
    put(CR);
    put(LF);
    this.#column = 0;
  }
}
