/** What it does when nobody can know whether a message arrived: once more, marked, and then a person. */
import assert from "node:assert/strict";
import { hangsUpMidway, resetsAfterDot, stallsAfterDot } from "../../lab/world/habits.ts";
import type { Habit, Receiver } from "../../lab/world/receivers.ts";
import { HOUR, kinds, MINUTE, scene, watched } from "./scene.ts";
import { seeded } from "./seeded.ts";

for (const kept of [true, false])
  seeded(
    `cut off past the final dot (${kept ? "kept" : "lost"} there), it goes once more after 15 min and is marked as possibly twice`,
    ["1", "2"],
    async (world) => {
      let cut = false;
      const habit: Habit = {
        dot: () => {
          if (cut) return undefined;
          cut = true;
          return { reset: true, keeps: kept };
        },
      };
      const asked = watched(habit, world);
      const { receiver, send, events } = await scene(world, [asked.habit]);
      await send();
      await world.clock.runFor(14 * MINUTE);
      assert.equal(asked.at.length, 1, "not before 15 min");
      await world.clock.runFor(3 * MINUTE);
      assert.equal(receiver.taken.length, kept ? 2 : 1);
      const all = await events();
      assert.deepEqual(kinds(all), ["accepted", "in-doubt", "delivered"]);
      const last = all.at(-1);
      assert.equal(last?.kind === "delivered" && last.possiblyTwice, true);
    },
  );

seeded("cut off past the final dot twice, it is held for a person: there is no third copy", ["1"], async (world) => {
  const { receiver, send, events } = await scene(world, [{ dot: () => ({ reset: true, keeps: true }) }]);
  await send();
  await world.clock.runFor(24 * HOUR);
  assert.equal(receiver.taken.length, 2);
  assert.deepEqual(kinds(await events()), ["accepted", "in-doubt", "held"]);
});

seeded("in doubt, it goes to the same of several hosts again", ["1", "2", "3", "4"], async (world) => {
  const { receiver, send } = await scene(world);
  const second = await world.receiver("example.org", "192.0.2.3");
  let cut: Receiver | undefined;
  for (const one of [receiver, second])
    one.habits = [
      {
        dot: () => {
          if (cut) return undefined;
          cut = one;
          return { reset: true, keeps: true };
        },
      },
    ];
  await send();
  await world.clock.runFor(HOUR);
  assert.equal(cut?.taken.length, 2);
});

seeded("nine minutes of silence at the dot are waited for; other mail to the host does not wait", ["1"], async (world) => {
  let first = true;
  const habit: Habit = {
    dot: () => {
      const slow = first;
      first = false;
      return slow ? { say: "250 2.0.0 at last", afterMs: 9 * MINUTE, keeps: true } : undefined;
    },
  };
  const { receiver, send, events } = await scene(world, [habit]);
  await send();
  await world.clock.runFor(5_000);
  await send();
  await world.clock.runFor(5_000);
  assert.equal(receiver.taken.length, 2, "the second took another connection");
  await world.clock.runFor(10 * MINUTE);
  assert.deepEqual(kinds(await events()), ["accepted", "accepted", "delivered", "delivered"]);
});

seeded("eleven minutes of silence are in doubt", ["1"], async (world) => {
  const { send, events } = await scene(world, [stallsAfterDot(1, 11 * MINUTE)]);
  await send();
  await world.clock.runFor(12 * MINUTE);
  assert.deepEqual(kinds(await events()), ["accepted", "in-doubt"]);
});

seeded("hosts that hang up midway decide nothing: all mail arrives, once", ["1", "2"], async (world) => {
  const { receiver, send, events } = await scene(world, [hangsUpMidway(0.4)]);
  for (let n = 0; n < 20; n++) await send({ recipients: [`u${n}@example.org`, `v${n}@example.org`] });
  await world.clock.runFor(24 * HOUR); // two of three transactions end so: the lane pauses between its tries
  const copies = receiver.taken.flatMap((one) => one.recipients).sort();
  assert.equal(copies.length, 40);
  assert.equal(new Set(copies).size, 40);
  assert.equal(kinds(await events()).filter((kind) => kind === "in-doubt").length, 0);
});

seeded("killed past the final dot, a message is sent again only after 15 min, and is marked", ["1", "2"], async (world) => {
  const { node, receiver, send, events } = await scene(world, [{ dot: () => ({ say: "250 2.0.0 slowly", afterMs: MINUTE, keeps: true }) }]);
  await send();
  await world.clock.runUntil(() => receiver.taken.length === 1, MINUTE);
  node.crash();
  await world.clock.runFor(1_000);
  await node.start();
  await world.clock.runFor(14 * MINUTE);
  assert.equal(receiver.taken.length, 1);
  await world.clock.runFor(3 * MINUTE);
  assert.equal(receiver.taken.length, 2);
  const last = (await events()).at(-1);
  assert.equal(last?.kind === "delivered" && last.possiblyTwice, true);
});

seeded("resets past the dot by chance: each copy beyond the first is marked", ["1", "2"], async (world) => {
  const { receiver, send, events } = await scene(world, [resetsAfterDot(0.3)]);
  for (let n = 0; n < 30; n++) await send({ recipients: [`u${n}@example.org`] });
  await world.clock.runFor(24 * HOUR);
  const copies = receiver.taken.flatMap((one) => one.recipients);
  const all = await events();
  const marked = all.filter((event) => (event.kind === "delivered" && event.possiblyTwice) || event.kind === "held").length;
  assert.ok(copies.length - new Set(copies).size <= marked);
  assert.ok(marked > 3);
});
