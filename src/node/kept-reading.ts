/** A reading that is a moment old serves everybody who asks: how much waits where costs the spool's thread a look at every queued row. */
import type { Clock } from "../base/clock.ts";

/** It is read anew when the last reading is so old, and fifty times as old as it took: a million rows take a while. */
const KEPT_MS = 1_000;
const KEPT_TIMES = 50;

export function keptReading<T>(clock: Clock, read: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  let until = 0;
  return () => {
    const now = clock.mono();
    if (kept !== undefined && now < until) return kept;
    const reading = read();
    kept = reading;
    until = Number.POSITIVE_INFINITY; // whoever asks meanwhile gets this reading
    void reading.then(
      () => {
        until = clock.mono() + Math.max(KEPT_MS, KEPT_TIMES * (clock.mono() - now));
      },
      () => {
        kept = undefined;
      },
    );
    return reading;
  };
}
