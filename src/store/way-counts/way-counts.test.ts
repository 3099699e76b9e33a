/** Counts are written over and over, belong to their node, and are forgotten when nobody wrote them for long. */
import assert from "node:assert/strict";
import type { WallMs } from "../../base/clock.ts";
import { onBothEngines } from "../sql/both-engines.ts";
import { WAY_COUNT_MIGRATIONS, WayCounts } from "./way-counts.ts";

const DAY = 86_400_000;
const at = (days: number): WallMs => (1_790_000_000_000 + days * DAY) as WallMs;

onBothEngines("counts are kept by key, each node's own", [WAY_COUNT_MIGRATIONS], async (database) => {
  const [mine, theirs] = [new WayCounts(database, "a"), new WayCounts(database, "b")];
  await mine.put([], at(0));
  await mine.put([{ key: "warm out1 google", value: "1" }], at(0));
  await mine.put(
    [
      { key: "warm out1 google", value: "2" },
      { key: "quota ses", value: "3" },
    ],
    at(1),
  );
  assert.deepEqual(await theirs.load(at(1)), []);
  assert.deepEqual(await new WayCounts(database, "a").load(at(1)), [
    { key: "quota ses", value: "3" },
    { key: "warm out1 google", value: "2" },
  ]);
});

onBothEngines("what nobody wrote for two months is forgotten", [WAY_COUNT_MIGRATIONS], async (database) => {
  const counts = new WayCounts(database, "a");
  await counts.put([{ key: "old", value: "1" }], at(0));
  await counts.put(
    Array.from({ length: 1200 }, (_, n) => ({ key: `k${n}`, value: "1" })),
    at(30),
  );
  assert.equal((await counts.load(at(61))).length, 1200);
});
