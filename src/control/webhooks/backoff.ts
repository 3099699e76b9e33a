/** When a receiver that failed is tried again: soon at first, then rarely, never sooner than it asks. */
import type { WallMs } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";

const FIRST_MS = 5_000;
const LONGEST_MS = 15 * 60_000;
/** A receiver may ask for more time than our own longest wait, but not for ever. */
const LONGEST_ASKED_MS = 3_600_000;
/** Each wait is shortened by up to this part of it, so that receivers which failed together are not tried together. */
const JITTER = 0.2;

/** `failures` in a row, this one included. */
export function waitAfter(failures: number, askedMs: number | undefined, random: Random): number {
  const full = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 20), LONGEST_MS);
  const own = Math.round(full * (1 - JITTER * random.next()));
  return Math.max(own, Math.min(askedMs ?? 0, LONGEST_ASKED_MS));
}

/** Retry-After: seconds, or a date (RFC 9110 §10.2.3). Undefined for anything else. */
export function retryAfterMs(text: string | undefined, now: WallMs): number | undefined {
  const trimmed = text?.trim() ?? "";
  if (/^\d{1,9}$/.test(trimmed)) return Number(trimmed) * 1000;
  const at = /^[A-Z][a-z]{2},? /.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
