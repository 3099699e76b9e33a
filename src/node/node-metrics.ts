/** What Prometheus asks of this node, from the parts that know it. */
import type { Clock } from "../base/clock.ts";
import { LoopGauge, type Metrics, openMetrics } from "../control/metrics/metrics.ts";
import type { Webhooks } from "../control/webhooks/webhooks.ts";
import { EVERYTHING } from "../model/view.ts";
import type { Spool } from "../store/spool/spool.ts";
import type { Pipeline } from "./pipeline.ts";
import type { Steering } from "./steering.ts";

export interface MeteredNode {
  readonly clock: Clock;
  readonly spool: Spool;
  readonly steering: Steering;
  readonly pipeline: Pipeline;
  readonly webhooks: Webhooks;
  readonly version: string;
}

export function openNodeMetrics({ clock, spool, steering, pipeline, webhooks, version }: MeteredNode): Metrics {
  const loop = new LoopGauge(clock);
  const metrics = openMetrics({
    clock,
    onEvents: (listener) => spool.onEvents(listener),
    gauges: {
      status: () => steering.status(EVERYTHING),
      lanes: () => steering.lanes(),
      sessions: () => pipeline.intake.sessions,
      memory: () => [{ role: "process", bytes: process.memoryUsage.rss() }],
      loop: () => loop.read(),
      webhooks: () => webhooks.stats().hooks,
      loginsFailed: () => 0,
    },
    build: { name: steering.name, version, engine: process.versions.node, startedAt: clock.wall() },
  });
  return {
    types: metrics.types,
    text: () => metrics.text(),
    [Symbol.dispose]: () => {
      metrics[Symbol.dispose]();
      loop[Symbol.dispose]();
    },
  };
}
