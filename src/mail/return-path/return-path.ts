/**
 * Return paths that say what they return: MAIL FROM becomes an address of ours with a signed token for the message (or
 * for one recipient of it), so that a bounce which comes back hours later finds its message, and nobody can make one up
 * (R18; the idea is VERP's and BATV's). The token is lower case without distinctions: local parts get mangled.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { WallMs } from "../../base/clock.ts";
import { type MessageKey, timeOfKey } from "../../model/ids.ts";

/** What a return path stands for. Without `rcpt`: the message, whichever recipient is meant. */
export interface Returning {
  readonly message: MessageKey;
  readonly rcpt?: number;
}

export type ReadReturnPath =
  | ({ readonly is: "good" } & Returning)
  /** Well formed and ours, but older than a bounce can reasonably be. */
  | { readonly is: "expired"; readonly message: MessageKey }
  | { readonly is: "not one" };

const PREFIX = "b-";
/** Without letters that are read as another: i, l, o, u. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const KEY_BYTES = 7;
const RCPT_BYTES = 2;
const MAC_BYTES = 6;
const TOKEN_BYTES = KEY_BYTES + RCPT_BYTES + MAC_BYTES;
const TOKEN_CHARS = (TOKEN_BYTES * 8) / 5;
/** Recipients beyond this share their message's token. */
const MOST_RCPT = 0xfffe;
/** Mail is given up after days; what is reported later than this is no report on it. */
const LIFE_MS = 30 * 86_400_000;

export class ReturnPaths {
  /** Lower case. */
  readonly domain: string;
  readonly #secret: Uint8Array;

  constructor(domain: string, secret: Uint8Array) {
    this.domain = domain.toLowerCase();
    this.#secret = secret;
  }

  addressFor({ message, rcpt }: Returning): string {
    const token = Buffer.alloc(TOKEN_BYTES);
    token.writeUIntBE(Math.floor(message / 2 ** 32), 0, 3);
    token.writeUInt32BE(message % 2 ** 32, 3);
    token.writeUInt16BE(rcpt === undefined || rcpt > MOST_RCPT ? 0 : rcpt + 1, KEY_BYTES);
    this.#mac(token).copy(token, KEY_BYTES + RCPT_BYTES);
    return `${PREFIX}${base32(token)}@${this.domain}`;
  }

  /** Whether this is the form of our return paths; cheap, and without a look at the signature. */
  mayBe(address: string): boolean {
    return address.length === PREFIX.length + TOKEN_CHARS + 1 + this.domain.length && address.toLowerCase().endsWith(`@${this.domain}`);
  }

  read(address: string, now: WallMs): ReadReturnPath {
    const lower = address.toLowerCase();
    if (!this.mayBe(lower) || !lower.startsWith(PREFIX)) return { is: "not one" };
    const token = fromBase32(lower.slice(PREFIX.length, PREFIX.length + TOKEN_CHARS));
    if (token === undefined || !timingSafeEqual(this.#mac(token), token.subarray(KEY_BYTES + RCPT_BYTES))) return { is: "not one" };
    const message = (token.readUIntBE(0, 3) * 2 ** 32 + token.readUInt32BE(3)) as MessageKey;
    if (now - timeOfKey(message) > LIFE_MS) return { is: "expired", message };
    const rcpt = token.readUInt16BE(KEY_BYTES);
    return rcpt === 0 ? { is: "good", message } : { is: "good", message, rcpt: rcpt - 1 };
  }

  #mac(token: Buffer): Buffer {
    const mac = createHmac("sha256", this.#secret);
    return mac
      .update("return-path")
      .update(token.subarray(0, KEY_BYTES + RCPT_BYTES))
      .digest()
      .subarray(0, MAC_BYTES);
  }
}

const FORM = new RegExp(`^${PREFIX}[${ALPHABET}]{${TOKEN_CHARS}}@[^\\s@]{1,255}$`, "i");

/** Whether some Fairlead's return path looks like this, at whatever domain. Without its secret nobody can say more. */
export function hasReturnPathForm(address: string): boolean {
  return FORM.test(address);
}

/** 15 octets are 24 characters exactly, so nothing is padded. */
function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >>> bits) & 31];
      held &= (1 << bits) - 1;
    }
  }
  return text;
}

function fromBase32(text: string): Buffer | undefined {
  const bytes = Buffer.alloc(TOKEN_BYTES);
  let at = 0;
  let bits = 0;
  let held = 0;
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return undefined;
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >>> bits;
      held &= (1 << bits) - 1;
    }
  }
  return bytes;
}
