/**
 * What proves who somebody is without a password: session tokens, API keys, the first-run code. All are chance; the
 * database has their SHA-256, which is enough for values that nobody can guess and tells nothing to who reads it.
 */
import { createHash } from "node:crypto";
import type { Random } from "../../base/random.ts";

const TOKEN_BYTES = 32;
const KEY_PREFIX = "fl_";
const CHECK_LENGTH = 6;
/** 80 bits in Crockford's letters: what is read from a terminal and typed. */
const CODE_BYTES = 10;
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export function hashOfToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

export function newToken(random: Random): string {
  return Buffer.from(random.bytes(TOKEN_BYTES)).toString("base64url");
}

/** Names a session or a key where its token must not be shown. */
export function newPublicId(random: Random): string {
  return Buffer.from(random.bytes(6)).toString("hex");
}

/** Differs for each session and cannot be had from its cookie by a page that cannot read it. */
export function csrfOf(token: string): string {
  return hashOfToken(`csrf ${token}`);
}

/** `fl_`, 256 bits, and a check: so that secret scanners know one, and a mistyped one is told apart without a look-up. */
export function newKey(random: Random): string {
  const body = newToken(random);
  return `${KEY_PREFIX}${body}${checkOf(body)}`;
}

export function isKey(text: string): boolean {
  if (!/^fl_[\w-]{49}$/.test(text)) return false;
  const body = text.slice(KEY_PREFIX.length, -CHECK_LENGTH);
  return checkOf(body) === text.slice(-CHECK_LENGTH);
}

function checkOf(body: string): string {
  return hashOfToken(`key ${body}`).slice(0, CHECK_LENGTH);
}

/** `7QK2-M4TD-09XA-J6RC`. */
export function newFirstCode(random: Random): string {
  let bits = 0n;
  for (const byte of random.bytes(CODE_BYTES)) bits = (bits << 8n) | BigInt(byte);
  let text = "";
  for (let i = 0; i < 16; i++) {
    text = LETTERS[Number(bits & 31n)] + text;
    bits >>= 5n;
  }
  return text.replace(/(.{4})(?=.)/g, "$1-");
}

/** The code as it was made, of whatever somebody typed: any case, with or without dashes, I and L for 1, O for 0. */
export function hashOfFirstCode(typed: string): string {
  const letters = typed
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, "")
    .replace(/[IL]/g, "1")
    .replace(/O/g, "0");
  return hashOfToken(`first ${letters}`);
}
