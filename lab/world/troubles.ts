/**
 * What can be made to go wrong in a running world, by name, and set right again: a receiver throttles, a host dies, a
 * domain's DNS fails, TLS breaks, an address gets listed.
 */
import { unreachable } from "../../src/base/brand.ts";
import type { ZoneFailure, ZoneValues } from "../../src/wire/dns/name-server.ts";
import { keepsLimit } from "./habits.ts";
import { HiddenCap } from "./hidden-cap.ts";
import type { House, HouseName } from "./houses/house.ts";
import type { Internet } from "./internet.ts";
import type { ListName, Lists } from "./lists/lists.ts";
import type { Weather } from "./sim-network.ts";

export type Trouble =
  /** It takes so many messages an hour, and answers the rest with 421. */
  | { readonly is: "throttle"; readonly house: HouseName; readonly perHour: number }
  /** Its hosts answer nothing any more; `host`: that one only. */
  | { readonly is: "host dies"; readonly house: HouseName; readonly host?: string }
  /** Look-ups of the domain, end in SERVFAIL. */
  | { readonly is: "dns fails"; readonly domain: string }
  /** Name servers are out of reach. */
  | { readonly is: "no dns" }
  /** Handshakes with its hosts fail after STARTTLS; `host`: with that one only. */
  | { readonly is: "tls breaks"; readonly house: HouseName; readonly host?: string }
  | { readonly is: "listed"; readonly list: ListName; readonly ip: string };

export interface TroubleNow {
  readonly id: number;
  readonly trouble: Trouble;
  readonly since: number;
}

/** What a throttled receiver saves up, and what a refused message costs. */
const SAVED_MS = 60_000;
const SAVED_LEAST = 3;
const REFUSED_COSTS = 0.5;

export class Troubles {
  readonly #internet: Internet;
  readonly #houses: ReadonlyMap<HouseName, House>;
  readonly #lists: Lists;
  readonly #nameServers: readonly string[];
  readonly #now = new Map<number, TroubleNow & { readonly end: () => void }>();
  readonly #laid = new Map<string, { readonly before: Weather; readonly bad: Set<Weather> }>();
  #made = 0;

  constructor(internet: Internet, houses: ReadonlyMap<HouseName, House>, lists: Lists, nameServers: readonly string[]) {
    this.#internet = internet;
    this.#houses = houses;
    this.#lists = lists;
    this.#nameServers = nameServers;
  }

  get now(): readonly TroubleNow[] {
    return [...this.#now.values()].map(({ id, trouble, since }) => ({ id, trouble, since }));
  }

  /** Begins it; what stood in its place ends. @throws a sentence for a house, host or domain that the world does not have. */
  make(trouble: Trouble): TroubleNow {
    for (const { id, trouble: known } of this.#now.values()) if (sameTarget(known, trouble)) this.end(id);
    const end = this.#begin(trouble);
    const made = { id: ++this.#made, trouble, since: this.#internet.clock.wall(), end };
    this.#now.set(made.id, made);
    this.#internet.chronicle.note("trouble", JSON.stringify(trouble));
    return { id: made.id, trouble, since: made.since };
  }

  /** Sets it right. False if there is no such trouble. */
  end(id: number): boolean {
    const made = this.#now.get(id);
    if (made === undefined) return false;
    this.#now.delete(id);
    made.end();
    this.#internet.chronicle.note("trouble", `over: ${JSON.stringify(made.trouble)}`);
    return true;
  }

  endAll(): void {
    for (const id of [...this.#now.keys()]) this.end(id);
  }

  #begin(trouble: Trouble): () => void {
    switch (trouble.is) {
      case "throttle":
        return this.#throttle(this.#house(trouble.house), trouble.perHour);
      case "host dies":
        return this.#weather(this.#house(trouble.house), trouble.host, { dark: true });
      case "tls breaks":
        return this.#weather(this.#house(trouble.house), trouble.host, { brokenTls: true });
      case "dns fails":
        return this.#servfail(trouble.domain);
      case "no dns":
        return this.#lay(this.#nameServers, { dark: true });
      case "listed": {
        const list = this.#lists[trouble.list];
        list.enter(trouble.ip, "listed by hand, for practice", undefined);
        return () => list.remove(trouble.ip);
      }
      default:
        return unreachable(trouble);
    }
  }

  #throttle(house: House, perHour: number): () => void {
    const habits = { perHour: () => perHour, savedMs: SAVED_MS, savedLeast: SAVED_LEAST, refusedCosts: REFUSED_COSTS, noise: 0 };
    const cap = new HiddenCap(habits, this.#internet.random.fork(`throttle ${this.#made}`));
    house.lay([keepsLimit(cap, this.#internet.clock.wall())]);
    return () => house.lay([]);
  }

  #weather(house: House, host: string | undefined, weather: Weather): () => void {
    const hosts = house.hosts.filter(({ name }) => host === undefined || name === host);
    if (hosts.length === 0) throw new Error(`${house.title} has no host ${host}; it has ${house.hosts.map(({ name }) => name).join(", ")}`);
    return this.#lay(
      hosts.map(({ ip }) => ip),
      weather,
    );
  }

  /** Bad weather at each address, over what else is bad there; what is left when it ends is the rest. */
  #lay(ips: readonly string[], weather: Weather): () => void {
    for (const ip of ips) {
      const laid = this.#laid.get(ip) ?? { before: this.#internet.network.weatherAt(ip), bad: new Set() };
      this.#laid.set(ip, laid);
      laid.bad.add(weather);
      this.#blow(ip);
    }
    return () => {
      for (const ip of ips) {
        this.#laid.get(ip)?.bad.delete(weather);
        this.#blow(ip);
      }
    };
  }

  #blow(ip: string): void {
    const laid = this.#laid.get(ip);
    if (laid === undefined) return;
    this.#internet.network.weather(ip, Object.assign({}, laid.before, ...laid.bad));
    if (laid.bad.size === 0) this.#laid.delete(ip);
  }

  #servfail(domain: string): () => void {
    const { resolver } = this.#internet;
    const was: ZoneValues | ZoneFailure | undefined = resolver.written(domain);
    if (was === undefined) throw new Error(`the world has no domain ${domain}`);
    resolver.set(domain, "SERVFAIL");
    return () => resolver.set(domain, was);
  }

  #house(name: HouseName): House {
    const house = this.#houses.get(name);
    if (!house) throw new Error(`the world has no ${name}; it has ${[...this.#houses.keys()].join(", ")}`);
    return house;
  }
}

/** Whether the one takes the place of the other. */
function sameTarget(a: Trouble, b: Trouble): boolean {
  if (a.is !== b.is) return false;
  return JSON.stringify({ ...a, perHour: 0 }) === JSON.stringify({ ...b, perHour: 0 });
}
