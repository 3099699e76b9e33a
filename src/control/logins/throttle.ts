/**
 * Guessing made slow: who failed waits, longer each time, by address, by networks and by name. A failure is counted when
 * the attempt begins and taken back when it turns out right, so that many at once are not one.
 *
 * Somebody else's failures must not lock a person out: where a name has logged in before, its own count does not bind.
 *
 * This machine's own address is a tunnel, or a proxy that everybody comes through: it says nothing of who somebody is. So
 * it has no count, else one stranger's failures would be everybody's wait; and no name is known from there.
 */
import type { Clock, WallMs } from "../../base/clock.ts";
import { ipFamily, isLoopback, unmapped } from "../../base/ip.ts";

/** Failures that cost nothing: people mistype. A network has many people in it. A `site` is what one customer has of IPv6. */
const FREE = { ip: 5, net: 30, site: 100, name: 5 } as const;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** Without another failure for this long, all is forgotten. */
const FORGET_MS = 60 * 60_000;
/** Entries of each kind. Of those that failed longest ago the one with the fewest failures goes first. */
const MOST_ENTRIES = 5000;
/** How many of the oldest are looked at for that: a flood of new names must not wash out the one that is guessed at. */
const LOOKED_AT = 64;
/** Names that have logged in, and from how many networks each is known. */
const MOST_KNOWN = 5000;
const MOST_NETWORKS = 20;

type Kind = keyof typeof FREE;
interface Failures {
  readonly count: number;
  readonly at: WallMs;
}

export class LoginThrottle {
  readonly #clock: Clock;
  readonly #failures: Readonly<Record<Kind, Map<string, Failures>>> = {
    ip: new Map(),
    net: new Map(),
    site: new Map(),
    name: new Map(),
  };
  readonly #known = new Map<string, Set<string>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long to wait before the next attempt; 0 lets this one begin, counted as a failure until `succeeded`. */
  begin(ip: string, name: string): number {
    const now = this.#clock.wall();
    const keys = this.#keys(ip, name);
    const waits = keys.map(([kind, key]) => waitOf(kind, this.#failures[kind].get(key), now));
    const waitMs = Math.max(...waits);
    if (waitMs > 0) return waitMs;
    for (const [kind, key] of keys) {
      const of = this.#failures[kind];
      const count = alive(of.get(key), now)?.count ?? 0;
      of.delete(key); // and to the end, as the last that failed
      of.set(key, { count: count + 1, at: now });
      if (of.size > MOST_ENTRIES) forgetOne(of, key);
    }
    return 0;
  }

  /** The attempt was right, or stopped short of an answer: it counts for nothing. Whoever logged in is rid of their own failures. */
  succeeded(ip: string, name: string, loggedIn: boolean): void {
    for (const [kind, key] of this.#keys(ip, name)) {
      const of = this.#failures[kind];
      const { count, at } = of.get(key) ?? { count: 0, at: this.#clock.wall() };
      if (count <= 1 || (loggedIn && (kind === "ip" || kind === "name"))) of.delete(key);
      else of.set(key, { count: count - 1, at });
    }
    if (loggedIn) this.#know(networkOf(ip), name);
  }

  #know(network: string, name: string): void {
    const networks = this.#known.get(name) ?? new Set();
    networks.delete(network);
    networks.add(network);
    forgetOldest(networks, MOST_NETWORKS);
    this.#known.delete(name);
    this.#known.set(name, networks);
    forgetOldest(this.#known, MOST_KNOWN);
  }

  #keys(ip: string, name: string): readonly (readonly [Kind, string])[] {
    const all: (readonly [Kind, string])[] = [];
    const isHere = isLoopback(ip);
    if (!isHere) {
      all.push(["ip", unmapped(ip)], ["net", networkOf(ip)]);
      const site = siteOf(ip);
      if (site !== undefined) all.push(["site", site]);
    }
    if (isHere || (name !== "" && this.#known.get(name)?.has(networkOf(ip)) !== true)) all.push(["name", name]);
    return all;
  }
}

function waitOf(kind: Kind, failures: Failures | undefined, now: WallMs): number {
  const live = alive(failures, now);
  const beyond = (live?.count ?? 0) - FREE[kind];
  if (!live || beyond < 0) return 0;
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(beyond, 20));
  return Math.max(0, live.at + wait - now);
}

function alive(failures: Failures | undefined, now: WallMs): Failures | undefined {
  // A clock that was set back would make it last for ever.
  return failures && now - failures.at < FORGET_MS && now >= failures.at - FORGET_MS ? failures : undefined;
}

/** The /24 or /64: what one attacker has addresses of. */
export function networkOf(ip: string): string {
  const plain = unmapped(ip);
  switch (ipFamily(plain)) {
    case 4:
      return plain.split(".").slice(0, 3).join(".");
    case 6:
      return `${sixteenths(plain).slice(0, 4).join(":")}::`;
    default:
      return plain;
  }
}

/** The eight groups of an IPv6 address, `::` written out. */
function sixteenths(ip: string): string[] {
  const [head = "", tail] = ip.toLowerCase().split("::");
  const groups = (text: string | undefined): string[] => (text ? text.split(":") : []);
  const [before, after] = [groups(head), groups(tail)];
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array.from({ length: missing }, () => "0"), ...after].map((group) => group.replace(/^0+(?=.)/, ""));
}

/** The /48 of an IPv6 address: it has 65,536 of what counts as a network. */
function siteOf(ip: string): string | undefined {
  const plain = unmapped(ip);
  return ipFamily(plain) === 6 ? `${sixteenths(plain).slice(0, 3).join(":")}::` : undefined;
}

function forgetOne(entries: Map<string, Failures>, butNot: string): void {
  let least: { readonly key: string; readonly count: number } | undefined;
  let looked = 0;
  for (const [key, { count }] of entries) {
    if (key !== butNot && (least === undefined || count < least.count)) least = { key, count };
    if (++looked >= LOOKED_AT) break;
  }
  if (least !== undefined) entries.delete(least.key);
}

function forgetOldest(entries: Map<string, unknown> | Set<string>, most: number): void {
  const [oldest] = entries.keys();
  if (entries.size > most && oldest !== undefined) entries.delete(oldest);
}
