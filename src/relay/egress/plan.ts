/** The ways out that are configured, and what may be wrong with them as a whole. */
import type { Egress, EgressName, EgressState } from "../../model/egress.ts";
import { DEFAULT_EGRESS, isEgressName } from "../../model/egress.ts";
import type { Upstream } from "../deliver/deliver.ts";
import type { ChoiceRule } from "./choice-rule.ts";

export interface AddressWay {
  readonly is: "address";
  readonly egress: Egress;
  readonly state: EgressState;
  /** From domains whose mail may leave by it; absent: any. */
  readonly forDomains?: readonly string[] | undefined;
}

export interface UpstreamWay {
  readonly is: "upstream";
  readonly name: EgressName;
  readonly upstream: Upstream;
  readonly state: EgressState;
  /** Messages that it takes in any hour, in any day. */
  readonly perHour?: number | undefined;
  readonly perDay?: number | undefined;
  /** Of a message, in whatever unit; an address costs nothing. */
  readonly cost: number;
  readonly forDomains?: readonly string[] | undefined;
}

export type Way = AddressWay | UpstreamWay;

export interface PoolMember {
  readonly name: EgressName;
  /** Above 0. */
  readonly weight: number;
}

export interface Pool {
  readonly name: string;
  readonly members: readonly PoolMember[];
}

/** What mail takes that no rule sends elsewhere. Unless it is configured, it consists of all addresses. */
export const DEFAULT_POOL = "default";

export interface WayPlan {
  /** Said in EHLO by the default egress. */
  readonly hostname: string;
  readonly ways: readonly Way[];
  readonly pools: readonly Pool[];
  /** In order: the first that fits wins. */
  readonly rules: readonly ChoiceRule[];
  /** For what no rule sends elsewhere, where there is no default pool. */
  readonly upstream?: Upstream | undefined;
  /** Upstreams for single recipient domains, before any rule. */
  readonly byDomain: ReadonlyMap<string, Upstream>;
  /** Port of mail hosts; 25 outside of tests. */
  readonly mxPort?: number;
}

/** Nothing configured: the system's own choice of address, by MX. */
export function barePlan(hostname: string, upstream?: Upstream): WayPlan {
  return { hostname, ways: [], pools: [], rules: [], byDomain: new Map(), ...(upstream && { upstream }) };
}

const MOST_WEIGHT = 10_000;

/** `out1`, or `out1=3` for three times as much mail as one without. */
export function readMember(text: string): PoolMember | undefined {
  const [, name = "", weight = "1"] = /^([^=]+)(?:=(\d{1,5}))?$/.exec(text) ?? [];
  if (!isEgressName(name) || Number(weight) < 1 || Number(weight) > MOST_WEIGHT) return undefined;
  return { name, weight: Number(weight) };
}

export function nameOf(way: Way): EgressName {
  return way.is === "address" ? way.egress.name : way.name;
}

/** `on` is a way's name, a pool's, or a rule's text; a sentence is `the pool bulk CAUSE`. */
export interface PlanFault {
  readonly on: { readonly is: "way" | "pool" | "rule"; readonly name: string };
  readonly cause: string;
  readonly remedy: string;
}

const MOST_WAYS = 500;
const MOST_POOLS = 200;
const MOST_RULES = 500;

export function planFaults(plan: Pick<WayPlan, "ways" | "pools" | "rules">): readonly PlanFault[] {
  return [...faultsOfWays(plan.ways), ...faultsOfPools(plan), ...faultsOfRules(plan)];
}

function faultsOfWays(ways: readonly Way[]): readonly PlanFault[] {
  const faults: PlanFault[] = [];
  const names = new Set<string>();
  const places = new Map<string, string>();
  for (const [i, way] of ways.entries()) {
    const name = nameOf(way);
    const say = (cause: string, remedy: string): void => void faults.push({ on: { is: "way", name }, cause, remedy });
    if (i === MOST_WAYS) say(`is way out number ${i + 1}, and there may be ${MOST_WAYS}`, "leave some out");
    if (name === DEFAULT_EGRESS) say("has the name of the system's own choice", "name it otherwise");
    if (names.has(name)) say("has a name that another way out has", "addresses and upstreams share one space of names");
    names.add(name);
    const taken = placesOf(way).find((place) => places.has(place));
    if (taken !== undefined) say(`has ${taken}, as ${places.get(taken)} has`, "give each its own, or leave one out");
    for (const place of placesOf(way)) places.set(place, name);
  }
  return faults;
}

/** What no two ways may have: their counts would be of neither. */
function placesOf(way: Way): readonly string[] {
  if (way.is === "upstream") return [`${way.upstream.host}:${way.upstream.port}`];
  return [way.egress.ip4, way.egress.ip6].filter((ip) => ip !== undefined);
}

function faultsOfPools({ pools, ways }: Pick<WayPlan, "pools" | "ways">): readonly PlanFault[] {
  const known = new Set<string>(ways.map(nameOf));
  return pools.flatMap(({ name, members }, i): PlanFault[] => {
    const on = { is: "pool", name } as const;
    const strangers = members.filter((member) => !known.has(member.name)).map((member) => member.name);
    const twice = members.filter((member, nth) => members.findIndex((other) => other.name === member.name) !== nth);
    return [
      ...(i === MOST_POOLS ? [{ on, cause: `is pool number ${i + 1}, and there may be ${MOST_POOLS}`, remedy: "leave some out" }] : []),
      ...(members.length === 0 ? [{ on, cause: "has no members", remedy: "name one, or leave the pool out" }] : []),
      ...strangers.map((stranger) => ({
        on,
        cause: `names ${stranger}, and there is no such way out`,
        remedy: "add it, or remove it here",
      })),
      ...twice.map((member) => ({ on, cause: `names ${member.name} twice`, remedy: `say ${member.name}=2 for double weight` })),
    ];
  });
}

function faultsOfRules({ rules, pools }: Pick<WayPlan, "rules" | "pools">): readonly PlanFault[] {
  const known = new Set([DEFAULT_POOL, ...pools.map(({ name }) => name)]);
  return rules.flatMap(({ pool, text }, i): PlanFault[] => {
    const on = { is: "rule", name: text } as const;
    return [
      ...(i === MOST_RULES ? [{ on, cause: `is rule number ${i + 1}, and there may be ${MOST_RULES}`, remedy: "leave some out" }] : []),
      ...(known.has(pool) ? [] : [{ on, cause: `names the pool ${pool}, and there is no such pool`, remedy: "add it under pools" }]),
    ];
  });
}
