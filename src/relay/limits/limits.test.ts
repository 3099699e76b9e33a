/** R6b: what people and the program decide about limits is durable, seen, bounded in time, and taken back by one call. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cancel, type Clock, systemClock, type WallMs } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { DEFAULT_EGRESS, type EgressName } from "../../model/egress.ts";
import type { Actor, NewEvent } from "../../model/event.ts";
import type { LimitRule, Override, OverrideChange, OverrideOrder } from "../../model/override.ts";
import { memoryOverrides, type OverrideTable } from "../../store/overrides/overrides.ts";
import { type LimitChange, type LimitPorts, type Limits, openLimits } from "./limits.ts";

const START = 1_790_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ann: Actor = { kind: "operator", id: "ann" };
const program: Actor = { kind: "dispatch", id: "provider-level" };
const second = "second" as EgressName;
const lane = { egress: DEFAULT_EGRESS, provider: "google", domain: "example.org" };
const google: LimitRule = { scope: { provider: "google" }, limit: "connections", n: 20, by: "shipped", source: "a page" };
const pause: OverrideChange = { is: "pause" };

interface Stage {
  readonly limits: Limits;
  readonly changes: readonly string[];
  readonly events: readonly NewEvent["body"][];
  readonly table: OverrideTable;
  now(): WallMs;
  pass(ms: number): Promise<void>;
  add(order: Partial<OverrideOrder>): ReturnType<Limits["add"]>;
  /** As after a restart. */
  again(): Promise<Limits>;
}

async function staged(body: (stage: Stage) => Promise<void>, more: Partial<LimitPorts> = {}): Promise<void> {
  let now = START;
  const timers = new Map<symbol, { readonly at: number; readonly then: () => void }>();
  const after = (ms: number, then: () => void): Cancel => {
    const key = Symbol("timer");
    timers.set(key, { at: now + ms, then });
    return () => timers.delete(key);
  };
  const clock: Clock = { ...systemClock, after, wall: () => now as WallMs };
  const table = memoryOverrides();
  const events: NewEvent["body"][] = [];
  const ports: LimitPorts = { clock, table, rules: [google], log: silentLog, record: ({ body }) => events.push(body), ...more };
  using limits = await openLimits(ports);
  const changes: string[] = [];
  limits.onChange(({ what, override }: LimitChange) => changes.push(`${what} ${override.id}`));
  await body({
    ...{ limits, changes, events, table },
    now: () => now as WallMs,
    pass: async (ms) => {
      const until = now + ms;
      for (;;) {
        const [next] = [...timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at);
        if (!next) break;
        timers.delete(next[0]);
        now = Math.max(now, next[1].at);
        next[1].then();
      }
      now = until;
      await limits.undo(0, ann); // in turn behind what was begun
    },
    add: (order) => limits.add({ scope: { provider: "google" }, change: pause, cause: "maintenance", by: ann, ...order }),
    again: () => openLimits({ ...ports, table: more.table ?? table }),
  });
}

test("a pause holds from when it is written until it is undone, and after a restart", () =>
  staged(async ({ limits, add, changes, again }) => {
    const before = limits.effective(lane);
    assert.deepEqual([before.paused, before.connections], [undefined, 20]);
    const added = await add({});
    assert.equal(added.is, "added");
    assert.deepEqual(changes, ["added 1"]);
    assert.equal(limits.effective(lane).paused?.id, 1);
    assert.equal((await again()).effective(lane).paused?.id, 1);
    assert.equal(limits.effective({ ...lane, provider: "yahoo" }).paused, undefined);
    assert.equal((await limits.undo(1, ann)).is, "undone");
    assert.deepEqual(limits.effective(lane), before);
    assert.deepEqual(changes, ["added 1", "undone 1"]);
    const later = await again();
    assert.equal(later.effective(lane).paused, undefined);
    assert.deepEqual(later.list({ ended: true }), limits.list({ ended: true }));
  }));

test("each turn is an event that says who, why and until when", () =>
  staged(async ({ limits, add, events, now, pass }) => {
    await add({ until: (now() + 1000) as WallMs });
    await add({ until: (now() + 2000) as WallMs });
    await pass(2000);
    await add({ by: program, class: "list", cause: "listed", until: (now() + 1000) as WallMs });
    await limits.undo(2, ann);
    const first = { kind: "override", override: 1, scope: { provider: "google" }, change: pause, cause: "maintenance", by: ann };
    const other = { ...first, override: 2, cause: "listed", until: START + 3000 };
    assert.deepEqual(events, [
      { ...first, what: "added", until: START + 1000 },
      { ...first, what: "prolonged", until: START + 2000 },
      { ...first, what: "ended", until: START + 2000 },
      { ...other, what: "added", by: program },
      { ...other, what: "undone" },
    ]);
  }));

test("what was composed is the same object until something changes", () =>
  staged(async ({ limits, add }) => {
    const { generation } = limits;
    const first = limits.effective(lane);
    assert.equal(limits.effective({ ...lane }), first);
    assert.equal(limits.generation, generation);
    await add({ scope: { provider: "yahoo" } });
    assert.notEqual(limits.generation, generation);
    assert.equal(limits.effective(lane), first, "it is not about this lane");
    await add({});
    assert.notEqual(limits.effective(lane), first);
  }));

test("an end comes by itself, each at its time", () =>
  staged(async ({ limits, add, now, pass, changes }) => {
    await add({ until: (now() + HOUR) as WallMs, cause: "longer" });
    await add({ until: (now() + 1000) as WallMs });
    await pass(999);
    assert.equal(limits.list().length, 2);
    await pass(1);
    assert.deepEqual(changes, ["added 1", "added 2", "ended 2"]);
    await pass(HOUR);
    assert.equal(limits.effective(lane).paused, undefined);
    assert.deepEqual(
      limits.list({ ended: true }).map(({ id }) => id),
      [1, 2],
      "the last to end first",
    );
    await pass(31 * DAY);
    await add({});
    await limits.undo(3, ann);
    assert.deepEqual(
      limits.list({ ended: true }).map(({ id }) => id),
      [3],
    );
  }));

test("the same again is no second one; a later end prolongs it", () =>
  staged(async ({ limits, add, now, pass, changes }) => {
    await add({ until: (now() + 1000) as WallMs });
    const stands = await add({ until: (now() + 500) as WallMs });
    assert.deepEqual([stands.is, stands.is === "stands" && stands.override.until], ["stands", now() + 1000]);
    await add({ until: (now() + 2000) as WallMs });
    await pass(1500);
    assert.equal(limits.effective(lane).paused?.id, 1);
    await add({});
    await pass(DAY);
    assert.equal(limits.effective(lane).paused?.until, undefined);
    await add({ by: { kind: "operator", id: "bob" } });
    assert.deepEqual(changes, ["added 1", "prolonged 1", "prolonged 1", "added 2"]);
  }));

test("what a person took back the program does not decide again for an hour, unless it is worse", () =>
  staged(async ({ limits, add, now, pass }) => {
    const order = { by: program, class: "rate" as const, cause: "421 4.7.28 unusual rate", until: (now() + 10 * HOUR) as WallMs };
    const made = await add(order);
    assert.ok(made.is === "added");
    await limits.undo(made.override.id, ann);
    const until = now() + HOUR;
    assert.deepEqual(await add(order), { is: "refused", why: "was undone as number 1, and its cause has grown no worse", until });
    assert.equal((await add({ ...order, cause: "other words" })).is, "refused");
    assert.equal((await add({ ...order, class: "sysbusy" })).is, "refused", "milder");
    assert.equal((await add({ ...order, scope: { provider: "google", domain: "example.org" } })).is, "refused", "within");
    assert.equal((await add({ ...order, scope: { provider: "yahoo" } })).is, "added", "elsewhere");
    assert.equal((await add({ ...order, class: "list" })).is, "added", "worse");
    assert.equal((await add({ ...order, by: ann })).is, "added", "a person may");
    await pass(HOUR);
    assert.equal((await add(order)).is, "added");
  }));

test("what the program takes back itself is not immune, nor is a person's own", () =>
  staged(async ({ limits, add, now }) => {
    const order = { by: program, class: "list" as const, until: (now() + HOUR) as WallMs };
    await add(order);
    await limits.undo(1, program);
    assert.equal((await add(order)).is, "added");
    await add({ class: "list" });
    await limits.undo(3, ann);
    assert.equal((await add({ ...order, class: "repIP" })).is, "added");
  }));

test("a rate limit is never answered from another address by the program, and by a person with a warning", () =>
  staged(async ({ limits, add, now }) => {
    const order = { change: { is: "reroute", to: second } as const, class: "rate" as const, until: (now() + HOUR) as WallMs };
    const refused = await add({ ...order, by: program });
    assert.ok(refused.is === "refused" && /another address/.test(refused.why));
    const added = await add(order);
    assert.ok(added.is === "added" && /evasion/.test(added.warning ?? ""));
    assert.equal(limits.effective(lane).reroute?.change.to, second);
    assert.equal(limits.effective({ ...lane, egress: second }).reroute, undefined, "it is there already");
    assert.equal((await add({ ...order, by: program, class: "list" })).is, "added");
  }));

const FAULTS: readonly (readonly [Partial<OverrideOrder>, RegExp])[] = [
  [{ scope: {} }, /nowhere/],
  [{ scope: { provider: "gogle" } }, /did you mean google/],
  [{ scope: { domain: "Example.org" } }, /no domain/],
  [{ scope: { domain: "a b" } }, /no domain/],
  [{ cause: " " }, /no cause/],
  [{ cause: "x".repeat(501) }, /501 characters/],
  [{ until: START as WallMs }, /before it begins/],
  [{ by: program }, /no end/],
  [{ scope: { egress: second }, change: { is: "reroute", to: second } }, /itself/],
  [{ change: { is: "limit", limit: "connections", setting: { op: "max", n: 0 } } }, /whole number from 1/],
  [{ change: { is: "limit", limit: "connections", setting: { op: "max", n: 1.5 } } }, /whole number/],
  [{ change: { is: "limit", limit: "perMinute", setting: { op: "pin", n: Number.NaN } } }, /NaN/],
  [{ change: { is: "limit", limit: "perMinute", setting: { op: "scale", n: 101 } } }, /a factor to 101/],
];
for (const [order, why] of FAULTS)
  test(`refused: ${why.source}`, () =>
    staged(async ({ add, limits }) => {
      const refused = await add(order);
      assert.ok(refused.is === "refused");
      assert.match(refused.why, why);
      assert.deepEqual(limits.list({ ended: true }), []);
    }));

test("what cannot be written is not in force, and what cannot be taken back stays", async () => {
  let full = true;
  const rows = memoryOverrides();
  const put = async (override: Override): Promise<void> => {
    if (full) throw new Error("the disk is full");
    await rows.put(override);
  };
  await staged(
    async ({ add, limits, changes }) => {
      const refused = await add({});
      assert.ok(refused.is === "refused" && /the disk is full/.test(refused.why));
      assert.equal(limits.effective(lane).paused, undefined);
      full = false;
      await add({});
      full = true;
      assert.equal((await limits.undo(1, ann)).is, "refused");
      assert.equal(limits.effective(lane).paused?.id, 1);
      assert.deepEqual(changes, ["added 1"]);
    },
    { table: { ...rows, put } },
  );
});

test("an undo of what is not there says what became of it", () =>
  staged(async ({ limits, add }) => {
    assert.deepEqual(await limits.undo(7, ann), { is: "refused", why: "number 7 is not known", unknown: true });
    await add({});
    const both = await Promise.all([limits.undo(1, ann), limits.undo(1, ann)]);
    assert.deepEqual(
      both.map(({ is }) => is),
      ["undone", "refused"],
    );
  }));
