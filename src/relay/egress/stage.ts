/** For tests: ways out as one would configure them, and a clock that is moved by hand. */
import type { Clock, WallMs } from "../../base/clock.ts";
import type { EgressName, EgressState } from "../../model/egress.ts";
import { type ChoiceRule, type KeptCount, type Pool, readChoiceRule, type Way, type WayNews, type WayPlan, Ways } from "./egress.ts";

export const HOSTNAME = "relay.example.net";

export function address(name: string, ip4: string, more: { state?: EgressState; forDomains?: readonly string[] } = {}): Way {
  const egress = { name: name as EgressName, helo: `${name}.example.net`, ip4 };
  return { is: "address", egress, state: "in-use", ...more };
}

export function upstreamWay(name: string, more: Partial<Extract<Way, { is: "upstream" }>> = {}): Way {
  const upstream = { host: `${name}.example.com`, port: 587, tls: "required" } as const;
  return { is: "upstream", name: name as EgressName, upstream, state: "in-use", cost: 0, ...more };
}

/** `pool("main", "out1", "out2=3")`. */
export function pool(name: string, ...members: string[]): Pool {
  return {
    name,
    members: members.map((member) => {
      const [who = "", weight = "1"] = member.split("=");
      return { name: who as EgressName, weight: Number(weight) };
    }),
  };
}

export function rule(text: string): ChoiceRule {
  const read = readChoiceRule(text);
  if ("fault" in read) throw new Error(`the rule ${read.fault}`);
  return read;
}

export interface Stage {
  readonly ways: Ways;
  readonly news: WayNews[];
  /** This machine has every address but these. */
  readonly absent: Set<string>;
  now(): WallMs;
  pass(ms: number): void;
}

/** 2026-11-25T00:00Z, the beginning of a day. */
const START = Date.UTC(2026, 10, 25);

export function stage(plan: Partial<WayPlan>, kept: readonly KeptCount[] = [], start = START): Stage {
  let at = start;
  const now = (): WallMs => at as WallMs;
  const clock: Pick<Clock, "wall"> = { wall: now };
  const news: WayNews[] = [];
  const absent = new Set<string>();
  const whole: WayPlan = { hostname: HOSTNAME, ways: [], pools: [], rules: [], byDomain: new Map(), ...plan };
  const ways = new Ways(whole, { clock, kept, hasAddress: (ip) => !absent.has(ip), news: (one) => news.push(one) });
  return { ways, news, absent, now, pass: (ms) => void (at += ms) };
}
