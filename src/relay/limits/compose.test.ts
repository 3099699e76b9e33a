/** What many decisions come to: the strictest, whatever their order, and exactly what was before once they are gone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { WallMs } from "../../base/clock.ts";
import { DEFAULT_EGRESS, type EgressName } from "../../model/egress.ts";
import type { Effective, LimitName, LimitRule, LimitSetting, Override, OverrideChange, OverrideScope } from "../../model/override.ts";
import { InForce } from "./in-force.ts";

const second = "second" as EgressName;
const lane = { egress: DEFAULT_EGRESS, provider: "google", domain: "example.org" };
const google: LimitRule = { scope: { provider: "google" }, limit: "perMinute", n: 100, by: "shipped", source: "a page" };
const ten: LimitRule = { scope: { domain: "example.org" }, limit: "connections", n: 10, by: "operator", source: "the configuration" };

function decided(id: number, scope: OverrideScope, change: OverrideChange, until?: number): Override {
  const by = { kind: "operator", id: "ann" } as const;
  return { ...{ id, scope, change, cause: "a test", by, from: 0 as WallMs }, ...(until !== undefined && { until: until as WallMs }) };
}

function limit(name: LimitName, op: LimitSetting["op"], n: number): OverrideChange {
  return { is: "limit", limit: name, setting: { op, n } };
}

function after(overrides: readonly Override[]): InForce {
  const inForce = new InForce([google, ten]);
  for (const override of overrides) inForce.put(override);
  return inForce;
}

const CASES: readonly (readonly [string, readonly OverrideChange[], Partial<Effective>])[] = [
  ["nothing: the rules", [], { perMinute: 100, connections: 10, pinned: false }],
  ["the least max", [limit("perMinute", "max", 60), limit("perMinute", "max", 30)], { perMinute: 30 }],
  ["a max above the rule changes nothing", [limit("perMinute", "max", 600)], { perMinute: 100 }],
  ["a max where there is no rule", [limit("recipients", "max", 7)], { recipients: 7 }],
  ["a scale of the rule", [limit("perMinute", "scale", 0.5), limit("perMinute", "scale", 0.1)], { perMinute: 5 }],
  ["a scale leaves one connection at least", [limit("connections", "scale", 0.01)], { connections: 1 }],
  ["a scale without a rule multiplies nothing", [limit("recipients", "scale", 0.5)], {}],
  [
    "a scale above one widens the rule, a max does not scale",
    [limit("perMinute", "scale", 3), limit("perMinute", "max", 150)],
    { perMinute: 150 },
  ],
  ["a min raises the rule", [limit("perMinute", "min", 200)], { perMinute: 200, leastPerMinute: 200 }],
  ["a min bounds the law alone", [limit("perMinute", "min", 20)], { perMinute: 100, leastPerMinute: 20 }],
  ["a max is stricter than a min", [limit("perMinute", "min", 200), limit("perMinute", "max", 50)], { perMinute: 50 }],
  ["a min without a rule is no limit", [limit("perConnection", "min", 5)], {}],
  [
    "a pin wins over rules and all others",
    [limit("perMinute", "pin", 900), limit("perMinute", "max", 50)],
    { perMinute: 900, pinned: true },
  ],
  ["of pins the least", [limit("perMinute", "pin", 900), limit("perMinute", "pin", 300)], { perMinute: 300, pinned: true }],
  ["a pin of connections pins no rate", [limit("connections", "pin", 30)], { connections: 30, perMinute: 100, pinned: false }],
];
for (const [sentence, changes, want] of CASES)
  test(sentence, () => {
    const { stack, ...values } = after(changes.map((change, n) => decided(n + 1, { provider: "google" }, change))).effective(lane);
    assert.deepEqual(values, { perMinute: 100, connections: 10, pinned: false, ...want });
    assert.equal(stack.length, changes.length + 2);
  });

test("the stack begins with the widest scope and marks what holds", () => {
  const inForce = after([
    decided(1, { egress: DEFAULT_EGRESS, provider: "google", domain: "example.org" }, limit("perMinute", "max", 40)),
    decided(2, { domain: "example.org" }, limit("perMinute", "max", 50)),
    decided(3, { egress: DEFAULT_EGRESS }, { is: "pause" }),
    decided(4, { provider: "google" }, limit("perMinute", "scale", 0.9)),
    decided(5, { egress: second }, { is: "pause" }),
    decided(6, { provider: "yahoo" }, { is: "pause" }),
  ]);
  const { stack, paused } = inForce.effective(lane);
  assert.deepEqual(
    stack.map(({ what, holds }) => [("id" in what && what.id) || ("limit" in what && what.limit), holds]),
    [
      [3, true],
      ["perMinute", false],
      [4, false],
      ["connections", true],
      [2, false],
      [1, true],
    ],
  );
  assert.equal(paused?.id, 3);
});

test("of pauses the one that ends last holds; of ways out the narrowest, and of those the newest", () => {
  const to = (egress: EgressName): OverrideChange => ({ is: "reroute", to: egress });
  const third = "third" as EgressName;
  const inForce = after([
    decided(1, { provider: "google" }, { is: "pause" }, 2000),
    decided(2, { domain: "example.org" }, { is: "pause" }, 1000),
    decided(3, { provider: "google" }, to(third)),
    decided(4, { domain: "example.org" }, to(third)),
    decided(5, { domain: "example.org" }, to(second)),
    decided(6, { egress: DEFAULT_EGRESS, domain: "example.org" }, to(DEFAULT_EGRESS)),
  ]);
  const { paused, reroute } = inForce.effective(lane);
  assert.deepEqual([paused?.id, reroute?.id], [1, 5]);
  inForce.put(decided(7, { domain: "example.org" }, { is: "pause" }));
  assert.equal(inForce.effective(lane).paused?.id, 7, "without an end");
  assert.equal(inForce.effective({ egress: second, domain: "example.org" }).reroute?.id, 4, "not to where it is");
});

const scopes = fc
  .record(
    {
      egress: fc.constantFrom(DEFAULT_EGRESS, second),
      provider: fc.constantFrom("google", "yahoo"),
      domain: fc.constantFrom("example.org", "example.net"),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .filter((scope) => Object.keys(scope).length > 0);
const changes: fc.Arbitrary<OverrideChange> = fc.oneof(
  fc.record(
    {
      is: fc.constant("limit" as const),
      limit: fc.constantFrom<LimitName>("connections", "perMinute", "perConnection", "recipients"),
      setting: fc.record({ op: fc.constantFrom<LimitSetting["op"]>("max", "min", "pin", "scale"), n: fc.integer({ min: 1, max: 100 }) }),
    },
    { noNullPrototype: true },
  ),
  fc.constant({ is: "pause" } as const),
);
const decisions = fc.array(fc.tuple(scopes, changes), { maxLength: 12 });

function valuesOf({ stack: _, paused, ...values }: Effective) {
  return { ...values, paused: paused !== undefined };
}

test("the order in which decisions come makes no difference", () => {
  fc.assert(
    fc.property(decisions, fc.infiniteStream(fc.nat()), (all, chance) => {
      const inOrder = all.map(([scope, change], n) => decided(n + 1, scope, change));
      const keyed = all.map((one) => [chance.next().value ?? 0, one] as const).sort(([a], [b]) => a - b);
      const shuffled = keyed.map(([, [scope, change]], n) => decided(n + 1, scope, change));
      assert.deepEqual(valuesOf(after(shuffled).effective(lane)), valuesOf(after(inOrder).effective(lane)));
    }),
  );
});

test("one more max or pause never lets more through, unless something is pinned", () => {
  const strict = changes.filter((change) => change.is === "pause" || (change.is === "limit" && change.setting.op === "max"));
  fc.assert(
    fc.property(decisions, scopes, strict, (all, scope, change) => {
      const overrides = all.map(([at, what], n) => decided(n + 1, at, what));
      const before = after(overrides).effective(lane);
      const now = after([...overrides, decided(99, scope, change)]).effective(lane);
      for (const name of ["connections", "perMinute", "perConnection", "recipients"] as const)
        assert.ok((now[name] ?? Number.POSITIVE_INFINITY) <= (before[name] ?? Number.POSITIVE_INFINITY), name);
      assert.ok(now.paused !== undefined || before.paused === undefined);
    }),
  );
});

test("what is taken back leaves exactly what was before, whatever was decided in between", () => {
  fc.assert(
    fc.property(decisions, fc.nat(), (all, which) => {
      const overrides = all.map(([scope, change], n) => decided(n + 1, scope, change));
      const gone = overrides[overrides.length === 0 ? 0 : which % overrides.length];
      const inForce = after(overrides);
      if (gone) inForce.remove(gone);
      const without = after(overrides.filter((one) => one !== gone));
      for (const node of [lane, { egress: second, domain: "example.net" }, { egress: DEFAULT_EGRESS, provider: "yahoo" }])
        assert.deepEqual(inForce.effective(node), without.effective(node));
    }),
  );
});

test("what holds a value alone is marked, and without it the value changes or another says the same", () => {
  fc.assert(
    fc.property(decisions, (all) => {
      const overrides = all.map(([scope, change], n) => decided(n + 1, scope, change));
      const { stack, ...values } = after(overrides).effective(lane);
      const idle = new Set(stack.flatMap(({ what, holds }) => (!holds && "id" in what ? [what.id] : [])));
      const { stack: _, ...needed } = after(overrides.filter(({ id }) => !idle.has(id))).effective(lane);
      assert.deepEqual(needed, values, "what does not hold makes no difference");
    }),
  );
});
