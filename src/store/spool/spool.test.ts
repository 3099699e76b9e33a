/** The contract of the spool, sentence by sentence, on a store in memory: what is kept of a message, and what becomes of its deliveries. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import type { SiteKey, TenantId } from "../../model/ids.ts";
import {
  deferred,
  delivered,
  dueKeys,
  HOUR,
  handClock,
  held,
  keepsBalance,
  NOON,
  refOf,
  released,
  SITE,
  sent,
  submission,
} from "./specimens.ts";
import { MemoryStore, openSpool, PART_BYTES, type Spool } from "./spool.ts";

const LATER = (NOON + HOUR) as WallMs;

async function inMemory(store = new MemoryStore(), clock = handClock()): Promise<Spool> {
  return await openSpool({ where: { memory: store }, clock, log: silentLog });
}

test("a message can be read back, and is gone once all its deliveries are settled", async () => {
  const spool = await inMemory();
  const mail = submission({ to: ["bob@example.net", "eve@example.net"] });
  const key = mail.envelope.key;
  await spool.append(mail);
  const stored = await spool.message(key);
  assert.deepEqual(stored, { envelope: mail.envelope, prelude: new Uint8Array(mail.prelude), parts: 1 });
  assert.equal(Buffer.from(await spool.part(key, 0)).toString(), "Subject: hello\r\n\r\nhello\r\n");

  assert.deepEqual(await spool.apply([delivered(refOf(mail, 0))], "durable"), ["ok"]);
  assert.ok(await spool.message(key));
  assert.deepEqual(await spool.apply([delivered(refOf(mail, 1))], "durable"), ["ok"]);
  assert.equal(await spool.message(key), undefined);
  await assert.rejects(spool.part(key, 0), { code: "SPOOL_CORRUPT" });
  await keepsBalance(spool);
});

test("content above a part's size comes back in parts, inline or staged", async () => {
  const spool = await inMemory();
  const content = new Uint8Array(2 * PART_BYTES + 77).map((_, i) => i * 7);
  const inline = submission({ content });
  await spool.append(inline);
  const staged = submission({ content, parts: 3 });
  for (const part of [1, 0, 2]) await spool.stage(staged.envelope.key, part, content.subarray(part * PART_BYTES, (part + 1) * PART_BYTES));
  await spool.append(staged);
  for (const { envelope } of [inline, staged]) {
    assert.equal((await spool.message(envelope.key))?.parts, 3);
    const parts = [await spool.part(envelope.key, 0), await spool.part(envelope.key, 1), await spool.part(envelope.key, 2)];
    assert.ok(Buffer.concat(parts).equals(content));
  }
});

test("a part that does not match its checksum is refused", async () => {
  const store = new MemoryStore();
  const spool = await inMemory(store);
  const mail = submission();
  await spool.append(mail);
  store.db.exec("update message set content = x'00'");
  await assert.rejects(spool.part(mail.envelope.key, 0), { code: "SPOOL_CORRUPT" });
});

test("of two changes that saw the same version, the second is stale and writes nothing", async () => {
  const spool = await inMemory();
  const mail = submission();
  await spool.append(mail);
  const ref = refOf(mail);
  assert.deepEqual(await spool.apply([deferred(ref, 0, LATER), held(ref, 0)], "durable"), ["ok", "stale"]);
  assert.deepEqual(await spool.apply([delivered(ref, 1), delivered(ref, 2)], "durable"), ["ok", "stale"]);
  assert.deepEqual(
    (await spool.eventsOf(ref.message)).map((event) => event.body.kind),
    ["accepted", "deferred", "delivered"],
  );
  await keepsBalance(spool);
});

test("a sent delivery stays queued and in doubt until its next change, also over a crash", async () => {
  const store = new MemoryStore();
  let spool = await inMemory(store);
  const mail = submission();
  await spool.append(mail);
  await spool.due(SITE, NOON, 10, 10);
  await spool.apply([sent(refOf(mail))], "durable");
  assert.deepEqual(await dueKeys(spool), [], "the lease outlives sent");
  store.crash();
  spool = await inMemory(store);
  assert.equal(spool.opened.clean, false);
  const [again] = (await spool.due(SITE, NOON, 10, 10)).deliveries;
  assert.equal(again?.sentAt, NOON);
  assert.equal(again?.lastHost, "mx.example.net");
  assert.equal(again?.version, 1);
  await spool.apply([deferred(refOf(mail), 1, NOON)], "durable");
  const [settled] = (await spool.due(SITE, NOON, 10, 10)).deliveries;
  assert.equal(settled?.sentAt, undefined);
});

test("leased deliveries are in no window until a change or until they are given back", async () => {
  const spool = await inMemory();
  const mail = submission({ leased: true });
  await spool.append(mail);
  assert.deepEqual(await dueKeys(spool), []);
  assert.equal((await spool.due(SITE, NOON, 10, 10)).more, false);
  spool.giveBack([refOf(mail)]);
  assert.deepEqual(await dueKeys(spool), [mail.envelope.key]);
  assert.deepEqual(await dueKeys(spool), [], "a window leases what it returns");
  await spool.apply([deferred(refOf(mail), 0, NOON)], "durable");
  assert.deepEqual(await dueKeys(spool), [mail.envelope.key]);
});

test("a window says whether more is due and when the next falls due", async () => {
  const spool = await inMemory();
  for (let i = 0; i < 5; i++) await spool.append(submission({ dueAt: NOON - i }));
  const future = submission({ dueAt: LATER });
  await spool.append(future);
  await spool.append(submission({ dueAt: LATER - 1, leased: true }));
  const first = await spool.due(SITE, NOON, 3, 10);
  assert.deepEqual([first.deliveries.length, first.more, first.nextDueAt], [3, true, LATER]);
  const second = await spool.due(SITE, NOON, 3, 10);
  assert.deepEqual([second.deliveries.length, second.more], [2, false]);
  const empty = await spool.due("elsewhere.example" as SiteKey, NOON, 3, 10);
  assert.deepEqual(empty, { deliveries: [], more: false });
});

test("a flood does not hide the others: few of each sender, senders in turn", async () => {
  const spool = await inMemory();
  await Promise.all(Array.from({ length: 600 }, () => spool.append(submission({ sender: "flood@web1", dueAt: NOON - 9 }))));
  await Promise.all(Array.from({ length: 30 }, (_, i) => spool.append(submission({ sender: `quiet${i}@web1` }))));
  const seen = new Map<string, number>();
  for (let i = 0; i < 4; i++) {
    const window = await spool.due(SITE, NOON, 20, 4);
    const here = new Map<string, number>();
    for (const { sender } of window.deliveries) {
      seen.set(sender, (seen.get(sender) ?? 0) + 1);
      here.set(sender, (here.get(sender) ?? 0) + 1);
    }
    assert.equal(window.more, true);
    assert.ok([...here.values()].every((n) => n <= 4));
  }
  assert.equal(seen.size, 31);
});

test("a delivery that moves to another site is due there", async () => {
  const spool = await inMemory();
  const mail = submission();
  await spool.append(mail);
  await spool.apply([deferred(refOf(mail), 0, NOON, { site: "backup.example" })], "durable");
  assert.deepEqual(await dueKeys(spool), []);
  const there = await spool.due("backup.example" as SiteKey, NOON, 10, 10);
  assert.equal(there.deliveries[0]?.site, "backup.example");
  assert.deepEqual(await spool.sites(), [{ site: "backup.example", queued: 1, nextDueAt: NOON }]);
});

test("first states: held ones wait apart, discarded ones are only remembered", async () => {
  const spool = await inMemory();
  const first = [
    { state: "held", site: SITE, why: "looks odd" },
    { state: "discarded", why: "the recipient is suppressed" },
  ] as const;
  const mail = submission({ to: ["bob@example.net", "eve@example.net"], first });
  await spool.append(mail);
  assert.deepEqual(await dueKeys(spool), []);
  const [bob] = await spool.find({ states: ["held"] }, 10);
  assert.deepEqual([bob?.state, bob?.why, bob?.address], ["held", "looks odd", "bob@example.net"]);
  assert.deepEqual(
    (await spool.eventsOf(mail.envelope.key)).map((event) => [event.body.kind, event.rcpt]),
    [
      ["accepted", undefined],
      ["held", 0],
      ["discarded", 1],
    ],
  );
  const none = submission({ first: [{ state: "discarded", why: "a trap" }] });
  await spool.append(none);
  assert.equal(await spool.message(none.envelope.key), undefined);
  const counts = (await spool.ledger()).byEvents.get("default" as TenantId);
  assert.partialDeepStrictEqual(counts, { accepted: 3, held: 1, discarded: 2, queued: 0 });
  await keepsBalance(spool);
});

test("hold and release keep the action's number; the reason of a hold ends with it", async () => {
  const spool = await inMemory();
  const mail = submission();
  await spool.append(mail);
  const ref = refOf(mail);
  await spool.apply([deferred(ref, 0, LATER, { why: "451 greylisted" })], "durable");
  assert.equal(await spool.count({ reply: "GREYLIST" }), 1);
  await spool.apply([held(ref, 1, "paused by ann", 7)], "durable");
  assert.equal((await spool.find({ action: 7 }, 10))[0]?.why, "paused by ann");
  await spool.apply([released(ref, 2, NOON, 8)], "durable");
  const [free] = await spool.find({ action: 8 }, 10);
  assert.deepEqual([free?.state, free?.why, free?.version], ["queued", undefined, 3]);
  await keepsBalance(spool);
});

test("find answers each condition, in key order, page by page", async () => {
  const spool = await inMemory();
  const a = submission({
    from: "Ann@Customer.example",
    sender: "ann@web2",
    source: "web2",
    to: ["X@Example.NET", "y@other.example"],
    expiresAt: NOON + HOUR,
  });
  const b = submission({ acceptedAt: NOON + 5, site: "other.example" });
  await spool.append(b);
  await spool.append(a);
  const found = async (selector: Parameters<Spool["find"]>[0]): Promise<string[]> =>
    (await spool.find(selector, 10)).map(({ ref }) => `${ref.message === a.envelope.key ? "a" : "b"}${ref.rcpt}`);
  assert.deepEqual(await found({}), ["a0", "a1", "b0"]);
  assert.deepEqual(await found({ messages: [b.envelope.key] }), ["b0"]);
  assert.deepEqual(await found({ refs: [refOf(a, 1), refOf(b)] }), ["a1", "b0"]);
  assert.deepEqual(await found({ sender: a.envelope.sender }), ["a0", "a1"]);
  assert.deepEqual(await found({ mailFrom: "ann@customer.EXAMPLE" }), ["a0", "a1"]);
  assert.deepEqual(await found({ recipient: "x@example.net" }), ["a0"]);
  assert.deepEqual(await found({ recipientDomain: "OTHER.example" }), ["a1"]);
  assert.deepEqual(await found({ source: a.envelope.source, recipientDomain: "example.net" }), ["a0"]);
  assert.deepEqual(await found({ site: "other.example" as SiteKey }), ["b0"]);
  assert.deepEqual(await found({ acceptedBefore: (NOON + 5) as WallMs }), ["a0", "a1"]);
  assert.deepEqual(await found({ states: ["queued"], expiresBefore: (NOON + HOUR + 1) as WallMs }), ["a0", "a1"]);
  assert.deepEqual(await found({ sender: "nobody" as typeof a.envelope.sender }), []);
  assert.deepEqual(await found({ states: [] }), []);
  const [first] = await spool.find({}, 1);
  assert.deepEqual(
    (await spool.find({}, 10, first?.ref)).map(({ ref }) => ref.rcpt),
    [1, 0],
  );
  assert.equal(await spool.count({ mailFrom: "ann@customer.example" }), 2);
  assert.deepEqual(await spool.messagesOf("x@EXAMPLE.net", 5), [a.envelope.key]);
});

test("a settled message is still found by its addresses, newest first", async () => {
  const spool = await inMemory();
  const mails = [
    submission({ to: ["a%b_c@example.net"] }),
    submission({ from: "a%b_c@example.net" }),
    submission({ to: ["axbxc@example.net"] }),
  ];
  for (const mail of mails) await spool.append(mail);
  await spool.apply(
    mails.map((mail) => delivered(refOf(mail))),
    "durable",
  );
  assert.deepEqual(await spool.messagesOf("A%B_C@example.net", 5), [mails[1]?.envelope.key, mails[0]?.envelope.key]);
  assert.deepEqual(await spool.messagesOf("A%B_C@example.net", 1), [mails[1]?.envelope.key]);
});
