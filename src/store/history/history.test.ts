/** History beside a real spool, on its threads: what the spool records can be found, also after a stop, and mail never waits for it. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type Clock, systemClock, type WallMs } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { keyAt, keySource, type SiteKey, type TenantId } from "../../model/ids.ts";
import { EVERYTHING } from "../../model/view.ts";
import { delivered, held, refOf, submission } from "../spool/specimens.ts";
import { openSpool, type Spool } from "../spool/spool.ts";
import { type History, type HistoryOptions, openHistory } from "./history.ts";

const WITHIN_MS = 60_000;
const nextKey = keySource(systemClock);
let folder = "";
let spool: Spool;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-history-"));
  spool = await openSpool({ where: { folder }, clock: systemClock, log: silentLog, keepFreeBytes: 0 });
});
afterEach(async () => {
  await spool[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function open(more: Partial<HistoryOptions> = {}): History {
  const journal = {
    path: join(folder, "spool.db"),
    onEvents: (listener: () => void) => spool.onEvents(listener),
    flushed: async () => void (await spool.apply([], "durable")),
  };
  return openHistory({ folder: join(folder, "history"), journal, clock: systemClock, log: silentLog, keepFreeBytes: 0, ...more });
}

function mail(to: readonly string[], tenant = "default") {
  return submission({ key: nextKey(), to, tenant, acceptedAt: systemClock.wall() });
}

async function found(history: History): Promise<string[]> {
  const { rows } = await history.search(EVERYTHING, {}, { limit: 100 });
  return rows.map(({ to, state }) => `${to} ${state}`);
}

test("what the spool records is found, and goes on after a stop where it was", async () => {
  const first = mail(["ann@example.net", "bob@example.net"]);
  {
    await using history = open();
    await spool.append(first);
    spool.record({ at: systemClock.wall(), body: { kind: "lane", site: "example.net" as SiteKey, open: false, why: "no answer" } });
    assert.equal(await history.caughtUp(WITHIN_MS), true);
    assert.deepEqual(await found(history), ["ann@example.net queued", "bob@example.net queued"]);
    const lanes = await history.laneEvents("example.net" as SiteKey, 0 as WallMs, (systemClock.wall() + 1) as WallMs, 10);
    assert.equal(lanes.length, 1);
    assert.equal(history.health().is, "ok");
  }
  await spool.apply([delivered(refOf(first, 0)), held(refOf(first, 1), 0)], "durable");
  await using history = open();
  assert.equal(await history.caughtUp(WITHIN_MS), true);
  assert.deepEqual(await found(history), ["ann@example.net delivered", "bob@example.net held"]);
  const record = await history.record(EVERYTHING, first.envelope.key);
  assert.deepEqual(
    record?.events.map(({ body }) => body.kind),
    ["accepted", "delivered", "held"],
  );
  assert.deepEqual(record?.envelope, first.envelope);
  const [day] = await history.days();
  assert.deepEqual([day?.deliveries, day?.broken], [2, false]);
});

/** Resolves once it says that it is; it never says that it is level meanwhile. */
async function stopped(history: History): Promise<void> {
  for (let tries = 0; history.health().is !== "stopped"; tries++) {
    assert.ok(tries < 100, "it does not say so");
    assert.equal(await history.caughtUp(100), false);
  }
}

test("a disk without room stops history and nothing else", async () => {
  await using history = open({ keepFreeBytes: Number.MAX_SAFE_INTEGER });
  await spool.append(mail(["ann@example.net"]));
  await stopped(history);
  assert.deepEqual(await found(history), []);
});

test("what was set aside is part of how it is", async () => {
  mkdirSync(join(folder, "history"));
  writeFileSync(join(folder, "history", "2026-05-20.db.broken-7"), "broken");
  await using history = open();
  assert.equal(await history.caughtUp(WITHIN_MS), true);
  const lost = [{ is: "day", at: 7, day: "2026-05-20", file: "2026-05-20.db.broken-7" }];
  assert.partialDeepStrictEqual(history.health(), { is: "ok", lost });
});

test("a folder that cannot be had stops history and nothing else, and it is tried again", async () => {
  writeFileSync(join(folder, "history"), "a file");
  const hurried: Clock = { ...systemClock, after: (ms, then) => systemClock.after(ms / 100, then) };
  await using history = open({ clock: hurried });
  await spool.append(mail(["ann@example.net"]));
  assert.equal(await history.caughtUp(100 * WITHIN_MS), false);
  assert.match(JSON.stringify(history.health()), /"stopped".*cannot be opened/);
  rmSync(join(folder, "history"));
  // Asked while a thread fails, it hears no; asked before one opens, yes.
  while (!(await history.caughtUp(100 * WITHIN_MS)));
  assert.deepEqual(await found(history), ["ann@example.net queued"]);
});

test("for how long days are kept can change, also while it is stopped", async () => {
  const old = (to: string, daysAgo: number) => submission({ key: keyAt((systemClock.wall() - daysAgo * 86_400_000) as WallMs), to: [to] });
  writeFileSync(join(folder, "history"), "a file");
  const hurried: Clock = { ...systemClock, after: (ms, then) => systemClock.after(ms / 100, then) };
  await using history = open({ clock: hurried });
  assert.equal(await history.caughtUp(100 * WITHIN_MS), false);
  history.retain(1);
  rmSync(join(folder, "history"));
  await spool.append(old("ann@example.net", 5));
  while (!(await history.caughtUp(100 * WITHIN_MS)));
  assert.deepEqual(await found(history), []);
  history.retain(30);
  await spool.append(old("bob@example.net", 4));
  assert.equal(await history.caughtUp(100 * WITHIN_MS), true);
  assert.deepEqual(await found(history), ["bob@example.net queued"]);
});

test("an address that is forgotten is in no row, no event and no search", async () => {
  await using history = open();
  const one = mail(["Ann@Example.net", "bob@example.net"]);
  const other = mail(["ann@example.net"], "other");
  await spool.append(one);
  await spool.append(other);
  await spool.apply([delivered(refOf(one, 0))], "durable");
  assert.equal(await history.caughtUp(WITHIN_MS), true);
  const mine = { sees: "tenant", tenant: "other" as TenantId } as const;
  assert.equal(await history.forget(mine, "ann@example.net"), 1);
  assert.deepEqual((await found(history)).sort(), [
    "Ann@Example.net delivered",
    "bob@example.net queued",
    "removed@removed.invalid queued",
  ]);
  assert.equal(await history.forget(EVERYTHING, "ANN@example.net"), 1);
  assert.equal((await history.search(EVERYTHING, { to: ["ann@example.net"] }, { limit: 10 })).rows.length, 0);
  for (const { envelope } of [one, other])
    assert.doesNotMatch(JSON.stringify(await history.record(EVERYTHING, envelope.key)), /ann@example\.net/i);
  const files = await history.record(EVERYTHING, one.envelope.key);
  assert.equal(files?.envelope.recipients[1]?.address, "bob@example.net");
  await spool.append(mail(["joann@example.net"]));
  assert.equal(await history.caughtUp(WITHIN_MS), true);
  assert.equal(await history.forget(EVERYTHING, "ann@example.net"), 0, "part of another address is another address");
});

test("questions after the end are refused", async () => {
  const history = open();
  await history[Symbol.asyncDispose]();
  await assert.rejects(history.search(EVERYTHING, {}, { limit: 1 }), { code: "HISTORY_CLOSED" });
});
