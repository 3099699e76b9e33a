/** H2 in short: the law against a hidden limit, beside three others, by the figures that it must reach. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runsOf, scenarios, verdictsOf } from "./h2.ts";
import { plotOf } from "./plot.ts";
import { medianOf, verdictOf } from "./verdict.ts";

const SEEDS = Array.from({ length: 8 }, (_, n) => String(n + 1));
const [plain, noisy, large] = scenarios(6, 0.5);
assert.ok(plain && noisy && large);

for (const scenario of [plain, large])
  test(`a hidden limit of ${scenario.name} an hour is used to 85 % in each phase, with few deferrals, by every seed`, () => {
    const [ours = []] = verdictsOf(scenario, SEEDS);
    for (const [n, { goodput, deferred, deferredNarrow, backMinutes }] of ours.entries()) {
      const told = `seed ${SEEDS[n]}: ${JSON.stringify(ours[n])}`;
      assert.ok(
        goodput.every((share) => share >= 0.85),
        told,
      );
      assert.ok(deferred <= 0.03 && deferredNarrow <= 0.07, told);
      assert.ok(backMinutes <= 60, told);
    }
  });

test("one message in a hundred refused for no reason: 85 % in each phase still, in the median of twenty seeds", () => {
  const seeds = Array.from({ length: 20 }, (_, n) => String(n + 1));
  const { goodput } = medianOf(verdictsOf(noisy, seeds)[0] ?? []);
  assert.ok(
    goodput.every((share) => share >= 0.85),
    goodput.join(" "),
  );
});

for (const scenario of [plain, noisy, large])
  test(`${scenario.name}: ahead of Postfix's ±1, of a fixed suspension and of a static rule`, () => {
    const [ours, ...others] = verdictsOf(scenario, SEEDS).map((verdicts) => medianOf(verdicts));
    assert.equal(others.length, 3);
    for (const other of others) {
      assert.ok((ours?.merit ?? 0) > other.merit, `${other.law}: ${JSON.stringify(other)}`);
      assert.ok((ours?.deferred ?? 1) < other.deferred, `${other.law}: ${JSON.stringify(other)}`);
    }
  });

test("the same seed gives the same run, another one another", () => {
  assert.deepEqual(runsOf(noisy, "7"), runsOf(noisy, "7"));
  assert.notDeepEqual(runsOf(noisy, "7"), runsOf(noisy, "8"));
});

test("a lane that never comes back is said to: the static rule does not reach the limit again", () => {
  const verdicts = runsOf(plain, "1").map((run) => verdictOf(run, plain));
  assert.equal(verdicts[3]?.backMinutes, Number.POSITIVE_INFINITY);
});

test("the plot has a curve for each law and for the limit, inside its frame", () => {
  const plot = plotOf(plain, runsOf(plain, "1"));
  const curves = [...plot.matchAll(/<path d="([^"]+)"/g)].map(([, path = ""]) => path);
  for (const law of ["Fairlead", "Postfix ±1", "suspend 2 h", "static 5/min", "the hidden limit"])
    assert.ok(plot.includes(`>${law}<`), law);
  assert.ok(curves.length >= 5);
  for (const path of curves)
    for (const [, x = "", y = ""] of path.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g))
      assert.ok(Number(x) >= 0 && Number(x) <= 900 && Number(y) >= 0 && Number(y) <= 360, `${x} ${y}`);
});
