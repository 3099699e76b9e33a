/** Webhooks over virtual time: what is told, in which order, and what failing receivers cost. */
import assert from "node:assert/strict";
import { EVERYTHING } from "../../model/view.ts";
import { accepted, answer, inHouse, TAKEN, upTo } from "./hook-house.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

inHouse("what happens is told in order, signed and in one form, from when the webhook was made", async (house) => {
  const { clock, journal, http } = house;
  journal.fill(3);
  await house.addHook("crm");
  await clock.runFor(MINUTE);
  assert.equal(http.got.length, 0, "what was before is not told");
  journal.add(accepted("default"), 4096);
  journal.add({ kind: "alarm", code: "x", text: "y" });
  await clock.runFor(SECOND);
  const [first, ...more] = http.got;
  assert.equal(more.length, 0);
  assert.deepEqual(
    { ...first?.told, events: first?.told.events.map((event) => [event.seq, Object.keys(event)]) },
    {
      ...{ node: "n1", first: 4, last: 5 },
      events: [
        [4, ["seq", "at", "id", "rcpt", "body"]],
        [5, ["seq", "at", "id", "rcpt", "body"]],
      ],
    },
  );
  assert.match(first?.headers["webhook-id"] ?? "", /^msg_[\w-]{24}$/);
  const { url: _, ...record } = await house.record("crm");
  assert.deepEqual(record, {
    ...{ name: "crm", kinds: [], enabled: true, private: false },
    state: { is: "ok", behind: 0, cursor: 5, lastOkAt: first && first.at + http.tookMs },
  });
});

inHouse("a batch has a hundred events at most, and one request follows the other", async (house) => {
  await house.addHook("crm");
  house.journal.fill(1050);
  await house.clock.runFor(10 * SECOND);
  assert.deepEqual(house.http.seqs(), upTo(1050));
  assert.deepEqual(
    house.http.got.map(({ told }) => told.events.length),
    [...Array<number>(10).fill(100), 50],
  );
  assert.equal(house.http.mostOpen, 1);
  assert.deepEqual(house.hooks.standings(), [{ name: "crm", is: "ok", behind: 0 }]);
});

inHouse("what is read before it is heard of leaves no webhook behind for long", async (house) => {
  await house.addHook("crm");
  const behind = (): number | undefined => house.hooks.standings()[0]?.behind;
  house.journal.fill(3);
  assert.equal(behind(), 3);
  await house.clock.runFor(260);
  house.journal.fill(2, "unheard"); // while the first three are on their way
  await house.clock.runFor(50);
  assert.deepEqual(house.http.seqs(), upTo(5));
  house.journal.tell(2);
  await house.clock.runFor(SECOND);
  assert.equal(behind(), 0);
});

inHouse("a batch has 256 KiB at most, and an event that is larger is told without its details", async (house) => {
  await house.addHook("crm");
  for (const length of [100_000, 100_000, 100_000, 300_000, 10])
    house.journal.add({ kind: "alarm", code: "x", text: "é".repeat(length / 2) });
  await house.clock.runFor(SECOND);
  assert.deepEqual(
    house.http.got.map(({ told }) => told.events.map(({ seq }) => seq)),
    [
      [1, 2],
      [3, 4, 5],
    ],
  );
  for (const { bytes } of house.http.got) assert.ok(bytes <= 256 * 1024, `${bytes}`);
  const [, cut] = house.http.got[1]?.told.events ?? [];
  assert.equal(cut?.body?.kind, "alarm");
  assert.ok("cut" in (cut.body ?? {}));
});

inHouse("only the kinds that were asked for are told, and the others do not hold it up", async (house) => {
  await house.addHook("crm", { kinds: ["held", "alarm"] });
  for (let n = 1; n <= 30_000; n++) house.journal.add(n % 10_000 === 0 ? { kind: "alarm", code: "x", text: "" } : { kind: "delay-told" });
  await house.clock.runFor(MINUTE);
  assert.deepEqual(house.http.seqs(), [10_000, 20_000, 30_000]);
  assert.equal((await house.record("crm")).state.behind, 0);
});

inHouse("a tenant's webhook is told of its own messages and of nothing else", async (house) => {
  await house.apply("tenants: {acme: {}, hotel: {}}");
  await house.addHook("acmehook", { tenant: "acme" });
  for (let n = 1; n <= 60; n++) {
    house.journal.add(accepted(n % 3 === 0 ? "acme" : "hotel"), n * 4096);
    house.journal.add({ kind: "alarm", code: "node", text: "of the node" });
  }
  await house.clock.runFor(SECOND);
  assert.deepEqual(
    house.http.seqs(),
    upTo(20).map((n) => n * 6 - 1),
  );
  house.journal.add({ kind: "held", why: "ann thinks it is spam", by: { kind: "operator", id: "ann" } }, 3 * 4096);
  await house.clock.runFor(SECOND);
  const held = house.http.got.at(-1)?.told.events[0];
  assert.equal(held?.body?.kind, "held");
  assert.doesNotMatch(JSON.stringify(held), /ann/, "nor of what the node's people think, and who they are");
  const asked = house.journal.asked.tenant;
  for (let n = 0; n < 2000; n++) house.journal.add(accepted("hotel"), (100 + n) * 4096);
  await house.clock.runFor(SECOND);
  assert.equal(house.journal.asked.tenant, asked, "what is known to be others' is not asked about");
  assert.equal((await house.record("acmehook")).state.behind, 0);
});

inHouse("events that are removed while a tenant's are looked up cost none of those that are left", async (house) => {
  await house.apply("tenants: {acme: {}}");
  await house.addHook("acmehook", { tenant: "acme" });
  await house.hooks.set(EVERYTHING, "acmehook", { enabled: false });
  for (let n = 1; n <= 40; n++) house.journal.add(accepted(n % 2 === 0 ? "acme" : "hotel"), n * 4096);
  const events = house.journal.events.bind(house.journal);
  house.journal.events = async (view, after, limit) => {
    if (view.sees === "tenant") {
      house.journal.events = events;
      house.journal.prune(11);
    }
    return await events(view, after, limit);
  };
  await house.hooks.set(EVERYTHING, "acmehook", { enabled: true });
  await house.clock.runFor(SECOND);
  assert.deepEqual(house.http.seqs(), [-10, ...upTo(15).map((n) => 10 + n * 2)]);
});

inHouse("a receiver that fails is tried again later and later, with the same request", async (house) => {
  const { clock, http, journal } = house;
  await house.addHook("crm");
  http.answers = () => answer(500, "Database\n is down\u0000");
  journal.fill(1);
  await clock.runFor(2 * HOUR);
  journal.fill(5);
  const waits = http.got.slice(1).map(({ at }, n) => (at - (http.got[n]?.at ?? 0) - http.tookMs) / SECOND);
  const full = [5, 10, 20, 40, 80, 160, 320, 640, 900, 900];
  for (const [n, most] of full.entries())
    assert.ok((waits[n] ?? 0) <= most && (waits[n] ?? 0) >= most * 0.79, `${n}: ${waits[n]} of ${most}`);
  assert.equal(new Set(http.got.map(({ headers }) => headers["webhook-id"])).size, 1);
  assert.equal(new Set(http.got.map(({ headers }) => headers["webhook-timestamp"])).size, http.got.length);
  const { state } = await house.record("crm");
  assert.deepEqual([state.is, state.why, state.behind, state.cursor], ["retrying", "it answered 500: Database is down", 6, 0]);
  assert.ok((state.nextTryAt ?? 0) > clock.wall());
  http.answers = () => TAKEN;
  await clock.runFor(HOUR);
  assert.deepEqual(http.seqs().slice(-6), upTo(6));
  assert.equal((await house.record("crm")).state.is, "ok");
  assert.doesNotMatch(
    house.logged.join("\n"),
    /Database|crm\.example|whsec/,
    "logs have neither what it said, nor its address, nor a secret",
  );
});

inHouse("Retry-After is honoured, in both forms and for an hour at most", async (house) => {
  const { clock, http, journal } = house;
  await house.addHook("crm");
  const asks = ["120", new Date(clock.wall() + 20 * MINUTE).toUTCString(), "999999", "soon"];
  http.answers = () => answer(429, "", asks.shift());
  journal.fill(1);
  await clock.runFor(3 * HOUR);
  const waits = http.got.slice(1).map(({ at }, n) => Math.round((at - (http.got[n]?.at ?? 0)) / SECOND));
  assert.ok(waits[0] === 120 && (waits[1] ?? 0) > 17 * 60 && waits[2] === 3600 && (waits[3] ?? 0) <= 40, waits.join());
});

inHouse("after three days of failing it is stopped and told, and enabling it goes on where it was", async (house) => {
  const { clock, http, journal } = house;
  await house.addHook("crm");
  http.answers = () => ({ is: "failed", why: "the connection was refused" });
  journal.fill(2);
  await clock.runFor(71 * HOUR);
  assert.deepEqual(house.alarms, []);
  await clock.runFor(2 * HOUR);
  const stopped = "webhook-stopped: the webhook crm is told nothing any more: it failed for three days; at last the connection was refused";
  assert.deepEqual(house.alarms, [stopped]);
  assert.equal(house.hooks.needs().length, 1);
  const tries = http.got.length;
  await house.restart();
  await clock.runFor(24 * HOUR);
  assert.equal(http.got.length, tries, "also after a restart");
  http.answers = () => TAKEN;
  const set = await house.hooks.set(EVERYTHING, "crm", { enabled: true });
  assert.ok(set.ok && set.webhook.state.is === "ok");
  await clock.runFor(SECOND);
  assert.deepEqual(http.seqs().slice(-2), [1, 2]);
  assert.deepEqual(house.hooks.needs(), []);
});

inHouse("a clock that jumps a week forward gives nobody up", async (house) => {
  await house.addHook("crm");
  house.http.answers = () => answer(500);
  house.journal.fill(1);
  await house.clock.runFor(MINUTE);
  house.clock.stepWall(7 * 24 * HOUR);
  await house.clock.runFor(HOUR);
  assert.equal((await house.record("crm")).state.is, "retrying");
  house.clock.stepWall(-30 * 24 * HOUR);
  const tries = house.http.got.length;
  await house.clock.runFor(HOUR);
  assert.ok(house.http.got.length > tries, "nor does one that is set back make it wait a month");
});

inHouse("410 stops it at once", async (house) => {
  await house.addHook("crm");
  house.http.answers = () => answer(410);
  house.journal.fill(1);
  await house.clock.runFor(24 * HOUR);
  assert.equal(house.http.got.length, 1);
  const { state } = await house.record("crm");
  assert.deepEqual([state.is, state.why], ["stopped", "it answered 410, which means never again"]);
  assert.equal(house.alarms.length, 1);
});

inHouse("a redirect is a failure that says so", async (house) => {
  await house.addHook("crm");
  house.http.answers = () => answer(302);
  house.journal.fill(1);
  await house.clock.runFor(SECOND);
  assert.equal((await house.record("crm")).state.why, "it answered 302, and redirects are not followed");
});

inHouse("a receiver that says nothing costs ten seconds and no more than its own place", async (house) => {
  const { clock, http, journal } = house;
  await house.addHook("mute");
  await house.addHook("crm");
  http.answers = async (post) => {
    if (post.url.includes("mute")) await clock.sleep(HOUR, post.signal);
    return TAKEN;
  };
  journal.fill(1);
  await clock.runFor(SECOND);
  assert.deepEqual(http.seqs("https://crm.example/in"), [1]);
  await clock.runFor(10 * SECOND);
  assert.equal((await house.record("mute")).state.why, "no answer within 10 s");
});

inHouse("four requests are under way at most, and everybody gets a turn", async (house) => {
  const names = upTo(12).map((n) => `hook${n}`);
  for (const name of names) await house.addHook(name);
  house.http.tookMs = 5 * SECOND;
  house.journal.fill(1);
  await house.clock.runFor(16 * SECOND);
  assert.equal(house.http.mostOpen, 4);
  for (const name of names) assert.deepEqual(house.http.seqs(`https://${name}.example/in`), [1], name);
});

inHouse("events that are no longer kept are told as a gap", async (house) => {
  const { clock, http, journal } = house;
  await house.addHook("crm", { kinds: ["held"] });
  await house.addHook("all");
  await clock.runFor(SECOND);
  await house.hooks.set(EVERYTHING, "crm", { enabled: false });
  await house.hooks.set(EVERYTHING, "all", { enabled: false });
  journal.fill(1000);
  journal.prune(900);
  await house.hooks.set(EVERYTHING, "crm", { enabled: true });
  await house.hooks.set(EVERYTHING, "all", { enabled: true });
  await clock.runFor(10 * SECOND);
  assert.deepEqual(
    http.got.filter(({ url }) => url.includes("crm")).map(({ told }) => told),
    [{ node: "n1", first: 1, last: 899, events: [{ gap: { from: 1, to: 899 } }] }],
  );
  assert.deepEqual(http.seqs("https://all.example/in"), [-899, ...upTo(1000, 900)]);
  for (const name of ["crm", "all"]) {
    const { state } = await house.record(name);
    assert.deepEqual([state.is, state.why], ["ok", "events 1 to 899 were no longer kept when it came to them"], name);
  }
});

inHouse("a journal that cannot be read stops nothing for good", async (house) => {
  await house.addHook("crm");
  house.journal.broken = new Error("the spool is away");
  house.journal.fill(2);
  await house.clock.runFor(MINUTE);
  house.journal.broken = undefined;
  await house.clock.runFor(6 * SECOND);
  assert.deepEqual(house.http.seqs(), [1, 2]);
});

inHouse("an older journal than the cursor is of is told from its newest event on", async (house) => {
  await house.addHook("crm");
  house.journal.fill(50);
  await house.clock.runFor(SECOND);
  house.journal.happened.splice(10);
  await house.restart();
  house.journal.fill(2);
  await house.clock.runFor(SECOND);
  assert.deepEqual(house.http.seqs().slice(-2), [11, 12]);
  assert.match(house.logged.join("\n"), /ahead of the journal/);
});
