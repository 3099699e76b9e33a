/**
 * The ways out: which of them a message takes, and how each stands. An address of ours or an upstream smarthost is a way;
 * pools are weighted sets of them; rules choose a pool, and within it a sender's mail takes the same way as long as that
 * works and has room (`choice.ts`). What becomes of it is told here (`onOutcome`), so that a way which does not work is gone
 * round, a new address is warmed up, and an upstream's quota is kept.
 *
 * `docs/egress.md` tells all of it for operators.
 */
import { unreachable } from "../../base/brand.ts";
import type { Clock, WallMs } from "../../base/clock.ts";
import { countText } from "../../base/size-text.ts";
import { readAddressList } from "../../mail/message/address-list.ts";
import { domainOf } from "../../model/address.ts";
import { DEFAULT_EGRESS, type Egress, type EgressName } from "../../model/egress.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { TlsWish } from "../../model/message.ts";
import {
  mxSite,
  type Route,
  type Routed,
  type RouteQuestion,
  type Routes,
  siteOf,
  type Upstream,
  wishOf,
  withWish,
} from "../deliver/deliver.ts";
import { byForDomains, isAsWide, type MayUse } from "./alignment.ts";
import { choose } from "./choice.ts";
import { sendable } from "./law/warm-up.ts";
import { type Candidate, type Move, type MoveCause, moveOf } from "./move.ts";
import { hear, type Learned, look, type WayOutcome } from "./outcome.ts";
import { nameOf, type UpstreamWay, type Way, type WayPlan } from "./plan.ts";
import { ProviderBook } from "./provider-book.ts";
import { type KeptCount, Standing } from "./standing.ts";
import { reportOf, type WayReport } from "./way-report.ts";

export { type Allowed, byForDomains, type MayUse } from "./alignment.ts";
export { CHOICE_EXAMPLE, CHOICE_FORM, type ChoiceRule, readChoiceRule } from "./choice-rule.ts";
export { hasMoved, MOVED_BY, type Move, type MoveCause } from "./move.ts";
export type { WayOutcome } from "./outcome.ts";
export {
  barePlan,
  DEFAULT_POOL,
  nameOf,
  type PlanFault,
  type Pool,
  type PoolMember,
  planFaults,
  readMember,
  type Way,
  type WayPlan,
} from "./plan.ts";
export type { KeptCount } from "./standing.ts";
export type { WarmReport, WayReport } from "./way-report.ts";

export interface WayPorts {
  readonly clock: Pick<Clock, "wall">;
  /** What was kept of `changes()`. */
  readonly kept: readonly KeptCount[];
  /** Whether this machine has the address now. */
  hasAddress(ip: string): boolean;
  /** Whether a way may carry mail of an author; absent: what is configured decides. */
  readonly mayUse?: MayUse;
  /** Called in the turn in which it becomes so. */
  news(news: WayNews): void;
}

/** What changed about a way by itself: people are told, and dispatch acts on it. */
export type WayNews = { readonly name: EgressName } & (
  | Exclude<Learned, { readonly is: "broken" }>
  /**
   * It is not used before `until`, when one message tries it. What waits for it should leave by `to`, where there is such
   * a way. `place`: it is an upstream, HOST:PORT.
   */
  | (Extract<Learned, { readonly is: "broken" }> & { readonly place?: string; readonly to?: EgressName })
);

/** How many messages may leave there now; more may at `until`. */
export interface QuotaLeft {
  readonly left: number;
  readonly until: WallMs;
  /** A clause: `ses takes 500 messages an hour`. */
  readonly why: string;
}

const DAY_MS = 86_400_000;
/** What a receiver said of an address's name, that long ago, keeps mail that moves from going there. */
const OBJECTION_MS = 4 * 3_600_000;

export class Ways implements Routes {
  readonly #ports: WayPorts;
  readonly #standing: Standing;
  readonly #mayUse: MayUse;
  readonly #providers = new ProviderBook();
  readonly #listeners = new Set<() => void>();
  /** Until when an address counts as objected to at a provider, by `NAME PROVIDER`. */
  readonly #objections = new Map<string, WallMs>();
  #plan: WayPlan;
  #system: Egress;
  #byName: ReadonlyMap<string, Way> = new Map();
  #upstreams: ReadonlyMap<SiteKey, { readonly upstream: Upstream; readonly way?: UpstreamWay }> = new Map();

  constructor(plan: WayPlan, ports: WayPorts) {
    this.#ports = ports;
    this.#plan = plan;
    this.#standing = new Standing(ports.kept);
    this.#mayUse = ports.mayUse ?? byForDomains;
    this.#system = { name: DEFAULT_EGRESS, helo: plan.hostname };
    this.#index();
  }

  get plan(): WayPlan {
    return this.#plan;
  }

  /** From now on. What waits stays where it is, unless its way is gone. */
  setPlan(plan: WayPlan): void {
    this.#plan = plan;
    this.#index();
    for (const listener of this.#listeners) listener();
    this.look();
  }

  /** Called after each change of the plan: `routeOf` may say otherwise. The result ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  routeFor(question: RouteQuestion): Routed {
    const { route, why } = this.#wayFor(question);
    return { route: withWish(route, question.tls), why };
  }

  #wayFor(question: RouteQuestion): Routed {
    const plan = this.#plan;
    const { domain } = question;
    const own = plan.byDomain.get(domain);
    if (own) return { route: { is: "upstream", upstream: own }, why: `mail for ${domain} has an upstream of its own` };
    if (plan.ways.length === 0) return this.#usual(domain, "no way out was added");
    const now = this.#ports.clock.wall();
    const provider = this.#providers.of(domain);
    const { header, fresh = false } = question;
    const asked = { ...question, provider, fresh, header: header ?? (() => undefined), fromDomain: once(() => authorOf(question)) };
    const { way, why } = choose(asked, { plan, ways: this.#byName, standing: this.#standing, mayUse: this.#mayUse, now });
    if (!way) return this.#usual(domain, why);
    if (fresh) this.#take(way, provider, now);
    return { route: this.#routeBy(way, domain), why };
  }

  routeOf(site: SiteKey): Route | undefined {
    const { plain, tls } = wishOf(site);
    const mx = mxSite(plain);
    if (!mx) {
      const found = this.#upstreams.get(plain);
      return found && found.way?.state !== "out" ? withWish({ is: "upstream", upstream: found.upstream }, tls) : undefined;
    }
    const from = this.egress(mx.egress);
    return from && withWish(this.#mx(mx.domain, from), tls);
  }

  /** The route of a domain's mail by a way of that name; undefined where there is no such way, or nothing leaves by it. */
  routeVia(name: EgressName, domain: string, tls?: TlsWish): Route | undefined {
    const route = this.#via(name, domain);
    return route && withWish(route, tls);
  }

  #via(name: EgressName, domain: string): Route | undefined {
    const way = this.#byName.get(name);
    if (way) return way.state === "out" ? undefined : this.#routeBy(way, domain);
    return name === DEFAULT_EGRESS ? this.#mx(domain, this.#system) : undefined;
  }

  /** An address by its name; undefined where there is none, or nothing leaves by it. */
  egress(name: EgressName): Egress | undefined {
    if (name === DEFAULT_EGRESS) return this.#system;
    const way = this.#byName.get(name);
    return way?.is === "address" && way.state !== "out" ? way.egress : undefined;
  }

  /** The way that a site's mail leaves by. */
  nameOf(site: SiteKey): EgressName | undefined {
    return mxSite(site)?.egress ?? this.#upstreams.get(wishOf(site).plain)?.way?.name;
  }

  onOutcome(site: SiteKey, outcome: WayOutcome): void {
    if (this.#byName.size === 0) return;
    const mx = mxSite(site);
    const way = mx ? this.#byName.get(mx.egress) : this.#upstreams.get(wishOf(site).plain)?.way;
    if (!way) return;
    if (mx && outcome.is === "answered") this.#providers.learn(mx.domain, outcome.host);
    const provider = mx ? this.#providers.of(mx.domain) : "";
    const now = this.#ports.clock.wall();
    if (mx && outcome.is === "answered" && (outcome.class === "repIP" || outcome.class === "list"))
      this.#objections.set(`${mx.egress} ${provider}`, (now + OBJECTION_MS) as WallMs);
    this.#tell(way, hear(way, provider, outcome, this.#standing, now));
  }

  /** Looks whether the addresses are on this machine: one may have been taken away, or given to it at last. */
  look(): void {
    const now = this.#ports.clock.wall();
    for (const way of this.#plan.ways) if (way.state !== "out") this.#tell(way, look(way, this.#missing(way), this.#standing, now));
  }

  /** Undefined: without limit. */
  quotaLeft(site: SiteKey): QuotaLeft | undefined {
    if (this.#byName.size === 0) return undefined; // asked before each message
    const now = this.#ports.clock.wall();
    const mx = mxSite(site);
    const way = mx ? this.#byName.get(mx.egress) : this.#upstreams.get(wishOf(site).plain)?.way;
    if (way?.is === "upstream") return this.#upstreamLeft(way, now);
    if (mx === undefined || way?.state !== "warming") return undefined;
    const provider = this.#providers.of(mx.domain);
    const warm = this.#standing.warmUp(mx.egress, provider, now);
    if (warm.warm) return undefined;
    const until = ((Math.floor(now / DAY_MS) + 1) * DAY_MS) as WallMs;
    return { left: sendable(warm), until, why: `${mx.egress} is new to ${provider}: ${countText(warm.ceiling)} messages a day` };
  }

  /** Whether a refused delivery may leave by another way, and by which (R7). Counts nothing: a move is no new mail. */
  moveFor(
    delivery: { readonly site: SiteKey; readonly domain: string; readonly mailFrom: string; readonly sentAt?: WallMs },
    cause: MoveCause,
    moved: boolean,
  ): Move {
    const mx = mxSite(delivery.site);
    if (!mx || !this.#byName.has(mx.egress)) return { is: "stay", why: "it has no other address to leave from" };
    const candidates = this.#mates(mx.egress).map((way): Candidate => this.#candidate(way, delivery, this.#providers.of(delivery.domain)));
    return moveOf({ from: mx.egress, cause, moved, inDoubt: delivery.sentAt !== undefined, candidates });
  }

  /** Every way, in the order of the plan. */
  report(): readonly WayReport[] {
    const now = this.#ports.clock.wall();
    return this.#plan.ways.map((way) => reportOf(way, this.#plan, this.#standing, now, this.#missing(way)));
  }

  /** Counts that changed since the last call, to be kept. */
  changes(): readonly KeptCount[] {
    return this.#standing.changes();
  }

  #index(): void {
    const { ways, byDomain, upstream, hostname } = this.#plan;
    this.#system = { name: DEFAULT_EGRESS, helo: hostname };
    this.#byName = new Map(ways.map((way) => [nameOf(way), way]));
    const plain = [...byDomain.values(), ...(upstream ? [upstream] : [])].map((one) => ({ upstream: one }));
    const named = ways.flatMap((way) => (way.is === "upstream" ? [{ upstream: way.upstream, way }] : []));
    this.#upstreams = new Map([...plain, ...named].map((one) => [siteOf({ is: "upstream", upstream: one.upstream }), one]));
  }

  /** What there is without any pool that may carry it. */
  #usual(domain: string, why: string): Routed {
    const { upstream } = this.#plan;
    if (upstream) return { route: { is: "upstream", upstream }, why: `${why}: mail goes to the upstream` };
    return { route: this.#mx(domain, this.#system), why: `${why}: the system chooses the address` };
  }

  #routeBy(way: Way, domain: string): Route {
    return way.is === "upstream" ? { is: "upstream", upstream: way.upstream } : this.#mx(domain, way.egress);
  }

  #mx(domain: string, from: Egress): Route {
    return { is: "mx", domain, port: this.#plan.mxPort ?? 25, from };
  }

  #take(way: Way, provider: string, now: WallMs): void {
    const name = nameOf(way);
    this.#standing.take(name, now);
    if (way.is === "upstream") this.#standing.carry(name, "chosen", now);
    else if (way.state === "warming") this.#standing.chosen(name, provider, now);
  }

  #tell(way: Way, all: readonly Learned[]): void {
    const name = nameOf(way);
    for (const learned of all) {
      switch (learned.is) {
        case "broken": {
          const to = this.#detour(way);
          const place = way.is === "upstream" ? { place: `${way.upstream.host}:${way.upstream.port}` } : {};
          this.#ports.news({ ...learned, name, ...place, ...(to && { to }) });
          break;
        }
        case "works":
        case "stepped back":
          this.#ports.news({ ...learned, name });
          break;
        default:
          unreachable(learned);
      }
    }
  }

  /** Where mail goes whose way does not work: by a way that works and may carry all of it, and rather by one in use. */
  #detour(from: Way): EgressName | undefined {
    const now = this.#ports.clock.wall();
    const fit = this.#mates(nameOf(from)).filter((way) => this.#standing.mayTake(nameOf(way), now) && isAsWide(way, from));
    const best = fit.find(({ state }) => state === "in-use") ?? fit.find(({ state }) => state === "warming");
    return best && nameOf(best);
  }

  /** The other members of its pools that mail is given to; addresses of the default pool that nobody configured, too. */
  #mates(name: EgressName): readonly Way[] {
    const { pools, ways } = this.#plan;
    const together = new Set(
      pools
        .filter(({ members }) => members.some((member) => member.name === name))
        .flatMap(({ members }) => members.map((member) => member.name)),
    );
    const isMate = (way: Way): boolean => (together.size === 0 ? way.is === "address" : together.has(nameOf(way)));
    return ways.filter((way) => nameOf(way) !== name && (way.state === "in-use" || way.state === "warming") && isMate(way));
  }

  #candidate(way: Way, { mailFrom }: { readonly mailFrom: string }, provider: string): Candidate {
    const now = this.#ports.clock.wall();
    const name = nameOf(way);
    return {
      name,
      usable: this.#standing.mayTake(name, now),
      warm: way.state === "in-use" || this.#standing.warmUp(name, provider, now).warm,
      aligned: this.#mayUse(domainOf(mailFrom) || undefined, way).ok,
      objected: (this.#objections.get(`${name} ${provider}`) ?? 0) > now,
    };
  }

  #missing(way: Way): readonly string[] {
    if (way.is === "upstream") return [];
    return [way.egress.ip4, way.egress.ip6].filter((ip) => ip !== undefined).filter((ip) => !this.#ports.hasAddress(ip));
  }

  #upstreamLeft({ name, perHour, perDay }: UpstreamWay, now: WallMs): QuotaLeft | undefined {
    if (perHour === undefined && perDay === undefined) return undefined;
    const sent = this.#standing.used(name, now, "sent");
    const hour = perHour === undefined ? Number.POSITIVE_INFINITY : perHour - sent.hour;
    const day = perDay === undefined ? Number.POSITIVE_INFINITY : perDay - sent.day;
    const why =
      hour < day ? `${name} takes ${countText(perHour ?? 0)} messages an hour` : `${name} takes ${countText(perDay ?? 0)} messages a day`;
    return { left: Math.max(0, Math.min(hour, day)), until: this.#standing.roomAt(name, now, { perHour, perDay }), why };
  }
}

/** Whose mail it is: the author's domain, or that of the return path where no header is known. */
function authorOf({ fromDomain, header, mailFrom = "" }: RouteQuestion): string | undefined {
  if (fromDomain !== undefined) return fromDomain;
  const [author] = readAddressList(header?.("From") ?? "").mailboxes;
  return domainOf(author?.address ?? mailFrom) || undefined;
}

function once<T>(find: () => T): () => T {
  let found: { readonly is: T } | undefined;
  return () => (found ??= { is: find() }).is;
}
