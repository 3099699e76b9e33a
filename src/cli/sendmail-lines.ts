/**
 * What comes on standard input as lines for the network: each ends in CR LF, whatever it ended in before; a lone dot
 * ends the message unless it is text; a bare CR inside a line becomes a blank (R22: kept, it could end a line elsewhere).
 */
import { isAscii } from "node:buffer";
import { asBuffer, CR, DOT, LF } from "../base/bytes.ts";

const BLANK = Uint8Array.of(32);
const A_DOT = Uint8Array.of(DOT);
const LINE_END = Uint8Array.of(CR, LF);

export class InputLines {
  readonly #dotsAreText: boolean;
  #lastWasCr = false;
  /** The present line has octets. */
  #begun = false;
  /** The present line is one dot so far, not put out yet. */
  #dotHeld = false;
  #ended = false;
  #eightBit = false;
  #out: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(dotsAreText: boolean) {
    this.#dotsAreText = dotsAreText;
  }

  /** The lone dot has come: the rest of the input is none of ours. */
  get ended(): boolean {
    return this.#ended;
  }

  get eightBit(): boolean {
    return this.#eightBit;
  }

  /** Bytes in, lines out, in memory of their own. What a next byte could change is held back. */
  take(bytes: Uint8Array): Uint8Array {
    const input = asBuffer(bytes);
    this.#out = Buffer.allocUnsafe(bytes.length * 2 + 3);
    this.#length = 0;
    this.#eightBit ||= !isAscii(input);
    const next = (byte: number, from: number): number => {
      const found = input.indexOf(byte, from);
      return found < 0 ? input.length : found;
    };
    let [lf, cr] = [-1, -1];
    for (let at = 0; at < input.length && !this.#ended; ) {
      if (lf < at) lf = next(LF, at);
      if (cr < at) cr = next(CR, at);
      const stop = Math.min(lf, cr);
      if (stop > at) this.#text(input.subarray(at, stop));
      if (stop < input.length) this.#control(stop === cr);
      at = stop + 1;
    }
    return this.#out.subarray(0, this.#length);
  }

  /** What was held back; the last line is ended if it was not. */
  finish(): Uint8Array {
    this.#out = Buffer.allocUnsafe(3);
    this.#length = 0;
    if (!this.#ended && (this.#begun || this.#dotHeld)) this.#control(false);
    return this.#out.subarray(0, this.#length);
  }

  #text(run: Uint8Array): void {
    if (this.#lastWasCr) {
      this.#lastWasCr = false;
      this.#text(BLANK);
    }
    if (this.#dotHeld) {
      this.#dotHeld = false;
      this.#put(A_DOT);
    } else if (!this.#begun && !this.#dotsAreText && run.length === 1 && run[0] === DOT) {
      this.#dotHeld = true;
      return;
    }
    this.#begun = true;
    this.#put(run);
  }

  #control(isCr: boolean): void {
    if (isCr) {
      if (this.#lastWasCr) {
        this.#lastWasCr = false;
        this.#text(BLANK);
      }
      this.#lastWasCr = true;
      return;
    }
    this.#lastWasCr = false;
    this.#ended = this.#dotHeld;
    this.#dotHeld = false;
    this.#begun = false;
    if (!this.#ended) this.#put(LINE_END);
  }

  #put(bytes: Uint8Array): void {
    this.#out.set(bytes, this.#length);
    this.#length += bytes.length;
  }
}
