/** A sender's way is always the same, as often as its weight says, and moves only to a way that was added. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { drawn, type Weighted } from "./draw.ts";

const ways = fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1, maxLength: 8 }), weight: fc.integer({ min: 1, max: 10 }) }), {
  selector: ({ name }) => name,
  minLength: 1,
  maxLength: 8,
});

test("a sender's way does not depend on the order of the ways, and one that is not its own may go without moving it", () => {
  fc.assert(
    fc.property(fc.string(), ways, fc.nat(), (who, all, n) => {
      const chosen = drawn(who, all);
      assert.ok(chosen !== undefined && all.includes(chosen));
      assert.equal(drawn(who, [...all].reverse()), chosen);
      const gone = all[n % all.length];
      if (gone !== chosen)
        assert.equal(
          drawn(
            who,
            all.filter((way) => way !== gone),
          ),
          chosen,
        );
    }),
  );
});

test("a way that is added takes its share from all, and moves nothing between the others", () => {
  const senders = Array.from({ length: 2000 }, (_, n) => `user${n}@server${n % 40}`);
  const before: Weighted[] = [
    { name: "out1", weight: 1 },
    { name: "out2", weight: 1 },
    { name: "out3", weight: 2 },
  ];
  const after = [...before, { name: "out4", weight: 1 }];
  let moved = 0;
  for (const who of senders) {
    const [was, is] = [drawn(who, before)?.name, drawn(who, after)?.name];
    if (was === is) continue;
    moved++;
    assert.equal(is, "out4");
  }
  assert.ok(moved > 300 && moved < 500, `a fifth of 2000 moves, and ${moved} did`);
});

test("shares are by weight", () => {
  const all: Weighted[] = [
    { name: "out1", weight: 1 },
    { name: "out2", weight: 2 },
    { name: "out3", weight: 5 },
  ];
  const counts = new Map<string, number>();
  for (let n = 0; n < 8000; n++) {
    const name = drawn(`s${n}@srv`, all)?.name ?? "";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const { name, weight } of all) {
    const share = (counts.get(name) ?? 0) / 1000;
    assert.ok(Math.abs(share - weight) < 0.15 * weight, `${name} has weight ${weight} of 8, and got ${share}`);
  }
  assert.equal(drawn("anybody", []), undefined);
});
