/** How late the main thread comes to its work: what makes everything else slow, and the first sign of too much on it. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock, MonoMs } from "../../base/clock.ts";

/** In seconds, beyond the sampling interval itself. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

const SAMPLE_MS = 20;
/** Two windows are kept, so a reading is of the last 15 to 30 seconds, however many read. */
const WINDOW_MS = 15_000;
const NOTHING: LoopDelay = { p50: 0, p99: 0, most: 0 };

export class LoopGauge implements Disposable {
  readonly #clock: Clock;
  readonly #histogram: ReturnType<typeof monitorEventLoopDelay>;
  #since: MonoMs;
  #before: LoopDelay = NOTHING;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#histogram = monitorEventLoopDelay({ resolution: SAMPLE_MS });
    this.#histogram.enable();
    this.#since = clock.mono();
  }

  read(): LoopDelay {
    const now = this.#current();
    const before = this.#before;
    if (this.#clock.mono() - this.#since >= WINDOW_MS) {
      this.#before = now;
      this.#since = this.#clock.mono();
      this.#histogram.reset();
    }
    return { p50: Math.max(now.p50, before.p50), p99: Math.max(now.p99, before.p99), most: Math.max(now.most, before.most) };
  }

  [Symbol.dispose](): void {
    this.#histogram.disable();
  }

  #current(): LoopDelay {
    if (this.#histogram.count === 0) return NOTHING;
    const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - SAMPLE_MS / 1000);
    return {
      p50: seconds(this.#histogram.percentile(50)),
      p99: seconds(this.#histogram.percentile(99)),
      most: seconds(this.#histogram.max),
    };
  }
}
