/**
 * Destinations as their mail hosts make them: domains with the same hosts share connections and a pace, a provider with a
 * host for each customer is one limit, and what is decided by people holds at once and touches no mail.
 */
import assert from "node:assert/strict";
import { keepsLimit } from "../../lab/world/habits.ts";
import { HiddenCap } from "../../lab/world/hidden-cap.ts";
import type { Habit, Receiver } from "../../lab/world/receivers.ts";
import type { Mail, Source } from "../../lab/world/senders.ts";
import type { World } from "../../lab/world/world.ts";
import type { WallMs } from "../../src/base/clock.ts";
import { openLog } from "../../src/base/log.ts";
import type { SiteKey } from "../../src/model/ids.ts";
import type { OverrideOrder } from "../../src/model/override.ts";
import { Limits } from "../../src/relay/limits/limits.ts";
import { memoryOverrides } from "../../src/store/overrides/memory-overrides.ts";
import { NODE, NodeUnderTest } from "./node-under-test.ts";
import { HOUR, MINUTE } from "./scene.ts";
import { seeded } from "./seeded.ts";

interface Many {
  readonly node: NodeUnderTest;
  readonly limits: Limits;
  readonly source: Source;
  /** Whom every domain's mail comes to in the end. */
  readonly receiver: Receiver;
}

/** `hostOf` names the mail host of domain n; all of them are one machine. */
async function manyDomains(world: World, count: number, hostOf: (n: number) => string, habits: readonly Habit[] = []): Promise<Many> {
  const receiver = await world.receiver("hub.example", "192.0.2.2", habits);
  for (let n = 0; n < count; n++) {
    world.resolver.addMx(`d${n}.example`, 10, hostOf(n));
    world.resolver.add(hostOf(n), { A: ["192.0.2.2"] });
  }
  await world.receiver("shop.example", "192.0.2.9");
  const source = world.source("www.shop.example", "203.0.113.1", NODE);
  const limits = new Limits(
    { clock: world.clock, table: memoryOverrides(), rules: [], log: openLog("limits", "error", () => {}), record: () => {} },
    [],
  );
  const node = new NodeUnderTest(world, { limits });
  await node.start();
  return { node, limits, source, receiver };
}

const tenantHost = (n: number): string => `d${n}-example.mail.protection.outlook.com`;
const mailTo = (n: number, id: string, from = "list@shop.example"): Mail => ({ id, mailFrom: from, recipients: [`u@d${n}.example`] });
const laneOf = (node: NodeUnderTest, n: number) => node.pipeline.dispatch.lanes().find(({ site }) => site === `mx:d${n}.example`);

function cap(world: World, perHour: number): Habit {
  const habits = { perHour: () => perHour, savedMs: 3 * MINUTE, savedLeast: 3, refusedCosts: 0.5, noise: 0 };
  return keepsLimit(new HiddenCap(habits, world.random.fork("limit")), world.clock.wall());
}

async function order(world: World, limits: Limits, { change, scope }: Pick<OverrideOrder, "change" | "scope">): Promise<number> {
  const added = await world.clock.during(limits.add({ change, scope, cause: "a test", by: { kind: "operator", id: "ann" } }));
  assert.ok(added.is === "added", JSON.stringify(added));
  return added.override.id;
}

seeded("three hundred domains with the same hosts share a few connections", ["1"], async (world) => {
  const { source, receiver } = await manyDomains(world, 300, () => "mx.hub.example");
  await world.clock.during(source.sendAll(Array.from({ length: 300 }, (_, n) => mailTo(n, `m${n}`))));
  await world.clock.runFor(5 * MINUTE);
  assert.equal(receiver.taken.length, 300);
  assert.ok(receiver.connections <= 10, `${receiver.connections} connections`);
});

seeded("a host for each of five hundred customers is one provider, and its limit is found and kept", ["1", "2"], async (world) => {
  const { node, source, receiver } = await manyDomains(world, 500, tenantHost, [cap(world, 600)]);
  await world.clock.during(source.sendAll(Array.from({ length: 2500 }, (_, n) => mailTo(n % 500, `m${n}`))));
  await world.clock.runFor(HOUR);
  const before = { taken: receiver.taken.length, deferred: receiver.counts.deferred };
  await world.clock.runFor(2 * HOUR);
  const [taken, deferred] = [receiver.taken.length - before.taken, receiver.counts.deferred - before.deferred];
  assert.ok(taken >= 0.85 * 1200, `${taken} of 1200 in two hours`);
  assert.ok(deferred <= 0.06 * taken, `${deferred} deferred, ${taken} taken`);
  const slowed = node.pipeline.dispatch.lanes().filter(({ slow, site }) => slow?.perMinute !== undefined && site.startsWith("mx:d"));
  const rates = new Set(slowed.map(({ slow }) => slow?.perMinute));
  assert.ok(slowed.length > 100 && rates.size === 1, `${slowed.length} lanes at ${rates.size} rates`);
});

seeded(
  "receivers that have nothing to do with each other slow only themselves, though both object to the address",
  ["1"],
  async (world) => {
    const say = "421 4.7.28 unusual rate of mail from your IP address";
    const grumbles: Habit = { rcpt: (address) => (/@d[01]\./.test(address) ? { say, hangUp: true } : undefined) };
    const { node, source, receiver } = await manyDomains(world, 40, (n) => `mx.host${n}.example`, [grumbles]);
    await world.clock.during(source.sendAll(Array.from({ length: 400 }, (_, n) => mailTo(n % 40, `m${n}`))));
    await world.clock.runFor(10 * MINUTE);
    assert.equal(receiver.taken.length, 380);
    assert.deepEqual(
      [0, 1, 2].map((n) => laneOf(node, n)?.state.is),
      ["closed", "closed", "open"],
    );
  },
);

seeded("behind a provider's limit another sender waits for a turn, not for the campaign", ["1"], async (world) => {
  const { node, source, receiver } = await manyDomains(world, 200, tenantHost, [cap(world, 600)]);
  await world.clock.during(source.sendAll(Array.from({ length: 3000 }, (_, n) => mailTo(n % 200, `m${n}`))));
  await world.clock.runFor(HOUR);
  assert.ok(laneOf(node, 7)?.slow, "the limit was found");
  const sent = world.clock.wall();
  await world.clock.during(source.send(mailTo(7, "bob", "bob@shop.example")));
  await world.clock.runFor(30 * MINUTE);
  const bob = receiver.taken.find(({ mailFrom }) => mailFrom === "bob@shop.example");
  assert.ok(bob, "it was delivered");
  assert.ok(receiver.taken.length < 3001, "the campaign is still there");
  const before = receiver.taken.filter(({ at }) => at > sent && at < bob.at).length;
  assert.ok(before <= 20, `${before} of the campaign went before it`);
});

seeded("a pause holds at once, touches no mail, and ends at once", ["1"], async (world) => {
  const { node, limits, source, receiver } = await manyDomains(world, 3, () => "mx.hub.example");
  const id = await order(world, limits, { scope: { domain: "d1.example" }, change: { is: "pause" } });
  await world.clock.during(source.sendAll(Array.from({ length: 60 }, (_, n) => mailTo(n % 3, `m${n}`))));
  await world.clock.runFor(2 * HOUR);
  assert.equal(receiver.taken.length, 40, "its neighbours are not concerned");
  assert.equal(laneOf(node, 1)?.state.is, "paused");
  const rows = await world.clock.during(node.spool.find({ site: "mx:d1.example" as SiteKey }, 100));
  assert.deepEqual(new Set(rows.map(({ version, attempts }) => `${version} ${attempts}`)), new Set(["0 0"]), "no row was touched");
  await world.clock.during(limits.undo(id, { kind: "operator", id: "ann" }));
  await world.clock.runFor(MINUTE);
  assert.equal(receiver.taken.length, 60);
});

seeded("a domain that a person has capped leaves the others their pace", ["1"], async (world) => {
  const { limits, source, receiver } = await manyDomains(world, 2, () => "mx.hub.example");
  await order(world, limits, {
    scope: { domain: "d1.example" },
    change: { is: "limit", limit: "perMinute", setting: { op: "max", n: 2 } },
  });
  await world.clock.during(source.sendAll(Array.from({ length: 100 }, (_, n) => mailTo(n % 2, `m${n}`))));
  await world.clock.runFor(10 * MINUTE);
  const to = (n: number): number => receiver.taken.filter(({ recipients }) => recipients.includes(`u@d${n}.example`)).length;
  assert.equal(to(0), 50);
  assert.ok(to(1) >= 19 && to(1) <= 22, `${to(1)} in ten minutes`);
});

seeded("what the law decided is taken back, and the same objection decides nothing for an hour", ["1"], async (world) => {
  const grumbles: Habit = {
    mail: (visit) =>
      visit.now < start + 2 * HOUR ? { say: "421 4.7.28 unusual rate of mail from your IP address", hangUp: true } : undefined,
  };
  const start = world.clock.wall() as WallMs;
  const { node, source, receiver } = await manyDomains(world, 1, () => "mx.hub.example", [grumbles]);
  await world.clock.during(source.sendAll(Array.from({ length: 10 }, (_, n) => mailTo(0, `m${n}`))));
  await world.clock.runFor(MINUTE);
  assert.equal(laneOf(node, 0)?.state.is, "closed");
  assert.ok(node.pipeline.dispatch.undo("mx:d0.example" as SiteKey));
  assert.equal(laneOf(node, 0)?.state.is, "open");
  await world.clock.runFor(50 * MINUTE);
  const own = laneOf(node, 0)?.laws?.find(({ of }) => of === "site");
  assert.equal(own?.pace.cuts, 0, "the same objection cut nothing");
  await world.clock.runFor(12 * HOUR);
  assert.equal(receiver.taken.length, 10);
});
