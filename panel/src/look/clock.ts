/** Time in the browser: the only file of the panel that reads the clock or sets a timer. */
import type { WallMs } from "../../../src/base/clock.ts";

export const SECOND_MS = 1000;

export function wallNow(): WallMs {
  return Date.now() as WallMs;
}

/** Calls `then` once; the result takes it back. */
export function after(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
}

/** Calls `then` again and again; the result ends it. */
export function each(ms: number, then: () => void): () => void {
  const timer = setInterval(then, ms);
  return () => clearInterval(timer);
}
