/** Where trouble can be made, and how: the large receivers, small domains with one host each, and one that demands good TLS. */
import type { TroubleKind } from "../../src/control/api/desk.ts";
import type { BigWorld } from "../world/big-world.ts";
import type { House, HouseName } from "../world/houses/house.ts";
import type { Trouble } from "../world/troubles.ts";

export interface Place {
  /** As the program's own table of providers has it, or a domain. */
  readonly key: string;
  readonly name: string;
  /** How the world calls it. */
  readonly also?: string;
  readonly domains: readonly string[];
  /** Names of its hosts, the preferred first. */
  readonly hosts: readonly string[];
  readonly breaks: Readonly<Partial<Record<TroubleKind, Break>>>;
  readonly show: string;
}

/** One way of going wrong. */
export interface Break {
  /** One sentence. */
  says(how: How): string;
  /** Begins it; the result ends it. */
  begin(how: How): () => void;
}

export interface How {
  /** What a throttled receiver takes. */
  readonly perHour: number;
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
  const houses = [...world.houses.values()];
  const large = houses.flatMap((house) => {
    const key = OPERATORS.get(house.name);
    return key === undefined ? [] : [operator(world, house, key)];
  });
  const small = houses.filter(({ name }) => SMALL.includes(name));
  return [...large, ...small.flatMap((house) => house.domains.map((domain) => company(world, house, domain)))];
}

/** By its key, its name or one of its domains, in any case. */
export function findPlace(places: readonly Place[], text: string): Place | undefined {
  const wanted = text.toLowerCase();
  return places.find(({ key, name, also, domains }) => [key, name.toLowerCase(), also, ...domains].includes(wanted));
}

/** The panel's page of the mail to a domain. */
export function mailTo(domain: string): string {
  return `#/messages?q=${encodeURIComponent(`to:@${domain} since:1h`)}`;
}

function operator(world: BigWorld, house: House, key: string): Place {
  const { name, title, domains } = house;
  const hosts = house.hosts.map((host) => host.name);
  const throttle: Break = {
    says: ({ perHour }) => `${title} takes ${perHour} messages an hour from now on; the rest hears 421 4.7.28.`,
    begin: ({ perHour }) => made(world, { is: "throttle", house: name, perHour }),
  };
  const place = { key, name: title, also: name, domains, hosts, show: `#/destinations/${key}` };
  return { ...place, breaks: { throttle, ...unreached(world, house, place) } };
}

function company(world: BigWorld, house: House, domain: string): Place {
  const hosts = house.hosts.filter(({ takes }) => takes.some((take) => take.split(" ")[1] === domain)).map(({ name }) => name);
  const place = { key: domain, name: domain, domains: [domain], hosts, show: mailTo(domain) };
  return { ...place, breaks: unreached(world, house, place) };
}

function unreached(world: BigWorld, { name: house }: House, { name, domains, hosts }: Omit<Place, "breaks">): Place["breaks"] {
  const [first = name, second] = hosts;
  const kill: Break = {
    says: () => (second === undefined ? `${first} is dead, and ${name} has no other host.` : `${first} is dead; ${second} still answers.`),
    begin: () => made(world, { is: "host dies", house, host: first }),
  };
  const dns: Break = {
    says: () => `Look-ups of ${domains.slice(0, 3).join(", ")}${domains.length > 3 ? " …" : ""} end in SERVFAIL.`,
    begin: () => made(world, ...domains.map((domain): Trouble => ({ is: "dns fails", domain }))),
  };
  const tls: Break = {
    says: () => `${hosts.length === 1 ? `${first} offers` : `The hosts of ${name} offer`} STARTTLS, and the handshake fails.`,
    begin: () => made(world, ...hosts.map((host): Trouble => ({ is: "tls breaks", house, host }))),
  };
  return { kill, dns, tls };
}

/** Troubles of the world, and what ends them. */
export function made({ troubles }: BigWorld, ...wanted: readonly Trouble[]): () => void {
  const ids = wanted.map((trouble) => troubles.make(trouble).id);
  return () => {
    for (const id of ids) troubles.end(id);
  };
}
