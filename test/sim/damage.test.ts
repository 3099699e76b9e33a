/**
 * A bit of stored mail turns over while it waits (a disk, a cable, a hand in the database). It must not reach anybody,
 * nor be bounced as if a receiver had refused it: a person decides (R3).
 */
import assert from "node:assert/strict";
import { defersUntil } from "../../lab/world/habits.ts";
import type { WallMs } from "../../src/base/clock.ts";
import { allEvents } from "./accounts.ts";
import { NODE, NodeUnderTest } from "./node-under-test.ts";
import { seeded } from "./seeded.ts";

const MINUTE = 60_000;

for (const part of ["content", "prelude"] as const)
  seeded(`a message whose ${part} was damaged on disk is held with an alarm; others go on`, ["1"], async (world) => {
    const until = (world.clock.wall() + MINUTE) as WallMs;
    const receiver = await world.receiver("example.org", "192.0.2.2", [defersUntil(until)]);
    const source = world.source("www.shop.example", "203.0.113.1", NODE);
    const node = new NodeUnderTest(world);
    await node.start();
    for (const [id, to] of [
      ["m1", "x@example.org"],
      ["m2", "y@example.org"],
    ] as const)
      await world.clock.during(source.send({ id, mailFrom: "a@shop.example", recipients: [to] }));
    await world.clock.runFor(1_000);
    const key = node.store.db.value<number>("select min(key) from message");
    node.store.db.exec(`update message set ${part} = cast(replace(${part}, x'0d0a', x'0d0b') as blob) where key = ${key}`);
    await world.clock.runFor(60 * MINUTE);

    assert.deepEqual(
      receiver.taken.map(({ recipients }) => recipients),
      [["y@example.org"]],
    );
    node.crash();
    const bodies = await node.inspect(async (spool) => (await allEvents(spool)).map((event) => event.body));
    const held = bodies.flatMap((body) => (body.kind === "held" ? [body.why] : []));
    assert.equal(held.length, 1);
    assert.match(held.join(), /^damaged: /);
    assert.ok(bodies.some((body) => body.kind === "alarm" && body.code === "corrupt"));
    assert.ok(!bodies.some((body) => body.kind === "bounced"));
  });
