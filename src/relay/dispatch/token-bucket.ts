/**
 * Leave for messages at a rate. Tokens come evenly, and no more than a second's worth is saved up: a burst is what receivers
 * count.
 */
import type { MonoMs } from "../../base/clock.ts";

const MINUTE_MS = 60_000;

export class TokenBucket {
  #tokens = 1;
  #at = 0;

  /** Messages that may leave now. */
  room(perMinute: number, now: MonoMs): number {
    this.#refill(perMinute, now);
    return Math.floor(this.#tokens);
  }

  take(perMinute: number, now: MonoMs): boolean {
    if (this.room(perMinute, now) < 1) return false;
    this.#tokens--;
    return true;
  }

  giveBack(): void {
    this.#tokens++;
  }

  /** Begins anew, with so many. */
  set(tokens: number, now: MonoMs): void {
    this.#tokens = tokens;
    this.#at = now;
  }

  /** How long until something may leave. A fast lane is woken for several at a time, so that its timer does not run once a message. */
  delayMs(perMinute: number): number {
    const wanted = Math.max(1, Math.min(depth(perMinute), (perMinute * 0.1) / 60));
    return Math.ceil(((wanted - this.#tokens) * MINUTE_MS) / perMinute);
  }

  #refill(perMinute: number, now: MonoMs): void {
    this.#tokens = Math.min(depth(perMinute), this.#tokens + ((now - this.#at) * perMinute) / MINUTE_MS);
    this.#at = now;
  }
}

function depth(perMinute: number): number {
  return Math.max(1, perMinute / 60);
}
