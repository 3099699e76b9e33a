/** How a way stands, for people. */
import type { WallMs } from "../../base/clock.ts";
import type { Egress, EgressName, EgressState } from "../../model/egress.ts";
import type { Breaker } from "./law/breaker.ts";
import { room } from "./law/warm-up.ts";
import { nameOf, type UpstreamWay, type Way, type WayPlan } from "./plan.ts";
import type { Standing } from "./standing.ts";

export interface WarmReport {
  /** A provider's key, or `others`. */
  readonly provider: string;
  /** Today's; Infinity once it is warm. */
  readonly ceiling: number;
  /** Messages given to it today, and those that were taken. */
  readonly chosen: number;
  readonly accepted: number;
  /** How many more it is given today; Infinity once it is warm. */
  readonly room: number;
  readonly steppedBack: boolean;
}

export interface WayReport {
  readonly name: EgressName;
  readonly state: EgressState;
  readonly pools: readonly { readonly name: string; readonly weight: number }[];
  readonly forDomains?: readonly string[];
  readonly breaker: Breaker;
  readonly way:
    | {
        readonly is: "address";
        readonly egress: Egress /** Not on this machine. */;
        readonly missing: readonly string[];
        readonly warm: readonly WarmReport[];
      }
    | {
        readonly is: "upstream";
        readonly place: string;
        readonly user?: string;
        readonly tls: UpstreamWay["upstream"]["tls"];
        readonly cost: number;
        readonly hour: { readonly sent: number; readonly most?: number };
        readonly day: { readonly sent: number; readonly most?: number };
      };
}

export function reportOf(way: Way, plan: WayPlan, standing: Standing, now: WallMs, missing: readonly string[]): WayReport {
  const name = nameOf(way);
  const pools = plan.pools.flatMap((pool) =>
    pool.members.filter((member) => member.name === name).map(({ weight }) => ({ name: pool.name, weight })),
  );
  return {
    ...{ name, state: way.state, pools, breaker: standing.breaker(name) },
    ...(way.forDomains && { forDomains: way.forDomains }),
    way:
      way.is === "address"
        ? { is: "address", egress: way.egress, missing, warm: way.state === "warming" ? warmOf(name, standing, now) : [] }
        : upstreamOf(way, standing, now),
  };
}

function warmOf(name: EgressName, standing: Standing, now: WallMs): readonly WarmReport[] {
  return [...standing.warmUps(name, now)].map(([provider, one]) => ({
    provider,
    ceiling: one.warm ? Number.POSITIVE_INFINITY : one.ceiling,
    chosen: one.chosen,
    accepted: one.accepted,
    room: room(one),
    steppedBack: one.steppedBack,
  }));
}

function upstreamOf({ name, upstream, cost, perHour, perDay }: UpstreamWay, standing: Standing, now: WallMs): WayReport["way"] {
  const sent = standing.used(name, now, "sent");
  return {
    is: "upstream",
    place: `${upstream.host}:${upstream.port}`,
    ...(upstream.login && { user: upstream.login.user }),
    tls: upstream.tls,
    cost,
    hour: { sent: sent.hour, ...(perHour !== undefined && { most: perHour }) },
    day: { sent: sent.day, ...(perDay !== undefined && { most: perDay }) },
  };
}
