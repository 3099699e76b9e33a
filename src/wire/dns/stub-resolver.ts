/**
 * The stub resolver: asks recursive name servers, remembers what they said, and keeps apart "there is none" and "could
 * not find out". Behind the port of `base/resolver.ts` for mail hosts and addresses; `ask` is for every other record.
 *
 * A question's way: hosts tables → cache → the flight that is already under way for it → a place among the questions on
 * the network → an exchange with the servers (`client/exchange.ts`), again for the rest of a chain of CNAMEs → cache.
 */
import type { Clock } from "../../base/clock.ts";
import type { Endpoint, Network } from "../../base/network.ts";
import type { Random } from "../../base/random.ts";
import type { Answer, HostAnswer, Mx, PolicyResolver, Resolver, Tlsa } from "../../base/resolver.ts";
import { Asking } from "./client/asking.ts";
import { Cache, type Known, type Remembered } from "./client/cache.ts";
import { Exchange, type ExchangeOutcome } from "./client/exchange.ts";
import { addressesAt, type HostTable } from "./client/host-table.ts";
import { Outlets } from "./client/outlets.ts";
import { CNAMES_MOST } from "./client/reading.ts";
import { Servers } from "./client/servers.ts";
import { nameOf } from "./message/names.ts";
import type { RecordOf, RecordType } from "./message/records.ts";

export { type HostTable, hostTableIn } from "./client/host-table.ts";
export { DNS_PORT, nameServersIn, SERVERS_MOST } from "./client/servers.ts";
export type { RecordOf, RecordType } from "./message/records.ts";

/** Questions on the network at a time: each has a socket, and one more for each time it is asked again. */
const QUESTIONS_MOST = 128;
/** Questions that wait for a place there. More are answered with a failure, and their mail waits. */
const WAITING_MOST = 20_000;
const CACHE_OCTETS = 16 * 2 ** 20;
/** How long what was found in one family waits for the other. */
const OTHER_FAMILY_MS = 2_000;
/** Addresses of one host, both families together. */
const ADDRESSES_MOST = 64;

export interface ResolverPorts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
}

export interface ResolverSettings {
  /** Asked at each question, so that a changed resolv.conf counts; at most `SERVERS_MOST` are used. */
  readonly servers: () => readonly Endpoint[];
  /** Addresses of servers, besides those on loopback, whose AD bit is believed. */
  readonly validating: readonly string[];
  /** The first that has a name answers. */
  readonly hosts: () => readonly HostTable[];
  readonly cacheOctets?: number;
}

/** `authentic`: a validating server that we believe said so. */
export type Asked<T> =
  | { readonly status: "ok"; readonly records: readonly T[]; readonly authentic: boolean }
  | Exclude<Answer<T>, { readonly status: "ok" }>;

export interface ResolverCounts {
  /** Questions asked of name servers, by what came of them. */
  readonly asked: { readonly found: number; readonly nodata: number; readonly nxdomain: number; readonly failed: number };
  /** Answers from memory; `stale` those past their end, while no server answered. */
  readonly remembered: { readonly fresh: number; readonly stale: number };
  readonly cacheEntries: number;
  readonly cacheOctets: number;
  /** On the network and waiting for a place there. */
  readonly underWay: number;
}

export interface StubResolver extends Resolver, PolicyResolver, Disposable {
  mx(domain: string): Promise<Asked<Mx>>;
  addresses(host: string): Promise<Asked<string> & Pick<HostAnswer, "name">>;
  /** Records of one type, CNAMEs followed. What is no name does not exist. */
  ask<T extends RecordType>(name: string, type: T): Promise<Asked<RecordOf<T>>>;
  readonly counts: ResolverCounts;
  /** Whether any of the servers has its word on signatures believed. */
  readonly isBelieved: boolean;
}

export function openStubResolver(ports: ResolverPorts, settings: ResolverSettings): StubResolver {
  return new Stub(ports, settings);
}

/** What is old may lead mail to its host; it must not vouch for keys and policies. */
const MAY_BE_STALE: readonly RecordType[] = ["A", "AAAA", "MX", "CNAME"];

class Stub implements StubResolver {
  readonly #ports: ResolverPorts;
  readonly #hosts: () => readonly HostTable[];
  readonly #servers: Servers;
  readonly #outlets: Outlets;
  readonly #cache: Cache;
  readonly #flights = new Map<string, Promise<Known>>();
  readonly #asking = new Set<Asking>();
  /** Places on the network that are taken; who waits for one is handed it. */
  #places = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #asked = { found: 0, nodata: 0, nxdomain: 0, failed: 0 };
  readonly #remembered = { fresh: 0, stale: 0 };
  #closed = false;

  constructor(ports: ResolverPorts, settings: ResolverSettings) {
    this.#ports = ports;
    this.#hosts = settings.hosts;
    this.#servers = new Servers(settings.servers, settings.validating);
    this.#outlets = new Outlets(ports.network);
    this.#cache = new Cache(settings.cacheOctets ?? CACHE_OCTETS);
  }

  get counts(): ResolverCounts {
    return {
      asked: { ...this.#asked },
      remembered: { ...this.#remembered },
      cacheEntries: this.#cache.size,
      cacheOctets: this.#cache.octets,
      underWay: this.#places + this.#waiting.length,
    };
  }

  get isBelieved(): boolean {
    return this.#servers.inOrder(this.#ports.clock.mono()).some((server) => this.#servers.isBelieved(server));
  }

  async mx(domain: string): Promise<Asked<Mx>> {
    const answer = await this.ask(domain, "MX");
    if (answer.status !== "ok") return answer;
    return { ...answer, records: answer.records.map(({ preference, host }) => ({ preference, host })) };
  }

  async tlsa(name: string): Promise<Asked<Tlsa>> {
    const answer = await this.ask(name, "TLSA");
    if (answer.status !== "ok") return answer;
    return { ...answer, records: answer.records.map(({ usage, selector, matching, data }) => ({ usage, selector, matching, data })) };
  }

  async txt(name: string): Promise<Asked<string>> {
    const answer = await this.ask(name, "TXT");
    if (answer.status !== "ok") return answer;
    return { ...answer, records: answer.records.map(({ parts }) => Buffer.concat(parts).toString("latin1")) };
  }

  async addresses(host: string): ReturnType<StubResolver["addresses"]> {
    const plain = host.toLowerCase().replace(/\.$/, "");
    const listed = addressesAt(plain, this.#hosts());
    if (listed) return { status: "ok", records: listed, authentic: false };
    // What no host may be called (RFC 1123 §2.1) is never dialled; underscores are in use.
    if (/\\|[^\w.-]/.test(nameOf(plain) ?? "\\")) return { status: "nxdomain" };
    return both(plain, await this.#families(this.ask(plain, "A"), this.ask(plain, "AAAA")));
  }

  /** What was found in one family does not wait long for the other: some servers never answer for AAAA. */
  #families(four: Promise<Families[0]>, six: Promise<Families[1]>): Promise<Families> {
    const late = { status: "fail", why: "no answer in time" } as const;
    return new Promise((resolve) => {
      const found: [Families[0] | undefined, Families[1] | undefined] = [undefined, undefined];
      let cancel = (): void => {};
      const end = (): void => {
        cancel();
        resolve([found[0] ?? late, found[1] ?? late]);
      };
      const heard = (answer: Asked<unknown>): void => {
        if (found[0] && found[1]) end();
        else if (answer.status === "ok") cancel = this.#ports.clock.after(OTHER_FAMILY_MS, end);
      };
      void four.then((answer) => heard((found[0] = answer)));
      void six.then((answer) => heard((found[1] = answer)));
    });
  }

  async ask<T extends RecordType>(name: string, type: T): Promise<Asked<RecordOf<T>>> {
    const known = nameOf(name);
    if (known === undefined) return { status: "nxdomain" };
    const answer = await this.#known(known, type);
    if (answer.status !== "ok") return answer;
    return { ...answer, records: answer.records.filter((record): record is RecordOf<T> => record.type === type) };
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const asking of this.#asking) asking.end("the resolver is closed"); // and whoever waits finds it closed
    this.#outlets[Symbol.dispose]();
  }

  #known(name: string, type: RecordType): Promise<Known> | Known {
    const key = `${type} ${name}`;
    const kept = this.#cache.look(key, this.#ports.clock.mono());
    if (kept) return this.#fromMemory(kept);
    const flight = this.#flights.get(key);
    if (flight) return flight;
    const made = this.#fly(key, name, type).finally(() => this.#flights.delete(key));
    this.#flights.set(key, made);
    return made;
  }

  #fromMemory({ known, stale }: Remembered): Known {
    this.#remembered[stale ? "stale" : "fresh"]++;
    return known;
  }

  /** Until a server answered for the whole chain. */
  async #fly(key: string, name: string, type: RecordType): Promise<Known> {
    let [owner, links, ttl, authentic] = [name, 0, Number.POSITIVE_INFINITY, true];
    while (links <= CNAMES_MOST) {
      const outcome = await this.#exchange(owner, type);
      if (outcome.is === "failed") return this.#failed(key, type, outcome.why);
      const { reading } = outcome;
      authentic &&= outcome.authentic && this.#servers.isBelieved(outcome.by);
      switch (reading.is) {
        case "found":
          this.#asked.found++;
          return this.#keep(key, { status: "ok", records: reading.records, authentic }, Math.min(ttl, reading.ttl));
        case "nodata":
        case "nxdomain":
          this.#asked[reading.is]++;
          return this.#keep(key, { status: reading.is }, reading.ttl && Math.min(ttl, reading.ttl));
        case "alias":
          [owner, links, ttl] = [reading.to, links + reading.links, Math.min(ttl, reading.ttl)];
      }
    }
    return this.#failed(key, type, `more than ${CNAMES_MOST} CNAMEs in a row`);
  }

  #keep(key: string, known: Exclude<Known, { status: "fail" }>, ttl: number | undefined): Known {
    this.#cache.keep(key, known, ttl, this.#ports.clock.mono());
    return known;
  }

  #failed(key: string, type: RecordType, why: string): Known {
    this.#asked.failed++;
    const said = this.#cache.failed(key, why, MAY_BE_STALE.includes(type), this.#ports.clock.mono());
    return said.stale ? this.#fromMemory(said) : said.known;
  }

  async #exchange(name: string, type: RecordType): Promise<ExchangeOutcome> {
    if (this.#places >= QUESTIONS_MOST) {
      if (this.#waiting.length >= WAITING_MOST) return { is: "failed", why: "too many look-ups at a time", silent: [] };
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#places++;
    try {
      return await this.#onNetwork(name, type);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#places--;
    }
  }

  async #onNetwork(name: string, type: RecordType): Promise<ExchangeOutcome> {
    if (this.#closed) return { is: "failed", why: "the resolver is closed", silent: [] };
    const { clock, random } = this.#ports;
    const servers = this.#servers.inOrder(clock.mono());
    const exchange = new Exchange(name, type, servers, random, this.#servers.areDown ? "one" : "all");
    const asking = new Asking(exchange, { ...this.#ports, outlets: this.#outlets });
    this.#asking.add(asking);
    const outcome = await asking.outcome();
    this.#asking.delete(asking);
    this.#servers.silent(outcome.silent, outcome.silent.length === servers.length, clock.mono());
    if (outcome.is === "answered") this.#servers.answered(outcome.by);
    return outcome;
  }
}

type Families = readonly [Asked<RecordOf<"A" | "AAAA">>, Asked<RecordOf<"A" | "AAAA">>];

/** One family's addresses are enough to go on with; "there are none" needs both families to say so. */
function both(asked: string, [four, six]: Families): Asked<string> & Pick<HostAnswer, "name"> {
  const found = [four, six].filter((answer) => answer.status === "ok");
  const records = found.flatMap((answer) => answer.records.map(({ ip }) => ip).slice(0, ADDRESSES_MOST / 2));
  const name = found[0]?.records[0]?.name;
  if (records.length > 0)
    return { status: "ok", records, authentic: found.every(({ authentic }) => authentic), ...(name && name !== asked && { name }) };
  if (four.status === "fail") return four;
  if (six.status === "fail") return six;
  return four.status === "nxdomain" && six.status === "nxdomain" ? four : { status: "nodata" };
}
