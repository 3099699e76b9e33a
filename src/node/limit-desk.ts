/** The API's port to limits on this node: the table of decisions beside what the law has found in each lane. */
import type { Clock, WallMs } from "../base/clock.ts";
import type { LaneLimits, LawRecord, LimitDesk, Restored } from "../control/api/limit-desk.ts";
import type { Answered, LaneRecord } from "../control/api/node-face.ts";
import { findByDomain } from "../mail/replies/providers.ts";
import { DEFAULT_EGRESS } from "../model/egress.ts";
import type { SiteKey } from "../model/ids.ts";
import type { Effective, LaneScope, LimitRule, Override, OverrideScope } from "../model/override.ts";
import { mxSite } from "../relay/deliver/deliver.ts";
import type { Dispatch, LaneReport, LawReport } from "../relay/dispatch/dispatch.ts";
import { covers, IMMUNE_MS, type Limits } from "../relay/limits/limits.ts";

export interface NodeLimitPorts {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly dispatch: Pick<Dispatch, "lanes" | "undo" | "reopen">;
  /** Most waiting first. */
  lanes(): Promise<readonly LaneRecord[]>;
  /** Connections to one upstream, and to one domain's hosts. */
  readonly connections: { readonly upstream: number; readonly mx: number };
}

export class NodeLimits implements LimitDesk {
  readonly #ports: NodeLimitPorts;

  constructor(ports: NodeLimitPorts) {
    this.#ports = ports;
  }

  get table(): Limits {
    return this.#ports.limits;
  }

  rules(): readonly LimitRule[] {
    return this.#ports.limits.rules;
  }

  async undoLane(lane: SiteKey): Promise<Answered<{ readonly restored: Restored }>> {
    const { dispatch, clock } = this.#ports;
    if (!dispatch.undo(lane)) {
      const text = `the law has decided nothing for ${lane}`;
      return { ok: false, refusal: { code: "not-found", text, fix: "what limits it: fairlead explain-limit DESTINATION" } };
    }
    const perMinute = dispatch.lanes().find(({ site }) => site === lane)?.slow?.perMinute;
    const immuneUntil = (clock.wall() + IMMUNE_MS) as WallMs;
    return { ok: true, restored: { lane, immuneUntil, ...(perMinute !== undefined && { perMinute }) } };
  }

  async probe(scope: OverrideScope): Promise<number> {
    const { dispatch } = this.#ports;
    const paused = dispatch.lanes().filter((lane) => lawOf(lane)?.phase === "paused" && covers(scope, laneScope(lane.site, lane.provider)));
    for (const { site } of paused) dispatch.reopen(site);
    return paused.length;
  }

  async explain(scope: OverrideScope, limit: number): Promise<readonly LaneLimits[]> {
    const known = new Map(this.#ports.dispatch.lanes().map((lane) => [lane.site, lane]));
    const within = (await this.#ports.lanes()).filter(({ site, provider }) => covers(scope, laneScope(site, provider)));
    const records = within.length === 0 && scope.domain !== undefined ? [idleLane(scope.domain, scope)] : within;
    return records.slice(0, limit).map((record) => this.#limitsOf(record, known.get(record.site)));
  }

  #limitsOf({ site, provider, state, connections, queued }: IdleLane, lane: LaneReport | undefined): LaneLimits {
    const at = laneScope(site, provider);
    const law = lane?.laws?.find((one) => one.of === "site");
    const above = lane?.laws?.find((one) => one.of !== "site" && one.slow !== undefined);
    return {
      ...{ lane: site, ...at, state, connections, queued, effective: this.#ports.limits.effective(at) },
      configured: { connections: site.startsWith("mx:") ? this.#ports.connections.mx : this.#ports.connections.upstream },
      ...(law?.slow && { law: recordOf(law) }),
      ...(above && { providerLaw: recordOf(above) }),
    };
  }
}

type IdleLane = Pick<LaneRecord, "site" | "provider" | "state" | "connections" | "queued">;

function idleLane(domain: string, { egress }: OverrideScope): IdleLane {
  const way = egress === undefined || egress === DEFAULT_EGRESS ? "" : `|${egress}`;
  const site = (domain.includes(":") ? `upstream:${domain}` : `mx:${domain}${way}`) as SiteKey;
  return { site, state: "open", connections: 0, queued: 0 };
}

/** What rules and decisions call a lane. Before its hosts are known, who runs them may be known by the domain. */
export function laneScope(site: SiteKey, provider: string | undefined): LaneScope {
  const mx = mxSite(site);
  if (mx === undefined) return { egress: DEFAULT_EGRESS, domain: site.replace(/^upstream:/, "") };
  const key = provider ?? findByDomain(mx.domain)?.key;
  return { ...mx, ...(key !== undefined && { provider: key }) };
}

/** What the law holds the lane to, by its own answers or those of its provider; undefined: nothing. */
function lawOf({ state, slow }: LaneReport): LawRecord | undefined {
  if (slow === undefined) return undefined;
  const { phase, perMinute, ceiling, connections, cuts, why, since } = slow;
  return {
    ...{ phase, connections, cuts, cause: why, since, undoable: true },
    ...(perMinute !== undefined && { perMinute }),
    ...(ceiling !== undefined && { ceiling }),
    ...(state.is === "closed" && { until: state.until }),
  };
}

function recordOf({ pace, slow, until }: LawReport): LawRecord {
  return {
    ...pace,
    ...(slow && { cause: slow.why, since: slow.since }),
    ...(until !== undefined && { until }),
    undoable: slow !== undefined,
  };
}

/** Who holds the lane back, and what takes that back; nothing where mail goes as it comes. */
export function limiterOf(
  site: SiteKey,
  lane: LaneReport | undefined,
  { paused, perMinute, stack }: Effective,
): Pick<LaneRecord, "limitedBy" | "undo"> {
  if (paused) return deciderOf(paused);
  const law = lane && lawOf(lane);
  if (law && (law.phase !== "running" || (law.perMinute ?? Number.POSITIVE_INFINITY) < (perMinute ?? Number.POSITIVE_INFINITY)))
    return { limitedBy: "law", undo: site };
  const held = stack.findLast(({ what, holds }) => holds && limitIn(what) === "perMinute")?.what;
  if (held === undefined) return {};
  return "change" in held ? deciderOf(held) : { limitedBy: "rule" };
}

function deciderOf({ id, by }: Override): Pick<LaneRecord, "limitedBy" | "undo"> {
  return { limitedBy: by.kind === "operator" ? "operator" : "law", undo: `o${id}` };
}

function limitIn(what: Override | LimitRule): string | undefined {
  if (!("change" in what)) return what.limit;
  return what.change.is === "limit" ? what.change.limit : undefined;
}
