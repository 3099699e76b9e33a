/** Proves that sessions are counted by day and way of failing, within bounds, and that a domain's day is reported once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SimClock } from "../../../lab/world/sim-clock.ts";
import type { WallMs } from "../../base/clock.ts";
import type { TlsSession } from "../../model/tls-session.ts";
import { onBothEngines } from "../sql/both-engines.ts";
import { localDialect } from "../sql/dialect.ts";
import { type ControlDatabase, openControlDatabase } from "../sql/migrations.ts";
import { Pending } from "./pending.ts";
import { DAY_MS, TLS_RESULT_MIGRATIONS, TlsResults, type TlsResultsPorts } from "./tls-results.ts";

const START = Date.UTC(2026, 10, 25, 12) as WallMs;
const DAY = Math.floor(START / DAY_MS);
const PARTS = [TLS_RESULT_MIGRATIONS];

function opened(database: ControlDatabase, more: Partial<TlsResultsPorts> = {}): TlsResults {
  return new TlsResults(database, { clock: new SimClock(START), log: () => {}, node: "relay", ...more });
}

function session(domain: string, outcome: TlsSession["outcome"]["is"] = "success", more: Partial<TlsSession> = {}): TlsSession {
  return {
    ...{ at: START, domain, host: `mx.${domain}`, ip: "192.0.2.1", localIp: "198.51.100.7" },
    policy: { type: "none", lines: [], mxHosts: [] },
    outcome: { is: outcome },
    ...more,
  };
}

onBothEngines("sessions add up over writes, by policy and way of failing", PARTS, async (database) => {
  await using results = opened(database);
  const sts = { type: "sts", lines: ["version: STSv1", "mode: enforce"], mxHosts: ["*.example.org"] } as const;
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 3; i++) results.seen(session("example.org"));
    results.seen(session("example.org", "certificate-expired", { policy: sts }));
    results.seen(session("example.org", "certificate-expired", { policy: sts, ip: "192.0.2.2" }));
    results.seen(session("example.net", "starttls-not-supported"));
    await results.write();
  }
  const { policies } = await results.results(DAY, "example.org");
  assert.deepEqual(
    policies.map(({ type, lines, mxHosts, succeeded, failed }) => ({ type, lines, mxHosts, succeeded, failed })),
    [
      { type: "none", lines: [], mxHosts: [], succeeded: 6, failed: 0 },
      { ...sts, succeeded: 0, failed: 4 },
    ],
  );
  const failures = policies.flatMap((one) => one.failures).sort((a, b) => ((a.ip ?? "") < (b.ip ?? "") ? -1 : 1));
  const failure = { result: "certificate-expired", host: "mx.example.org", localIp: "198.51.100.7", sessions: 2 };
  assert.deepEqual(failures, [
    { ...failure, ip: "192.0.2.1" },
    { ...failure, ip: "192.0.2.2" },
  ]);
  const reports = { sent: 0, unasked: 0, failed: 0, waiting: 0 };
  assert.deepEqual(await results.days(), [{ day: DAY, succeeded: 6, failed: 6, domains: 2, beyond: 0, reports }]);
  const page = await results.domains({ day: DAY, failedOnly: false, limit: 10 });
  assert.deepEqual(page, [
    { day: DAY, domain: "example.net", succeeded: 0, failed: 2 },
    { day: DAY, domain: "example.org", succeeded: 6, failed: 4 },
  ]);
  assert.deepEqual(await results.domains({ day: DAY, failedOnly: true, after: "example.net", limit: 10 }), page.slice(1));
  assert.deepEqual(await results.domain("example.org"), page.slice(1));
});

onBothEngines("two days stay apart, and days older than a week are forgotten", PARTS, async (database) => {
  await using results = opened(database);
  results.seen(session("example.org"));
  results.seen(session("example.org", "success", { at: (START + DAY_MS) as WallMs }));
  await results.write();
  assert.equal((await results.reports.plan(DAY, () => START)) && (await results.days()).length, 2);
  await results.forget((START + 8 * DAY_MS) as WallMs);
  assert.deepEqual(
    (await results.days()).map(({ day }) => day),
    [DAY + 1],
  );
  assert.deepEqual((await results.results(DAY, "example.org")).policies, []);
  assert.deepEqual(await results.reports.due(START, 10), []);
});

onBothEngines("beyond its bounds a day has sums only, and many ways to fail are told by their result", PARTS, async (database) => {
  await using results = opened(database, { bounds: { domains: 2, policies: 2, failures: 3 } });
  const policy = (n: number) => ({ policy: { type: "sts", lines: [`id ${n}`], mxHosts: [] } }) as const;
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 4; n++) results.seen(session(`d${n}.example`));
    for (let n = 0; n < 4; n++) results.seen(session("d0.example", "success", policy(n)));
    for (let n = 0; n < 6; n++) results.seen(session("d1.example", "tlsa-invalid", { ip: `192.0.2.${n}` }));
    await results.write();
  }
  const [day] = await results.days();
  assert.deepEqual([day?.succeeded, day?.failed, day?.domains, day?.beyond], [16, 12, 2, 4 + 6]);
  const { policies } = await results.results(DAY, "d1.example");
  assert.deepEqual(policies[0]?.failures[0], { result: "tlsa-invalid", sessions: 6 });
  assert.equal(policies[0]?.failures.length, 4);
  assert.equal(policies[0]?.failed, 12);
});

onBothEngines(
  "a domain's day is due, begun and settled once, and what was on its way when the program ended is not sent again",
  PARTS,
  async (database) => {
    const results = opened(database);
    for (const domain of ["a.example", "b.example", "c.example"]) results.seen(session(domain));
    await results.write();
    const { reports } = results;
    assert.deepEqual(await reports.unplanned(DAY - 1, DAY + 1), [DAY]);
    const later = (START + 1000) as WallMs;
    assert.equal(await reports.plan(DAY, (domain) => (domain === "c.example" ? later : START)), true);
    assert.deepEqual(await reports.unplanned(DAY - 1, DAY + 1), []);
    const due = await reports.due(START, 10);
    assert.deepEqual(due.map(({ domain }) => domain).sort(), ["a.example", "b.example"]);
    assert.equal(await reports.nextDueAt(), START);
    const [a, b] = due;
    assert.ok(a && b);
    assert.equal(await reports.begin(a), true);
    assert.equal(await reports.begin(a), false, "begun twice");
    assert.equal(await reports.begin(b), true);
    await reports.settle(b, { is: "due", at: later, why: "no answer" }, START);
    await results[Symbol.asyncDispose]();

    const again = opened(database).reports;
    await again.settleInterrupted(later);
    assert.deepEqual((await again.due(later, 10)).map(({ domain, attempts }) => [domain, attempts]).sort(), [
      ["b.example", 1],
      ["c.example", 0],
    ]);
    await again.settle(b, { is: "sent", places: ["tls@b.example"] }, later);
    const page = await opened(database).domains({ day: DAY, failedOnly: false, limit: 10 });
    assert.deepEqual(
      page.map(({ report }) => report?.is),
      ["failed", "sent", "due"],
    );
    assert.deepEqual(page[1]?.report, { is: "sent", at: later, attempts: 1, places: ["tls@b.example"] });
    assert.match(page[0]?.report?.why ?? "", /may have arrived/);
  },
);

onBothEngines("a domain that is first counted after its day was planned is planned too", PARTS, async (database) => {
  await using results = opened(database);
  results.seen(session("a.example"));
  await results.write();
  await results.reports.plan(DAY, () => START);
  results.seen(session("a.example"));
  await results.write();
  assert.deepEqual(await results.reports.unplanned(0, DAY + 1), [], "known domains change no plan");
  results.seen(session("b.example"));
  await results.write();
  assert.deepEqual(await results.reports.unplanned(0, DAY + 1), [DAY]);
  await results.reports.plan(DAY, () => START);
  assert.deepEqual((await results.reports.due(START, 10)).map(({ domain }) => domain).sort(), ["a.example", "b.example"]);
});

test("many domains are planned some at a time", async () => {
  await using database = await openControlDatabase(localDialect(":memory:"), PARTS);
  await using results = opened(database);
  for (let n = 0; n < 1200; n++) results.seen(session(`d${n}.example`));
  await results.write();
  const done: boolean[] = [];
  do done.push(await results.reports.plan(DAY, () => START));
  while (done.at(-1) === false);
  assert.deepEqual(done, [false, false, true]);
  assert.equal((await results.reports.due(START, 5000)).length, 1200);
});

test("a write follows the first session within seconds, and none follows silence", async () => {
  await using database = await openControlDatabase(localDialect(":memory:"), PARTS);
  const clock = new SimClock(START);
  await using results = opened(database, { clock });
  results.seen(session("example.org"));
  assert.deepEqual(await results.days(), []);
  await clock.runFor(6_000);
  assert.equal((await results.days())[0]?.succeeded, 1);
});

test("what cannot be written now is written later, once", async () => {
  const database = await openControlDatabase(localDialect(":memory:"), PARTS);
  const tables = database.tables<{ tls_day: object }>();
  await using results = opened(database);
  await tables.schema.alterTable("tls_day").renameTo("away").execute();
  results.seen(session("example.org"));
  await assert.rejects(results.write());
  results.seen(session("example.org"));
  await assert.rejects(results.write());
  await tables.schema.alterTable("away").renameTo("tls_day").execute();
  await results.write();
  const [day] = await results.days();
  assert.equal(day?.succeeded, 2);
  assert.equal((await results.results(DAY, "example.org")).policies[0]?.succeeded, 2);
});

test("memory is bounded: what finds no room is in the day's sums", () => {
  const pending = new Pending(3);
  for (let n = 0; n < 5; n++) pending.add(session(`d${n}.example`));
  pending.add(session("d0.example", "tlsa-invalid"));
  pending.add(session("d0.example"));
  assert.equal(pending.policies.size, 3);
  assert.deepEqual(pending.days.get(DAY), { succeeded: 6, failed: 1, beyond: 3 });
});

test("what can have no TXT record is in the sums only", () => {
  const pending = new Pending();
  for (const domain of ["[192.0.2.1]", "ümlaut.example", "", `${"x".repeat(250)}.example`]) pending.add(session(domain));
  assert.equal(pending.policies.size, 0);
  assert.equal(pending.days.get(DAY)?.beyond, 4);
});
