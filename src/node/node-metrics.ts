/** What Prometheus asks of this node, from the parts that know it. */
import type { Clock, WallMs } from "../base/clock.ts";
import { LoopGauge, type Metrics, openMetrics } from "../control/metrics/metrics.ts";
import type { Traffic } from "../control/metrics/traffic.ts";
import type { Webhooks } from "../control/webhooks/webhooks.ts";
import { EVERYTHING } from "../model/view.ts";
import type { Limits } from "../relay/limits/limits.ts";
import type { Spool } from "../store/spool/spool.ts";
import type { ResolverCounts } from "../wire/dns/stub-resolver.ts";
import type { MailWay } from "./mail-way.ts";
import type { Pipeline } from "./pipeline.ts";
import type { Steering } from "./steering.ts";

export interface MeteredNode {
  readonly clock: Clock;
  readonly spool: Spool;
  readonly steering: Steering;
  readonly pipeline: Pipeline;
  readonly webhooks: Webhooks;
  readonly version: string;
  /** For what waits, by provider and age. */
  readonly traffic?: Traffic;
  /** When the certificate that listeners show ends. */
  readonly certificateUntil?: () => WallMs;
  /** Since the start. */
  readonly loginsFailed?: () => number;
  /** Of names, since the start. */
  readonly lookUps?: () => ResolverCounts;
  readonly tls?: Pick<MailWay, "tlsResults" | "tlsReports">;
  readonly limits?: Pick<Limits, "list">;
}

export function openNodeMetrics(node: MeteredNode): Metrics {
  const { clock, spool, steering, pipeline, webhooks, version, traffic, certificateUntil, loginsFailed, lookUps, limits, tls } = node;
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
      webhooks: () => webhooks.standings(),
      cpuSeconds,
      ...(loginsFailed && { loginsFailed }),
      ...(lookUps && { lookUps }),
      ...(tls && { tls: () => ({ sessions: Object.fromEntries(tls.tlsResults.counts), reports: tls.tlsReports.counts }) }),
      ...(limits && { overrides: () => limits.list() }),
      ...(certificateUntil && { certificateUntil }),
      ...(traffic && { waiting: { providers: async () => traffic.providers(await steering.lanes()), ages: () => traffic.ages() } }),
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

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
