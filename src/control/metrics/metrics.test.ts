/** What Prometheus reads: true to the events that were, in the text format, and bounded whatever strangers send. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SimClock } from "../../../lab/world/sim-clock.ts";
import { needs } from "../../../test/debian.ts";
import type { WallMs } from "../../base/clock.ts";
import type { NewEvent } from "../../model/event.ts";
import { keyAt, type MessageKey } from "../../model/ids.ts";
import { PROVIDERS_MOST, SOURCES_MOST } from "./counters.ts";
import { acceptedAt, attempt, event, OK, STREAM_START, stream } from "./event-stream.ts";
import { exposition } from "./exposition.ts";
import { ASK_MS } from "./gauges.ts";
import { type Gauges, type Metrics, openMetrics } from "./metrics.ts";
import { Names } from "./tally.ts";

const GOLDEN = join(import.meta.dirname, "golden", "exposition.txt");

const calm: Gauges = {
  status: async () => ({
    at: (STREAM_START + 60_000) as WallMs,
    phase: "running",
    listeners: [
      { name: "smtp", address: "192.0.2.1:25" },
      { name: "submission", address: "192.0.2.1:587" },
    ],
    counts: { accepted: 9, queued: 3, held: 1, delivered: 4, relayed: 0, bounced: 1, expired: 0, discarded: 0 },
    inDoubt: 1,
    oldest: { ref: { message: keyAt(STREAM_START), rcpt: 0 }, acceptedAt: STREAM_START, site: "mx:gmail.com" as never },
    ledger: { at: (STREAM_START + 30_000) as WallMs, balances: true, drift: [] },
    spool: { is: "ok", freeBytes: 5e9 },
    history: { is: "ok", behind: 12, at: STREAM_START },
  }),
  lanes: async () => [
    { state: "open", connections: 3, queued: 2, nextDueAt: (STREAM_START + 55_000) as WallMs },
    { state: "closed", connections: 0, queued: 1, since: (STREAM_START - 840_000) as WallMs },
  ],
  sessions: () => 7,
  memory: () => [{ role: "process", bytes: 120e6 }],
  loop: () => ({ p50: 0.0004, p99: 0.003, most: 0.011 }),
  webhooks: () => [
    { name: "billing", is: "ok", behind: 0 },
    { name: 'odd"\\\nname', is: "retrying", behind: 40 },
  ],
  loginsFailed: () => 2,
  cpuSeconds: () => 12.5,
  tls: () => ({ sessions: { success: 120, "certificate-expired": 3 }, reports: { sent: 2, unasked: 9, failed: 1 } }),
  lookUps: () => ({
    asked: { found: 40, nodata: 6, nxdomain: 2, failed: 1 },
    remembered: { fresh: 300, stale: 3 },
    ...{ cacheEntries: 44, cacheOctets: 20_000, underWay: 5 },
  }),
  overrides: () => [
    { by: { kind: "operator", id: "ann" }, change: { is: "pause" } },
    { by: { kind: "dispatch", id: "provider-level" }, change: { is: "pause" } },
    { by: { kind: "dispatch", id: "listed" }, change: { is: "pause" } },
  ],
  waiting: {
    providers: async () => [
      { key: "google", queued: 2, oldestAt: STREAM_START },
      { key: "small.example", queued: 1, oldestAt: (STREAM_START + 30_000) as WallMs, limit: "closed" },
      { key: "other.example", queued: 0 },
    ],
    ages: () => [
      { olderThanMs: 300_000, deliveries: 2 },
      { olderThanMs: 3_600_000, deliveries: 0 },
    ],
  },
  certificateUntil: () => (STREAM_START + 30 * 86_400_000) as WallMs,
};

function counting(gauges: Gauges = calm): { metrics: Metrics; clock: SimClock; say: (events: readonly NewEvent[]) => void } {
  const clock = new SimClock((STREAM_START + 60_000) as WallMs);
  let listener: (events: readonly NewEvent[]) => void = () => {};
  const metrics = openMetrics({
    clock,
    onEvents: (heard) => {
      listener = heard;
      return () => {
        listener = () => {};
      };
    },
    gauges,
    build: { name: "relay1", version: "0.1.0", engine: "26.10.0", startedAt: STREAM_START },
  });
  return { metrics, clock, say: (events) => listener(events) };
}

/** Lines as `name{labels}` → value, the way a scraper reads them. */
function read(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

test("the exposition is as it was", async () => {
  const { metrics, say } = counting();
  say(stream("golden", 60));
  const text = await metrics.text();
  if (process.env["FAIRLEAD_REWRITE"]) writeFileSync(GOLDEN, text);
  assert.equal(text, readFileSync(GOLDEN, "utf8"));
});

test("every line keeps the rules of the text format", async () => {
  const { metrics, say } = counting();
  say(stream("format", 300));
  const text = await metrics.text();
  assert.ok(text.endsWith("\n"));
  const typed = new Map<string, string>();
  const seen = new Set<string>();
  for (const line of text.split("\n").filter((each) => each !== "")) {
    if (line.startsWith("# HELP ")) {
      assert.match(line, /^# HELP [a-z_]+ [A-Z].*\.$/, "help is a sentence");
      continue;
    }
    const type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
    if (type) {
      assert.ok(!typed.has(type[1] ?? ""), `${type[1]} is typed once`);
      typed.set(type[1] ?? "", type[2] ?? "");
      continue;
    }
    const sample = /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?\d[\d.e+-]*|\+Inf)$/.exec(line);
    assert.ok(sample, `not a sample: ${line}`);
    const name = sample[1] ?? "";
    const family = typed.has(name) ? name : name.replace(/_(bucket|sum|count)$/, "");
    assert.ok(typed.has(family), `${name} has a type before it`);
    assert.equal(/_total$/.test(family), typed.get(family) === "counter", `${family}: _total says counter`);
    const series = line.slice(0, line.lastIndexOf(" "));
    assert.ok(!seen.has(series), `told twice: ${series}`);
    seen.add(series);
  }
  assert.ok(typed.size > 30);
});

test("counters are the sums of the events that were", async () => {
  for (const seed of ["a", "b", "c", "d", "e"]) {
    const events = stream(seed, 200);
    const { metrics, say } = counting();
    for (let at = 0; at < events.length; at += 7) say(events.slice(at, at + 7));
    const lines = read(await metrics.text());
    const of = (kind: string): number => events.filter(({ body }) => body.kind === kind).length;
    for (const state of ["delivered", "bounced", "expired", "discarded"])
      assert.equal(lines.get(`fairlead_deliveries_settled_total{state="${state}"}`), of(state), state);
    const accepted = events.reduce((sum, { body }) => sum + (body.kind === "accepted" ? body.envelope.recipients.length : 0), 0);
    assert.equal(lines.get("fairlead_deliveries_accepted_total"), accepted);
    assert.equal(lines.get("fairlead_messages_accepted_total"), of("accepted"));
    assert.equal(lines.get("fairlead_events_total"), events.length);
    const sum = (start: string): number => [...lines].reduce((all, [name, value]) => all + (name.startsWith(start) ? value : 0), 0);
    assert.equal(sum("fairlead_source_deliveries_accepted_total{"), accepted);
    assert.equal(sum("fairlead_attempts_total{"), of("delivered") + of("bounced") + of("deferred"));
    assert.equal(lines.get('fairlead_delivery_duration_seconds_count{state="delivered"}'), of("delivered"));
    assert.equal(lines.get('fairlead_attempt_stage_duration_seconds_count{stage="dot"}'), of("delivered") + of("bounced") + of("deferred"));
    assert.ok((lines.get('fairlead_attempts_total{provider="google",answer="ok",class="none"}') ?? 0) > 0);
  }
});

test("a histogram's buckets grow and end with its count", async () => {
  const { metrics, say } = counting();
  say(stream("buckets", 200));
  const lines = [...read(await metrics.text())].filter(([name]) =>
    name.startsWith('fairlead_delivery_duration_seconds_bucket{state="delivered"'),
  );
  for (const [at, [, value]] of lines.entries()) assert.ok(value >= (lines[at - 1]?.[1] ?? 0));
  assert.match(lines.at(-1)?.[0] ?? "", /le="\+Inf"/);
});

test("a stranger's names do not make it grow", async () => {
  const { metrics, say } = counting();
  for (let n = 0; n < 5_000; n++) {
    const key = (keyAt(STREAM_START) + n) as MessageKey;
    say([
      acceptedAt(STREAM_START, key, "default", [`u@d${n}.example`], `source-${n}`),
      event(STREAM_START, key, { kind: "delivered", attempt: attempt(`mx.d${n}.example`), reply: OK, possiblyTwice: false }),
      { at: STREAM_START, body: { kind: "alarm", code: `code-${n}`, text: "" } },
      { at: STREAM_START, body: { kind: "refused", peer: "192.0.2.9", mailFrom: "", code: `FL-${n}`, reply: { code: 550, text: "" } } },
    ]);
  }
  const lines = read(await metrics.text());
  const named = [...lines.keys()].filter((name) => name.startsWith("fairlead_source_deliveries_accepted_total{"));
  assert.equal(named.length, SOURCES_MOST + 1);
  assert.equal(lines.get('fairlead_source_deliveries_accepted_total{source="other"}'), 5_000 - SOURCES_MOST);
  assert.equal(lines.get('fairlead_attempts_total{provider="other",answer="ok",class="none"}'), 5_000);
  assert.ok(lines.size < 800, `${lines.size} lines`);
});

test("names beyond the last place are other, and those before keep theirs", () => {
  const names = new Names(PROVIDERS_MOST);
  const numbers = Array.from({ length: PROVIDERS_MOST + 9 }, (_, n) => names.of(`p${n}`));
  assert.equal(new Set(numbers).size, PROVIDERS_MOST + 1);
  assert.equal(names.name(numbers.at(-1) ?? -1), "other");
  assert.equal(names.of("p3"), numbers[3]);
});

test("what cannot be asked is missing and named, the rest is told", async () => {
  const { metrics } = counting({ ...calm, status: async () => Promise.reject(new Error("sick")) });
  const lines = read(await metrics.text());
  assert.equal(lines.get('fairlead_scrape_part_missing{part="status"}'), 1);
  assert.equal(lines.get('fairlead_scrape_part_missing{part="lanes"}'), 0);
  assert.equal(lines.get('fairlead_lanes{state="closed"}'), 1);
  assert.ok(!lines.has('fairlead_queue_deliveries{state="queued"}'));
});

test("what does not answer is waited for two seconds", async () => {
  const { metrics, clock } = counting({ ...calm, lanes: () => new Promise(() => {}) });
  const text = metrics.text();
  await clock.runFor(ASK_MS + 1);
  assert.equal(read(await text).get('fairlead_scrape_part_missing{part="lanes"}'), 1);
});

test("scrapes that overlap ask once", async () => {
  let asked = 0;
  const { metrics } = counting({
    ...calm,
    lanes: async () => {
      asked++;
      return [];
    },
  });
  const [first, second] = await Promise.all([metrics.text(), metrics.text()]);
  assert.equal(first, second);
  assert.equal(asked, 1);
});

test("after its end it counts no more", async () => {
  const { metrics, say } = counting();
  metrics[Symbol.dispose]();
  say(stream("late", 5));
  assert.equal(read(await metrics.text()).get("fairlead_events_total"), 0);
});

test("promtool has nothing to say against it", { skip: needs("prometheus") }, async () => {
  const { metrics, say } = counting();
  say(stream("promtool", 100));
  const run = spawnSync("promtool", ["check", "metrics"], { input: await metrics.text(), encoding: "utf8" });
  assert.equal(`${run.stdout}${run.stderr}`, "");
  assert.equal(run.status, 0);
  const wrong = await exposition([{ name: "wrong_counter", help: "Wrong.", type: "counter", samples: [{ labels: {}, value: 1 }] }]);
  assert.notEqual(spawnSync("promtool", ["check", "metrics"], { input: wrong }).status, 0, "it would say so");
});
