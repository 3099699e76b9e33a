/**
 * Quoted-printable as a stream (RFC 2045 §6.7), tolerant: an escape that is none stays as it is written, blanks before
 * a line end are dropped as the standard asks, and any line end may follow a soft break.
 */
import { CR, LF } from "../../base/bytes.ts";
import type { Decoder } from "./decoder.ts";

const EQUALS = 61;
const SPACE = 32;
const TAB = 9;
/** More blanks in a row are content, not what a gateway padded a line with. */
const BLANKS_MAX = 1_000;

export class QuotedPrintableDecoder implements Decoder {
  /** What cannot be decided yet: a run of blanks, or an escape without its end. */
  #held: Buffer = Buffer.alloc(0);
  #fault: string | undefined;

  get fault(): string | undefined {
    return this.#fault;
  }

  push(bytes: Uint8Array): Uint8Array {
    return this.#decode(this.#held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]), false);
  }

  end(): Uint8Array {
    return this.#decode(this.#held, true);
  }

  #decode(bytes: Buffer, ended: boolean): Uint8Array {
    const out = Buffer.allocUnsafe(bytes.length);
    let [from, to] = [0, 0];
    this.#held = Buffer.alloc(0);
    while (from < bytes.length) {
      const octet = bytes[from] as number;
      if (octet === EQUALS) {
        const read = this.#escape(bytes, from, ended);
        if (read === undefined) break;
        if (read.octet >= 0) out[to++] = read.octet;
        from = read.next;
      } else if (octet === SPACE || octet === TAB) {
        const end = pastBlanks(bytes, from);
        if (end === bytes.length && !ended && end - from <= BLANKS_MAX) break;
        const dropped = end === bytes.length ? ended : bytes[end] === CR || bytes[end] === LF;
        if (!dropped || end - from > BLANKS_MAX) to += bytes.copy(out, to, from, end);
        from = end;
      } else {
        out[to++] = octet;
        from++;
      }
    }
    if (from < bytes.length) this.#held = Buffer.from(bytes.subarray(from));
    return out.subarray(0, to);
  }

  /** What an equals sign begins: an octet, a soft break (-1), or itself. Undefined: the rest has not come yet. */
  #escape(bytes: Buffer, from: number, ended: boolean): { readonly octet: number; readonly next: number } | undefined {
    const high = hex(bytes[from + 1]);
    if (from + 1 === bytes.length || (high >= 0 && from + 2 === bytes.length)) {
      if (!ended) return undefined;
      if (high < 0) return { octet: -1, next: from + 1 }; // a soft break at the very end
    }
    const low = hex(bytes[from + 2]);
    if (high >= 0 && low >= 0) return { octet: high * 16 + low, next: from + 3 };
    const end = pastBlanks(bytes, from + 1);
    if (end - from <= BLANKS_MAX) {
      if (end === bytes.length) return ended ? { octet: -1, next: end } : undefined;
      if (bytes[end] === LF) return { octet: -1, next: end + 1 };
      if (bytes[end] === CR) {
        if (end + 1 === bytes.length && !ended) return undefined;
        return { octet: -1, next: bytes[end + 1] === LF ? end + 2 : end + 1 };
      }
    }
    this.#fault = "an equals sign that begins no escape";
    return { octet: EQUALS, next: from + 1 };
  }
}

function pastBlanks(bytes: Buffer, from: number): number {
  let i = from;
  while (bytes[i] === SPACE || bytes[i] === TAB) i++;
  return i;
}

function hex(octet: number | undefined): number {
  if (octet === undefined) return -1;
  if (octet >= 48 && octet <= 57) return octet - 48;
  const letter = octet | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
