/**
 * Keys that open one message's story to whoever holds them: 16 characters that carry the message's own number and a
 * signature of this node, so nothing is kept for them but how often they were taken back, which is signed too. 53 bits
 * say which message, 43 bits prove it; a guess is right once in 2^43, at fifty guesses a second from an address.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock, WallMs } from "../../base/clock.ts";
import { type MessageKey, timeOfKey } from "../../model/ids.ts";
import type { Links } from "./desk.ts";

/** How long a link opens its story, from the message's acceptance on, unless settings say otherwise. */
export const LINK_DAYS = 30;
const DAY_MS = 86_400_000;
/** The longest that settings allow: until then what was taken back stays so, however often the lifetime is changed. */
const MOST_DAYS = 3650;
const KEY_BITS = 53n;
const MAC_BITS = 43n;
const CHARACTERS = 16;

/** `RevokedLinks` of the control database, as far as it is needed here. */
export interface Revocations {
  /** How often the message's links were taken back. */
  times(message: MessageKey): Promise<number>;
  /** Durable when it resolves; false where there is no room. */
  revoke(message: MessageKey, until: WallMs, now: WallMs): Promise<boolean>;
}

/** `secret` is the node's own: with another one all links that were made are worth nothing. */
export function openLinks(secret: Uint8Array, revoked: Revocations, clock: Clock, days: () => number = () => LINK_DAYS): Links {
  const macOf = (message: MessageKey, times: number): bigint => {
    const mac = createHmac("sha256", secret).update(`link ${message} ${times}`).digest();
    return mac.readBigUInt64BE(0) & ((1n << MAC_BITS) - 1n);
  };
  const untilOf = (message: MessageKey, lifetime = days()): WallMs => (timeOfKey(message) + lifetime * DAY_MS) as WallMs;
  return {
    make: async (message) => {
      const until = untilOf(message);
      if (until <= clock.wall()) return undefined;
      return { key: written((BigInt(message) << MAC_BITS) | macOf(message, await revoked.times(message))), until };
    },
    open: async (key) => {
      const bits = readBits(key);
      if (bits === undefined) return undefined;
      const message = Number(bits >> MAC_BITS) as MessageKey;
      const mac = macOf(message, await revoked.times(message));
      const good = timingSafeEqual(octets(bits & ((1n << MAC_BITS) - 1n)), octets(mac));
      const until = untilOf(message);
      return good && until > clock.wall() ? { message, until } : undefined;
    },
    revoke: async (message) => await revoked.revoke(message, untilOf(message, MOST_DAYS), clock.wall()),
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
