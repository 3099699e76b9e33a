/**
 * Passwords as argon2id hashes (RFC 9106), and which ones are refused as too easy to guess.
 *
 * A hash costs some 30 ms of a thread of libuv's pool, which has four for everything that the program does; a flood of
 * logins must not take them all. So two run at a time, a few wait, and the rest are told to come back.
 */
import { argon2, timingSafeEqual } from "node:crypto";
import type { Random } from "../../base/random.ts";

/** OWASP's second choice of 2023: 19 MiB, two passes, one lane. A stored hash keeps the figures that it was made with. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

const AT_A_TIME = 2;
const MOST_WAITING = 20;

export const SHORTEST_PASSWORD = 10;
/** Longer ones are refused before they are hashed. */
const LONGEST_PASSWORD = 1024;

/** Of the lists of leaked passwords, the commonest with ten characters or more, and what people make of a server's name. */
const COMMONEST = new Set(
  `1234567890 12345678910 123456789a 1q2w3e4r5t 1qaz2wsx3edc qwertyuiop qwerty12345 qwerty123456 qwerty1234 q1w2e3r4t5 q1w2e3r4t5y6
  password123 password1234 password12 passw0rd123 password01 passwordpassword iloveyou123 iloveyou12 administrator admin12345
  admin123456 adminadmin welcome123 welcome1234 changeme123 changemenow letmein123 letmeinnow abcdefghij abcdefghijk abc1234567
  abcd123456 aaaaaaaaaa 0000000000 1111111111 0987654321 9876543210 1122334455 123123123123 12341234123 1234512345 asdfghjkl1
  asdfghjkl; zxcvbnm123 football123 baseball123 sunshine123 princess123 superman123 trustno1trustno1 smarthost123 mailserver1
  mailserver123 postmaster1 postmaster123 fairlead123 fairlead1234`.split(/\s+/),
);

/** Why a password is refused; undefined if it is not. */
export function weaknessOf(password: string, name: string): string | undefined {
  const low = password.toLowerCase();
  if (password.length > LONGEST_PASSWORD) return `the password has more than ${LONGEST_PASSWORD} characters`;
  if ([...password].length < SHORTEST_PASSWORD) return `the password has fewer than ${SHORTEST_PASSWORD} characters`;
  if (new Set(low).size < 4) return "the password has fewer than four different characters";
  if (COMMONEST.has(low)) return "the password is one of the first that anybody tries";
  if (name.length >= 4 && low.includes(name.toLowerCase())) return "the password has the name in it";
  return undefined;
}

interface Hashed {
  readonly memory: number;
  readonly passes: number;
  readonly lanes: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** Hashing in a lane of its own. `busy`: too many wait. */
export class PasswordHashing {
  readonly #random: Random;
  readonly #waiting: (() => void)[] = [];
  readonly #cost: { readonly memory: number; readonly passes: number; readonly lanes: number };
  #running = 0;
  #nobody: string | undefined;

  /** Tests hash cheaply. */
  constructor(random: Random, cost = { memory: MEMORY_KIB, passes: PASSES, lanes: LANES }) {
    this.#random = random;
    this.#cost = cost;
  }

  async hash(password: string): Promise<string | "busy"> {
    const salt = this.#random.bytes(SALT_BYTES);
    const hash = await this.#inTurn({ ...this.#cost, salt, hash: new Uint8Array(HASH_BYTES) }, password);
    return hash === "busy" ? hash : textOf({ ...this.#cost, salt, hash });
  }

  /** Takes as long for nobody's password (`stored` undefined) as for a wrong one. */
  async fits(password: string, stored: string | undefined): Promise<boolean | "busy"> {
    this.#nobody ??= textOf({ ...this.#cost, salt: this.#random.bytes(SALT_BYTES), hash: new Uint8Array(HASH_BYTES) });
    const wanted = readHash(stored ?? this.#nobody) ?? readHash(this.#nobody);
    if (!wanted || password.length > LONGEST_PASSWORD) return false;
    const hash = await this.#inTurn(wanted, password);
    if (hash === "busy") return hash;
    return hash.length === wanted.hash.length && timingSafeEqual(hash, wanted.hash) && stored !== undefined;
  }

  async #inTurn(like: Hashed, password: string): Promise<Uint8Array | "busy"> {
    if (this.#running >= AT_A_TIME) {
      if (this.#waiting.length >= MOST_WAITING) return "busy";
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await derive(like, password);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

function derive({ memory, passes, lanes, salt, hash }: Hashed, password: string): Promise<Uint8Array> {
  // One password may be typed as different code points on two keyboards.
  const message = Buffer.from(password.normalize("NFKC"));
  const parameters = { message, nonce: salt, parallelism: lanes, tagLength: hash.length, memory, passes };
  return new Promise((resolve, reject) => argon2("argon2id", parameters, (fault, key) => (fault ? reject(fault) : resolve(key))));
}

/** The form that other programs use too, so that accounts can come and go. */
function textOf({ memory, passes, lanes, salt, hash }: Hashed): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${lanes}$${base64(salt)}$${base64(hash)}`;
}

function readHash(text: string): Hashed | undefined {
  const found = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([\w+/]{11,86})\$([\w+/]{22,86})$/.exec(text);
  if (!found) return undefined;
  const [, memory = "", passes = "", lanes = "", salt = "", hash = ""] = found;
  return {
    memory: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}
