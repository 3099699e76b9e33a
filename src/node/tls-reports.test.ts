/** Proves that each domain that asks is told once a day, spread over the night, tried again for a day, and never twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { SimClock } from "../../lab/world/sim-clock.ts";
import type { WallMs } from "../base/clock.ts";
import type { Answer } from "../base/resolver.ts";
import { localDialect } from "../store/sql/dialect.ts";
import { openControlDatabase } from "../store/sql/migrations.ts";
import { TLS_RESULT_MIGRATIONS, TlsResults } from "../store/tls-results/tls-results.ts";
import { type HandedOver, type PackedReport, type Reporter, TlsReports } from "./tls-reports.ts";

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 25, 12) as WallMs;
const DAY = Math.floor(NOON / 86_400_000);
const REPORTER: Reporter = { organization: "Sender", contact: "tls@sender.example", submitter: "sender.example", node: "n1" };

interface Night extends AsyncDisposable {
  readonly clock: SimClock;
  readonly results: TlsResults;
  /** Who was told, when, in hours after midnight. */
  readonly told: { readonly domain: string; readonly to: string; readonly hour: number; readonly report: PackedReport }[];
  /** By domain; absent: it has none. */
  readonly records: Map<string, Answer<string>>;
  answer: (place: string) => HandedOver;
  /** Until it is ended. */
  start(reporter?: Reporter): () => void;
  state(domain: string): Promise<string | undefined>;
  seen(domain: string, n?: number): void;
}

async function night(): Promise<Night> {
  const clock = new SimClock(NOON);
  const database = await openControlDatabase(localDialect(":memory:"), [TLS_RESULT_MIGRATIONS]);
  const results = new TlsResults(database, { clock, log: () => {}, node: "n1" });
  const hand = (report: PackedReport, to: string): HandedOver => {
    const answer = made.answer(to);
    const hour = (clock.wall() - (DAY + 1) * 86_400_000) / HOUR;
    if (answer.ok) made.told.push({ domain: report.frame.domain, to, hour, report });
    return answer;
  };
  const made: Night = {
    clock,
    results,
    told: [],
    records: new Map(),
    answer: (place) => ({ ok: true, place }),
    start: (reporter) => {
      const reports = new TlsReports(
        {
          ...{ results, clock, log: () => {} },
          txt: async (name) => made.records.get(name.replace("_smtp._tls.", "")) ?? { status: "nxdomain" },
          mail: async (report, to) => hand(report, to.join(" ")),
          post: async (report, url) => hand(report, url),
        },
        reporter,
      );
      const stop = new AbortController();
      void reports.run(stop.signal);
      return () => stop.abort();
    },
    state: async (domain) => (await results.domain(domain)).find(({ day }) => day === DAY)?.report?.is,
    seen: (domain, n = 1) => {
      for (let i = 0; i < n; i++)
        results.seen({
          ...{ at: clock.wall(), domain, host: `mx.${domain}`, ip: "192.0.2.1" },
          policy: { type: "none", lines: [], mxHosts: [] },
          outcome: i % 3 === 2 ? { is: "starttls-not-supported" } : { is: "success" },
        });
    },
    [Symbol.asyncDispose]: async () => await results[Symbol.asyncDispose](),
  };
  return made;
}

const asks = (...places: readonly string[]): Answer<string> => ({ status: "ok", records: [`v=TLSRPTv1; rua=${places.join(",")}`] });

test("a hundred domains are told within four hours, each once and of its own sessions", async () => {
  await using n = await night();
  for (let i = 0; i < 100; i++) {
    n.records.set(`d${i}.example`, asks(`mailto:tls@d${i}.example`));
    n.seen(`d${i}.example`, 3);
  }
  n.seen("silent.example");
  const stop = n.start(REPORTER);
  await n.clock.runFor(12 * HOUR);
  assert.equal(n.told.length, 0, "told before its day was over");
  await n.clock.runFor(30 * HOUR);
  stop();
  assert.equal(new Set(n.told.map(({ domain }) => domain)).size, 100);
  assert.equal(n.told.length, 100);
  assert.ok(n.told.every(({ hour }) => hour >= 10 / 60 && hour <= 4.1));
  for (let hour = 0; hour < 4; hour++) assert.ok(n.told.filter((one) => Math.floor(one.hour) === hour).length > 5, `hour ${hour}`);
  const { report } = n.told.find(({ domain }) => domain === "d7.example") ?? {};
  const document = JSON.parse(gunzipSync(report?.packed ?? Buffer.alloc(0)).toString()) as { policies: { summary: object }[] };
  assert.deepEqual(document.policies[0]?.summary, { "total-successful-session-count": 2, "total-failure-session-count": 1 });
  assert.equal(await n.state("silent.example"), "unasked");
  assert.equal(await n.state("d7.example"), "sent");
});

test("a place that takes nothing is tried again at growing distances and given up after a day", async () => {
  await using n = await night();
  const tries: number[] = [];
  n.records.set("d.example", asks("https://reports.example/d"));
  n.answer = () => {
    tries.push((n.clock.wall() - (DAY + 1) * 86_400_000) / HOUR);
    return { ok: false, why: "no answer" };
  };
  n.seen("d.example");
  const stop = n.start(REPORTER);
  await n.clock.runFor(60 * HOUR);
  stop();
  const gaps = tries.slice(1).map((at, i) => Math.round(4 * (at - (tries[i] ?? 0))) / 4);
  assert.deepEqual(gaps.slice(0, 4), [0.25, 1, 4, 8]);
  assert.ok((tries.at(-1) ?? 0) < 28);
  const [row] = await n.results.domain("d.example");
  assert.deepEqual([row?.report?.is, row?.report?.why], ["failed", "no answer"]);
});

test("of several places one is enough, and all are tried", async () => {
  await using n = await night();
  n.records.set("d.example", asks("https://dead.example/", "mailto:a@d.example", "mailto:b@d.example"));
  n.answer = (place) => (place.includes("dead") ? { ok: false, why: "no answer" } : { ok: true, place });
  n.seen("d.example");
  const stop = n.start(REPORTER);
  await n.clock.runFor(48 * HOUR);
  stop();
  assert.deepEqual(
    n.told.map(({ to }) => to),
    ["a@d.example b@d.example"],
  );
  const [row] = await n.results.domain("d.example");
  assert.deepEqual(row?.report?.places, ["a@d.example b@d.example"]);
});

test("a look-up that fails is no answer: it is asked again", async () => {
  await using n = await night();
  n.records.set("d.example", { status: "fail", why: "no name server answered" });
  n.seen("d.example");
  const stop = n.start(REPORTER);
  await n.clock.runFor(17 * HOUR);
  assert.equal(await n.state("d.example"), "due");
  n.records.set("d.example", asks("mailto:a@d.example"));
  await n.clock.runFor(12 * HOUR);
  stop();
  assert.equal(await n.state("d.example"), "sent");
});

test("restarts at any moment tell nobody twice and forget nobody", async () => {
  await using n = await night();
  for (let i = 0; i < 30; i++) {
    n.records.set(`d${i}.example`, asks(`mailto:tls@d${i}.example`));
    n.seen(`d${i}.example`);
  }
  for (let hours = 0; hours < 36; hours++) {
    const stop = n.start(REPORTER);
    await n.clock.runFor(50 * 60_000);
    stop();
    await n.clock.runFor(10 * 60_000);
  }
  assert.equal(n.told.length, 30);
});

test("a node that was off for the night tells in the morning; one that was off for days does not", async () => {
  for (const [off, told] of [
    [30 * HOUR, 1],
    [80 * HOUR, 0],
  ] as const) {
    await using n = await night();
    n.records.set("d.example", asks("mailto:a@d.example"));
    n.seen("d.example");
    await n.clock.runFor(off);
    const stop = n.start(REPORTER);
    await n.clock.runFor(HOUR);
    stop();
    assert.equal(n.told.length, told);
  }
});

test("without a reporter sessions are counted and nobody is told", async () => {
  await using n = await night();
  n.records.set("d.example", asks("mailto:a@d.example"));
  n.seen("d.example");
  const stop = n.start();
  await n.clock.runFor(48 * HOUR);
  assert.equal((await n.results.days())[0]?.succeeded, 1);
  await n.clock.runFor(10 * 24 * HOUR);
  stop();
  assert.equal(n.told.length, 0);
  assert.deepEqual(await n.results.days(), [], "old days are forgotten all the same");
});
