/** The API's port to limits, for its tests and those of the command line: the real table, and a law that is told. */
import { type Clock, systemClock, type WallMs } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import type { EgressName } from "../../model/egress.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { LimitRule, Override, OverrideScope } from "../../model/override.ts";
import { Limits } from "../../relay/limits/limits.ts";
import { memoryOverrides } from "../../store/overrides/overrides.ts";
import { domainOfSite, laneIsWithin } from "./destination-key.ts";
import type { LaneLimits, LawRecord, LimitDesk, Restored } from "./limit-desk.ts";
import type { Answered, LaneRecord } from "./node-face.ts";

const HOUR_MS = 3_600_000;

const RULES: readonly LimitRule[] = [
  {
    ...{ scope: { provider: "google" }, limit: "connections", n: 10, by: "shipped" },
    source: "the operator's page for senders, 2026-02",
  },
  { scope: { provider: "google" }, limit: "perMinute", n: 600, by: "operator", source: "limits.google in the configuration" },
];

/** One that the program decided, and one that bob took back. */
function kept(now: WallMs): readonly Override[] {
  const ago = (hours: number): WallMs => (now - hours * HOUR_MS) as WallMs;
  return [
    {
      ...{ id: 10, scope: { domain: "slow.example" }, change: { is: "pause" }, cause: "maintenance" },
      ...{ by: { kind: "operator", id: "bob" }, from: ago(9), undoneAt: ago(8), undoneBy: { kind: "operator", id: "bob" } },
    },
    {
      ...{ id: 11, scope: { provider: "yahoo" }, cause: "451 too many connections from your address", class: "rate" },
      ...{ change: { is: "limit", limit: "connections", setting: { op: "max", n: 2 } } },
      ...{ by: { kind: "dispatch", id: "pace" }, from: ago(1), until: ago(-1) },
    },
  ];
}

export class MemoryLimits implements LimitDesk {
  readonly table: Limits;
  /** Lanes that `probe` tried, in order. */
  readonly probed: SiteKey[] = [];
  /** What the law holds lanes to; the others are free. */
  readonly laws: Map<SiteKey, LawRecord>;
  readonly #lanes: () => Promise<readonly LaneRecord[]>;
  readonly #now: WallMs;

  constructor(lanes: () => Promise<readonly LaneRecord[]>, now: WallMs) {
    this.#lanes = lanes;
    this.#now = now;
    const clock: Clock = { ...systemClock, wall: () => now, after: () => () => {} };
    this.table = new Limits({ clock, table: memoryOverrides(), rules: RULES, log: silentLog, record: () => {} }, kept(now));
    const until = (now + 60_000) as WallMs;
    const slowed = { phase: "paused", perMinute: 40, ceiling: 57, connections: 2, cuts: 3, undoable: true } as const;
    this.laws = new Map([["gmail.com" as SiteKey, { ...slowed, cause: "421 4.7.28 unusual rate", since: now, until }]]);
  }

  rules(): readonly LimitRule[] {
    return RULES;
  }

  async undoLane(lane: SiteKey): Promise<Answered<{ readonly restored: Restored }>> {
    if (this.laws.delete(lane)) return { ok: true, restored: { lane, immuneUntil: (this.#now + HOUR_MS) as WallMs } };
    const text = `the law has decided nothing for ${lane}`;
    return { ok: false, refusal: { code: "not-found", text, fix: "what limits it: fairlead explain-limit DESTINATION" } };
  }

  async probe(scope: OverrideScope): Promise<number> {
    const within = (await this.#within(scope)).filter(({ site }) => this.laws.get(site)?.phase === "paused");
    this.probed.push(...within.map(({ site }) => site));
    return within.length;
  }

  async explain(scope: OverrideScope, limit: number): Promise<readonly LaneLimits[]> {
    return (await this.#within(scope)).slice(0, limit).map(({ site, provider, state, connections, queued, ...lane }) => {
      const law = this.laws.get(site);
      const node = { egress: lane.egress as EgressName, domain: domainOfSite(site), ...(provider === undefined ? {} : { provider }) };
      return {
        ...{ lane: site, ...node, state, connections, queued, configured: { connections: 20 }, effective: this.table.effective(node) },
        ...(law === undefined ? {} : { law }),
      };
    });
  }

  async #within(scope: OverrideScope): Promise<readonly LaneRecord[]> {
    return (await this.#lanes()).filter((lane) => laneIsWithin(scope, lane));
  }
}
