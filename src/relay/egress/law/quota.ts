/**
 * What an upstream takes in an hour and in a day, counted over windows that roll: an account's limit knows no full hours.
 * Each window is a ring of short spans; the oldest counts whole until it is over, which errs towards less.
 */
import type { WallMs } from "../../../base/clock.ts";

/** Plain data: it is kept as JSON. `span` is the number of the newest, counted from 1970; `counts` ends with it. */
export interface Window {
  readonly span: number;
  readonly counts: readonly number[];
}

export interface Period {
  readonly spanMs: number;
  readonly spans: number;
}

export const HOUR: Period = { spanMs: 5 * 60_000, spans: 12 };
export const DAY: Period = { spanMs: 3_600_000, spans: 24 };

export const NOTHING: Window = { span: 0, counts: [] };

export function counted(was: Window, period: Period, now: WallMs): Window {
  const { span, counts } = at(was, period, now);
  return { span, counts: [...counts.slice(0, -1), (counts.at(-1) ?? 0) + 1] };
}

export function usedIn(was: Window, period: Period, now: WallMs): number {
  return at(was, period, now).counts.reduce((sum, n) => sum + n, 0);
}

/** When there is room for one more under `most`; now, if there is. */
export function roomAt(was: Window, period: Period, now: WallMs, most: number): WallMs {
  const { span, counts } = at(was, period, now);
  let used = counts.reduce((sum, n) => sum + n, 0);
  if (used < most) return now;
  for (const [i, n] of counts.entries()) {
    used -= n;
    if (used < most) return ((span - counts.length + 1 + i + period.spans) * period.spanMs) as WallMs;
  }
  return ((span + period.spans) * period.spanMs) as WallMs; // `most` is 0: there never is
}

/** The window as it stands now: spans that are over are gone, those without mail are 0. */
function at({ span, counts }: Window, { spanMs, spans }: Period, now: WallMs): Window {
  const current = Math.max(span, Math.floor(now / spanMs)); // a clock that steps back counts where it was
  const passed = Math.min(current - span, spans);
  return { span: current, counts: [...counts, ...new Array<number>(passed).fill(0)].slice(-spans) };
}
