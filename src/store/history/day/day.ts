/**
 * Days and places. A message's history is in the file of the UTC day that its key names, so a key alone says where to
 * look. Inside a day a delivery has one number, its place: message and recipient together, counted so that a descending
 * walk meets the newest message first and a message's recipients in their order.
 */
import type { WallMs } from "../../../base/clock.ts";
import { type DeliveryRef, keyAt, type MessageKey, timeOfKey } from "../../../model/ids.ts";

export const DAY_MS = 86_400_000;
/**
 * Places of one message: a day has 2^38.4 keys, so this is as many as numbers below 2^53 leave. Recipients beyond share
 * the last of them: a search finds the others, the message's story tells all.
 */
export const RECIPIENTS = 25_000;

/** `2026-11-25`; sorts by time. */
export type Day = string;

export function dayAt(at: WallMs): Day {
  return new Date(at).toISOString().slice(0, 10);
}

export function dayOf(key: MessageKey): Day {
  return dayAt(timeOfKey(key));
}

export function startOf(day: Day): WallMs {
  return Date.parse(`${day}T00:00:00Z`) as WallMs;
}

/** Whether a name is a day's, and what it means is one. */
export function isDay(text: string): text is Day {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(startOf(text));
}

/** The places of one day. */
export class Places {
  readonly #base: number;

  constructor(day: Day) {
    this.#base = keyAt(startOf(day));
  }

  of(message: number, rcpt: number): number {
    return (message - this.#base) * RECIPIENTS + (RECIPIENTS - 1 - Math.min(rcpt, RECIPIENTS - 1));
  }

  ref(place: number): DeliveryRef {
    const rest = place % RECIPIENTS; // first, because the quotient has no room for its fraction
    return { message: (this.#base + (place - rest) / RECIPIENTS) as MessageKey, rcpt: RECIPIENTS - 1 - rest };
  }

  /** The lowest place of a message, and the one above its highest. */
  span(message: number): readonly [from: number, below: number] {
    const from = (message - this.#base) * RECIPIENTS;
    return [from, from + RECIPIENTS];
  }

  /** The first place that a message of that moment could have. */
  from(at: WallMs): number {
    return (keyAt(at) - this.#base) * RECIPIENTS;
  }

  /** The time of a place's key. */
  time(place: number): WallMs {
    return timeOfKey(this.ref(place).message);
  }
}
