/** What history adds to what the spool still knows of a message. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { systemClock, type WallMs } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { keySource, type SiteKey, type TenantId } from "../model/ids.ts";
import { EVERYTHING } from "../model/view.ts";
import { type History, openHistory } from "../store/history/history.ts";
import { deferred, delivered, refOf, submission } from "../store/spool/specimens.ts";
import { openSpool, type Spool } from "../store/spool/spool.ts";
import { messagesInPast, pastOf, withPast } from "./past.ts";

const WITHIN_MS = 60_000;
const nextKey = keySource(systemClock);
const now = (): WallMs => systemClock.wall();
const when = (): Parameters<typeof withPast>[4] => ({ now: now(), siteFor: (domain) => `mx:${domain}` as SiteKey });
const folder = mkdtempSync(join(tmpdir(), "fairlead-past-"));
const waits = submission({ key: nextKey(), to: ["ann@example.net"], acceptedAt: now() });
const settled = submission({ key: nextKey(), to: ["bob@example.net"], from: "ann@example.net", acceptedAt: now() });
let spool: Spool;
let history: History;

before(async () => {
  spool = await openSpool({ where: { folder }, clock: systemClock, log: silentLog, keepFreeBytes: 0 });
  history = openHistory({
    folder: join(folder, "history"),
    journal: {
      path: join(folder, "spool.db"),
      onEvents: (listener) => spool.onEvents(listener),
      flushed: async () => void (await spool.apply([], "durable")),
    },
    clock: systemClock,
    log: silentLog,
    keepFreeBytes: 0,
  });
  for (const one of [waits, settled]) await spool.append(one);
  spool.record({ at: now(), body: { kind: "lane", site: "mx:example.net" as SiteKey, open: false, why: "no answer" } });
  await spool.apply([deferred(refOf(waits), 0, now() + 60_000), delivered(refOf(settled))], "durable");
  assert.equal(await history.caughtUp(WITHIN_MS), true);
});
after(async () => {
  await history[Symbol.asyncDispose]();
  await spool[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test("what the spool has forgotten is told by history alone", async () => {
  const { key } = settled.envelope;
  const record = await withPast(history, EVERYTHING, key, undefined, when());
  assert.deepEqual(record?.envelope, settled.envelope);
  assert.deepEqual(record?.open, []);
  assert.deepEqual(
    record?.lanes?.map(({ body }) => body.kind),
    ["lane"],
    "that its destination was closed is known also when it has left",
  );
  assert.deepEqual(
    record?.events.map(({ body }) => body.kind),
    ["accepted", "delivered"],
  );
  assert.equal(await withPast(history, { sees: "tenant", tenant: "other" as TenantId }, key, undefined, when()), undefined);
});

test("events that the journal pruned are put before those it has, and lanes tell why it waited", async () => {
  const { key } = waits.envelope;
  const events = (await spool.eventsOf(key)).slice(1);
  const known = { envelope: waits.envelope, open: await spool.find({ messages: [key] }, 10), events };
  const record = await withPast(history, EVERYTHING, key, known, when());
  assert.deepEqual(
    record?.events.map(({ body }) => body.kind),
    ["accepted", "deferred"],
  );
  assert.equal(record?.open.length, 1);
  assert.deepEqual(
    record?.lanes?.map(({ body }) => body.kind),
    ["lane"],
  );
});

test("what the journal has whole is left as it is", async () => {
  const events = await spool.eventsOf(settled.envelope.key);
  const known = { envelope: settled.envelope, open: [], events };
  assert.equal(await withPast(history, EVERYTHING, settled.envelope.key, known, when()), known);
});

test("what the spool knows is told also while history does not answer", async () => {
  const { key } = waits.envelope;
  const known = { envelope: waits.envelope, open: [], events: (await spool.eventsOf(key)).slice(1) };
  const ended = openHistory({
    folder: join(folder, "another"),
    journal: { path: join(folder, "spool.db"), onEvents: () => () => {}, flushed: async () => {} },
    clock: systemClock,
    log: silentLog,
  });
  await ended[Symbol.asyncDispose]();
  assert.equal(await withPast(ended, EVERYTHING, key, known, when()), known);
  await assert.rejects(withPast(ended, EVERYTHING, key, undefined, when()), { code: "HISTORY_CLOSED" });
});

test("messages of an address are those to it and from it, newest first", async () => {
  assert.deepEqual(await messagesInPast(history, EVERYTHING, "Ann@example.net", 10), [settled.envelope.key, waits.envelope.key]);
  assert.deepEqual(await messagesInPast(history, EVERYTHING, "ann@example.net", 1), [settled.envelope.key]);
});

test("the API's port asks history", async () => {
  const past = pastOf(history);
  assert.equal((await past.search(EVERYTHING, { state: ["delivered"] }, { limit: 10 })).rows.length, 1);
  assert.equal((await past.tally(EVERYTHING, {})).byState.queued, 1);
});
