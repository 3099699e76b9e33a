/**
 * The pace of a lane on the whole relay: a receiver with a limit that it does not tell, one that cannot cope, one that
 * refuses our address, one that takes few connections. What is paused waits without a row being touched, and every cut,
 * probe and recovery is an event.
 */
import assert from "node:assert/strict";
import { defersUntil, keepsLimit, refuses } from "../../lab/world/habits.ts";
import { HiddenCap } from "../../lab/world/hidden-cap.ts";
import type { Mail } from "../../lab/world/senders.ts";
import type { World } from "../../lab/world/world.ts";
import type { WallMs } from "../../src/base/clock.ts";
import type { EventBody } from "../../src/model/event.ts";
import { HOUR, kinds, MINUTE, scene } from "./scene.ts";
import { seeded } from "./seeded.ts";

type LaneEvent = Extract<EventBody, { kind: "lane" }>;
const lanesIn = (events: readonly EventBody[]): LaneEvent[] => events.filter((event) => event.kind === "lane");

function limit(world: World, perHour: (at: number) => number): ReturnType<typeof keepsLimit> {
  const habits = { perHour, savedMs: 3 * MINUTE, savedLeast: 3, refusedCosts: 0.5, noise: 0 };
  return keepsLimit(new HiddenCap(habits, world.random.fork("limit")), world.clock.wall());
}

const many = (count: number): Mail[] =>
  Array.from({ length: count }, (_, n) => ({ id: `f${n}`, mailFrom: "list@shop.example", recipients: [`u${n}@example.org`] }));

seeded("a hidden limit is found, followed down to a tenth, and nearly all of it used", ["1", "2"], async (world) => {
  const hours = [600, 600, 60, 60, 60];
  const { node, receiver, source, events } = await scene(world, [limit(world, (at) => hours[Math.floor(at / HOUR)] ?? 60)]);
  await world.clock.during(source.sendAll(many(2000)));
  const takenBy: number[] = [];
  for (const _ of hours) {
    await world.clock.runFor(HOUR);
    takenBy.push(receiver.taken.length);
  }
  const [first = 0, second = 0, third = 0, , fifth = 0] = takenBy;
  assert.ok(second - first >= 0.85 * 600, `the second hour took ${second - first} of 600`);
  assert.ok(fifth - third >= 0.8 * 120, `the last two hours took ${fifth - third} of 120`);
  const lane = node.pipeline.dispatch.lanes().find(({ site }) => site === "mx:example.org");
  assert.ok(lane?.slow?.perMinute !== undefined && lane.slow.perMinute < 2, JSON.stringify(lane));
  const all = await events();
  const deferred = kinds(all).filter((kind) => kind === "deferred").length;
  assert.ok(deferred <= 0.06 * receiver.taken.length, `${deferred} deferred, ${receiver.taken.length} taken`);
  const lanes = lanesIn(all);
  const cuts = lanes.filter(({ open }) => !open);
  assert.ok(cuts.length >= 3);
  for (const cut of cuts)
    assert.ok(cut.until !== undefined && cut.diagnosis?.class === "rate" && cut.pace !== undefined, JSON.stringify(cut));
  assert.equal(lanes.filter(({ open, pace }) => open && pace === undefined).length, cuts.length, "each pause ends with a try");
  assert.ok(lanes.some(({ open, pace, why }) => open && pace?.perMinute !== undefined && /at most .* a minute/.test(why)));
});

seeded("a host that cannot cope is asked with one message at a time, and is as fast as before once it can", ["1"], async (world) => {
  const until = (world.clock.wall() + 40 * MINUTE) as WallMs;
  const { node, receiver, source, events } = await scene(world, [defersUntil(until)]);
  await world.clock.during(source.sendAll(many(300)));
  await world.clock.runFor(30 * MINUTE);
  const tried = receiver.connections;
  assert.ok(tried <= 12, `${tried} connections in half an hour`);
  await world.clock.runFor(25 * MINUTE);
  assert.ok(receiver.taken.length >= 280, `${receiver.taken.length} of 300`);
  assert.equal(node.pipeline.dispatch.lanes()[0]?.slow, undefined);
  const all = await events();
  assert.ok(kinds(all).filter((kind) => kind === "deferred").length <= 20, "what waits for a paused lane is not deferred one by one");
});

seeded("a host that refuses our address closes the lane for a quarter of an hour: the rest waits, unrefused", ["1"], async (world) => {
  const listed = refuses(/./, "554 5.7.1 Service unavailable; client host blocked using zen.spamhaus.org");
  const { receiver, source, events } = await scene(world, [listed]);
  await world.clock.during(source.sendAll(many(100)));
  await world.clock.runFor(10 * MINUTE);
  receiver.habits = [];
  await world.clock.runFor(10 * MINUTE);
  assert.ok(receiver.taken.length >= 90, `${receiver.taken.length} of 100`);
  const all = await events();
  const [closed] = lanesIn(all).filter(({ open }) => !open);
  assert.equal(closed?.diagnosis?.class, "list");
  assert.ok(kinds(all).filter((kind) => kind === "bounced").length <= 10);
});

seeded("an objection to a mailbox, a content or an unknown triple moves no lane", ["1"], async (world) => {
  const says = ["550 5.1.1 no such user", "554 5.7.1 message looks like spam", "450 4.2.0 greylisted, come again later"];
  const { source, events } = await scene(world, [
    { rcpt: (address) => (/^u\d*[05]@/.test(address) ? undefined : { say: says[address.length % 3] ?? "" }) },
  ]);
  await world.clock.during(source.sendAll(many(100)));
  await world.clock.runFor(30 * MINUTE);
  assert.deepEqual(lanesIn(await events()), []);
});

seeded("a host that takes two connections is not asked for a third again and again", ["1"], async (world) => {
  let open = 0;
  let refused = 0;
  const { receiver, source } = await scene(world, [
    { connect: () => (open >= 2 ? (refused++, { say: "421 4.7.0 too many connections", hangUp: true }) : (open++, undefined)) },
    { dot: () => ({ say: "250 2.0.0 kept", afterMs: 2000 }) },
  ]);
  await world.clock.during(source.sendAll(many(200)));
  await world.clock.runFor(5 * MINUTE);
  assert.ok(receiver.taken.length >= 150, `${receiver.taken.length} of 200`);
  assert.ok(refused <= 8, `${refused} connections refused`);
});
