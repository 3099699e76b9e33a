/** Which of all that limits a lane holds: configuration, rules, overrides and the law, side by side. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import type { EgressName } from "../../model/egress.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { Effective, LimitRule, Override, OverrideChange } from "../../model/override.ts";
import type { LaneLimits, LawRecord } from "./limit-desk.ts";
import { overrideRow, stackOf } from "./limit-shapes.ts";

const NOW = 1_000_000 as WallMs;

function lane(effective: Partial<Effective>, more: Partial<LaneLimits> = {}): LaneLimits {
  return {
    ...{ lane: "mx:gmail.com" as SiteKey, egress: "default" as EgressName, domain: "gmail.com", state: "open", connections: 1, queued: 0 },
    configured: { connections: 20 },
    effective: { pinned: false, stack: [], ...effective },
    ...more,
  };
}

const law = (more: Partial<LawRecord>): LawRecord => ({ phase: "running", connections: 5, cuts: 0, undoable: false, ...more });
const rule = (limit: LimitRule["limit"], n: number): LimitRule => ({
  scope: { provider: "google" },
  limit,
  n,
  by: "shipped",
  source: "its page",
});
const override = (change: OverrideChange): Override => ({
  ...{ id: 12, scope: { provider: "google" }, change, cause: "ticket 7", by: { kind: "operator", id: "ann" }, from: NOW },
});
const holding = (of: LaneLimits): readonly string[] => stackOf(of).flatMap(({ set, says, holds }) => (holds ? [`${set}: ${says}`] : []));

const cases: readonly (readonly [name: string, LaneLimits, holds: readonly string[]])[] = [
  ["nothing is said: the configuration holds", lane({}), ["configuration: at most 20 connections"]],
  [
    "a rule below the configuration",
    lane({ connections: 10, stack: [{ what: rule("connections", 10), holds: true }] }),
    ["shipped-rule: at most 10 connections"],
  ],
  [
    "a rule above the configuration",
    lane({ connections: 50, stack: [{ what: rule("connections", 50), holds: true }] }),
    ["configuration: at most 20 connections"],
  ],
  [
    "the window of the law below both",
    lane({ connections: 10, stack: [{ what: rule("connections", 10), holds: true }] }, { law: law({ connections: 2 }) }),
    ["window: at most 2 connections"],
  ],
  [
    "the provider's law below the lane's",
    lane({}, { law: law({ connections: 30, perMinute: 40 }), providerLaw: law({ connections: 30, perMinute: 25 }) }),
    ["configuration: at most 20 connections", "provider-law: at most 25 messages a minute"],
  ],
  [
    "a lane that is paused holds nothing faster",
    lane(
      { perMinute: 10, stack: [{ what: rule("perMinute", 10), holds: true }] },
      { law: law({ phase: "paused", perMinute: 40, connections: 30 }) },
    ),
    ["configuration: at most 20 connections", "law: paused, then at most 40 messages a minute"],
  ],
  [
    "what scales a rule decides together with it",
    lane({
      perMinute: 300,
      stack: [
        { what: rule("perMinute", 600), holds: true },
        { what: override({ is: "limit", limit: "perMinute", setting: { op: "scale", n: 0.5 } }), holds: true },
      ],
    }),
    [
      "configuration: at most 20 connections",
      "shipped-rule: at most 600 messages a minute",
      "override: 0.5 times the messages a minute that rules allow",
    ],
  ],
  [
    "a pin holds whatever the law says",
    lane(
      {
        ...{ perMinute: 100, pinned: true },
        stack: [{ what: override({ is: "limit", limit: "perMinute", setting: { op: "pin", n: 100 } }), holds: true }],
      },
      { law: law({ perMinute: 8, connections: 30 }) },
    ),
    ["configuration: at most 20 connections", "override: exactly 100 messages a minute"],
  ],
  [
    "a pause holds beside limits",
    lane({ stack: [{ what: override({ is: "pause" }), holds: true }] }),
    ["configuration: at most 20 connections", "override: paused"],
  ],
];

for (const [name, of, want] of cases) test(name, () => assert.deepEqual(holding(of), want));

test("what can be taken back says by which word", () => {
  const undoable = lane(
    { stack: [{ what: override({ is: "pause" }), holds: true }] },
    { law: law({ phase: "probing", perMinute: 8, undoable: true }) },
  );
  assert.deepEqual(
    stackOf(undoable).flatMap(({ undo, says }) => (undo === null ? [] : [[undo, says]])),
    [
      ["o12", "paused"],
      ["mx:gmail.com", "one message is tried, then at most 8 messages a minute"],
    ],
  );
});

test("an override that ended cannot be undone once more", () => {
  const pause = override({ is: "pause" });
  const later = (NOW + 1) as WallMs;
  assert.partialDeepStrictEqual(overrideRow(pause, later), { undo: "o12", ended: false });
  assert.partialDeepStrictEqual(overrideRow({ ...pause, until: NOW }, later), { undo: null, ended: true });
  assert.partialDeepStrictEqual(overrideRow({ ...pause, undoneAt: NOW }, later), { undo: null, ended: true });
});
