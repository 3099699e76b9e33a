/** What is asked at the scrape: how things stand now, as against what was counted. */
import type { Clock, WallMs } from "../../base/clock.ts";
import type { Override, OverrideChange } from "../../model/override.ts";
import type { ResolverCounts } from "../../wire/dns/stub-resolver.ts";
import type { LaneRecord, NodeStatus, ProviderRecord } from "../api/node-face.ts";
import type { Family, Sample } from "./exposition.ts";
import { counter, gauge, oneOf, single } from "./families.ts";
import type { LoopDelay } from "./loop-delay.ts";
import type { QueueAge } from "./traffic.ts";
import { ageFamilies, laneFamilies, providerFamilies } from "./waiting-families.ts";

/** Asked at each scrape. What rejects or takes longer than two seconds is left out of this scrape and named in it. */
export interface Gauges {
  status(): Promise<Pick<NodeStatus, "at" | "phase" | "listeners" | "counts" | "inDoubt" | "oldest" | "ledger" | "spool" | "history">>;
  lanes(): Promise<readonly Pick<LaneRecord, "state" | "connections" | "queued" | "since" | "nextDueAt" | "perMinute">[]>;
  /** Connections of servers that hand over mail, open now. */
  sessions(): number;
  /** The process as a whole under `process`, and threads that know their own. */
  memory(): readonly { readonly role: string; readonly bytes: number }[];
  loop(): LoopDelay;
  webhooks(): readonly { readonly name: string; readonly is: "ok" | "retrying" | "stopped"; readonly behind: number }[];
  /** Since the start; absent where nobody counts them. */
  loginsFailed?(): number;
  /** Of names, since the start; absent where nobody counts them. */
  lookUps?(): ResolverCounts;
  /** TLS sessions of outgoing mail by what came of them, and reports on them by what became of them, since the start. */
  tls?(): { readonly sessions: Readonly<Record<string, number>>; readonly reports: Readonly<Record<string, number>> };
  /** Processor time used since the start; absent where nobody counts it. */
  cpuSeconds?(): number;
  /** Decisions about limits that are in force; absent where nobody decides any. */
  overrides?(): readonly Pick<Override, "by" | "change">[];
  /** What waits for whom, and for how long; absent where nothing keeps it. */
  readonly waiting?: {
    providers(): Promise<readonly Pick<ProviderRecord, "key" | "queued" | "oldestAt" | "limit">[]>;
    ages(): readonly QueueAge[] | undefined;
  };
  /** When the certificate that listeners show ends; absent where they show none. */
  certificateUntil?(): WallMs;
}

export interface Build {
  readonly name: string;
  readonly version: string;
  /** Of the engine that runs it: `26.10.0`. */
  readonly engine: string;
  readonly startedAt: WallMs;
}

export const ASK_MS = 2_000;
/** Webhooks that get a line of their own; there may be as many. */
const WEBHOOKS_MOST = 50;

export async function askedFamilies(gauges: Gauges, build: Build, clock: Clock): Promise<readonly Family[]> {
  const parts: readonly (readonly [string, () => Promise<readonly Family[]>])[] = [
    ["status", async () => statusFamilies(await within(clock, gauges.status()), clock.wall())],
    ["lanes", async () => laneFamilies(await within(clock, gauges.lanes()), gauges.sessions(), clock.wall())],
    ["waiting", async () => await waitingFamilies(gauges.waiting, clock)],
    ["process", async () => processFamilies(gauges)],
    ["certificate", async () => certificateFamilies(gauges.certificateUntil?.())],
    ["webhooks", async () => webhookFamilies(gauges)],
    ["logins", async () => loginFamilies(gauges.loginsFailed?.())],
    ["tls", async () => tlsFamilies(gauges.tls?.())],
    ["lookups", async () => lookUpFamilies(gauges.lookUps?.())],
    ["overrides", async () => overrideFamilies(gauges.overrides?.())],
  ];
  const failed: Sample[] = [];
  const told = await Promise.all(
    parts.map(async ([part, ask]) => {
      try {
        return await ask();
      } catch {
        failed.push({ labels: { part }, value: 1 }); // the alarm that watches this line tells it; the others are still true
        return [];
      }
    }),
  );
  const missing = new Set(failed.map(({ labels }) => labels["part"]));
  const silent = parts.map(([part]): Sample => ({ labels: { part }, value: missing.has(part) ? 1 : 0 }));
  const { name, version, engine, startedAt } = build;
  return [
    gauge("fairlead_build_info", "Which program this is; always 1.", [{ labels: { name, version, engine }, value: 1 }]),
    gauge("fairlead_start_time_seconds", "When it started, Unix time.", single(startedAt / 1000)),
    gauge("fairlead_clock_seconds", "The node's clock, Unix time.", single(clock.wall() / 1000)),
    gauge("fairlead_scrape_part_missing", "Parts that could not be asked in time, whose metrics are absent: 1 for each.", silent),
    ...told.flat(),
  ];
}

function statusFamilies(status: Awaited<ReturnType<Gauges["status"]>>, now: WallMs): readonly Family[] {
  const { phase, listeners, counts, inDoubt, oldest, ledger, spool, history } = status;
  const free = spool.is === "sick" ? [] : single(spool.freeBytes);
  const behind = history.is === "off" ? [] : single(history.behind);
  return [
    gauge("fairlead_phase", "What the node is doing.", oneOf("phase", ["starting", "running", "draining"], phase)),
    gauge("fairlead_listeners", "Addresses where mail is taken.", single(listeners.length)),
    gauge("fairlead_queue_deliveries", "Deliveries that are not settled, by state.", [
      { labels: { state: "queued" }, value: counts.queued },
      { labels: { state: "held" }, value: counts.held },
    ]),
    gauge("fairlead_queue_in_doubt_deliveries", "Queued deliveries that were sent and not answered.", single(inDoubt)),
    gauge(
      "fairlead_queue_oldest_age_seconds",
      "Age of the queued delivery that was accepted first; 0 when nothing is queued.",
      single(oldest ? Math.max(0, now - oldest.acceptedAt) / 1000 : 0),
    ),
    gauge("fairlead_ledger_balanced", "Whether everything accepted is accounted for by both counts.", single(ledger.balances ? 1 : 0)),
    gauge("fairlead_ledger_drift_lines", "Disagreements between the ledger's two counts.", single(ledger.drift.length)),
    gauge("fairlead_ledger_counted_time_seconds", "When the ledger was last counted, Unix time.", single(ledger.at / 1000)),
    gauge("fairlead_spool_state", "How the spool's disk is.", oneOf("state", ["ok", "full", "sick"], spool.is)),
    gauge("fairlead_spool_free_bytes", "Free space where the spool is; absent while it cannot be known.", free),
    gauge("fairlead_history_state", "Whether history takes what happens.", oneOf("state", ["ok", "stopped", "off"], history.is)),
    gauge("fairlead_history_behind_events", "Events that history has not taken yet.", behind),
  ];
}

async function waitingFamilies(waiting: Gauges["waiting"], clock: Clock): Promise<readonly Family[]> {
  if (waiting === undefined) return [];
  return [...providerFamilies(await within(clock, waiting.providers()), clock.wall()), ...ageFamilies(waiting.ages())];
}

function loginFamilies(failed: number | undefined): readonly Family[] {
  if (failed === undefined) return [];
  return [counter("fairlead_logins_failed_total", "Logins to panel and API that were refused.", single(failed))];
}

/** All pairs, so that a line falls to 0 and does not vanish. */
function overrideFamilies(overrides: ReturnType<NonNullable<Gauges["overrides"]>> | undefined): readonly Family[] {
  if (overrides === undefined) return [];
  const count = (by: "person" | "program", change: OverrideChange["is"]): number =>
    overrides.filter((one) => (one.by.kind === "operator" ? "person" : "program") === by && one.change.is === change).length;
  const samples = (["person", "program"] as const).flatMap((by) =>
    (["limit", "pause", "reroute"] as const).map((change): Sample => ({ labels: { by, change }, value: count(by, change) })),
  );
  return [gauge("fairlead_overrides", "Decisions about limits in force, by who made them and what they change.", samples)];
}

function lookUpFamilies(counts: ResolverCounts | undefined): readonly Family[] {
  if (counts === undefined) return [];
  const { asked, remembered, cacheEntries, underWay } = counts;
  return [
    counter("fairlead_lookups_total", "Questions asked of name servers, by what came of them.", by("answer", asked)),
    counter("fairlead_lookups_remembered_total", "Look-ups answered from memory; stale: while no server answered.", by("as", remembered)),
    gauge("fairlead_lookups_under_way", "Questions that wait for a name server's answer.", single(underWay)),
    gauge("fairlead_lookup_cache_entries", "Answers of name servers that are remembered.", single(cacheEntries)),
  ];
}

function tlsFamilies(counts: ReturnType<NonNullable<Gauges["tls"]>> | undefined): readonly Family[] {
  if (counts === undefined) return [];
  const { sessions, reports } = counts;
  return [
    counter("fairlead_tls_sessions_total", "TLS sessions with mail hosts, by what came of them (RFC 8460).", by("outcome", sessions)),
    counter("fairlead_tls_reports_total", "Reports to domains on the TLS of mail to them, by what became of them.", by("result", reports)),
  ];
}

function by(label: string, numbers: Readonly<Record<string, number>>): readonly Sample[] {
  return Object.entries(numbers).map(([name, value]) => ({ labels: { [label]: name }, value }));
}

function certificateFamilies(until: WallMs | undefined): readonly Family[] {
  if (until === undefined) return [];
  return [
    gauge("fairlead_certificate_end_time_seconds", "When the certificate that listeners show ends, Unix time.", single(until / 1000)),
  ];
}

function processFamilies(gauges: Gauges): readonly Family[] {
  const { p50, p99, most } = gauges.loop();
  const cpu = gauges.cpuSeconds?.();
  return [
    gauge(
      "fairlead_memory_bytes",
      "Memory by role.",
      gauges.memory().map(({ role, bytes }) => ({ labels: { role }, value: bytes })),
    ),
    ...(cpu === undefined
      ? []
      : [counter("fairlead_cpu_seconds_total", "Processor time used since the start, all threads together.", single(cpu))]),
    gauge("fairlead_event_loop_delay_seconds", "How late the main thread came to its work lately.", [
      { labels: { of: "p50" }, value: p50 },
      { labels: { of: "p99" }, value: p99 },
      { labels: { of: "max" }, value: most },
    ]),
  ];
}

function webhookFamilies(gauges: Gauges): readonly Family[] {
  const hooks = gauges.webhooks();
  return [
    gauge(
      "fairlead_webhooks",
      "Webhooks by state.",
      (["ok", "retrying", "stopped"] as const).map((state) => ({
        labels: { state },
        value: hooks.filter(({ is }) => is === state).length,
      })),
    ),
    gauge(
      "fairlead_webhook_behind_events",
      "Events that a webhook's receiver has not taken yet.",
      hooks.slice(0, WEBHOOKS_MOST).map(({ name, behind }) => ({ labels: { webhook: name }, value: behind })),
    ),
  ];
}

/** @throws when the answer takes too long. */
async function within<T>(clock: Clock, asked: Promise<T>): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const cancel = clock.after(ASK_MS, () => reject(new Error(`no answer within ${ASK_MS} ms`)));
    asked.then(resolve, reject).finally(cancel);
  });
}
