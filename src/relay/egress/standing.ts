/**
 * How the ways out stand: whether each works, how warm it is where, what it has carried. The laws are pure and stand in
 * `law/`; this is where their values are kept, and which of them changed since somebody last wrote them down.
 */
import type { WallMs } from "../../base/clock.ts";
import type { EgressName } from "../../model/egress.ts";
import { type Breaker, failed, tried, WORKS, worked } from "./law/breaker.ts";
import { counted, DAY, HOUR, NOTHING, roomAt, usedIn, type Window } from "./law/quota.ts";
import { chosenOnce, cold, type Heard, heard, onDay, type WarmUp } from "./law/warm-up.ts";

/** One number or curve as it is kept over a restart; `value` is JSON. */
export interface KeptCount {
  readonly key: string;
  readonly value: string;
}

/** Of an upstream. What was given to it and has not left counts as used: else a burst would be given to it whole. */
interface Carried {
  readonly hour: { readonly chosen: Window; readonly sent: Window };
  readonly day: { readonly chosen: Window; readonly sent: Window };
}

const NOTHING_CARRIED: Carried = { hour: { chosen: NOTHING, sent: NOTHING }, day: { chosen: NOTHING, sent: NOTHING } };
const DAY_MS = 86_400_000;
/** Addresses × providers; beyond it the warmest knowledge of addresses that are gone has long been forgotten. */
const MOST_KEPT = 100_000;

export class Standing {
  readonly #breakers = new Map<EgressName, Breaker>();
  readonly #warm = new Map<string, WarmUp>();
  readonly #carried = new Map<string, Carried>();
  readonly #changed = new Set<string>();

  /** What cannot be read is begun anew. */
  constructor(kept: readonly KeptCount[]) {
    for (const { key, value } of kept.slice(0, MOST_KEPT)) {
      const read = parsed(value);
      if (key.startsWith("warm ") && isWarmUp(read)) this.#warm.set(key, read);
      if (key.startsWith("quota ") && isCarried(read)) this.#carried.set(key, read);
    }
  }

  breaker(name: EgressName): Breaker {
    return this.#breakers.get(name) ?? WORKS;
  }

  /** What stands after it did not work; the same object where that changed nothing. */
  failed(name: EgressName, now: WallMs, why: string, patience: number): Breaker {
    return this.#setBreaker(name, failed(this.breaker(name), now, why, patience));
  }

  worked(name: EgressName): void {
    if (this.#breakers.has(name)) this.#setBreaker(name, worked(this.breaker(name)));
  }

  /** A message is given to it: of one that is open, the probe. */
  take(name: EgressName, now: WallMs): void {
    if (this.#breakers.has(name)) this.#setBreaker(name, tried(this.breaker(name), now).then);
  }

  mayTake(name: EgressName, now: WallMs): boolean {
    return tried(this.breaker(name), now).may;
  }

  /** Undefined: nothing was ever sent there from it. */
  knownWarmUp(name: EgressName, provider: string, now: WallMs): WarmUp | undefined {
    const kept = this.#warm.get(warmKey(name, provider));
    return kept && onDay(kept, provider, dayOf(now));
  }

  warmUp(name: EgressName, provider: string, now: WallMs): WarmUp {
    return this.knownWarmUp(name, provider, now) ?? cold(provider, dayOf(now));
  }

  /** All that is known of one address, by provider. */
  warmUps(name: EgressName, now: WallMs): ReadonlyMap<string, WarmUp> {
    const prefix = warmKey(name, "");
    const mine = [...this.#warm.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    return new Map(mine.sort().map((provider) => [provider, this.warmUp(name, provider, now)]));
  }

  chosen(name: EgressName, provider: string, now: WallMs): void {
    this.#setWarm(name, provider, chosenOnce(this.warmUp(name, provider, now)));
  }

  /** What stands before and after. */
  heard(name: EgressName, provider: string, what: Heard, now: WallMs): { readonly before: WarmUp; readonly after: WarmUp } {
    const before = this.warmUp(name, provider, now);
    const after = heard(before, provider, what);
    this.#setWarm(name, provider, after);
    return { before, after };
  }

  /** `chosen`: it was given a message; `sent`: it took one. */
  carry(name: EgressName, what: "chosen" | "sent", now: WallMs): void {
    const { hour, day } = this.#carriedBy(name);
    const key = quotaKey(name);
    this.#carried.set(key, {
      hour: { ...hour, [what]: counted(hour[what], HOUR, now) },
      day: { ...day, [what]: counted(day[what], DAY, now) },
    });
    this.#changed.add(key);
  }

  /** Of the two kinds of count the higher one, for a choice; `sent` alone, for what may leave. */
  used(name: EgressName, now: WallMs, what: "for a choice" | "sent"): { readonly hour: number; readonly day: number } {
    const { hour, day } = this.#carriedBy(name);
    const sent = { hour: usedIn(hour.sent, HOUR, now), day: usedIn(day.sent, DAY, now) };
    if (what === "sent") return sent;
    return { hour: Math.max(sent.hour, usedIn(hour.chosen, HOUR, now)), day: Math.max(sent.day, usedIn(day.chosen, DAY, now)) };
  }

  /** When one more may leave under these quotas. */
  roomAt(name: EgressName, now: WallMs, most: { readonly perHour?: number | undefined; readonly perDay?: number | undefined }): WallMs {
    const { hour, day } = this.#carriedBy(name);
    const ofHour = most.perHour === undefined ? now : roomAt(hour.sent, HOUR, now, most.perHour);
    const ofDay = most.perDay === undefined ? now : roomAt(day.sent, DAY, now, most.perDay);
    return Math.max(ofHour, ofDay) as WallMs;
  }

  /** What changed since the last call, to be written down. */
  changes(): readonly KeptCount[] {
    const rows = [...this.#changed].map((key) => ({ key, value: JSON.stringify(this.#warm.get(key) ?? this.#carried.get(key)) }));
    this.#changed.clear();
    return rows;
  }

  #carriedBy(name: EgressName): Carried {
    return this.#carried.get(quotaKey(name)) ?? NOTHING_CARRIED;
  }

  #setBreaker(name: EgressName, breaker: Breaker): Breaker {
    if (breaker === WORKS) this.#breakers.delete(name);
    else this.#breakers.set(name, breaker);
    return breaker;
  }

  #setWarm(name: EgressName, provider: string, value: WarmUp): void {
    const key = warmKey(name, provider);
    this.#warm.set(key, value);
    this.#changed.add(key);
  }
}

function dayOf(now: WallMs): number {
  return Math.floor(now / DAY_MS);
}

/** Names and providers have no blanks. */
function warmKey(name: EgressName, provider: string): string {
  return `warm ${name} ${provider}`;
}

function quotaKey(name: EgressName): string {
  return `quota ${name}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // a row that was changed by hand
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isWarmUp(value: unknown): value is WarmUp {
  if (!isRecord(value)) return false;
  const numbers = ["day", "ceiling", "chosen", "accepted", "refused", "objected", "usedDay"];
  return (
    numbers.every((name) => Number.isFinite(value[name])) && typeof value["steppedBack"] === "boolean" && typeof value["warm"] === "boolean"
  );
}

function isCarried(value: unknown): value is Carried {
  if (!isRecord(value)) return false;
  return [value["hour"], value["day"]].every((part) => isRecord(part) && isWindow(part["chosen"]) && isWindow(part["sent"]));
}

function isWindow(value: unknown): value is Window {
  if (!isRecord(value) || !Number.isSafeInteger(value["span"])) return false;
  const { counts } = value;
  return Array.isArray(counts) && counts.length <= DAY.spans && counts.every((n) => Number.isSafeInteger(n));
}
