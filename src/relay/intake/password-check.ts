/**
 * Passwords of submission clients. Kept as SCRAM-SHA-256 verifiers (RFC 5803's form), which serve PLAIN and LOGIN too:
 * the slow hash of the given password must lead to the stored key. The hash runs in libuv's pool, which nothing urgent
 * shares (R3c), at most two at a time; a verified password is remembered for a minute per credential, never per
 * address, so that a server sending a thousand messages hashes once.
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Clock, MonoMs } from "../../base/clock.ts";
import type { ScramVerifier } from "../../wire/smtp/server-host.ts";

const derive = promisify(pbkdf2);

/** RFC 7677 asks at least 4,096; this is about 15 ms of one core, and clients that speak SCRAM pay it too. */
const ITERATIONS = 40_000;
const KEY_BYTES = 32;
const REMEMBER_MS = 60_000;
const REMEMBER_MOST = 10_000;
const AT_ONCE = 2;
/** Hashes waiting for their turn; beyond it a login is refused, as a flood of wrong passwords must not queue. */
const WAITING_MOST = 200;

export async function makeVerifier(password: string, salt: Uint8Array = randomBytes(16)): Promise<ScramVerifier> {
  const salted = await derive(password, salt, ITERATIONS, KEY_BYTES, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  return {
    iterations: ITERATIONS,
    salt,
    storedKey: createHash("sha256").update(clientKey).digest(),
    serverKey: createHmac("sha256", salted).update("Server Key").digest(),
  };
}

/** A verifier that no password meets, the same for a login at each call: an unknown login looks like a known one. */
export function decoyVerifier(secret: Uint8Array, login: string): ScramVerifier {
  const part = (label: string): Uint8Array => createHmac("sha256", secret).update(`${label} ${login}`).digest();
  return { iterations: ITERATIONS, salt: part("salt").subarray(0, 16), storedKey: part("stored"), serverKey: part("server") };
}

export class PasswordCheck {
  readonly #clock: Clock;
  /** Keyed hash of verifier and password → until when it counts. */
  readonly #known = new Map<string, MonoMs>();
  readonly #key = randomBytes(32);
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async matches(verifier: ScramVerifier, password: string): Promise<boolean> {
    const known = createHmac("sha256", this.#key).update(verifier.storedKey).update(password).digest("base64");
    const until = this.#known.get(known);
    if (until !== undefined && until > this.#clock.mono()) return true;
    if (!(await this.#turn())) return false;
    try {
      const salted = await derive(password, verifier.salt, verifier.iterations, KEY_BYTES, "sha256");
      const clientKey = createHmac("sha256", salted).update("Client Key").digest();
      const right = timingSafeEqual(createHash("sha256").update(clientKey).digest(), verifier.storedKey);
      if (right) this.#remember(known);
      return right;
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  #remember(known: string): void {
    if (this.#known.size >= REMEMBER_MOST) this.#known.clear(); // costs a hash each, loses nothing
    this.#known.set(known, (this.#clock.mono() + REMEMBER_MS) as MonoMs);
  }

  async #turn(): Promise<boolean> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= WAITING_MOST) return false;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running++;
    return true;
  }
}
