/** Whatever people and the program order, take back and wait for: what is in force is in time, and an undo is respected. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SimClock } from "../../../lab/world/sim-clock.ts";
import type { WallMs } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import type { ReplyClass } from "../../model/diagnosis.ts";
import { DEFAULT_EGRESS } from "../../model/egress.ts";
import type { Actor, NewEvent } from "../../model/event.ts";
import type { Override, OverrideOrder, OverrideScope } from "../../model/override.ts";
import { memoryOverrides } from "../../store/overrides/overrides.ts";
import { IMMUNE_MS, type Limits, openLimits } from "./limits.ts";

const START = 1_790_000_000_000 as WallMs;
const MINUTE = 60_000;
const ann: Actor = { kind: "operator", id: "ann" };
const program: Actor = { kind: "dispatch", id: "provider-level" };
const GRAVITY: { readonly [C in ReplyClass]?: number } = { sysbusy: 1, rate: 2, list: 3, repIP: 3 };

type Step =
  | { readonly is: "add"; readonly byProgram: boolean; readonly where: number; readonly kind: ReplyClass; readonly minutes: number }
  | { readonly is: "undo"; readonly which: number; readonly byProgram: boolean }
  | { readonly is: "wait"; readonly minutes: number }
  | { readonly is: "restart" };

const WHERE: readonly OverrideScope[] = [
  { provider: "google" },
  { provider: "google", domain: "gmail.com" },
  { egress: DEFAULT_EGRESS },
  { egress: DEFAULT_EGRESS, provider: "google" },
  { domain: "gmail.com" },
];
const lane = { egress: DEFAULT_EGRESS, provider: "google", domain: "gmail.com" };

const steps = fc.array(
  fc.oneof(
    fc.record({
      is: fc.constant("add" as const),
      byProgram: fc.boolean(),
      where: fc.nat({ max: WHERE.length - 1 }),
      kind: fc.constantFrom<ReplyClass>("sysbusy", "rate", "list", "repIP"),
      minutes: fc.integer({ min: 1, max: 90 }),
    }),
    fc.record({ is: fc.constant("undo" as const), which: fc.nat({ max: 9 }), byProgram: fc.boolean() }),
    fc.record({ is: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 50 }) }),
    fc.constant({ is: "restart" } as const),
  ),
  { maxLength: 25 },
);

function within(inner: OverrideScope, outer: OverrideScope): boolean {
  return (["egress", "provider", "domain"] as const).every((part) => outer[part] === undefined || outer[part] === inner[part]);
}

async function live(all: readonly Step[]): Promise<void> {
  const clock = new SimClock(START);
  const events: NewEvent["body"][] = [];
  const table = memoryOverrides();
  const ports = { clock, table, rules: [], log: silentLog, record: ({ body }: NewEvent) => void events.push(body) };
  let limits: Limits = await openLimits(ports);
  const undone: Override[] = [];
  const told = new Set<number>();
  for (const step of all) {
    const now = clock.wall();
    if (step.is === "wait") await clock.runFor(step.minutes * MINUTE);
    else if (step.is === "restart") {
      limits[Symbol.dispose]();
      limits = await openLimits(ports);
    } else if (step.is === "undo") {
      const [target] = limits.list().slice(step.which);
      const done = target && (await limits.undo(target.id, step.byProgram ? program : ann));
      if (done?.is === "undone" && !step.byProgram && target?.by.kind !== "operator") undone.push({ ...done.override });
    } else {
      const scope = WHERE[step.where] ?? {};
      const until = (now + step.minutes * MINUTE) as WallMs;
      const by = step.byProgram ? program : ann;
      const order: OverrideOrder = { scope, change: { is: "pause" }, cause: "a test", by, class: step.kind, until };
      const against = undone.some(
        ({ undoneAt = START, scope: at, class: kind = "other" }) =>
          now < undoneAt + IMMUNE_MS && within(scope, at) && (GRAVITY[step.kind] ?? 0) <= (GRAVITY[kind] ?? 0),
      );
      const done = await limits.add(order);
      assert.equal(done.is === "refused", step.byProgram && against, JSON.stringify({ order, done }));
    }
    const at = clock.wall();
    const inForce = limits.list();
    for (const { until, undoneAt, id } of inForce) {
      assert.ok(undoneAt === undefined && until !== undefined && until > at, "nothing holds beyond its end or its undo");
      told.add(id);
    }
    const fits = inForce.filter(({ scope }) => within(lane, scope));
    assert.deepEqual(
      limits
        .effective(lane)
        .stack.map(({ what }) => "id" in what && what.id)
        .sort(),
      fits.map(({ id }) => id).sort(),
    );
    assert.equal(limits.effective(lane).paused !== undefined, fits.length > 0);
    assert.deepEqual(
      await table.load(),
      limits.list({ ended: true }).toSorted((a, b) => a.id - b.id),
      "what is known is what is kept",
    );
  }
  const added = events.flatMap((body) => (body.kind === "override" && body.what === "added" ? body.override : []));
  assert.equal(new Set(added).size, added.length, "no number is given twice");
  assert.ok(
    [...told].every((id) => added.includes(id)),
    "nothing holds that no event told of",
  );
  limits[Symbol.dispose]();
}

test("what holds is in time and told, and what a person took back is not decided again for an hour", async () => {
  await fc.assert(fc.asyncProperty(steps, live), { numRuns: 150 });
});
