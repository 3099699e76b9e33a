/**
 * The whole simulated internet at once: the receivers that most mail goes to, small ones, bad ones, blocklists, people who
 * complain, reports that come back, and a hosting company's customers as sources. For demonstrations and experiments.
 *
 * ```ts
 * const world = await openBigWorld(new Internet(seed, clock), { node: { ip: "198.51.100.25", port: 25 } });
 * const life = world.internet.process("node", ["198.51.100.25"]);   // the node's clock, network and resolver
 * world.traffic.start();
 * const { id } = world.troubles.make({ is: "throttle", house: "gmail", perHour: 60 });
 * world.state;                                                      // what each receiver took, deferred, thinks
 * world.troubles.end(id);
 * ```
 */
import type { Endpoint } from "../../src/base/network.ts";
import { badDomains, badHosts } from "./bad-hosts.ts";
import { ptrName } from "./directory.ts";
import { offering } from "./habits.ts";
import { eximLike } from "./houses/exim-like.ts";
import { gmailLike } from "./houses/gmail-like.ts";
import { House, type HouseName, type HousePlan, type HouseState } from "./houses/house.ts";
import { lateBouncer } from "./houses/late-bouncer.ts";
import { files, knowsMailboxes, PLAIN_WORDS } from "./houses/mailbox-habits.ts";
import { outlookLike } from "./houses/outlook-like.ts";
import { postfixLike } from "./houses/postfix-like.ts";
import type { Arrival, Surroundings } from "./houses/premises.ts";
import { yahooLike } from "./houses/yahoo-like.ts";
import { type Internet, NAME_SERVERS } from "./internet.ts";
import { Lists } from "./lists/lists.ts";
import { NUMBERS, type Numbers } from "./numbers.ts";
import { People } from "./people.ts";
import { Post } from "./post.ts";
import type { Receiver } from "./receivers.ts";
import { Traffic, type TrafficOptions } from "./traffic.ts";
import { Troubles } from "./troubles.ts";

export interface BigWorldOptions {
  /** Where the node under test takes mail. */
  readonly node: Endpoint;
  /** Its sending addresses and their host names: they get PTR records. Those `warm` are known to receivers for long. */
  readonly egresses?: readonly { readonly ip: string; readonly name: string; readonly warm?: boolean }[];
  /** In place of some of the numbers. */
  readonly numbers?: Numbers;
  /** The domain of the node's return paths; its MX is the node. Absent: none. */
  readonly returnDomain?: string;
  /** Where complaints go, if receivers have been told: `fbl@` at the return domain. */
  readonly feedbackTo?: string;
  readonly traffic?: Pick<TrafficOptions, "share" | "haste" | "handed">;
  /** Called for each recipient's copy that a house takes. */
  readonly arrived?: (arrival: Arrival) => void;
  /** Messages that a receiver keeps for whoever asks; absent: 200 each. */
  readonly keepsMost?: number;
}

export interface BigWorld {
  readonly internet: Internet;
  readonly numbers: Numbers;
  readonly houses: ReadonlyMap<HouseName, House>;
  /** The customers' own mail host: reports to them end here. */
  readonly home: Receiver;
  readonly lists: Lists;
  readonly people: People;
  readonly post: Post;
  readonly traffic: Traffic;
  readonly troubles: Troubles;
  /** Of each receiver, as it stands. */
  readonly state: readonly HouseState[];
}

/** Receivers' addresses begin here, in the first of the documentation's networks (RFC 5737). */
const FIRST_IP = 60;
const KEEPS_MOST = 200;
const HOME_IP = "192.0.2.10";
const SOURCES_RANGE = "203.0.113";
const KNOWN_FOR_MS = 365 * 86_400_000;

/** Sets all of it up on an internet of any clock. In virtual time: `await clock.during(openBigWorld(…))`. */
export async function openBigWorld(internet: Internet, options: BigWorldOptions): Promise<BigWorld> {
  const numbers = options.numbers ?? NUMBERS;
  const surroundings: Surroundings = {
    ...{ internet, numbers, feedbackTo: options.feedbackTo, arrived: options.arrived },
    lists: new Lists(internet, numbers.lists),
    people: new People(internet, numbers.people),
    post: new Post(internet, numbers.post),
  };
  const { resolver } = internet;
  await internet.openNameServers();
  const houses = new Map<HouseName, House>();
  for (const plan of plans(numbers)) houses.set(plan.name, await House.open(plan, surroundings));
  badDomains(internet);
  const home = await internet.receiver("hosting.example", HOME_IP);
  const shares = [...houses.values()].flatMap(({ name, domains }) =>
    domains.map((domain) => ({ domain, share: numbers.shares[name] / domains.length })),
  );
  const traffic = new Traffic(internet, numbers, { ...options.traffic, to: options.node, range: SOURCES_RANGE, domains: shares });
  for (const domain of [...traffic.from, "outside.example"]) resolver.addMx(domain, 10, home.name);
  if (options.returnDomain !== undefined) {
    resolver.add(`mx.${options.returnDomain}`, { A: [options.node.ip] });
    resolver.addMx(options.returnDomain, 10, `mx.${options.returnDomain}`);
  }
  for (const { ip, name, warm } of options.egresses ?? []) {
    resolver.add(ptrName(ip), { PTR: [name] });
    resolver.add(name, ip.includes(":") ? { AAAA: [ip] } : { A: [ip] });
    for (const { standing } of warm ? houses.values() : [])
      standing.known(ip, numbers.standing.warm.is, numbers.standing.warm.weighs, KNOWN_FOR_MS);
  }
  for (const receiver of internet.receivers) receiver.keepsMost = options.keepsMost ?? KEEPS_MOST;
  const troubles = new Troubles(
    internet,
    houses,
    surroundings.lists,
    NAME_SERVERS.map(({ ip }) => ip),
  );
  const state = (): readonly HouseState[] => [...houses.values()].map((house) => house.state);
  return {
    ...{ internet, numbers, houses, home, traffic, troubles },
    ...{ lists: surroundings.lists, people: surroundings.people, post: surroundings.post },
    get state() {
      return state();
    },
  };
}

/** Who receives, at which hosts, for which domains. Host names end as those of the operators they stand for: rules know them by these. */
function plans(numbers: Numbers): readonly HousePlan[] {
  let last = FIRST_IP;
  const nextIp = (): string => `192.0.2.${last++}`;
  const tls = [offering("STARTTLS")];
  const host = (name: string, ...takes: readonly string[]) => ({ name, ip: nextIp(), takes, habits: tls });
  const apart = (count: number, of: string) =>
    Array.from({ length: count }, (_, n) => host(`mail.${of}-${n + 1}.example`, `10 ${of}-${n + 1}.example`));
  const tenants = Array.from({ length: numbers.outlook.tenants }, (_, n) => n + 1);
  return [
    {
      ...{ name: "gmail", title: "Gmail", habits: gmailLike },
      hosts: [
        host("gmail-smtp-in.l.google.com", "5 gmail.com", "5 studio.example"),
        host("alt1.gmail-smtp-in.l.google.com", "10 gmail.com", "10 studio.example"),
      ],
    },
    {
      ...{ name: "outlook", title: "Outlook.com", habits: outlookLike },
      hosts: [
        host("outlook-com.olc.protection.outlook.com", "5 outlook.com"),
        host("hotmail-com.olc.protection.outlook.com", "5 hotmail.com"),
      ],
    },
    {
      ...{ name: "microsoft365", title: "Microsoft 365", habits: outlookLike },
      hosts: Array.from({ length: numbers.outlook.tenantHosts }, (_, n) => {
        const mine = tenants.filter((tenant) => tenant % numbers.outlook.tenantHosts === n);
        const names = mine.map((tenant) => `tenant-${tenant}.mail.protection.outlook.com`);
        return {
          ...host(`front-${n + 1}.mail.protection.outlook.com`, ...mine.map((tenant, i) => `0 tenant-${tenant}.example ${names[i]}`)),
          aliases: names,
        };
      }),
    },
    {
      ...{ name: "yahoo", title: "Yahoo", habits: yahooLike },
      hosts: [host("mta5.am0.yahoodns.net", "1 yahoo.com"), host("mta6.am0.yahoodns.net", "1 yahoo.com", "10 aol.com")],
    },
    {
      ...{ name: "postfix", title: "Small companies (Postfix)", habits: postfixLike, apart: true },
      hosts: apart(numbers.postfix.hosts, "company"),
    },
    { ...{ name: "exim", title: "Web hosts (Exim)", habits: eximLike, apart: true }, hosts: apart(numbers.exim.hosts, "webhost") },
    { ...{ name: "late", title: "Late bouncers", habits: lateBouncer, apart: true }, hosts: apart(numbers.late.hosts, "late") },
    {
      ...{ name: "bad", title: "Bad hosts", apart: true },
      habits: (premises) => [knowsMailboxes(premises, PLAIN_WORDS), files(premises)],
      hosts: badHosts(numbers, nextIp),
    },
  ];
}
