/** What is counted for each tenant and for each destination: an hour of minutes, and what an operator would ask next. */
import { providerOf, providerOfDomain } from "../../../mail/replies/replies.ts";
import type { SettledState } from "../../../model/delivery.ts";
import { Delays } from "./delays.ts";
import type { Seen } from "./places.ts";
import { Ring } from "./ring.ts";

export const MINUTES = 60;
export const MINUTE_MS = 60_000;

/** Columns of a tenant's minutes. */
export const FATE = { accepted: 0, delivered: 1, relayed: 2, bounced: 3, expired: 4, discarded: 5 } as const satisfies Readonly<
  Record<SettledState | "accepted", number>
>;

export class TenantTrack implements Seen {
  seenAt = 0;
  readonly minutes = new Ring(MINUTES, 6);
  readonly delays = new Delays();
}

/** Columns of a destination's minutes: what came in for it, what left for good, and what attempts came to. */
export const FLOW = { accepted: 0, settled: 1, ok: 2, later: 3, no: 4 } as const;

/** Who runs the hosts of a destination. */
export interface Operator {
  readonly key: string;
  readonly name: string;
  /** Fairlead knows it by name; what has no known operator stands under its own name. */
  readonly known: boolean;
}

/** Mail hosts of one destination that are remembered. */
const HOSTS_MOST = 5;

export class SiteTrack implements Seen {
  seenAt = 0;
  readonly site: string;
  readonly minutes = new Ring(MINUTES, 5);
  /** The newest first. */
  hosts: readonly string[] = [];
  #last = "";
  operator: Operator;

  constructor(site: string) {
    this.site = site;
    this.operator = operatorOf(site);
  }

  /** A host that spoke for it tells who runs it, unless its own name does. */
  heard(host: string): void {
    if (host === this.#last) return;
    this.#last = host;
    if (host === "" || this.hosts.includes(host)) return;
    this.hosts = [host, ...this.hosts].slice(0, HOSTS_MOST);
    if (this.operator.known) return;
    const found = providerOf(host);
    if (found) this.operator = { ...found, known: true };
  }
}

/** As the name of the destination tells: `mx:example.org`, `upstream:HOST:PORT`. */
export function operatorOf(site: string): Operator {
  const [, kind, name = site] = /^(mx|upstream):(.+)$/.exec(site) ?? [];
  const found = kind === "mx" ? providerOfDomain(name) : kind === "upstream" ? providerOf(name.replace(/:\d+$/, "")) : undefined;
  return found ? { ...found, known: true } : { key: name, name, known: false };
}
