/**
 * The API's port to ways out, for its tests and those of the command line: the real engine over a plan that is edited in
 * memory, and look-ups that know one receiver with two hosts and a domain that takes no mail.
 */
import type { WallMs } from "../../base/clock.ts";
import { DEFAULT_EGRESS, type Egress, type EgressName } from "../../model/egress.ts";
import type { SiteKey } from "../../model/ids.ts";
import { nameOf, type Pool, planFaults, readChoiceRule, type Way, type WayPlan, Ways } from "../../relay/egress/egress.ts";
import type { Answered, Refusal } from "./node-face.ts";
import type { AddressOrder, PoolRecord, TestedRoute, UpstreamOrder, WayDesk, WayOrderBy, WayRecord } from "./way-desk.ts";

const HELO = "relay.example.net";
/** As from the configuration file. */
const FIXED: ReadonlySet<string> = new Set(["out1"]);

function address(name: string, ip4: string, state: "in-use" | "warming"): Way {
  return { is: "address", egress: { name: name as EgressName, helo: `${name}.example.net`, ip4 }, state };
}

function firstPlan(): WayPlan {
  const upstream = { host: "smtp.ses.example", port: 587, tls: "required", login: { user: "fairlead", password: "secret" } } as const;
  const rule = readChoiceRule("class bulk -> bulk");
  return {
    hostname: HELO,
    ways: [
      address("out1", "198.51.100.6", "in-use"),
      address("out2", "198.51.100.7", "warming"),
      { is: "upstream", name: "ses" as EgressName, upstream, state: "in-use", cost: 0.1, perDay: 50_000 },
    ],
    pools: [{ name: "bulk", members: [member("out2", 1), member("ses", 3)] }],
    rules: "fault" in rule ? [] : [rule],
    byDomain: new Map(),
  };
}

function member(name: string, weight: number): Pool["members"][number] {
  return { name: name as EgressName, weight };
}

export class MemoryWays implements WayDesk {
  readonly usual: Egress = { name: DEFAULT_EGRESS, helo: HELO };
  readonly #engine: Ways;

  constructor(now: WallMs) {
    const absent = "198.51.100.99";
    this.#engine = new Ways(firstPlan(), { clock: { wall: () => now }, kept: [], hasAddress: (ip) => ip !== absent, news: () => {} });
  }

  ways(): readonly WayRecord[] {
    return this.#engine.report().map((one) => ({ ...one, fixed: FIXED.has(one.name) }));
  }

  pools(): readonly PoolRecord[] {
    return this.#engine.plan.pools.map((pool) => ({ ...pool, fixed: false }));
  }

  rules(): readonly string[] {
    return this.#engine.plan.rules.map(({ text }) => text);
  }

  async set(order: AddressOrder | UpstreamOrder, who: WayOrderBy): ReturnType<WayDesk["set"]> {
    const was = this.#record(order.name);
    if (FIXED.has(order.name)) return no({ code: "fixed", text: `${order.name} is of the configuration file`, fix: "change it there" });
    const { ways } = this.#engine.plan;
    const before = ways.find((way) => nameOf(way) === order.name);
    const way = order.is === "address" ? addressOf(order, before) : upstreamOf(order, before);
    if (way === undefined) return no({ code: "bad-value", text: `${order.name} has no host`, fix: "say where it is" });
    const then = before === undefined ? [...ways, way] : ways.map((one) => (one === before ? way : one));
    const done = this.#edit({ ways: then }, who, () => this.#record(order.name) as WayRecord);
    return done.ok ? { ok: true, way: done.value, ...(was && { was }) } : done;
  }

  async remove(_is: "address" | "upstream", name: EgressName, who: WayOrderBy): ReturnType<WayDesk["remove"]> {
    const removed = this.#record(name);
    if (removed === undefined || removed.fixed) return no({ code: "fixed", text: `${name} is of the configuration file` });
    const done = this.#edit({ ways: this.#engine.plan.ways.filter((way) => nameOf(way) !== name) }, who, () => removed);
    return done.ok ? { ok: true, removed: done.value } : done;
  }

  async setPool(pool: Pool, who: WayOrderBy): ReturnType<WayDesk["setPool"]> {
    const was = this.pools().find(({ name }) => name === pool.name);
    const others = this.#engine.plan.pools.filter(({ name }) => name !== pool.name);
    const done = this.#edit({ pools: [...others, pool] }, who, () => ({ ...pool, fixed: false }));
    return done.ok ? { ok: true, pool: done.value, ...(was && { was }) } : done;
  }

  async removePool(name: string, who: WayOrderBy): ReturnType<WayDesk["removePool"]> {
    const removed = this.pools().find((pool) => pool.name === name);
    if (removed === undefined) return no({ code: "not-found", text: `there is no pool ${name}`, fix: "list them: fairlead pool list" });
    const done = this.#edit({ pools: this.#engine.plan.pools.filter((pool) => pool.name !== name) }, who, () => removed);
    return done.ok ? { ok: true, removed: done.value } : done;
  }

  #record(name: EgressName): WayRecord | undefined {
    return this.ways().find((one) => one.name === name);
  }

  /** In a dry run what would be is told, and taken back. */
  #edit<T>(change: Partial<WayPlan>, { dryRun }: WayOrderBy, told: () => T): Answered<{ readonly value: T }> {
    const before = this.#engine.plan;
    const plan = { ...before, ...change };
    const [fault] = planFaults(plan);
    if (fault !== undefined)
      return no({ code: "bad-value", text: `the ${fault.on.is} ${fault.on.name} ${fault.cause}`, fix: fault.remedy });
    this.#engine.setPlan(plan);
    const value = told();
    if (dryRun) this.#engine.setPlan(before);
    return { ok: true, value };
  }

  async test({ domain, sender }: Parameters<WayDesk["test"]>[0]): Promise<TestedRoute> {
    const named = sender !== undefined;
    const egress = {
      name: (named ? "out2" : "default") as EgressName,
      helo: "relay.example.net",
      ...(named ? { ip4: "198.51.100.7" } : {}),
    };
    const fault = domain.startsWith("nomail.") ? { fault: { text: "it takes no mail at all (MX 0 .)", permanent: true } } : {};
    return {
      ...{ egress, egressBecause: named ? `rule sender ${sender}` : "the default", way: "mx", provider: "google", ...fault },
      site: `mx:${domain}${named ? "|out2" : ""}` as SiteKey,
      hosts:
        "fault" in fault
          ? []
          : [
              {
                ...{ host: "gmail-smtp-in.l.google.com", preference: 5 },
                addresses: [{ ip: "2001:db8::1a", skipped: "no IPv6 address to send from" }, { ip: "192.0.2.26" }],
                tls: { policy: "mta-sts", why: "its policy is enforced until 10 Mar" },
              },
              {
                ...{ host: "alt1.gmail-smtp-in.l.google.com", preference: 10, skipped: "not named in the MTA-STS policy" },
                addresses: [],
                tls: { policy: "mta-sts", why: "its policy is enforced until 10 Mar" },
              },
            ],
    };
  }
}

function no(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal };
}

function addressOf({ name, helo, ip4, ip6, state, forDomains }: AddressOrder, before: Way | undefined): Way {
  const old = before?.is === "address" ? before : undefined;
  const egress = {
    name,
    helo: helo ?? old?.egress.helo ?? HELO,
    ...given("ip4", ip4 ?? old?.egress.ip4),
    ...given("ip6", ip6 ?? old?.egress.ip6),
  };
  return { is: "address", egress, state: state ?? old?.state ?? "in-use", forDomains: domainsOf(forDomains, old) };
}

function upstreamOf(order: UpstreamOrder, before: Way | undefined): Way | undefined {
  const old = before?.is === "upstream" ? before : undefined;
  const host = order.host ?? old?.upstream.host;
  if (host === undefined) return undefined;
  const login = order.login === undefined ? old?.upstream.login : (order.login ?? undefined);
  const { port = old?.upstream.port ?? 587, tls = old?.upstream.tls ?? "required", cost = old?.cost ?? 0 } = order;
  return {
    ...{ is: "upstream", name: order.name, upstream: { host, port, tls, ...(login && { login }) }, cost },
    state: order.state ?? old?.state ?? "in-use",
    ...{ perHour: limitOf(order.perHour, old?.perHour), perDay: limitOf(order.perDay, old?.perDay) },
    forDomains: domainsOf(order.forDomains, old),
  };
}

function domainsOf(given: readonly string[] | undefined, old: Way | undefined): readonly string[] | undefined {
  return given === undefined ? old?.forDomains : given.length === 0 ? undefined : given;
}

function limitOf(given: number | null | undefined, old: number | undefined): number | undefined {
  return given === undefined ? old : (given ?? undefined);
}

function given<K extends string>(name: K, value: string | undefined): { readonly [N in K]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [N in K]: string });
}
