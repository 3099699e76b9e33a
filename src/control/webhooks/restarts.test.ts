/**
 * The promise of webhooks: whatever receivers answer, and however often the node stops or dies in between, every event is
 * told at least once, the first time in order, and what was taken is not begun with again.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { answer, HookHouse, inHouse, TAKEN, type Told, upTo } from "./hook-house.ts";
import type { HttpAnswer } from "./http-client.ts";

inHouse("a restart goes on where it was, and repeats nothing that was taken", async (house) => {
  await house.addHook("crm");
  house.http.tookMs = 100;
  house.journal.fill(250);
  await house.clock.runFor(400);
  assert.equal(house.http.got.length, 2, "the first request is taken, the second is under way");
  await house.restart();
  house.journal.fill(50);
  await house.clock.runFor(10_000);
  const seqs = house.http.seqs();
  assert.deepEqual(seqs.slice(0, 100), upTo(100));
  assert.deepEqual([...new Set(seqs)], upTo(300));
  assert.equal(seqs.filter((seq) => seq <= 100).length, 100, "what was taken is not told again");
});

inHouse("a receiver that is given time gets the rest of it after a restart", async (house) => {
  await house.addHook("crm");
  house.http.answers = () => answer(503, "", "3000");
  house.journal.fill(1);
  await house.clock.runFor(60_000);
  await house.kill();
  await house.clock.runFor(2_900_000);
  assert.equal(house.http.got.length, 1);
  house.http.answers = () => TAKEN;
  await house.clock.runFor(60_000);
  assert.equal(house.http.got.length, 2);
});

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("happen" as const), count: fc.integer({ min: 1, max: 260 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 1_500 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 200_000 }) }) },
  { weight: 3, arbitrary: fc.constantFrom({ do: "kill" as const }, { do: "restart" as const }, { do: "jump" as const }) },
);
const answers = fc.constantFrom("taken", "taken but unheard", "500", "429", "refused", "mute" as const);

test("whatever fails and whenever it is restarted, every event is told, the first time in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), fc.array(answers, { maxLength: 16 }), async (steps, fates) => {
      const house = await HookHouse.open();
      const left = [...fates];
      const took: number[] = [];
      const take = ({ events }: Told): HttpAnswer => {
        took.push(...events.map(({ seq = 0 }) => seq));
        return TAKEN;
      };
      house.http.answers = async (post, told) => {
        switch (left.shift()) {
          case "500":
            return answer(500);
          case "429":
            return answer(429, "", "77");
          case "refused":
            return { is: "failed", why: "the connection was refused" };
          case "taken but unheard":
            take(told);
            return { is: "failed", why: "the connection was cut" };
          case "mute":
            await house.clock.sleep(3_600_000, post.signal);
            return answer(500);
          default:
            return take(told);
        }
      };
      try {
        await house.addHook("crm");
        for (const one of steps) {
          if (one.do === "happen") house.journal.fill(one.count);
          if (one.do === "wait") await house.clock.runFor(one.ms);
          if (one.do === "kill") await house.kill();
          if (one.do === "restart") await house.restart();
          if (one.do === "jump") house.clock.stepWall(-3_000_000);
        }
        house.http.answers = (_, told) => take(told);
        await house.clock.runFor(4 * 3_600_000);
        assert.deepEqual([...new Set(took)], upTo(house.journal.newest));
        for (const { told } of house.http.got)
          assert.deepEqual(
            told.events.map(({ seq }) => seq),
            upTo(told.last, told.first),
          );
        assert.equal((await house.record("crm")).state.behind, 0);
      } finally {
        await house.close();
      }
    }),
    { numRuns: 60 },
  );
});
