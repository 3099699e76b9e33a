/** What is kept of an override is read back as it was, on both engines, and each node has its own. */
import assert from "node:assert/strict";
import type { WallMs } from "../../base/clock.ts";
import type { EgressName } from "../../model/egress.ts";
import type { Override } from "../../model/override.ts";
import { onBothEngines } from "../sql/both-engines.ts";
import { OVERRIDE_MIGRATIONS, Overrides } from "./overrides.ts";
import type { OverrideTables } from "./schema.ts";

const at = (n: number): WallMs => (1_790_000_000_000 + n) as WallMs;
const second = "second" as EgressName;
const ann = { kind: "operator", id: "ann" } as const;
const program = { kind: "dispatch", id: "provider-level" } as const;

const KEPT: readonly Override[] = [
  { id: 1, scope: { provider: "google" }, change: { is: "pause" }, cause: "Wartung: “später”", by: ann, from: at(0) },
  {
    ...{ id: 2, scope: { egress: second, provider: "yahoo", domain: "yahoo.com" }, by: program, from: at(1), until: at(2) },
    ...{ change: { is: "limit", limit: "perMinute", setting: { op: "scale", n: 0.25 } }, cause: "421 [TSS04]", class: "rate" },
    ...{ undoneAt: at(3), undoneBy: ann, immuneUntil: at(4) },
  },
  { id: 3, scope: { egress: second }, change: { is: "reroute", to: "third" as EgressName }, cause: "listed", by: program, from: at(5) },
];

onBothEngines("overrides are read back as they were, by id", [OVERRIDE_MIGRATIONS], async (database) => {
  const here = new Overrides(database, "1");
  const there = new Overrides(database, "2");
  for (const override of [...KEPT].reverse()) await here.put(override);
  assert.deepEqual(await here.load(), KEPT);
  assert.deepEqual(await there.load(), []);
  await there.put({ ...KEPT[0], id: 1, cause: "there" } as Override);
  const prolonged = { ...KEPT[0], until: at(9) } as Override;
  await here.put(prolonged);
  assert.deepEqual((await here.load())[0], prolonged);
  await here.forget([1, 3]);
  assert.deepEqual(await here.load(), [KEPT[1]]);
  assert.equal((await there.load()).length, 1);
});

onBothEngines(
  "text that a database does not take is kept as far as it goes, and a row of no sense is left out",
  [OVERRIDE_MIGRATIONS],
  async (database) => {
    const overrides = new Overrides(database, "1");
    await overrides.put({ ...KEPT[0], cause: "a\0b \ud800" } as Override);
    assert.equal((await overrides.load())[0]?.cause, "a b \ufffd");
    const cells = database.tables<OverrideTables>();
    for (const change of ["", "reroute", "connections most 5", "speed max 5", "connections max many"]) {
      await cells.updateTable("override").set({ change }).execute();
      assert.deepEqual(await overrides.load(), [], change);
    }
  },
);
