/** What the API answers about limits: each voice in a lane's stack under one form, and which of them holds. */
import type { WallMs } from "../../base/clock.ts";
import { changeText, type LimitName, type LimitRule, type Override, scopeText } from "../../model/override.ts";
import type { LaneLimits, LawRecord } from "./limit-desk.ts";
import type * as limits from "./routes/limits.ts";
import type { Static } from "./routes/schema.ts";
import type { ReplyOf } from "./routes.ts";
import { iso, isoOrNull } from "./wire-form.ts";

type Row = Static<typeof limits.limitRow>;

/** What `fairlead undo` takes. */
export function overrideName(id: number): string {
  return `o${id}`;
}

function hasEnded({ until, undoneAt }: Override, now: WallMs): boolean {
  return undoneAt !== undefined || (until !== undefined && until <= now);
}

export function overrideRow(override: Override, now: WallMs): Static<typeof limits.override> {
  const { id, scope, change, cause, by, undoneBy } = override;
  const ended = hasEnded(override, now);
  return {
    ...{ id, undo: ended ? null : overrideName(id), on: scopeText(scope), says: changeText(change) },
    ...{ egress: scope.egress ?? null, provider: scope.provider ?? null, domain: scope.domain ?? null },
    change: {
      is: change.is,
      limit: change.is === "limit" ? change.limit : null,
      op: change.is === "limit" ? change.setting.op : null,
      n: change.is === "limit" ? change.setting.n : null,
      to: change.is === "reroute" ? change.to : null,
    },
    ...{ cause, by: { kind: by.kind, id: by.id }, since: iso(override.from), until: isoOrNull(override.until), ended },
    ...{ immuneUntil: isoOrNull(override.immuneUntil), undoneAt: isoOrNull(override.undoneAt) },
    undoneBy: undoneBy === undefined ? null : { kind: undoneBy.kind, id: undoneBy.id },
  };
}

export function ruleRow({ scope, limit, n, source, by }: LimitRule): ReplyOf<"overrides">["rules"][number] {
  const { provider, domain } = scope;
  const about = { on: scopeText(scope), provider: provider ?? null, domain: domain ?? null };
  return { ...about, limit, n, says: mostText(limit, n), source, from: by };
}

export function laneLimitsRow(lane: LaneLimits): Static<typeof limits.laneLimits> {
  return {
    ...{ lane: lane.lane, egress: lane.egress, provider: lane.provider ?? null, domain: lane.domain, state: lane.state },
    ...{ connections: lane.connections, queued: lane.queued, stack: stackOf(lane) },
  };
}

/** One row before it is known which holds. `strength`: the strictest is the smallest; undefined: settled in the table. */
interface Voice {
  readonly row: Row;
  readonly strength: number | undefined;
}

/** Widest first; of several that bound the same thing the strictest holds, and the first of those that are equal; what the table made of several, all of them. */
export function stackOf(lane: LaneLimits): readonly Row[] {
  const { configured, effective, law, providerLaw } = lane;
  const voices: readonly Voice[] = [
    bound("configuration", "connections", configured.connections),
    ...(configured.perMinute === undefined ? [] : [bound("configuration", "perMinute", configured.perMinute)]),
    ...effective.stack.map(({ what, holds }) => ("change" in what ? ofOverride(what, holds) : ofRule(what, holds))),
    ...(providerLaw === undefined ? [] : ofLaw(providerLaw, "provider-law", "provider-window", lane)),
    ...(law === undefined ? [] : ofLaw(law, "law", "window", lane)),
  ];
  return voices.map((voice) => ({ ...voice.row, holds: holdsAmong(voices, voice, lane) }));
}

function bound(set: Row["set"], limit: LimitName, value: number, more: Partial<Row> = {}): Voice {
  const blank = { cause: null, by: null, since: null, until: null, undo: null, holds: false, ceiling: null, cuts: null };
  return { row: { set, limit, value, says: mostText(limit, value), ...blank, ...more }, strength: value };
}

function mostText(limit: LimitName, n: number): string {
  return changeText({ is: "limit", limit, setting: { op: "max", n } });
}

function ofOverride({ change, cause, by, from, until, id }: Override, holds: boolean): Voice {
  const limited = change.is === "limit" ? change : undefined;
  const row: Row = {
    ...{ set: "override", limit: limited?.limit ?? null, value: limited?.setting.n ?? null, says: changeText(change) },
    ...{ cause, by: by.kind === "operator" ? by.id : "Fairlead", since: iso(from), until: isoOrNull(until), undo: overrideName(id) },
    ...{ holds, ceiling: null, cuts: null },
  };
  return { row, strength: undefined };
}

function ofRule({ limit, n, source, by }: LimitRule, holds: boolean): Voice {
  return { ...bound(by === "shipped" ? "shipped-rule" : "operator-rule", limit, n, { cause: source, holds }), strength: undefined };
}

function ofLaw(law: LawRecord, rate: "law" | "provider-law", window: "window" | "provider-window", { lane }: LaneLimits): readonly Voice[] {
  const windowVoice = bound(window, "connections", law.connections, { by: "Fairlead" });
  const { phase, perMinute } = law;
  if (perMinute === undefined && phase === "running") return [windowVoice];
  const now = { running: [], paused: ["paused"], probing: ["one message is tried"] }[phase];
  const row: Row = {
    ...{ set: rate, limit: "perMinute", value: perMinute ?? null },
    says: [...now, ...(perMinute === undefined ? [] : [mostText("perMinute", perMinute)])].join(", then "),
    ...{ cause: law.cause ?? null, by: "Fairlead", since: isoOrNull(law.since), until: isoOrNull(law.until) },
    ...{ undo: law.undoable ? lane : null, holds: false, ceiling: law.ceiling ?? null, cuts: law.cuts },
  };
  return [{ row, strength: phase === "running" ? (perMinute ?? Number.POSITIVE_INFINITY) : 0 }, windowVoice];
}

/** Pauses, reroutes and pins hold by the table's word; beside what the table came to, configuration and law bound too. */
function holdsAmong(voices: readonly Voice[], voice: Voice, { effective }: LaneLimits): boolean {
  const { limit, holds } = voice.row;
  if (limit === null || (limit === "perMinute" && effective.pinned)) return holds;
  const strengthOf = ({ row, strength }: Voice): number =>
    strength ?? (row.holds ? (effective[limit] ?? row.value ?? 0) : Number.POSITIVE_INFINITY);
  const same = voices.filter(({ row }) => row.limit === limit);
  const strictest = Math.min(...same.map(strengthOf));
  const first = strictest === Number.POSITIVE_INFINITY ? undefined : same.find((one) => strengthOf(one) === strictest);
  const byTable = first !== undefined && first.strength === undefined;
  return byTable ? voice.strength === undefined && holds : voice === first;
}
