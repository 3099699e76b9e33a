/** Time in the browser: the only file of the panel that reads the clock or sets a timer. */
import type { WallMs } from "../../../src/base/clock.ts";

export const SECOND_MS = 1000;

/** The node's clock where it is not this machine's: in a simulated internet it runs faster, and stands still on a word. */
let told: { readonly at: number; readonly heardAt: number; readonly speed: number } | undefined;

export function followClock(at: WallMs, speed: number): void {
  told = { at, heardAt: Date.now(), speed };
}

export function wallNow(): WallMs {
  return (told === undefined ? Date.now() : told.at + (Date.now() - told.heardAt) * told.speed) as WallMs;
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
