/**
 * SCRAM-SHA-256 on the server's side (RFC 5802, RFC 7677): the four messages and the proof. No channel binding is
 * offered, so the names without -PLUS are all there is.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { ScramVerifier } from "./server-host.ts";

export interface ClientFirst {
  readonly login: string;
  /** `n,,` or `y,,`: comes back in base64 as `c=`. */
  readonly gs2: string;
  /** The message without `gs2`: the first part of what is signed. */
  readonly bare: string;
  readonly nonce: string;
}

/** RFC 5802 §7 client-first-message; undefined for what is malformed, wants channel binding, or acts for another. */
export function readClientFirst(text: string): ClientFirst | undefined {
  const match = /^([ny],(?:a=([^,\0]+))?,)(n=([^,\0]+),r=([!-+\--~]+)(?:,[A-Za-z]=[^,\0]*)*)$/.exec(text);
  if (match === null) return undefined;
  const [, gs2 = "", actsFor, bare = "", name = "", nonce = ""] = match;
  const login = saslName(name);
  if (login === undefined || (actsFor !== undefined && saslName(actsFor) !== login)) return undefined;
  return { login, gs2, bare, nonce };
}

export function serverFirst(nonce: string, verifier: ScramVerifier): string {
  return `r=${nonce},s=${Buffer.from(verifier.salt).toString("base64")},i=${verifier.iterations}`;
}

export type Final =
  | { readonly is: "malformed" }
  | { readonly is: "wrong" }
  | { readonly is: "right" /** The server-final-message. */; readonly text: string };

/** Checks the client-final-message; `nonce` is the client's and ours joined. */
export function checkClientFinal(text: string, first: ClientFirst, serverFirstText: string, nonce: string, verifier: ScramVerifier): Final {
  const match = /^(c=([A-Za-z0-9+/]+={0,2}),r=([!-+\--~]+)(?:,[A-Za-z]=[^,\0]*)*),p=([A-Za-z0-9+/]+={0,2})$/.exec(text);
  if (match === null) return { is: "malformed" };
  const [, withoutProof = "", binding, theirNonce, proofText = ""] = match;
  const proof = Buffer.from(proofText, "base64");
  if (proof.length !== 32) return { is: "malformed" };
  if (binding !== Buffer.from(first.gs2).toString("base64") || theirNonce !== nonce) return { is: "wrong" };
  const signed = `${first.bare},${serverFirstText},${withoutProof}`;
  const clientKey = hmac(verifier.storedKey, signed);
  for (let i = 0; i < clientKey.length; i++) clientKey[i] = (clientKey[i] ?? 0) ^ (proof[i] ?? 0);
  const stored = createHash("sha256").update(clientKey).digest();
  if (verifier.storedKey.length !== stored.length || !timingSafeEqual(stored, verifier.storedKey)) return { is: "wrong" };
  return { is: "right", text: `v=${hmac(verifier.serverKey, signed).toString("base64")}` };
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** RFC 5802 §5.1: a comma and an equals sign are written =2C and =3D, nothing else begins with "=". */
function saslName(written: string): string | undefined {
  if (/=(?!2C|3D)/.test(written)) return undefined;
  return written.replaceAll("=2C", ",").replaceAll("=3D", "=");
}
