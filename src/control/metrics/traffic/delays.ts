/**
 * How long mail took, for the median and the slowest hundredth of the last hour: a histogram of four buckets to each
 * doubling, from ten milliseconds to a week, in five-minute steps. A percentile is true to a fifth of itself.
 */
import { Ring } from "./ring.ts";

const STEP_MS = 300_000;
const STEPS = 12;
const LEAST_MS = 10;
const PER_DOUBLING = 4;
/** The last one holds whatever took longer than ten days. */
const BUCKETS = 108;

export interface Delay {
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly n: number;
}

export class Delays {
  readonly #ring = new Ring(STEPS, BUCKETS);

  note(at: number, tookMs: number): void {
    const bucket = tookMs <= LEAST_MS ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(PER_DOUBLING * Math.log2(tookMs / LEAST_MS)));
    this.#ring.add(Math.floor(at / STEP_MS), bucket);
  }

  /** Of the last 55 to 60 minutes. */
  read(now: number): Delay {
    const step = Math.floor(now / STEP_MS);
    const counts = Array.from({ length: BUCKETS }, (_, bucket) => this.#ring.sum(step, bucket));
    const n = counts.reduce((sum, count) => sum + count, 0);
    return n === 0 ? { n } : { p50Ms: percentile(counts, n * 0.5), p99Ms: percentile(counts, n * 0.99), n };
  }
}

/** Inside a bucket times are taken as evenly spread over its logarithm. */
function percentile(counts: readonly number[], rank: number): number {
  let before = 0;
  for (const [bucket, count] of counts.entries()) {
    if (before + count >= rank && count > 0) {
      const share = (rank - before) / count;
      const ms = bucket === 0 ? LEAST_MS * share : LEAST_MS * 2 ** ((bucket - 1 + share) / PER_DOUBLING);
      return Math.round(ms);
    }
    before += count;
  }
  return 0;
}
