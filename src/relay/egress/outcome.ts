/** What is heard of a way, and what that says of it: that it works or does not, and how a receiver bears a new address. */
import type { WallMs } from "../../base/clock.ts";
import type { ReplyClass } from "../../model/diagnosis.ts";
import type { EgressName } from "../../model/egress.ts";
import type { Heard } from "./law/warm-up.ts";
import { type AddressWay, nameOf, type UpstreamWay, type Way } from "./plan.ts";
import type { Standing } from "./standing.ts";

/** What dispatch saw of a way: of each recipient that was answered for, and of each connection that could not be had. */
export type WayOutcome =
  /** `code` is the reply's; `class` absent: the host said yes. */
  | { readonly is: "answered"; readonly host: string; readonly code: number; readonly class?: ReplyClass | undefined }
  /** `code` is that of the fault, `text` what was said of it, by a host or by us. Faults of DNS say nothing about a way. */
  | { readonly is: "unusable"; readonly stage: string; readonly code: string; readonly text: string };

/** What it says, without what follows from it. */
export type Learned =
  | { readonly is: "broken"; readonly why: string; readonly until: WallMs }
  | { readonly is: "works" }
  | { readonly is: "stepped back"; readonly provider: string; readonly from: number; readonly to: number };

/** An upstream is tried with all its addresses before it counts as unusable once. */
const UPSTREAM_PATIENCE = 2;
/** One network out of reach may be that network's trouble; several in a row, with nothing between them that worked, are ours. */
const NETWORK_PATIENCE = 5;

export function hear(way: Way, provider: string, outcome: WayOutcome, standing: Standing, now: WallMs): readonly Learned[] {
  return way.is === "upstream" ? ofUpstream(way, outcome, standing, now) : ofAddress(way, provider, outcome, standing, now);
}

function ofUpstream({ name }: UpstreamWay, outcome: WayOutcome, standing: Standing, now: WallMs): readonly Learned[] {
  if (outcome.is === "unusable") return broke(name, standing, now, outcome.text, UPSTREAM_PATIENCE);
  if (outcome.class === undefined) standing.carry(name, "sent", now);
  // RFC 5321 §3.8: it is about to close the connection, whatever it was asked.
  return outcome.code === 421 ? broke(name, standing, now, "it answers 421", UPSTREAM_PATIENCE) : mended(name, standing);
}

function ofAddress(way: AddressWay, provider: string, outcome: WayOutcome, standing: Standing, now: WallMs): readonly Learned[] {
  const { egress, state } = way;
  if (outcome.is === "unusable") {
    const patience = PATIENCE[outcome.code];
    return patience === undefined ? [] : broke(egress.name, standing, now, outcome.text, patience);
  }
  const learned = mended(egress.name, standing);
  if (state !== "warming") return learned;
  const { before, after } = standing.heard(egress.name, provider, heardOf(outcome.class), now);
  if (before.steppedBack || !after.steppedBack) return learned;
  return [...learned, { is: "stepped back", provider, from: before.ceiling, to: after.ceiling }];
}

/** Faults that are about our end of the connection, by the system's code; all others may be about the host's. */
const PATIENCE: Readonly<Record<string, number>> = { EADDRNOTAVAIL: 1, ENETUNREACH: NETWORK_PATIENCE, ENETDOWN: NETWORK_PATIENCE };

/** Only what a receiver says about pace and origin is about the address. */
function heardOf(objection: ReplyClass | undefined): Heard {
  switch (objection) {
    case undefined:
      return "accepted";
    case "rate":
      return "too fast";
    case "repIP":
    case "list":
      return "bad name";
    default:
      return "refused";
  }
}

function broke(name: EgressName, standing: Standing, now: WallMs, why: string, patience: number): readonly Learned[] {
  const before = standing.breaker(name);
  const after = standing.failed(name, now, why, patience);
  return after.is === "open" && before.is !== "open" ? [{ is: "broken", why, until: after.until }] : [];
}

function mended(name: EgressName, standing: Standing): readonly Learned[] {
  const { is } = standing.breaker(name);
  standing.worked(name);
  return is === "closed" ? [] : [{ is: "works" }];
}

/** Of a way that was looked at, and not heard of: whether its addresses are on this machine. */
export function look(way: Way, missing: readonly string[], standing: Standing, now: WallMs): readonly Learned[] {
  if (way.is === "upstream") return [];
  const name = nameOf(way);
  const own = [way.egress.ip4, way.egress.ip6].filter((ip) => ip !== undefined);
  if (missing.length > 0 && missing.length === own.length) return broke(name, standing, now, notHere(missing), 1);
  const breaker = standing.breaker(name);
  return missing.length === 0 && breaker.is !== "closed" && breaker.why === notHere(own) ? mended(name, standing) : [];
}

function notHere(ips: readonly string[]): string {
  return `this machine does not have ${ips.length === 1 ? "the address" : "the addresses"} ${ips.join(" and ")}`;
}
