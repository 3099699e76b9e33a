/** What the API is told of limits: which lanes, what the law holds them to, who holds them back, and what takes it back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SimClock } from "../../lab/world/sim-clock.ts";
import type { WallMs } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import type { LaneRecord } from "../control/api/node-face.ts";
import type { Diagnosis } from "../model/diagnosis.ts";
import { DEFAULT_EGRESS, type EgressName } from "../model/egress.ts";
import type { SiteKey } from "../model/ids.ts";
import type { Override, OverrideOrder } from "../model/override.ts";
import type { LaneReport } from "../relay/dispatch/dispatch.ts";
import { type Limits, openLimits } from "../relay/limits/limits.ts";
import { memoryOverrides } from "../store/overrides/overrides.ts";
import { laneScope, limiterOf, NodeLimits } from "./limit-desk.ts";

const NOW = 1_790_000_000_000;
const at = (n: number): WallMs => (NOW + n) as WallMs;
const ann = { kind: "operator", id: "ann" } as const;
const GMAIL = "mx:gmail.com" as SiteKey;
const ACME = "mx:acme.example" as SiteKey;
const RELAY = "upstream:relay.example.net:587" as SiteKey;

const pace = { phase: "running", perMinute: 8.4, ceiling: 12, connections: 2, cuts: 3 } as const;
const slow = { ...pace, since: at(-1000), why: "421 4.7.28 unusual rate" };
const diagnosis: Diagnosis = {
  ...{ class: "rate", scope: "ip", permanent: false, rule: "x", confidence: 1, cause: "Google limits this address" },
  remedy: { who: "operator", text: "" },
};
const shut = { ...{ since: at(-500), until: at(60_000), why: slow.why }, failures: 3, diagnosis };
const paused: LaneReport["state"] = { is: "closed", cause: "pushback", ...shut };
const open: LaneReport["state"] = { is: "open" };

const LANES: readonly LaneReport[] = [
  {
    ...{ site: GMAIL, provider: "google", state: paused, slow: { ...slow, phase: "paused" }, connections: 0 },
    laws: [{ of: "site", pace: { ...pace, phase: "paused" }, slow: { ...slow, phase: "paused" }, until: at(60_000) }],
  },
  {
    ...{ site: ACME, provider: "google", state: open, slow, connections: 2 },
    laws: [
      { of: "site", pace: { phase: "running", connections: 5, cuts: 0 } },
      { of: "provider", pace, slow },
    ],
  },
  { site: RELAY, state: open, connections: 4 },
];

interface Desk {
  readonly desk: NodeLimits;
  readonly limits: Limits;
  readonly reopened: SiteKey[];
  readonly undone: SiteKey[];
}

async function staged(): Promise<Desk> {
  const clock = new SimClock(at(0));
  const rules = [{ scope: { provider: "google" }, limit: "connections", n: 5, by: "shipped", source: "a page, 2026-11" } as const];
  const limits = await openLimits({ clock, table: memoryOverrides(), rules, log: silentLog, record: () => {} });
  const [reopened, undone]: [SiteKey[], SiteKey[]] = [[], []];
  const dispatch = {
    lanes: () => LANES,
    undo: (site: SiteKey) => site === ACME && undone.push(site) > 0,
    reopen: (site: SiteKey) => reopened.push(site) > 0,
  };
  const records = LANES.map(({ site, connections }, n): LaneRecord => {
    const { egress, provider } = laneScope(site, LANES[n]?.provider);
    return { egress, site, state: "open", connections, queued: 9 - n, ...(provider !== undefined && { provider }) };
  });
  const desk = new NodeLimits({ clock, limits, dispatch, lanes: async () => records, connections: { upstream: 20, mx: 10 } });
  return { desk, limits, reopened, undone };
}

const NAMES: readonly (readonly [string, string | undefined, object])[] = [
  ["mx:acme.example", "google", { egress: DEFAULT_EGRESS, provider: "google", domain: "acme.example" }],
  ["mx:gmail.com|out2", undefined, { egress: "out2", provider: "google", domain: "gmail.com" }],
  ["mx:acme.example", undefined, { egress: DEFAULT_EGRESS, domain: "acme.example" }],
  ["upstream:relay.example.net:587", undefined, { egress: DEFAULT_EGRESS, domain: "relay.example.net:587" }],
];
for (const [site, provider, want] of NAMES)
  test(`${site} of ${provider ?? "nobody known"} is asked for as ${JSON.stringify(want)}`, () =>
    assert.deepEqual(laneScope(site as SiteKey, provider), want));

test("lanes are explained with rules, the law and what is configured, most waiting first", async () => {
  const { desk } = await staged();
  const [first, second, ...more] = await desk.explain({ provider: "google" }, 10);
  assert.deepEqual(more, []);
  assert.deepEqual([first?.lane, first?.queued, first?.effective.connections], [GMAIL, 9, 5]);
  const law = { perMinute: 8.4, ceiling: 12, connections: 2, cuts: 3, cause: slow.why, since: at(-1000), undoable: true };
  assert.deepEqual(first?.law, { ...law, phase: "paused", until: at(60_000) });
  assert.deepEqual([second?.law, second?.providerLaw], [undefined, { ...law, phase: "running" }]);
  const [relay] = await desk.explain({ domain: "relay.example.net:587" }, 10);
  assert.deepEqual([relay?.configured, relay?.law, relay?.effective.stack], [{ connections: 20 }, undefined, []]);
  assert.equal((await desk.explain({ provider: "google" }, 1)).length, 1);
});

test("of a domain that nothing waits for it is told what would hold", async () => {
  const { desk } = await staged();
  const [idle] = await desk.explain({ domain: "googlemail.com", egress: "out2" as EgressName }, 10);
  assert.deepEqual([idle?.lane, idle?.provider, idle?.effective.connections], ["mx:googlemail.com|out2", "google", 5]);
  assert.deepEqual([idle?.queued, idle?.configured], [0, { connections: 10 }]);
  const [upstream] = await desk.explain({ domain: "other.example:25" }, 10);
  assert.equal(upstream?.lane, "upstream:other.example:25");
  assert.deepEqual(await desk.explain({ provider: "yahoo" }, 10), []);
});

test("what the law has paused is tried, and nothing else", async () => {
  const { desk, reopened } = await staged();
  assert.equal(await desk.probe({ provider: "google" }), 1);
  assert.equal(await desk.probe({ domain: "acme.example" }), 0);
  assert.deepEqual(reopened, [GMAIL]);
});

test("what the law decided is taken back for an hour; where it decided nothing that is said", async () => {
  const { desk, undone } = await staged();
  assert.deepEqual(await desk.undoLane(ACME), { ok: true, restored: { lane: ACME, immuneUntil: at(3_600_000), perMinute: 8.4 } });
  assert.deepEqual(undone, [ACME]);
  const refused = await desk.undoLane(RELAY);
  assert.ok(!refused.ok && refused.refusal.code === "not-found");
});

test("who holds a lane back is named, with what takes it back", async () => {
  const { limits } = await staged();
  const scope = { provider: "google" };
  const order: Omit<OverrideOrder, "change"> = { scope, cause: "a test", by: ann };
  const who = (n: number) => {
    const lane = LANES[n];
    assert.ok(lane);
    return limiterOf(lane.site, lane, limits.effective(laneScope(lane.site, lane.provider)));
  };
  const added = async (change: OverrideOrder["change"], more: Partial<OverrideOrder> = {}): Promise<Override> => {
    const done = await limits.add({ ...order, change, ...more });
    assert.ok(done.is === "added");
    return done.override;
  };
  assert.deepEqual(who(1), { limitedBy: "law", undo: ACME });
  assert.deepEqual(who(2), {});
  const max = (n: number) => ({ is: "limit", limit: "perMinute", setting: { op: "max", n } }) as const;
  await added(max(60));
  assert.deepEqual(who(1), { limitedBy: "law", undo: ACME }, "the law is stricter");
  await added(max(5));
  assert.deepEqual(who(1), { limitedBy: "operator", undo: "o2" });
  assert.deepEqual(who(0), { limitedBy: "law", undo: GMAIL }, "it is paused");
  await added({ is: "pause" }, { by: { kind: "dispatch", id: "listed" }, class: "list", until: at(5000) });
  assert.deepEqual(who(0), { limitedBy: "law", undo: "o3" });
});
