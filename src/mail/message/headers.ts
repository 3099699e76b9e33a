/**
 * Reads a header block where it lies: one pass, byte offsets out, no text until somebody asks for it. The relay does
 * this for every message, so the usual header must cost microseconds; and strangers write it, so every form of damage
 * has a defined answer. What is not a field ends the header, as in Postfix and Exim: the line is body.
 */
import { asBuffer, CR, checkedUtf8, LF, latin1 } from "../../base/bytes.ts";

/** Longest header block that is read. Larger ones exist only in attacks; Postfix stops at 100 KiB by default. */
export const HEADER_BYTES = 256 * 1024;
/** Most fields that are read. A loop of 50 hops with its signatures stays below 500. */
export const HEADER_FIELDS = 2_000;

const COLON = 58;
const SPACE = 32;
const TAB = 9;

/** Byte offsets of one field, its folded lines included. */
export interface Field {
  readonly start: number;
  /** Just past the name's last character. */
  readonly nameEnd: number;
  /** Just past the colon. */
  readonly valueAt: number;
  /** Just past the last line's line feed. */
  readonly end: number;
}

/**
 * What ended the header: the empty line; a line that is no field; the end of the bytes given (a message without a
 * body, or its first part); or one of the two bounds.
 */
export type HeaderEnd = "empty line" | "malformed line" | "end of bytes" | "too long" | "too many fields";

const OFFSETS = 4;

export class Headers {
  readonly bytes: Uint8Array;
  readonly ended: HeaderEnd;
  /** Where the last field ends. */
  readonly end: number;
  /** Where the body begins: past the empty line if there is one, else `end`. */
  readonly bodyAt: number;
  /** `OFFSETS` numbers a field: start, nameEnd, valueAt, end. */
  readonly #at: readonly number[];

  constructor(bytes: Uint8Array, at: readonly number[], ended: HeaderEnd, end: number, bodyAt: number) {
    this.bytes = bytes;
    this.#at = at;
    this.ended = ended;
    this.end = end;
    this.bodyAt = bodyAt;
  }

  /** How many fields there are. */
  get size(): number {
    return this.#at.length / OFFSETS;
  }

  /** The nth field, from 0. */
  field(nth: number): Field | undefined {
    const i = nth * OFFSETS;
    const [start, nameEnd, valueAt, end] = [this.#at[i], this.#at[i + 1], this.#at[i + 2], this.#at[i + 3]];
    if (start === undefined || nameEnd === undefined || valueAt === undefined || end === undefined) return undefined;
    return { start, nameEnd, valueAt, end };
  }

  /** The topmost field of this name (any case). */
  first(name: string): Field | undefined {
    const nth = this.#find(name, 0);
    return nth < 0 ? undefined : this.field(nth);
  }

  /** The lowest field of this name. */
  last(name: string): Field | undefined {
    return this.all(name).at(-1);
  }

  /** Every field of this name, topmost first. */
  all(name: string): Field[] {
    const found: Field[] = [];
    for (let nth = this.#find(name, 0); nth >= 0; nth = this.#find(name, nth + 1)) {
      const field = this.field(nth);
      if (field) found.push(field);
    }
    return found;
  }

  has(name: string): boolean {
    return this.#find(name, 0) >= 0;
  }

  count(name: string): number {
    let n = 0;
    for (let nth = this.#find(name, 0); nth >= 0; nth = this.#find(name, nth + 1)) n++;
    return n;
  }

  /** The name as it was written. */
  name(field: Field): string {
    return latin1(this.bytes, field.start, field.nameEnd);
  }

  /** The value unfolded and trimmed, as UTF-8 if it is well-formed, else as latin1. */
  value(field: Field): string {
    const raw = this.bytes.subarray(field.valueAt, field.end);
    const text = checkedUtf8(raw) ?? latin1(raw);
    return text.replace(/\r?\n(?=[ \t])/g, "").trim(); // RFC 5322 §2.2.3: unfolding removes the line end only
  }

  /** `value` of the topmost field of this name. */
  text(name: string): string | undefined {
    const field = this.first(name);
    return field && this.value(field);
  }

  #find(name: string, from: number): number {
    for (let i = from * OFFSETS; i < this.#at.length; i += OFFSETS) {
      const start = this.#at[i] as number;
      if ((this.#at[i + 1] as number) - start === name.length && sameName(this.bytes, start, name)) return i / OFFSETS;
    }
    return -1;
  }
}

/**
 * Reads the header block at the start of `bytes`, which may be a whole message or its beginning. Lines may end in CRLF
 * or LF. A last line without its line end counts as far as it goes.
 */
export function readHeaders(bytes: Uint8Array): Headers {
  const buffer = asBuffer(bytes);
  const limit = Math.min(bytes.length, HEADER_BYTES);
  const at: number[] = [];
  let pos = 0;
  while (pos < limit) {
    const byte = buffer[pos];
    if (byte === LF) return new Headers(bytes, at, "empty line", pos, pos + 1);
    if (byte === CR && buffer[pos + 1] === LF) return new Headers(bytes, at, "empty line", pos, pos + 2);
    const nameEnd = pastName(buffer, pos, limit);
    const colon = pastBlanks(buffer, nameEnd, limit); // obsolete but seen: "Subject : x", RFC 5322 §4.5
    if (nameEnd === pos || buffer[colon] !== COLON || colon >= limit) return new Headers(bytes, at, "malformed line", pos, pos);
    if (at.length >= HEADER_FIELDS * OFFSETS) return new Headers(bytes, at, "too many fields", pos, pos);
    const end = pastFolds(buffer, colon + 1);
    if (end > HEADER_BYTES) return new Headers(bytes, at, "too long", pos, pos);
    at.push(pos, nameEnd, colon + 1, end);
    pos = end;
  }
  return new Headers(bytes, at, bytes.length > HEADER_BYTES ? "too long" : "end of bytes", pos, pos);
}

/** RFC 5322 §3.6.8: printable US-ASCII except the colon. */
function pastName(buffer: Buffer, from: number, limit: number): number {
  let i = from;
  for (; i < limit; i++) {
    const byte = buffer[i] as number;
    if (byte <= SPACE || byte === COLON || byte > 126) break;
  }
  return i;
}

function pastBlanks(buffer: Buffer, from: number, limit: number): number {
  let i = from;
  while (i < limit && (buffer[i] === SPACE || buffer[i] === TAB)) i++;
  return i;
}

/** Past the field's last line: a line that begins with a blank continues it. */
function pastFolds(buffer: Buffer, from: number): number {
  let i = from;
  for (;;) {
    const lf = buffer.indexOf(LF, i);
    if (lf < 0) return buffer.length;
    i = lf + 1;
    if (buffer[i] !== SPACE && buffer[i] !== TAB) return i;
    if (i > HEADER_BYTES) return i;
  }
}

/** Compares ASCII without regard to case; `name` has the right length already. */
function sameName(bytes: Uint8Array, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const a = bytes[start + i] as number;
    const b = name.charCodeAt(i);
    if (a !== b && lower(a) !== lower(b)) return false;
  }
  return true;
}

function lower(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}
