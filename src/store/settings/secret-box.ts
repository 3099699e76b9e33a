/**
 * Secrets at rest (R25): each is sealed with a data key, and the data key with the node's key, which lies in a file of its
 * own outside the database and its backups. So a copy of the database alone opens nothing, and a new node key costs one
 * row. AES-256-GCM; the secret's name is authenticated, so that no sealed text can be passed off as another's.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { Fault } from "../../base/fault.ts";
import type { Random } from "../../base/random.ts";

/** The node's key has this many bytes. */
export const SECRET_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORM = "1.";

/** `SECRET_KEY_WRONG`: the node's key is not the one that sealed them. `SECRET_BROKEN`: a sealed text was changed. */
export class SecretFault extends Fault<"SECRET_KEY_WRONG" | "SECRET_BROKEN"> {}

export function seal(key: Uint8Array, name: string, secret: Uint8Array, random: Random): string {
  const nonce = random.bytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(name));
  const sealed = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  return FORM + sealed.toString("base64");
}

/** Undefined if the key is another one, or a bit of text or name is. */
export function unseal(key: Uint8Array, name: string, sealed: string): Uint8Array | undefined {
  const bytes = Buffer.from(sealed.slice(FORM.length), "base64");
  if (!sealed.startsWith(FORM) || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(name));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined; // GCM says no more than that it does not fit
  }
}
