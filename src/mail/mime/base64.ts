/** Base 64 as a stream (RFC 2045 §6.8), tolerant: what is not of the alphabet is skipped, padding starts anew. */
import type { Decoder } from "./decoder.ts";

/** Value of an octet; SKIP for blanks and line ends, JUNK for what should not be there, PAD for `=`. */
const SKIP = 64;
const JUNK = 65;
const PAD = 66;
const VALUES = new Uint8Array(256).fill(JUNK);
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;
for (const blank of " \t\r\n\f\v") VALUES[blank.charCodeAt(0)] = SKIP;
VALUES["=".charCodeAt(0)] = PAD;

export class Base64Decoder implements Decoder {
  #bits = 0;
  #have = 0;
  #fault: string | undefined;

  get fault(): string | undefined {
    return this.#fault;
  }

  push(bytes: Uint8Array): Uint8Array {
    const out = Buffer.allocUnsafe(Math.ceil(((bytes.length + this.#have) * 3) / 4) + 3);
    let [bits, have, to] = [this.#bits, this.#have, 0];
    for (let i = 0; i < bytes.length; i++) {
      const value = VALUES[bytes[i] as number] as number;
      if (value < 64) {
        bits = ((bits << 6) | value) & 0xffffff;
        if (++have === 4) {
          out[to++] = bits >> 16;
          out[to++] = bits >> 8;
          out[to++] = bits;
          have = 0;
        }
      } else if (value === PAD) {
        to = tail(out, to, bits, have);
        have = 0;
      } else if (value === JUNK) this.#fault = "octets that are not base 64";
    }
    this.#bits = bits;
    this.#have = have;
    return out.subarray(0, to);
  }

  end(): Uint8Array {
    const out = Buffer.alloc(2);
    const to = tail(out, 0, this.#bits, this.#have);
    if (this.#have > 0) this.#fault = "base 64 ends in the middle of a group";
    this.#have = 0;
    return out.subarray(0, to);
  }
}

/** Two digits make one octet, three make two; one alone says nothing. */
function tail(out: Uint8Array, to: number, bits: number, have: number): number {
  if (have === 2) out[to] = bits >> 4;
  if (have === 3) {
    out[to] = bits >> 10;
    out[to + 1] = bits >> 2;
  }
  return to + Math.max(0, have - 1);
}
