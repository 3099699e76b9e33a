/** Prometheus' own tool reads the rules and the dashboard's questions, and says of each alert when it fires and when not. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { parse, stringify } from "yaml";
import { needs } from "../debian.ts";

const ROOT = join(import.meta.dirname, "../..");
const RULES = join(ROOT, "dist/prometheus/fairlead.rules.yml");
const skip = needs("prometheus");
const folder = mkdtempSync(join(tmpdir(), "fairlead-prometheus-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function promtool(...args: readonly string[]): { readonly ok: boolean; readonly said: string } {
  const run = spawnSync("promtool", args, { encoding: "utf8" });
  return { ok: run.status === 0, said: `${run.stdout}${run.stderr}` };
}

function written(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, stringify(content, { lineWidth: 0 }));
  return path;
}

test("the rules are rules", { skip }, () => {
  const { ok, said } = promtool("check", "rules", RULES);
  assert.ok(ok, said);
  assert.match(said, /\d+ rules found/);
});

test("what the dashboard asks can be answered", { skip }, () => {
  const { panels } = JSON.parse(readFileSync(join(ROOT, "dist/grafana/fairlead.json"), "utf8")) as {
    readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
  };
  const asked = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const rules = asked.map((expr, n) => ({
    record: `asked_${n}`,
    expr: expr.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*"),
  }));
  assert.ok(rules.length > 30);
  const { ok, said } = promtool("check", "rules", written("asked.yml", { groups: [{ name: "dashboard", rules }] }));
  assert.ok(ok, said);
  const wrong = written("wrong.yml", { groups: [{ name: "wrong", rules: [{ record: "wrong", expr: "sum by (a (b)" }] }] });
  assert.ok(!promtool("check", "rules", wrong).ok, "it would say so");
});

/** Series by name with their values a minute, for three hours. */
type Series = Readonly<Record<string, string>>;
const MINUTES = 180;
const still = (value: number): string => `${value}x${MINUTES}`;
const growing = (each: number): string => `0+${each}x${MINUTES}`;
/** The first value for two and a quarter hours, then the second. */
const lately = (before: number, now: number): string => `${before}x135 ${now}x${MINUTES - 136}`;

const DAY = 86_400;

/** A node where all is well: a thousand deliveries an hour, some put off, a few wrong addresses. */
const CALM: Series = {
  up: still(1),
  'fairlead_scrape_part_missing{part="lanes"}': still(0),
  fairlead_clock_seconds: "1000000+60x180",
  fairlead_listeners: still(3),
  'fairlead_phase{phase="running"}': still(1),
  'fairlead_queue_deliveries{state="queued"}': still(1200),
  'fairlead_queue_older_deliveries{than_seconds="14400"}': still(40),
  fairlead_queue_overdue_seconds: still(2),
  fairlead_lane_closed_longest_seconds: still(900),
  fairlead_ledger_balanced: still(1),
  fairlead_ledger_counted_time_seconds: "999950+60x180",
  fairlead_spool_free_bytes: still(60e9),
  'fairlead_spool_state{state="full"}': still(0),
  'fairlead_spool_state{state="sick"}': still(0),
  'fairlead_acceptance_duration_seconds_bucket{le="0.01"}': growing(15),
  'fairlead_acceptance_duration_seconds_bucket{le="2.5"}': growing(15),
  'fairlead_acceptance_duration_seconds_bucket{le="+Inf"}': growing(15),
  'fairlead_history_state{state="stopped"}': still(0),
  fairlead_history_behind_events: still(100),
  'fairlead_attempts_total{provider="google",answer="ok",class="none"}': growing(15),
  'fairlead_attempts_total{provider="google",answer="later",class="rate"}': growing(2),
  'fairlead_attempts_total{provider="google",answer="later",class="grey"}': growing(20),
  'fairlead_attempts_total{provider="google",answer="no",class="badrcpt"}': growing(1),
  'fairlead_attempts_total{provider="google",answer="no",class="content"}': growing(0),
  'fairlead_returned_total{what="complaint"}': growing(0),
  'fairlead_webhooks{state="stopped"}': still(0),
  'fairlead_webhook_behind_events{webhook="billing"}': still(3),
  fairlead_certificate_end_time_seconds: `${1_000_000 + 60 * DAY}x${MINUTES}`,
  fairlead_logins_failed_total: growing(1),
  'fairlead_event_loop_delay_seconds{of="p99"}': still(0.004),
  'fairlead_alarms_total{code="corrupt"}': still(0),
};

/** What makes each alert fire, and no other. */
const TROUBLES: Readonly<Record<string, Series>> = {
  FairleadDown: { up: still(0) },
  FairleadScrapeIncomplete: { 'fairlead_scrape_part_missing{part="lanes"}': still(1) },
  FairleadListenerDown: { fairlead_listeners: lately(3, 2) },
  FairleadMailStandsStill: {
    fairlead_queue_overdue_seconds: still(1200),
    ...Object.fromEntries(Object.keys(CALM).flatMap((name) => (name.startsWith("fairlead_attempts_total") ? [[name, still(500)]] : []))),
  },
  FairleadQueueOld: { 'fairlead_queue_older_deliveries{than_seconds="14400"}': still(600) },
  FairleadQueueGrows: { 'fairlead_queue_deliveries{state="queued"}': lately(300, 9000) },
  FairleadLedgerDrift: { fairlead_ledger_balanced: lately(1, 0) },
  FairleadLedgerNotCounted: { fairlead_ledger_counted_time_seconds: still(999_950) },
  FairleadDiskFills: { fairlead_spool_free_bytes: "18000000000-30000000x180" },
  FairleadDiskFull: { 'fairlead_spool_state{state="full"}': still(1) },
  FairleadSpoolSick: { 'fairlead_spool_state{state="sick"}': still(1) },
  FairleadAcceptanceSlow: { 'fairlead_acceptance_duration_seconds_bucket{le="0.01"}': growing(10) },
  FairleadHistoryStopped: { 'fairlead_history_state{state="stopped"}': still(1) },
  FairleadHistoryBehind: { fairlead_history_behind_events: still(200_000) },
  FairleadDestinationClosed: { fairlead_lane_closed_longest_seconds: "0+60x180" },
  FairleadProviderRefuses: { 'fairlead_attempts_total{provider="google",answer="no",class="content"}': growing(8) },
  FairleadProviderPutsOff: { 'fairlead_attempts_total{provider="google",answer="later",class="rate"}': growing(80) },
  FairleadWrongAddresses: { 'fairlead_attempts_total{provider="google",answer="no",class="badrcpt"}': growing(20) },
  FairleadComplaints: { 'fairlead_returned_total{what="complaint"}': growing(1) },
  FairleadWebhookStopped: { 'fairlead_webhooks{state="stopped"}': still(1) },
  FairleadWebhookBehind: { 'fairlead_webhook_behind_events{webhook="billing"}': still(50_000) },
  FairleadCertificateEnds: { fairlead_certificate_end_time_seconds: `${1_000_000 + 9 * DAY}x${MINUTES}` },
  FairleadLoginsFail: { fairlead_logins_failed_total: growing(9) },
  FairleadBusy: { 'fairlead_event_loop_delay_seconds{of="p99"}': still(0.8) },
  FairleadAlarm: { 'fairlead_alarms_total{code="corrupt"}': `0x170 1x${MINUTES - 171}` },
};

function named(series: string): string {
  const node = 'job="fairlead",instance="relay1"';
  return series.endsWith("}") ? series.replace("{", `{${node},`) : `${series}{${node}}`;
}

function situation(name: string, trouble: Series, firing: readonly string[]): unknown {
  return {
    name,
    interval: "1m",
    input_series: Object.entries({ ...CALM, ...trouble }).map(([series, values]) => ({ series: named(series), values })),
    promql_expr_test: [
      {
        expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
        eval_time: `${MINUTES - 3}m`,
        exp_samples: firing.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
      },
    ],
  };
}

/** Every three minutes is often enough for rules that wait for five, and takes a third of the time. */
const EVALUATED = { rule_files: [RULES], evaluation_interval: "3m" };

test("each alert fires for its trouble, alone; none when all is well or nothing happens", { skip }, () => {
  const { groups } = parse(readFileSync(RULES, "utf8")) as {
    readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
  };
  assert.deepEqual(
    Object.keys(TROUBLES),
    groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)),
    "one of each",
  );
  const idle = Object.fromEntries(
    Object.entries(CALM).flatMap(([name, values]) => (/_total|_bucket/.test(name) ? [[name, still(7)]] : [[name, values]])),
  );
  const tests = [
    situation("calm", {}, []),
    situation(
      "idle",
      {
        ...idle,
        'fairlead_queue_deliveries{state="queued"}': still(0),
        'fairlead_queue_older_deliveries{than_seconds="14400"}': still(0),
        fairlead_queue_overdue_seconds: still(0),
      },
      [],
    ),
    ...Object.entries(TROUBLES).map(([alert, trouble]) => situation(alert, trouble, [alert])),
  ];
  const { ok, said } = promtool("test", "rules", written("test.yml", { ...EVALUATED, tests }));
  assert.ok(ok, said);
  const wrong = [situation("wrong", { fairlead_ledger_balanced: still(0) }, [])];
  assert.ok(!promtool("test", "rules", written("wrong-test.yml", { ...EVALUATED, tests: wrong })).ok, "it would say so");
});
