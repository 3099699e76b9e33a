/** Percentiles of the last hour, as true as they are said to be. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Delays } from "./delays.ts";

const NOW = Date.UTC(2026, 10, 25, 10);
const HOUR = 3_600_000;

test("the median and the slowest hundredth are true to a fifth", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 20, max: 86_400_000 }), { minLength: 1, maxLength: 300 }), (took) => {
      const delays = new Delays();
      for (const ms of took) delays.note(NOW, ms);
      const { p50Ms = 0, p99Ms = 0, n } = delays.read(NOW);
      const sorted = [...took].sort((a, b) => a - b);
      assert.equal(n, took.length);
      for (const [told, share] of [
        [p50Ms, 0.5],
        [p99Ms, 0.99],
      ] as const) {
        const exact = sorted[Math.ceil(share * took.length) - 1] ?? 0;
        assert.ok(told >= exact / 1.2 - 2 && told <= exact * 1.2 + 2, `${told} for ${exact}`);
      }
    }),
  );
});

test("what took no time, a negative time or a year is counted too, and an hour later nothing is", () => {
  const delays = new Delays();
  for (const ms of [0, -5, 1, 365 * 24 * HOUR]) delays.note(NOW, ms);
  assert.equal(delays.read(NOW).n, 4);
  assert.ok((delays.read(NOW).p50Ms ?? 99) <= 10);
  assert.deepEqual(delays.read(NOW + HOUR + 300_000), { n: 0 });
});
