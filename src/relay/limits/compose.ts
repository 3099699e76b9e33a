/**
 * From everything that fits a lane to what holds there. Of several that bound the same limit the strictest holds, in
 * whatever order they came:
 *
 *     the least of rules × all scales, raised to the greatest `min`, lowered to the least `max`; or the least `pin`
 *
 * A rule of the operator stands instead of a shipped one for the same scope, or nobody could correct what is shipped.
 */
import { unreachable } from "../../base/brand.ts";
import type { EgressName } from "../../model/egress.ts";
import {
  type Effective,
  LIMIT_NAMES,
  type LimitName,
  type LimitRule,
  type LimitSetting,
  type Override,
  type OverrideChange,
} from "../../model/override.ts";

type Cause = Override | LimitRule;

/** `fitting`: the widest scope first, rules before overrides. What leaves by `egress` is not led to where it is. */
export function compose(fitting: readonly Cause[], egress: EgressName): Effective {
  const holding = new Set<Cause>();
  const limits: { [L in LimitName]?: number } = {};
  let pinned = false;
  let leastPerMinute: number | undefined;
  for (const limit of LIMIT_NAMES) {
    const found = bounded(limit, fitting);
    if (found === undefined) continue;
    for (const cause of found.by) holding.add(cause);
    if (found.n !== undefined) limits[limit] = found.n;
    if (limit !== "perMinute") continue;
    pinned = found.pinned;
    leastPerMinute = found.least;
  }
  const paused = longest(fitting.filter(isOverride).filter(({ change }) => change.is === "pause"));
  const reroute = fitting.findLast((cause): cause is Reroute => isReroute(cause) && cause.change.to !== egress);
  for (const one of [paused, reroute]) if (one !== undefined) holding.add(one);
  return {
    ...limits,
    ...(leastPerMinute !== undefined && { leastPerMinute }),
    pinned,
    ...(paused && { paused }),
    ...(reroute && { reroute }),
    stack: fitting.map((what) => ({ what, holds: holding.has(what) })),
  };
}

interface Found {
  readonly n: number | undefined;
  readonly pinned: boolean;
  readonly least: number | undefined;
  readonly by: readonly Cause[];
}

interface Bound {
  readonly n: number;
  readonly by: readonly Cause[];
}

function bounded(limit: LimitName, fitting: readonly Cause[]): Found | undefined {
  const pin = least(settings(limit, "pin", fitting));
  if (pin) return { n: pin.n, pinned: true, least: undefined, by: pin.by };
  const min = greatest(settings(limit, "min", fitting));
  let bound = scaled(limit, least(rulesOf(limit, fitting)), settings(limit, "scale", fitting));
  if (bound && min && min.n > bound.n) bound = min;
  const max = least(settings(limit, "max", fitting));
  if (max && (!bound || max.n < bound.n)) bound = max;
  const floor = limit === "perMinute" && min && (bound === undefined || min.n <= bound.n) ? min : undefined;
  if (!bound && !floor) return undefined;
  return { n: bound?.n, pinned: false, least: floor?.n, by: [...(bound?.by ?? []), ...(floor?.by ?? [])] };
}

/** Of one scope, what the operator wrote instead of what is shipped. */
function rulesOf(limit: LimitName, fitting: readonly Cause[]): readonly Bound[] {
  const rules = fitting.filter((cause): cause is LimitRule => !isOverride(cause) && cause.limit === limit);
  const corrected = (rule: LimitRule): boolean =>
    rule.by === "shipped" &&
    rules.some(
      (other) => other.by === "operator" && other.scope.provider === rule.scope.provider && other.scope.domain === rule.scope.domain,
    );
  return rules.filter((rule) => !corrected(rule)).map((rule) => ({ n: rule.n, by: [rule] }));
}

function settings(limit: LimitName, op: LimitSetting["op"], fitting: readonly Cause[]): readonly Bound[] {
  return fitting.flatMap((cause) => {
    const change: OverrideChange | undefined = isOverride(cause) ? cause.change : undefined;
    return change?.is === "limit" && change.limit === limit && change.setting.op === op ? [{ n: change.setting.n, by: [cause] }] : [];
  });
}

/** A factor without a rule has nothing to multiply. */
function scaled(limit: LimitName, rule: Bound | undefined, scales: readonly Bound[]): Bound | undefined {
  if (!rule || scales.length === 0) return rule;
  const factors = scales.map((scale) => scale.n).sort((a, b) => a - b); // products of fractions depend on their order
  const n = factors.reduce((product, factor) => product * factor, rule.n);
  return { n: whole(limit, n), by: [...rule.by, ...scales.flatMap(({ by }) => by)] };
}

/** At least one, where a part of one means nothing; a message in a hundred minutes is still a rate. */
function whole(limit: LimitName, n: number): number {
  switch (limit) {
    case "perMinute":
      return Math.max(0.01, n);
    case "connections":
    case "perConnection":
    case "recipients":
      return Math.max(1, Math.floor(n));
    default:
      return unreachable(limit);
  }
}

function least(bounds: readonly Bound[]): Bound | undefined {
  return bounds.reduce<Bound | undefined>((best, one) => (best === undefined || one.n < best.n ? one : best), undefined);
}

function greatest(bounds: readonly Bound[]): Bound | undefined {
  return bounds.reduce<Bound | undefined>((best, one) => (best === undefined || one.n > best.n ? one : best), undefined);
}

/** The one that ends last; without an end, never. */
function longest(pauses: readonly Override[]): Override | undefined {
  const end = ({ until }: Override): number => until ?? Number.POSITIVE_INFINITY;
  return pauses.reduce<Override | undefined>((best, one) => (best === undefined || end(one) > end(best) ? one : best), undefined);
}

type Reroute = NonNullable<Effective["reroute"]>;

export function isOverride(cause: Cause): cause is Override {
  return "change" in cause;
}

function isReroute(cause: Cause): cause is Reroute {
  return isOverride(cause) && cause.change.is === "reroute";
}
