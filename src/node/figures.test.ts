/** What *now* shows besides the status: what is in force, with its cause and its undo; of a tenant its own only. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SimClock } from "../../lab/world/sim-clock.ts";
import type { WallMs } from "../base/clock.ts";
import type { ActionRecord, HeldGroup, InForce, LaneRecord } from "../control/api/node-face.ts";
import type { Traffic } from "../control/metrics/traffic.ts";
import type { SenderKey, SiteKey, SourceName, TenantId } from "../model/ids.ts";
import type { Override } from "../model/override.ts";
import { EVERYTHING, type View } from "../model/view.ts";
import type { SpoolHealth } from "../store/spool/spool.ts";
import { type FiguresPorts, figuresOf } from "./figures.ts";

const NOW = Date.UTC(2026, 2, 3, 10) as WallMs;
const OWN: View = { sees: "tenant", tenant: "mueller" as TenantId };
const ANN = { kind: "operator", id: "ann" } as const;

const traffic: Traffic = {
  hour: () => ({
    counts: { accepted: 5, delivered: 4, relayed: 0, bounced: 1, expired: 0, discarded: 0 },
    latency: { n: 4, p50Ms: 900, p99Ms: 4_000 },
    steps: [],
  }),
  providers: (lanes) =>
    lanes.map(({ site, queued, state }) => ({
      ...{ key: site, provider: site, queued, deliveredPerHour: 0, answers: { ok: 0, later: 0, no: 0 }, sites: 1 },
      ...(state === "closed" && { limit: "closed" }),
    })),
  provider: () => undefined,
  ages: () => undefined,
  standing: () => undefined,
  flow: () => ({ inPerMinute: 0, outPerMinute: 0 }),
  putOff: () => [],
  operatorOf: () => ({ key: "google", name: "Google" }),
  refilled: Promise.resolve(),
  [Symbol.dispose]: () => {},
};

function lane(site: string, more: Partial<LaneRecord>): LaneRecord {
  return { egress: "default", site: site as SiteKey, state: "open", connections: 0, queued: 0, ...more };
}

function group(sender: string, more: Partial<HeldGroup>): HeldGroup {
  const at = (NOW - 60_000) as WallMs;
  const whose = { sender: sender as SenderKey, source: "srv7" as SourceName, tenant: "mueller" as TenantId };
  return { key: `k-${sender}`, ...whose, why: "looks taken over", held: 1, oldestAt: at, newestAt: at, sample: [], ...more };
}

function action(number: number, more: Partial<ActionRecord>): ActionRecord {
  const done = { selector: "--sender shop3@srv7", matched: 9, done: 9, undone: false, undoable: true };
  return { action: number, at: (NOW - 30_000) as WallMs, verb: "hold", by: ANN, ...done, ...more };
}

interface Standing {
  readonly lanes?: readonly LaneRecord[];
  readonly holds?: readonly HeldGroup[];
  readonly actions?: readonly ActionRecord[];
  readonly health?: SpoolHealth;
  readonly overrides?: readonly Override[];
}

function figures({ lanes = [], holds = [], actions = [], overrides = [], health = { is: "ok", freeBytes: 1e12 } }: Standing): FiguresPorts {
  const node = { lanes: async () => lanes, holds: async () => holds, actions: async () => actions };
  const spool = { health: () => health, onHealth: () => {} };
  return { clock: new SimClock(NOW), traffic, node, spool, overrides: () => overrides, standing: async () => ({ queued: 7, held: 2 }) };
}

async function cards(standing: Standing, view: View = EVERYTHING): Promise<readonly InForce[]> {
  return (await figuresOf(figures(standing)).now(view)).inForce;
}

test("the hour has what stands now beside what happened", async () => {
  const now = await figuresOf(figures({})).now(EVERYTHING);
  assert.deepEqual(now.lastHour, { accepted: 5, delivered: 4, relayed: 0, bounced: 1, expired: 0, discarded: 0, queued: 7, held: 2 });
  assert.deepEqual([now.latency.p50Ms, now.inForce, now.providers], [900, [], []]);
});

test("what stands is told as it is now where it is known, else as it was last counted", async () => {
  const ports = figures({});
  const now = await figuresOf({ ...ports, traffic: { ...traffic, standing: () => ({ queued: 12, held: 1 }) } }).now(EVERYTHING);
  assert.deepEqual([now.lastHour.queued, now.lastHour.held], [12, 1]);
});

test("a closed way that mail waits for is a card with cause, since, until and what then", async () => {
  const closed = {
    state: "closed",
    why: "421 4.7.28 slow down",
    since: (NOW - 900_000) as WallMs,
    until: (NOW + 60_000) as WallMs,
  } as const;
  const [card, ...more] = await cards({ lanes: [lane("mx:gmail.com", { ...closed, queued: 3_902 }), lane("mx:quiet.example", closed)] });
  assert.deepEqual(card, {
    id: "lane mx:gmail.com",
    what: "closed; 3,902 deliveries wait",
    on: "gmail.com",
    cause: "421 4.7.28 slow down",
    link: "#/destinations/google",
    by: "Fairlead",
    since: NOW - 900_000,
    until: NOW + 60_000,
    then: "one connection is tried; if that fails too it stays closed for longer, half an hour at most",
  });
  assert.deepEqual(more, [], "nobody waits for the other");
});

test("a way that is slowed or paused says how fast, why, and what comes next", async () => {
  const since = (NOW - 900_000) as WallMs;
  const slow = { why: "421 4.7.28 slow down", since, perMinute: 8.4, ceiling: 11.4, queued: 40 };
  const paused = { ...slow, state: "closed", cause: "pushback", until: (NOW + 60_000) as WallMs, queued: 7 } as const;
  const shunned = { ...paused, cause: "shunned", queued: 1 } as const;
  const found = await cards({ lanes: [lane("mx:a.example", slow), lane("mx:b.example", paused), lane("mx:c.example", shunned)] });
  assert.deepEqual(
    found.map(({ what, cause, then }) => [what, cause, then?.split(",")[0]]),
    [
      ["at most 8.4 messages a minute; 40 deliveries wait", "421 4.7.28 slow down", "it rises while nothing is refused"],
      ["paused; 7 deliveries wait", "421 4.7.28 slow down", "one message is tried; if it is refused too the pause doubles"],
      ["closed; 1 delivery waits", "421 4.7.28 slow down", "one message is tried; if it is refused too it stays closed for longer"],
    ],
  );
});

test("an operator's hold is one card however many senders it holds, and its undo is the action's", async () => {
  const holds = [group("a@srv7", { held: 40, action: 118 }), group("b@srv7", { held: 2, action: 118 })];
  const [card, ...more] = await cards({ holds, actions: [action(118, {})] });
  assert.deepEqual(
    [card?.what, card?.on, card?.by, card?.undo, card?.since],
    ["42 deliveries held", "2 senders", "ann", "118", NOW - 30_000],
  );
  assert.equal(card?.link, "#/holds");
  assert.deepEqual(more, []);
});

test("a hold of the program's own has no action to undo; one that was undone neither", async () => {
  const [own] = await cards({ holds: [group("a@srv7", {})] });
  assert.deepEqual(
    [own?.what, own?.on, own?.by, own?.undo, own?.link],
    ["1 delivery held", "a@srv7", "Fairlead", undefined, "#/holds/k-a@srv7"],
  );
  const [undone] = await cards({ holds: [group("a@srv7", { action: 5 })], actions: [action(5, { undone: true })] });
  assert.equal(undone?.undo, undefined);
});

test("whose action it was is left open where the viewer may not know it", async () => {
  const [card] = await cards({ holds: [group("a@srv7", { action: 5 })] }, OWN);
  assert.deepEqual([card?.by, card?.undo], ["an operator", undefined]);
});

test("a discard says until when it can be taken back, and what then", async () => {
  const until = (NOW + 3_000_000) as WallMs;
  const [card] = await cards({ holds: [group("a@srv7", { held: 9, action: 6 })], actions: [action(6, { verb: "discard", until })] });
  assert.deepEqual(
    [card?.what, card?.until, card?.then, card?.undo],
    ["9 deliveries to be discarded", until, "it is discarded for good", "6"],
  );
});

test("a disk that takes no mail is a card", async () => {
  const [full] = await cards({ health: { is: "full", freeBytes: 1.2e9 } });
  assert.deepEqual([full?.what, full?.cause], ["no mail is taken", "the disk is nearly full: 1200 MB are left"]);
  const [sick] = await cards({ health: { is: "sick", why: "EIO" } });
  assert.equal(sick?.cause, "EIO");
});

test("a decision about limits is a card with who, why, until when, and how it is taken back", async () => {
  const by = { kind: "dispatch", id: "listed" } as const;
  const since = (NOW - 60_000) as WallMs;
  const pause: Override = { id: 7, scope: { provider: "google" }, change: { is: "pause" }, cause: "maintenance", by: ANN, from: since };
  const [card, other, ...more] = await cards({
    overrides: [pause, { ...pause, id: 8, by, until: (NOW + 1) as WallMs, from: (NOW - 70_000) as WallMs }],
    lanes: [lane("mx:gmail.com", { state: "closed", why: "maintenance", queued: 9, undo: "o7" })],
  });
  assert.deepEqual(card, {
    ...{ id: "override 7", what: "paused", on: "google", cause: "maintenance", by: "ann", since, undo: "o7" },
    then: "it stays until somebody takes it back",
  });
  assert.deepEqual([other?.by, other?.until, other?.then], ["Fairlead", NOW + 1, "what was before holds again"]);
  assert.deepEqual(more, [], "the lanes behind it have none of their own");
});

test("what the law decided is taken back by its lane's key", async () => {
  const [card] = await cards({ lanes: [lane("mx:gmail.com", { perMinute: 8, queued: 9, undo: "mx:gmail.com" })] });
  assert.equal(card?.undo, "mx:gmail.com");
});

test("a tenant sees holds of its own mail, and nothing of the node's ways and disk", async () => {
  const standing: Standing = {
    lanes: [lane("mx:gmail.com", { state: "closed", why: "too much of another's mail", queued: 5 })],
    holds: [group("a@srv7", {})],
    health: { is: "full", freeBytes: 1 },
  };
  const now = await figuresOf(figures(standing)).now(OWN);
  assert.deepEqual(
    now.inForce.map(({ id }) => id),
    ["hold k-a@srv7"],
  );
  assert.deepEqual(now.providers, []);
});
