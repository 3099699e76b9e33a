/**
 * Figures for Prometheus. What happens is counted from the first event on in plain numbers (`counters.ts`); how things
 * stand is asked when somebody scrapes (`gauges.ts`); `families.ts` says what it is all called. Names from outside
 * (sources, operators of mail hosts, codes) are bounded: the rest is `other`.
 */
import type { Clock } from "../../base/clock.ts";
import { providerOf } from "../../mail/replies/replies.ts";
import type { NewEvent } from "../../model/event.ts";
import { Counters } from "./counters.ts";
import { EXPOSITION_TYPE, exposition } from "./exposition.ts";
import { countedFamilies } from "./families.ts";
import { askedFamilies, type Build, type Gauges } from "./gauges.ts";
import { type LoopDelay, LoopGauge } from "./loop-delay.ts";

export type { Build, Gauges, LoopDelay };
export { LoopGauge };

export interface Metrics extends Disposable {
  /** The text format 0.0.4. Scrapes that overlap share one reading. */
  text(): Promise<string>;
  /** Content-Type of the text. */
  readonly types: string;
}

export interface MetricsPorts {
  readonly clock: Clock;
  /** Committed events as they happen; the result ends it. */
  readonly onEvents: (listener: (events: readonly NewEvent[]) => void) => () => void;
  readonly gauges: Gauges;
  readonly build: Build;
}

/** Counts until it is disposed of. */
export function openMetrics({ clock, onEvents, gauges, build }: MetricsPorts): Metrics {
  const counters = new Counters((host) => providerOf(host)?.key);
  const end = onEvents((events) => counters.note(events, clock.wall()));
  let reading: Promise<string> | undefined;
  const read = async (): Promise<string> => {
    const asked = await askedFamilies(gauges, build, clock);
    return await exposition([...asked, ...countedFamilies(counters)]);
  };
  return {
    types: EXPOSITION_TYPE,
    text: async () => {
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return await reading;
    },
    [Symbol.dispose]: end,
  };
}
