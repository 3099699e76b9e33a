/** What the API answers about ways out. */
import type { Egress } from "../../model/egress.ts";
import { domainOfSite } from "./destination-key.ts";
import type { NodeFace } from "./node-face.ts";
import { Refused } from "./refused.ts";
import type { ReplyOf } from "./routes.ts";
import type { PoolRecord, WayRecord } from "./way-desk.ts";
import { iso } from "./wire-form.ts";

type EgressRow = ReplyOf<"egresses">["egresses"][number];
type UpstreamRow = ReplyOf<"upstreamWays">["upstreams"][number];

/** Deliveries that wait, by egress and by an upstream's HOST:PORT. */
export type Standing = ReadonlyMap<string, number>;

export async function standingOf(node: NodeFace): Promise<Standing> {
  const waiting = new Map<string, number>();
  for (const { egress, site, queued } of await node.lanes()) {
    const way = site.startsWith("upstream:") ? domainOfSite(site) : egress;
    waiting.set(way, (waiting.get(way) ?? 0) + queued);
  }
  return waiting;
}

/** The system's own choice, which is there before anybody adds an address. */
export function usualRow({ name, helo }: Egress, standing: Standing): EgressRow {
  return {
    ...{ name, state: "in-use", fixed: true, pools: [], forDomains: [], queued: standing.get(name) ?? 0 },
    ...{ works: true, why: null, since: null, until: null, helo, ip4: null, ip6: null, missing: [], warm: [] },
  };
}

export function egressRow(record: WayRecord, standing: Standing): EgressRow {
  const { way } = record;
  if (way.is !== "address") throw new Refused("not-found", `${record.name} is an upstream`, "fairlead upstream list");
  const { helo, ip4, ip6 } = way.egress;
  return {
    ...wayRow(record, standing.get(record.name) ?? 0),
    ...{ helo, ip4: ip4 ?? null, ip6: ip6 ?? null, missing: way.missing },
    warm: way.warm.map(({ provider, ceiling, chosen, accepted, room, steppedBack }) => ({
      ...{ provider, ceiling: finite(ceiling), chosen, accepted, room: finite(room), steppedBack },
    })),
  };
}

export function upstreamRow(record: WayRecord, standing: Standing): UpstreamRow {
  const { way } = record;
  if (way.is !== "upstream") throw new Refused("not-found", `${record.name} is an address`, "fairlead egress list");
  const { place, user, tls, cost, hour, day } = way;
  return {
    ...wayRow(record, standing.get(place) ?? 0),
    ...{ place, user: user ?? null, tls, cost },
    hour: { sent: hour.sent, most: hour.most ?? null },
    day: { sent: day.sent, most: day.most ?? null },
  };
}

export function poolRow({ name, fixed, members }: PoolRecord): ReplyOf<"pools">["pools"][number] {
  return { name, fixed, members: members.map((one) => ({ name: one.name, weight: one.weight })) };
}

function wayRow({ name, state, fixed, pools, forDomains, breaker }: WayRecord, queued: number) {
  const broken = breaker.is === "closed" ? undefined : breaker;
  return {
    ...{ name, state, fixed, pools: pools.map((one) => ({ name: one.name, weight: one.weight })), forDomains: forDomains ?? [], queued },
    ...{ works: broken === undefined, why: broken?.why ?? null },
    since: broken === undefined ? null : iso(broken.since),
    until: broken === undefined ? null : iso(broken.until),
  };
}

function finite(n: number): number | null {
  return Number.isFinite(n) ? n : null;
}
