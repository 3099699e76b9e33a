/** Where trouble can be made: the large receivers, and small domains with one host each. */
import type { TroubleKind } from "../../src/control/api/lab-desk.ts";
import type { BigWorld } from "../world/big-world.ts";
import type { House, HouseName } from "../world/houses/house.ts";

export interface Place {
  /** As the program's own table of providers has it, or a domain. */
  readonly key: string;
  readonly name: string;
  readonly house: House;
  /** How the world calls it. */
  readonly also?: string;
  readonly domains: readonly string[];
  /** Names of its hosts, the preferred first. */
  readonly hosts: readonly string[];
  readonly can: readonly TroubleKind[];
  readonly show: string;
}

/** The operators that all domains of a house belong to. */
const OPERATORS: ReadonlyMap<HouseName, string> = new Map([
  ["gmail", "google"],
  ["outlook", "outlook"],
  ["microsoft365", "microsoft365"],
  ["yahoo", "yahoo"],
]);
/** Houses of which each domain is a place: the others are bad already. */
const SMALL: readonly HouseName[] = ["postfix", "exim", "late"];

export function placesOf(world: BigWorld): readonly Place[] {
  const places: Place[] = [];
  for (const [name, house] of world.houses) {
    const key = OPERATORS.get(name);
    const hosts = house.hosts.map((host) => host.name);
    if (key !== undefined)
      places.push({
        ...{ key, name: house.title, also: name, house, hosts, domains: house.domains },
        ...{ can: ["throttle", "kill", "dns", "tls"], show: `#/destinations/${key}` },
      });
    if (SMALL.includes(name))
      for (const host of house.hosts)
        for (const take of host.takes) {
          const domain = take.split(" ")[1] ?? host.name;
          places.push({
            ...{ key: domain, name: domain, house, hosts: [host.name], domains: [domain], can: ["kill", "dns", "tls"] },
            show: `#/messages?q=${encodeURIComponent(`to:@${domain} since:1h`)}`,
          });
        }
  }
  return places;
}

/** By its key, its name or one of its domains, in any case. */
export function findPlace(places: readonly Place[], text: string): Place | undefined {
  const wanted = text.toLowerCase();
  return places.find(({ key, name, also, domains }) => [key, name.toLowerCase(), also, ...domains].includes(wanted));
}
