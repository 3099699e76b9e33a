/** One reading for everybody who asks within a moment, and never a failed one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SimClock } from "../../lab/world/sim-clock.ts";
import type { WallMs } from "../base/clock.ts";
import { keptReading } from "./kept-reading.ts";

test("it is read once for everybody who asks within a second", async () => {
  const clock = new SimClock(0 as WallMs);
  let read = 0;
  const ask = keptReading(clock, async () => ++read);
  assert.deepEqual(await Promise.all([ask(), ask(), ask()]), [1, 1, 1]);
  await clock.runFor(999);
  assert.equal(await ask(), 1);
  await clock.runFor(2);
  assert.equal(await ask(), 2);
});

test("what took long is kept for longer", async () => {
  const clock = new SimClock(0 as WallMs);
  let read = 0;
  const ask = keptReading(clock, async () => {
    await clock.sleep(100);
    return ++read;
  });
  await clock.during(ask());
  await clock.runFor(4_900);
  assert.equal(await ask(), 1);
  await clock.runFor(200);
  assert.equal(await clock.during(ask()), 2);
});

test("what could not be read is asked for again", async () => {
  let asked = 0;
  const ask = keptReading(new SimClock(0 as WallMs), async () => (asked++ === 0 ? Promise.reject(new Error("sick")) : 5));
  await assert.rejects(ask(), /sick/);
  assert.equal(await ask(), 5);
});
