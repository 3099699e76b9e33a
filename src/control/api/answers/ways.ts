/** The ways out: listed, changed, drained; and which of them a message would take, found out without sending one. */
import { domainOf } from "../../../model/address.ts";
import { DEFAULT_EGRESS, type EgressName, isEgressName } from "../../../model/egress.ts";
import { normalAddress } from "../../../store/suppression/suppression.ts";
import { type Answers, type Asked, actorOf, viewOf } from "../asked.ts";
import { laneLimitsRow } from "../limit-shapes.ts";
import { answered, notFound, Refused, wired } from "../refused.ts";
import type { wayRoutes } from "../routes/ways.ts";
import type { ReceivedBy, ReplyOf } from "../routes.ts";
import type { AddressOrder, TestedRoute, UpstreamOrder, WayDesk, WayOrderBy } from "../way-desk.ts";
import { egressRow, poolRow, type Standing, standingOf, upstreamRow, usualRow } from "../way-shapes.ts";
import { iso, isoOrNull } from "../wire-form.ts";

/** Entries of other tenants and longer addresses that hold this one. */
const MOST_LOOKED_AT = 100;

export const wayAnswers: Answers<keyof typeof wayRoutes> = {
  routeTest: async (asked, { address, from, sender }) => {
    const whole = address.includes("@") ? normalAddress(address.replace(/^<|>$/g, "")) : `postmaster@${address.toLowerCase()}`;
    if (whole === undefined || whole.endsWith("@")) throw new Refused("bad-request", "address is no address, and no domain alone");
    const domain = domainOf(whole);
    const tested = await desk(asked).test({
      domain,
      ...(from === undefined ? {} : { from: from === "<>" ? "" : from }),
      ...(sender === undefined ? {} : { sender }),
    });
    const { egress, site, fault } = tested;
    const [lane] = (await asked.node.limits?.explain({ egress: egress.name, domain: limitDomain(tested, domain) }, 1)) ?? [];
    const suppressed = address.includes("@") ? await suppressedFor(asked, whole) : [];
    return {
      ...{ address, domain, line: lineOf(tested, lane?.effective.paused !== undefined, suppressed.length > 0) },
      egress: { name: egress.name, helo: egress.helo, ip4: egress.ip4 ?? null, ip6: egress.ip6 ?? null, why: tested.egressBecause },
      ...{ way: tested.way, site, provider: tested.provider ?? null },
      hosts: tested.hosts.map(({ host, preference, addresses, skipped, tls }) => ({
        ...{ host, preference: preference ?? null, skipped: skipped ?? null, tls: { policy: tls.policy, why: tls.why } },
        addresses: addresses.map((one) => ({ ip: one.ip, skipped: one.skipped ?? null })),
      })),
      fault: fault === undefined ? null : { text: fault.text, permanent: fault.permanent },
      limits: lane === undefined ? null : laneLimitsRow(lane),
      suppressed,
    };
  },

  egresses: async (asked) => {
    const ways = desk(asked);
    const standing = await standingOf(asked.node);
    const own = ways.ways().filter((one) => one.way.is === "address");
    return { egresses: [usualRow(ways.usual, standing), ...own.map((one) => egressRow(one, standing))] };
  },

  addEgress: async (asked, input) => {
    if (
      desk(asked)
        .ways()
        .some(({ name }) => name === input.name)
    )
      throw new Refused("exists", `there is a way out ${input.name} already`, `change it: fairlead egress set ${input.name}`);
    return await setAddress(asked, input);
  },

  setEgress: async (asked, input) => {
    known(asked, "address", input.name);
    return await setAddress(asked, input);
  },

  removeEgress: async (asked, { name, dryRun }) => ({ removed: await removeWay(asked, "address", name, dryRun, egressRow), dryRun }),

  drainEgress: async (asked, { name, dryRun }) => {
    known(asked, "address", name);
    return await setAddress(asked, { name, state: "draining", dryRun });
  },

  undrainEgress: async (asked, { name, dryRun }) => {
    const { state } = known(asked, "address", name);
    if (state !== "draining") throw new Refused("refused", `${name} is not being drained: it is ${state}`, "see: fairlead egress list");
    return await setAddress(asked, { name, state: "in-use", dryRun });
  },

  pools: async (asked) => ({ pools: desk(asked).pools().map(poolRow), rules: desk(asked).rules() }),

  setPool: async (asked, { name, members, dryRun }) => {
    asked.remark({ on: name });
    const order = { name, members: members.map((one) => ({ name: nameFrom(one.name), weight: one.weight ?? 1 })) };
    const { pool, was } = answered(await desk(asked).setPool(order, who(asked, dryRun)));
    asked.remark({ ...(was && { before: poolRow(was).members }), after: poolRow(pool).members });
    return { pool: poolRow(pool), dryRun };
  },

  removePool: async (asked, { name, dryRun }) => {
    asked.remark({ on: name });
    const removed = poolRow(answered(await desk(asked).removePool(name, who(asked, dryRun))).removed);
    asked.remark({ before: removed.members });
    return { removed, dryRun };
  },

  upstreamWays: async (asked) => {
    const standing = await standingOf(asked.node);
    const own = desk(asked).ways();
    return { upstreams: own.filter((one) => one.way.is === "upstream").map((one) => upstreamRow(one, standing)) };
  },

  setUpstream: async (asked, input) => {
    asked.remark({ on: input.name });
    const { way, was } = answered(await desk(asked).set(upstreamOrder(input), who(asked, input.dryRun)));
    const standing = await standingOf(asked.node);
    const told = upstreamRow(way, standing);
    asked.remark({ ...(was && { before: settingsIn(upstreamRow(was, standing)) }), after: settingsIn(told) });
    return { upstream: told, dryRun: input.dryRun };
  },

  removeUpstream: async (asked, { name, dryRun }) => ({ removed: await removeWay(asked, "upstream", name, dryRun, upstreamRow), dryRun }),
};

function desk({ node }: Asked): WayDesk {
  return wired(node.ways, "choice of ways out");
}

function who(asked: Asked, dryRun: boolean): WayOrderBy {
  return { by: actorOf(asked), dryRun };
}

/** The route's schema let only such names through; the type wants to hear it. */
function nameFrom(text: string): EgressName {
  if (isEgressName(text)) return text;
  throw new Refused("bad-request", "name must be one of small letters, digits, dots and hyphens");
}

function known(asked: Asked, is: "address" | "upstream", name: string) {
  asked.remark({ on: name });
  if (name === DEFAULT_EGRESS) throw new Refused("fixed", "default is the system's own choice of address", "add an address of its own");
  const found = desk(asked)
    .ways()
    .find((one) => one.name === name && one.way.is === is);
  if (found === undefined)
    throw notFound(`there is no ${is} ${name}`, `list them: fairlead ${is === "address" ? "egress" : "upstream"} list`);
  return found;
}

type GivenAddress = ReceivedBy<"setEgress">;

async function setAddress(
  asked: Asked,
  { dryRun, name, ...given }: GivenAddress | { name: string; state: AddressOrder["state"]; dryRun: boolean },
) {
  asked.remark({ on: name });
  const order = { is: "address", name: nameFrom(name), ...withoutBlanks(given) } as const;
  const { way, was } = answered(await desk(asked).set(order, who(asked, dryRun)));
  const standing = await standingOf(asked.node);
  const egress = egressRow(way, standing);
  asked.remark({ ...(was && { before: settingsIn(egressRow(was, standing)) }), after: settingsIn(egress) });
  return { egress, dryRun };
}

function upstreamOrder({ dryRun: _, name, user, password, ...given }: ReceivedBy<"setUpstream">): UpstreamOrder {
  if ((typeof user === "string") !== (password !== undefined))
    throw new Refused("bad-request", "user and password go together", "user null takes the login away");
  const login = typeof user === "string" && password !== undefined ? { login: { user, password } } : user === null ? { login: null } : {};
  return { is: "upstream", name: nameFrom(name), ...withoutBlanks(given), ...login };
}

async function removeWay<Row extends object>(
  asked: Asked,
  is: "address" | "upstream",
  name: string,
  dryRun: boolean,
  shaped: (way: ReturnType<typeof known>, standing: Standing) => Row,
): Promise<Row> {
  known(asked, is, name);
  const standing = await standingOf(asked.node);
  const removed = shaped(answered(await desk(asked).remove(is, nameFrom(name), who(asked, dryRun))).removed, standing);
  asked.remark({ before: settingsIn(removed) });
  return removed;
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutBlanks<T extends object>(given: T): Given<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** Of a way's row what somebody set, for the record. */
function settingsIn(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([field]) => SET.has(field)));
}

const SET: ReadonlySet<string> = new Set(["state", "helo", "ip4", "ip6", "forDomains", "place", "user", "tls", "cost"]);

function limitDomain({ way, site }: TestedRoute, domain: string): string {
  return way === "upstream" ? site.replace(/^upstream:/, "").replace(/\|.*$/, "") : domain;
}

async function suppressedFor(asked: Asked, address: string): Promise<ReplyOf<"routeTest">["suppressed"]> {
  const list = asked.desk.suppression;
  if (list === undefined) return [];
  const { entries } = await list.list(viewOf(asked), { text: address, limit: MOST_LOOKED_AT });
  return entries
    .filter((entry) => entry.address === address)
    .map(({ tenant, why, since, until }) => ({ tenant, why, since: iso(since), until: isoOrNull(until) }));
}

/** The answer in one sentence. */
function lineOf({ fault, hosts, egress, way }: TestedRoute, paused: boolean, suppressed: boolean): string {
  if (suppressed) return "Nothing is sent: the address is suppressed.";
  if (fault !== undefined) return `${fault.permanent ? "Nothing can be sent" : "Nothing can be sent now"}: ${fault.text}.`;
  const first = hosts.find((host) => host.skipped === undefined && host.addresses.some(({ skipped }) => skipped === undefined));
  if (first === undefined) return "Nothing can be sent now: no host is left to try.";
  const by = `${way === "upstream" ? "by the upstream" : "to"} ${first.host}, from ${egress.name}`;
  return paused ? `Mail waits, because it is paused; it would go ${by}.` : `Mail goes ${by}.`;
}
