/** One-time codes as authenticator apps make them: RFC 6238 with SHA-1, six digits, steps of 30 seconds. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { WallMs } from "../../base/clock.ts";

const STEP_MS = 30_000;
const DIGITS = 6;
/** RFC 4226 §4 R6: a shared secret has at least 128 bits; 160 are recommended. */
export const TOTP_SECRET_BYTES = 20;
/** Steps before and after now whose codes count: clocks differ, people type slowly (RFC 6238 §5.2). */
const TOLERANCE = 1;

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function stepAt(at: WallMs): number {
  return Math.floor(at / STEP_MS);
}

/** RFC 4226 §5.3. */
export function codeOfStep(secret: Uint8Array, step: number, digits = DIGITS, algorithm = "sha1"): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = createHmac(algorithm, secret).update(counter).digest();
  const offset = (hash.at(-1) ?? 0) & 0xf;
  return String((hash.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** digits).padStart(digits, "0");
}

/** The step whose code it is; undefined if it is none's. The caller sees to it that no step counts twice (RFC 6238 §5.2). */
export function stepOfCode(secret: Uint8Array, code: string, at: WallMs): number | undefined {
  const typed = Buffer.from(code.replace(/[\s-]/g, ""));
  const now = stepAt(at);
  for (let step = now - TOLERANCE; step <= now + TOLERANCE; step++) {
    const right = Buffer.from(codeOfStep(secret, step));
    if (typed.length === right.length && timingSafeEqual(typed, right)) return step;
  }
  return undefined;
}

/** The secret as people type it (RFC 4648 §6, without padding). */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let [bits, value] = [0, 0];
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(value >>> (bits - 5)) & 31];
  }
  return bits > 0 ? text + BASE32[(value << (5 - bits)) & 31] : text;
}

/** What a QR code would say. */
export function otpauthUri(secret: Uint8Array, name: string, node: string): string {
  const label = encodeURIComponent(`Fairlead ${node}:${name}`);
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=${encodeURIComponent(`Fairlead ${node}`)}`;
}
