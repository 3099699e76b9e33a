/** Slows password guessing: each failure from an address or for a login doubles the wait before the next answer. */
import type { Clock, MonoMs } from "../../base/clock.ts";

const FORGET_MS = 15 * 60_000;
const FREE = 3;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** Keys kept; above it all are forgotten, which helps a guesser with 10,000 addresses by a few tries each. */
const KEYS = 20_000;

export class LoginThrottle {
  readonly #clock: Clock;
  readonly #failures = new Map<string, { n: number; at: MonoMs }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long to wait before answering; 0 for those without recent failures. */
  waitMs(ip: string, login: string): number {
    const n = Math.max(this.#count(ip), this.#count(login)) - FREE;
    return n < 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(n, 10));
  }

  failed(ip: string, login: string): void {
    if (this.#failures.size > KEYS) this.#failures.clear();
    for (const key of [ip, login]) this.#failures.set(key, { n: this.#count(key) + 1, at: this.#clock.mono() });
  }

  succeeded(ip: string, login: string): void {
    this.#failures.delete(ip);
    this.#failures.delete(login);
  }

  #count(key: string): number {
    const found = this.#failures.get(key);
    if (!found) return 0;
    if (this.#clock.mono() - found.at < FORGET_MS) return found.n;
    this.#failures.delete(key);
    return 0;
  }
}
