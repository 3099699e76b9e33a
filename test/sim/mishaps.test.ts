/** A node that is stopped or killed, a disk that fails a write, a clock that jumps: nothing acknowledged is lost by it. */
import assert from "node:assert/strict";
import type { HandOver } from "../../lab/world/senders.ts";
import { HOUR, kinds, scene } from "./scene.ts";
import { seeded } from "./seeded.ts";

seeded(
  "a drain finishes open transactions and starts none; the next life delivers the rest, nothing is in doubt",
  ["1", "2", "3"],
  async (world) => {
    const { node, source, receiver, events } = await scene(world, [
      { dot: (_, visit) => ({ say: "250 2.0.0 slowly", afterMs: 2_000 + 3_000 * visit.random.next() }) },
    ]);
    const results: HandOver[] = [];
    for (let n = 0; n < 30; n++)
      void source
        .send({ id: `d${n}`, mailFrom: "a@shop.example", recipients: [`u${n}@example.org`] })
        .then((result) => results.push(result));
    await world.clock.runFor(3_000);
    await node.stop();
    const first = receiver.taken.length;
    const taken = results.filter((one) => one.is === "taken").length;
    assert.ok(first > 0 && first < taken, `${first} of ${taken}`);
    await world.clock.runFor(HOUR);
    assert.equal(receiver.taken.length, first, "a stopped node is silent");
    await node.start();
    await world.clock.runFor(HOUR);
    assert.equal(receiver.taken.length, taken);
    assert.equal(kinds(await events()).filter((kind) => kind === "in-doubt").length, 0);
  },
);

seeded("a killed node's queue is delivered by its next life, once", ["1", "2"], async (world) => {
  const { node, receiver, send } = await scene(world);
  world.network.weather("192.0.2.2", { connect: "refused" });
  for (let n = 0; n < 10; n++) await send();
  node.crash();
  world.network.weather("192.0.2.2", {});
  await node.start();
  await world.clock.runFor(HOUR);
  assert.equal(receiver.taken.length, 10);
});

seeded("a disk that fails a write costs no acknowledged message", ["1", "2"], async (world) => {
  const { node, receiver, send } = await scene(world);
  node.store.failNextBatch("SPOOL_IO");
  const refused = await send();
  assert.match(refused.is === "refused" ? refused.reply : refused.is, /^451 /);
  node.store.failNextBatch("SPOOL_FULL");
  const full = await send();
  assert.match(full.is === "refused" ? full.reply : full.is, /^452 /);
  assert.equal((await send()).is, "taken");
  await world.clock.runFor(HOUR);
  assert.equal(receiver.taken.length, 1);
});

seeded("a wall clock that jumps a week ahead expires nothing at once, and alarms", ["1"], async (world) => {
  const { receiver, home, send, events } = await scene(world);
  world.network.weather("192.0.2.2", { connect: "refused" });
  await send();
  await world.clock.runFor(90_000);
  world.clock.stepWall(7 * 24 * HOUR);
  await world.clock.runFor(40_000);
  assert.deepEqual([receiver.taken.length, home.taken.length], [0, 0]);
  const all = await events();
  assert.ok(all.some((event) => event.kind === "alarm" && event.code === "clock-jump"));
  assert.ok(!all.some((event) => event.kind === "expired"));
});
