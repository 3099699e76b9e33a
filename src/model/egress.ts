/**
 * A way out of this machine: the addresses that mail leaves from, and the name they answer to. Upstream smarthosts are
 * ways out too, and have routes of their own.
 */
import type { Brand } from "../base/brand.ts";

/** A setting's name: small letters, digits, `-` and `.`, so it may stand in a site's key. */
export type EgressName = Brand<string, "EgressName">;

/** The machine's own choice of address, with the node's host name: what there is before anybody adds an address. */
export const DEFAULT_EGRESS = "default" as EgressName;

export interface Egress {
  readonly name: EgressName;
  /** What is said in EHLO; the addresses' PTR records should say it too. */
  readonly helo: string;
  /** Absent: nothing is sent over that family; both absent: the system chooses. */
  readonly ip4?: string;
  readonly ip6?: string;
}

/**
 * `in-use`: mail leaves by it. `warming`: it is new to receivers, and each takes a little more of its mail a day.
 * `draining`: no more mail is given to it, and what waits for it still leaves by it. `out`: nothing leaves by it, and what
 * waited for it goes another way.
 */
export const EGRESS_STATES = ["in-use", "warming", "draining", "out"] as const;
export type EgressState = (typeof EGRESS_STATES)[number];

/** Ways out share one space of names, addresses and upstreams alike. */
export function isEgressName(text: string): text is EgressName {
  return /^[a-z0-9][a-z0-9.-]{0,62}$/.test(text);
}
