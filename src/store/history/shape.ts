/**
 * A text split into what stays the same from one message to the next (its shape) and what does not: numbers, ids,
 * addresses, host names with digits. Replies of one host then share a shape, so words are looked for in a few thousand
 * shapes instead of ten million replies, and the receiver's own id of a message stands among the parts.
 */

/** Stands in a shape where a part was, and between parts. No reply has it: control characters are replaced in them. */
export const MARK = "\u0001";

export interface Shaped {
  readonly shape: string;
  /** Joined by MARK; "" if there is none. */
  readonly parts: string;
}

const WORD = 1;
const VARIES = 2;
/** What each ASCII character is to a token. Of others none is part of one. */
const KIND = kinds();

/** The one reply code, or enhanced code, at the front belongs to the shape: people look for it. */
const FIXED = /^(?:[2-5]\d\d|[245]\.\d{1,3}\.\d{1,3})$/;

export function shapeOf(text: string): Shaped {
  const clean = text.includes(MARK) ? text.replaceAll(MARK, " ") : text;
  let shape = "";
  let parts = "";
  let from = 0;
  let at = 0;
  while (at < clean.length) {
    const start = at;
    let seen = 0;
    for (let kind = kindAt(clean, at); kind !== 0; kind = kindAt(clean, at)) {
      seen |= kind;
      at++;
    }
    if ((seen & VARIES) !== 0) {
      const token = clean.slice(start, at);
      if (token.length > 9 || !FIXED.test(token)) {
        shape += clean.slice(from, start) + MARK;
        parts += parts === "" ? token : MARK + token;
        from = at;
      }
    }
    if (at === start) at++;
  }
  return { shape: shape + clean.slice(from), parts };
}

/** The text that `shapeOf` split. */
export function textOfShape(shape: string, parts: string): string {
  if (parts === "") return shape;
  const given = parts.split(MARK);
  return shape
    .split(MARK)
    .map((piece, i) => piece + (given[i] ?? ""))
    .join("");
}

/** Shorter ones are counts and sizes, not ids. */
const LEAST_ID = 6;
const MOST_IDS = 3;
const ADDRESS_OR_HOST = /@|^[\d.]+$|^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}$/i;

/** What in a reply looks like the receiver's own id of the message: the longest three of its parts that are no address and no host. */
export function idsIn(parts: string): string[] {
  if (parts === "") return [];
  const ids = parts.split(MARK).filter((part) => part.length >= LEAST_ID && (!ADDRESS_OR_HOST.test(part) || /^\d+$/.test(part)));
  if (ids.length <= MOST_IDS) return ids;
  return ids.sort((a, b) => b.length - a.length).slice(0, MOST_IDS);
}

/** Upper case letters of ASCII made small, as SQLite compares with `nocase`. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** 32 bits of a text of some kind, whatever the case of its letters (FNV-1a). */
export function hashOf(kind: number, text: string): number {
  let hash = (0x811c9dc5 ^ Math.imul(kind, 0x9e3779b1)) >>> 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    hash = Math.imul(hash ^ (code >= 65 && code <= 90 ? code + 32 : code), 0x01000193);
  }
  return mixed(hash);
}

/** The same of a number. */
export function hashOfNumber(kind: number, number: number): number {
  return mixed(Math.imul(number ^ Math.imul(kind, 0x9e3779b1), 0x85ebca6b));
}

/** A Message-ID as it is compared: without its brackets. */
export function bareMessageId(text: string): string {
  return text.trim().replace(/^<|>$/g, "");
}

/** Of its 2^48 values two Message-IDs of a day have the same about never, so a row keeps this instead of the text. */
export function wideHashOf(text: string): number {
  return hashOf(1, text) * 0x10000 + (hashOf(2, text) & 0xffff);
}

function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0;
}

function kindAt(text: string, at: number): number {
  return at < text.length ? (KIND[text.charCodeAt(at)] ?? 0) : 0;
}

function kinds(): Uint8Array {
  const table = new Uint8Array(128);
  const set = (letters: string, kind: number): void => {
    for (const letter of letters) table[letter.charCodeAt(0)] = kind;
  };
  set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-+~%$!#&*", WORD);
  set("0123456789@", WORD | VARIES);
  return table;
}
