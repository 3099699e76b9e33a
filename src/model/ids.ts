/**
 * Names of things. A message has one number inside (its key, the SQL primary key) and one printed form outside (its
 * id); each is derived from the other, so no index maps them.
 */
import type { Brand } from "../base/brand.ts";
import type { Clock, WallMs } from "../base/clock.ts";

/** (wall ms − 2020-01-01) × 4096 + counter. Grows with acceptance, unique on its node, below 2^53 until 2089. */
export type MessageKey = Brand<number, "MessageKey">;
/** 16 characters of Crockford's base 32: 42 bits ms, 10 bits node, 12 bits counter, 16 bits check. Sorts by time. */
export type MessageId = Brand<string, "MessageId">;
/** A customer; "default" until tenants are configured. */
export type TenantId = Brand<string, "TenantId">;
/** The name of a credential or an address range that injects mail. */
export type SourceName = Brand<string, "SourceName">;
/** The account behind a message inside a source, as `account@source`; the unit that gets hacked. */
export type SenderKey = Brand<string, "SenderKey">;
/** A destination as its mail hosts group it: `upstream:NAME`, or the domain while its MX set is not known. */
export type SiteKey = Brand<string, "SiteKey">;
/** This node among the cluster's, 0–1023. */
export type NodeNumber = Brand<number, "NodeNumber">;

/** One recipient's way out: the message and the recipient's index in its envelope (never reused). */
export interface DeliveryRef {
  readonly message: MessageKey;
  readonly rcpt: number;
}

const EPOCH_MS = Date.UTC(2020, 0, 1);
const PER_MS = 4096;
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Hands out keys in strictly growing order, also when the clock stands still or steps back. */
export function keySource(clock: Clock, after = 0): () => MessageKey {
  let last = after;
  return () => {
    last = Math.max(last + 1, (clock.wall() - EPOCH_MS) * PER_MS);
    return last as MessageKey;
  };
}

/** When the key was drawn, at MAIL, to the millisecond (later than true while the clock is behind the last key). */
export function timeOfKey(key: MessageKey): WallMs {
  return (Math.floor(key / PER_MS) + EPOCH_MS) as WallMs;
}

/** The first key that could be given at `at`: bounds a search by time. */
export function keyAt(at: WallMs): MessageKey {
  return Math.max(0, (at - EPOCH_MS) * PER_MS) as MessageKey;
}

export function idOf(key: MessageKey, node: NodeNumber): MessageId {
  const ms = BigInt(timeOfKey(key));
  const head = (ms << 22n) | (BigInt(node) << 12n) | BigInt(key % PER_MS);
  let bits = (head << 16n) | BigInt(check16(head));
  let text = "";
  for (let i = 0; i < 16; i++) {
    text = ALPHABET[Number(bits & 31n)] + text;
    bits >>= 5n;
  }
  return text as MessageId;
}

export type ReadId = { readonly key: MessageKey; readonly node: NodeNumber } | { readonly fault: "not an id" | "mistyped" };

/** Reads an id as people type it: any case, I and L for 1, O for 0. The check tells a mistyped id from an unknown one. */
export function readId(text: string): ReadId {
  const clean = text.toUpperCase().replace(/[IL]/g, "1").replace(/O/g, "0");
  if (!/^[0-9A-HJKMNP-TV-Z]{16}$/.test(clean)) return { fault: "not an id" };
  let bits = 0n;
  for (const letter of clean) bits = (bits << 5n) | BigInt(ALPHABET.indexOf(letter));
  const head = bits >> 16n;
  if (Number(bits & 0xffffn) !== check16(head)) return { fault: "mistyped" };
  const ms = Number(head >> 22n);
  if (ms < EPOCH_MS) return { fault: "not an id" };
  const key = (ms - EPOCH_MS) * PER_MS + Number(head & 0xfffn);
  return { key: key as MessageKey, node: Number((head >> 12n) & 0x3ffn) as NodeNumber };
}

/** CRC-16/CCITT over the eight bytes of the head: catches every single and every swapped neighbouring character. */
function check16(head: bigint): number {
  let crc = 0xffff;
  for (let shift = 56n; shift >= 0n; shift -= 8n) {
    crc ^= Number((head >> shift) & 0xffn) << 8;
    for (let i = 0; i < 8; i++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}
