/**
 * Who tells, and when: HMAC-SHA256 over id, time and body, in the headers of Standard Webhooks, so that receivers check
 * it with a library they have. The time keeps an old request from being played again.
 */
import { createHmac, hash } from "node:crypto";
import type { WallMs } from "../../base/clock.ts";

/** The key inside `whsec_…`; undefined for what is none. */
export function signingKey(secret: Uint8Array): Uint8Array | undefined {
  const [, base64] = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/.exec(Buffer.from(secret).toString("latin1")) ?? [];
  return base64 === undefined ? undefined : Buffer.from(base64, "base64");
}

export function signedHeaders(key: Uint8Array, id: string, at: WallMs, body: Uint8Array): Readonly<Record<string, string>> {
  const seconds = String(Math.floor(at / 1000));
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.`).update(body).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": `v1,${signature}` };
}

/** The same for the same content, as long as it is not told again on purpose: so a second try is known as one. */
export function requestId(name: string, replays: number, body: Uint8Array): string {
  return `msg_${hash("sha256", Buffer.concat([Buffer.from(`${name}\n${replays}\n`), body]), "base64url").slice(0, 24)}`;
}
