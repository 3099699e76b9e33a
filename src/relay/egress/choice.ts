/**
 * Which way a message takes. A rule chooses a pool, the pool's ways are looked through for those that may carry it, that
 * work, and that have room today; of the cheapest of these the sender's name chooses one. Where a step leaves none, the
 * step before decides, and the message waits there rather than leave where it must not.
 */
import type { WallMs } from "../../base/clock.ts";
import { countText } from "../../base/size-text.ts";
import type { MessageClass } from "../../model/message.ts";
import type { MayUse } from "./alignment.ts";
import { type ChoiceRule, fits, type Known } from "./choice-rule.ts";
import { drawn } from "./draw.ts";
import { room } from "./law/warm-up.ts";
import { DEFAULT_POOL, nameOf, type Pool, type Way, type WayPlan } from "./plan.ts";
import type { Standing } from "./standing.ts";

export interface Asked extends Known {
  readonly mailFrom?: string | undefined;
  readonly class?: MessageClass | undefined;
  readonly fresh: boolean;
}

export interface ChoicePorts {
  readonly plan: WayPlan;
  readonly ways: ReadonlyMap<string, Way>;
  readonly standing: Standing;
  readonly mayUse: MayUse;
  readonly now: WallMs;
}

/** Without a way: no pool had one that may carry it. */
export interface Chosen {
  readonly way?: Way;
  readonly why: string;
}

interface Candidate {
  readonly way: Way;
  readonly name: string;
  readonly weight: number;
}

export function choose(asked: Asked, ports: ChoicePorts): Chosen {
  const { plan } = ports;
  const passed: string[] = [];
  const rule = plan.rules.find((one) => fits(one, asked));
  for (const { pool, because } of poolsFor(rule, plan)) {
    const chosen = inPool(pool, because, asked, ports);
    if (chosen.way) return { way: chosen.way, why: [...passed, chosen.why].join("; ") };
    passed.push(chosen.why);
  }
  return { why: passed.join("; ") };
}

/** The rule's pool, then the default one. */
function poolsFor(rule: ChoiceRule | undefined, plan: WayPlan): readonly { readonly pool: Pool; readonly because: string }[] {
  const usual = defaultPool(plan);
  const ruled = rule && (rule.pool === DEFAULT_POOL ? usual : plan.pools.find(({ name }) => name === rule.pool));
  return [
    ...(rule && ruled ? [{ pool: ruled, because: `the rule "${rule.text}"` }] : []),
    ...(usual && usual !== ruled ? [{ pool: usual, because: rule ? "the default pool" : "no rule fits, so the default pool" }] : []),
  ];
}

function defaultPool(plan: WayPlan): Pool | undefined {
  const configured = plan.pools.find(({ name }) => name === DEFAULT_POOL);
  if (configured || plan.upstream) return configured;
  const members = plan.ways.filter(({ is }) => is === "address").map((way) => ({ name: nameOf(way), weight: 1 }));
  return members.length === 0 ? undefined : { name: DEFAULT_POOL, members };
}

function inPool(pool: Pool, because: string, asked: Asked, ports: ChoicePorts): Chosen {
  const { standing, now } = ports;
  const members = pool.members.flatMap(({ name, weight }): Candidate[] => {
    const way = ports.ways.get(name);
    return way === undefined ? [] : [{ way, name, weight }];
  });
  const given = members.filter(({ way: { state } }) => state === "in-use" || state === "warming");
  if (given.length === 0) return { why: `${because}: the pool ${pool.name} has no way out in use` };
  const allowed = given.filter(({ way }) => ports.mayUse(asked.fromDomain(), way).ok);
  if (allowed.length === 0)
    return { why: `${because}: no way out of the pool ${pool.name} is meant for mail from ${asked.fromDomain() ?? "an unknown domain"}` };
  const working = allowed.filter(({ way }) => standing.mayTake(nameOf(way), now));
  const roomy = asked.fresh ? working.filter(({ way }) => fullness(way, asked, ports) === undefined) : working;
  const left = firstOf(roomy, working, allowed);
  const who = asked.sender ?? asked.mailFrom ?? asked.domain;
  const best = drawn(who, cheapest(left));
  if (best === undefined) return { why: `${because}: the pool ${pool.name} has no members` };
  const first = left === allowed ? best : drawn(who, cheapest(allowed));
  return { way: best.way, why: `${because}${reasonOf(best, first, { pool, left, roomy, working }, asked, ports)}` };
}

interface Sifted {
  readonly pool: Pool;
  readonly left: readonly Candidate[];
  readonly roomy: readonly Candidate[];
  readonly working: readonly Candidate[];
}

/** `first` is the way that the sender's mail takes when all is well. */
function reasonOf(best: Candidate, first: Candidate | undefined, sifted: Sifted, asked: Asked, ports: ChoicePorts): string {
  const { pool, left, roomy, working } = sifted;
  const whose = asked.sender === undefined ? "" : ` for ${asked.sender}`;
  const chosen = `: ${best.name} of the pool ${pool.name}${whose}`;
  if (working.length === 0) return `${chosen}, though none of them works now: it waits`;
  if (asked.fresh && roomy.length === 0) return `${chosen}, though none of them has room: ${fullness(best.way, asked, ports)}; it waits`;
  if (first === undefined || first === best || left.includes(first)) return chosen;
  const { standing } = ports;
  const breaker = standing.breaker(nameOf(first.way));
  const why = working.includes(first) ? fullness(first.way, asked, ports) : breaker.is === "closed" ? undefined : breaker.why;
  return `${chosen}, because of ${first.name}: ${why ?? "it does not work"}`;
}

/** Why it takes no more new mail now; undefined while it does. */
function fullness(way: Way, { provider, fresh }: Asked, { standing, now }: ChoicePorts): string | undefined {
  if (way.is === "upstream") {
    const { name, perHour, perDay } = way;
    if (perHour === undefined && perDay === undefined) return undefined;
    const used = standing.used(name, now, "for a choice");
    if (perHour !== undefined && used.hour >= perHour) return `it takes ${countText(perHour)} messages an hour`;
    return perDay !== undefined && used.day >= perDay ? `it takes ${countText(perDay)} messages a day` : undefined;
  }
  if (way.state !== "warming") return undefined;
  const warm = standing.warmUp(way.egress.name, provider, now);
  if (room(warm) > 0 || !fresh) return undefined;
  return `it is new to ${provider}, and ${countText(warm.ceiling)} messages a day are enough for it`;
}

/** An address costs nothing. */
function cheapest(candidates: readonly Candidate[]): readonly Candidate[] {
  const cost = ({ way }: Candidate): number => (way.is === "upstream" ? way.cost : 0);
  const least = Math.min(...candidates.map(cost));
  return candidates.filter((one) => cost(one) === least);
}

function firstOf<T>(...lists: readonly (readonly T[])[]): readonly T[] {
  return lists.find((one) => one.length > 0) ?? [];
}
