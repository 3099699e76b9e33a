/**
 * How much one visitor may ask: a bucket that fills steadily. Visitors are addresses, of IPv6 the /64 that one customer
 * has. Above the bound of visitors the one seen longest ago is forgotten, which gives it a full bucket: a flood from
 * many addresses is the connections' limit to stop, not this one's.
 */
import type { MonoMs } from "../../../base/clock.ts";

const MOST_VISITORS = 10_000;
/** A panel's page asks a few dozen things at once; a script that walks every message stays below the rate. */
const BURST = 300;
const PER_SECOND = 50;

interface Bucket {
  left: number;
  at: MonoMs;
}

export class RateLimit {
  readonly #buckets = new Map<string, Bucket>();

  /** Undefined: go on. Otherwise in how many whole seconds to come back. */
  take(ip: string, now: MonoMs): number | undefined {
    const visitor = visitorOf(ip);
    const bucket = this.#buckets.get(visitor) ?? { left: BURST, at: now };
    this.#buckets.delete(visitor); // to the end: the first is then the one seen longest ago
    this.#buckets.set(visitor, bucket);
    if (this.#buckets.size > MOST_VISITORS) this.#buckets.delete(this.#buckets.keys().next().value ?? "");
    bucket.left = Math.min(BURST, bucket.left + ((now - bucket.at) / 1000) * PER_SECOND);
    bucket.at = now;
    if (bucket.left < 1) return Math.ceil((1 - bucket.left) / PER_SECOND);
    bucket.left -= 1;
    return undefined;
  }

  get size(): number {
    return this.#buckets.size;
  }
}

/** The first four groups of an IPv6 address, however it is written. */
export function visitorOf(ip: string): string {
  if (!ip.includes(":")) return ip;
  const [head = "", tail] = ip.toLowerCase().split("%", 1)[0]?.split("::") ?? [];
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = tail === undefined ? left : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}
