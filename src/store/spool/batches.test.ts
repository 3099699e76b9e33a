/** What the spool writes together, and what a fault, a bound or a stop makes of it: all of it, or nothing, and nothing of others. On a store in memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { DELIVERED, delivered, dueKeys, HOUR, handClock, keepsBalance, NOON, refOf, SITE, submission } from "./specimens.ts";
import { MemoryStore, openSpool, type Spool } from "./spool.ts";

async function inMemory(store = new MemoryStore(), clock = handClock()): Promise<Spool> {
  return await openSpool({ where: { memory: store }, clock, log: silentLog });
}

test("a message whose staged parts are not all there is refused, and only it", async () => {
  const spool = await inMemory();
  const holed = submission({ parts: 2 });
  await spool.stage(holed.envelope.key, 1, new Uint8Array(10));
  const good = submission();
  const [first, second] = await Promise.allSettled([spool.append(holed), spool.append(good)]);
  assert.equal(first.status, "rejected");
  assert.equal(second.status, "fulfilled");
  assert.deepEqual(await dueKeys(spool), [good.envelope.key]);
  await keepsBalance(spool);
});

test("a report enters with the changes that caused it, or not at all", async () => {
  const spool = await inMemory();
  const mail = submission();
  await spool.append(mail);
  const ref = refOf(mail);
  const late = submission({ from: "" });
  assert.deepEqual(await spool.apply([delivered(ref, 7)], "durable", late), ["stale"]);
  assert.equal(await spool.message(late.envelope.key), undefined);
  const report = submission({ from: "" });
  const bounced = {
    ref,
    version: 0,
    to: "bounced",
    event: { kind: "bounced", why: "no such user", dsn: "sent", by: { kind: "dispatch", id: "x" } },
  } as const;
  assert.deepEqual(await spool.apply([bounced], "durable", report), ["ok"]);
  assert.ok(await spool.message(report.envelope.key));
  await keepsBalance(spool);
});

test("soon is committed within 50 ms, or with the next durable call", async () => {
  const clock = handClock();
  const spool = await inMemory(new MemoryStore(), clock);
  const mail = submission({ to: ["bob@example.net", "eve@example.net"] });
  await spool.append(mail);
  const first = spool.apply([delivered(refOf(mail, 0))], "soon");
  assert.equal(await spool.count({}), 2);
  clock.move(50);
  assert.deepEqual(await first, ["ok"]);
  const second = spool.apply([delivered(refOf(mail, 1))], "soon");
  await spool.append(submission());
  assert.deepEqual(await second, ["ok"]);
});

test("what is given back in a batch that fails is given back all the same", async () => {
  const store = new MemoryStore();
  const spool = await inMemory(store);
  const mail = submission({ leased: true });
  await spool.append(mail);
  store.failNextBatch("SPOOL_IO");
  const refused = spool.append(submission());
  spool.giveBack([refOf(mail)]);
  await assert.rejects(refused, { code: "SPOOL_IO" });
  assert.deepEqual(await dueKeys(spool), [mail.envelope.key]);
});

test("events have dense numbers, and a batch that failed leaves no gap", async () => {
  const store = new MemoryStore();
  const spool = await inMemory(store);
  await spool.append(submission());
  store.failNextBatch("SPOOL_IO");
  await assert.rejects(spool.append(submission()), { code: "SPOOL_IO" });
  const twice = submission();
  await spool.append(twice);
  await assert.rejects(spool.append(twice), { code: "SPOOL_IO" }, "a key is given once");
  spool.record({ at: NOON, body: { kind: "alarm", code: "X", text: "odd" } });
  await spool.append(submission());
  const events = await spool.eventsAfter(0, 100);
  assert.deepEqual(
    events.map((event) => event.seq),
    [1, 2, 3, 4],
  );
  assert.deepEqual(
    (await spool.eventsAfter(2, 1)).map((event) => event.seq),
    [3],
  );
  await keepsBalance(spool);
});

test("a batch that the disk refuses is refused to each of its callers with the disk's reason", async () => {
  const store = new MemoryStore();
  const spool = await inMemory(store);
  store.failNextBatch("SPOOL_FULL");
  const both = await Promise.allSettled([spool.append(submission()), spool.append(submission())]);
  assert.deepEqual(
    both.map((one) => one.status === "rejected" && one.reason.code),
    ["SPOOL_FULL", "SPOOL_FULL"],
  );
  assert.equal(await spool.count({}), 0);
});

test("an operation that cannot be written is refused alone, not with its whole batch", async () => {
  const spool = await inMemory();
  const wrong = submission();
  Object.assign(wrong.envelope, { mailFrom: undefined });
  const good = submission();
  const waiting = submission();
  await spool.append(waiting);
  const all = await Promise.allSettled([spool.append(wrong), spool.append(good), spool.apply([delivered(refOf(waiting))], "durable")]);
  assert.deepEqual(
    all.map((one) => one.status),
    ["rejected", "fulfilled", "fulfilled"],
  );
  assert.deepEqual(await dueKeys(spool), [good.envelope.key]);
  await keepsBalance(spool);
});

test("records waiting to be written are bounded: the oldest go", async () => {
  const store = new MemoryStore();
  const spool = await inMemory(store);
  for (let i = 1; i <= 10_500; i++) spool.record({ at: i as WallMs, body: { kind: "alarm", code: "N", text: String(i) } });
  await spool[Symbol.asyncDispose]();
  const [first] = await (await inMemory(store)).eventsAfter(0, 1);
  assert.equal(first?.at, 501);
});

test("old events are pruned when there are too many, the newest never", async () => {
  const store = new MemoryStore();
  const spool = await openSpool({ where: { memory: store }, clock: handClock(), log: silentLog, keepEvents: { ms: HOUR, rows: 50 } });
  for (let i = 0; i < 120; i++) {
    const mail = submission();
    await spool.append(mail);
    await spool.apply([delivered(refOf(mail))], "durable");
  }
  const kept = await spool.eventsAfter(0, 1000);
  assert.ok(kept.length >= 50 && kept.length <= 53, `${kept.length} kept`);
  assert.equal(kept.at(-1)?.seq, 240);
  await keepsBalance(spool);
});

test("a spool knows after an orderly stop that it was one, what waits in it, and its last key", async () => {
  const store = new MemoryStore();
  const spool = await inMemory(store);
  const mail = submission();
  await spool.append(mail);
  await spool.append(submission({ first: [{ state: "held", site: SITE, why: "x" }] }));
  await spool.apply([delivered(refOf(mail))], "durable");
  const last = submission();
  await spool.append(last);
  await spool[Symbol.asyncDispose]();
  await assert.rejects(spool.append(submission()), { code: "SPOOL_CLOSED" });
  const again = await inMemory(store);
  assert.deepEqual(again.opened, { clean: true, queued: 1, held: 1, lastKey: last.envelope.key });
});

test("what was submitted before a stop is written before it", async () => {
  const store = new MemoryStore();
  const spool = await inMemory(store);
  const mail = submission();
  await spool.append(mail);
  const soon = spool.apply([delivered(refOf(mail))], "soon");
  spool.record({ at: NOON, body: DELIVERED });
  await spool[Symbol.asyncDispose]();
  assert.deepEqual(await soon, ["ok"]);
  const again = await inMemory(store);
  assert.equal((await again.eventsAfter(0, 10)).length, 3);
});
