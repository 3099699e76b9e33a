/**
 * Keys that open one message's story to whoever holds them: 16 characters that carry the message's own number and a
 * signature of this node, so nothing is kept for them but what was taken back. 53 bits say which message, 43 bits prove
 * it; a guess is right once in 2^43, at fifty guesses a second from an address.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock, WallMs } from "../../base/clock.ts";
import { type MessageKey, timeOfKey } from "../../model/ids.ts";
import type { Links } from "./desk.ts";

/** From the message's acceptance on. */
export const LINK_MS = 30 * 86_400_000;
const KEY_BITS = 53n;
const MAC_BITS = 43n;
const CHARACTERS = 16;

/** Messages whose links were taken back; those older than a link may be can be forgotten. */
export interface RevokedLinks {
  has(message: MessageKey): boolean;
  add(message: MessageKey, until: WallMs): void;
}

/** `secret` is the node's own. */
export function openLinks(secret: Uint8Array, revoked: RevokedLinks, clock: Clock): Links {
  const macOf = (message: MessageKey): bigint => {
    const mac = createHmac("sha256", secret).update(`link ${message}`).digest();
    return mac.readBigUInt64BE(0) & ((1n << MAC_BITS) - 1n);
  };
  const untilOf = (message: MessageKey): WallMs => (timeOfKey(message) + LINK_MS) as WallMs;
  return {
    make: (message) => {
      const until = untilOf(message);
      if (until <= clock.wall()) return undefined;
      return { key: written((BigInt(message) << MAC_BITS) | macOf(message)), until };
    },
    open: (key) => {
      const bits = readBits(key);
      if (bits === undefined) return undefined;
      const message = Number(bits >> MAC_BITS) as MessageKey;
      const good = timingSafeEqual(octets(bits & ((1n << MAC_BITS) - 1n)), octets(macOf(message)));
      return good && untilOf(message) > clock.wall() && !revoked.has(message) ? message : undefined;
    },
    revoke: (message) => revoked.add(message, untilOf(message)),
  };
}

/** A list in memory, for a node without a store for it: at most so many, the oldest message's first to go. */
export function revokedInMemory(clock: Clock, most = 10_000): RevokedLinks {
  const until = new Map<MessageKey, WallMs>();
  return {
    has: (message) => until.has(message),
    add: (message, end) => {
      until.set(message, end);
      if (until.size <= most) return;
      for (const [old, over] of until) if (over <= clock.wall()) until.delete(old);
      if (until.size > most) until.delete([...until].sort((a, b) => a[1] - b[1])[0]?.[0] ?? message);
    },
  };
}

function octets(bits: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(bits);
  return bytes;
}

/** 96 bits are sixteen characters of base64url exactly. */
function written(bits: bigint): string {
  const bytes = Buffer.from(bits.toString(16).padStart(24, "0"), "hex");
  return bytes.toString("base64url");
}

function readBits(key: string): bigint | undefined {
  if (key.length !== CHARACTERS || !/^[\w-]+$/.test(key)) return undefined;
  const bits = BigInt(`0x${Buffer.from(key, "base64url").toString("hex")}`);
  return bits >> MAC_BITS < 1n << KEY_BITS ? bits : undefined;
}
