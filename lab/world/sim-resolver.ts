/**
 * DNS from zones written as literals. A name or a type may be "NXDOMAIN", "SERVFAIL" or "TIMEOUT"; an empty list is no
 * data; a name that is not there does not exist. Answers take virtual time.
 */
import type { Clock } from "../../src/base/clock.ts";
import type { Answer, Mx, Resolver } from "../../src/base/resolver.ts";
import type { Chronicle } from "./chronicle.ts";

export type Failure = "NXDOMAIN" | "SERVFAIL" | "TIMEOUT";
/** MX values read `10 mx.example.org`; `0 .` is the null MX (RFC 7505). */
export type Records = { readonly [type in "A" | "AAAA" | "MX" | "CNAME"]?: readonly string[] | Failure };
export type Zones = Readonly<Record<string, Records | Failure>>;

const ANSWER_MS = 4;
const TIMEOUT_MS = 5_000;
/** RFC 1034 §3.6.2 wants chains followed; a bound ends circles. */
const CNAMES = 8;

type Found = { readonly is: "values"; readonly values: readonly string[] } | { readonly is: Failure };

export class SimResolver implements Resolver {
  readonly #clock: Clock;
  readonly #chronicle: Chronicle;
  readonly #zones = new Map<string, Records | Failure>();

  constructor(clock: Clock, chronicle: Chronicle, zones: Zones = {}) {
    this.#clock = clock;
    this.#chronicle = chronicle;
    for (const [name, records] of Object.entries(zones)) this.#zones.set(plain(name), records);
  }

  /** Replaces what is known of a name, from now on. */
  set(name: string, records: Records | Failure): void {
    this.#zones.set(plain(name), records);
    this.#chronicle.note("dns", `${name} is ${JSON.stringify(records)}`);
  }

  /** Adds to what is known of a name. */
  add(name: string, records: Records): void {
    const known = this.#zones.get(plain(name));
    this.#zones.set(plain(name), { ...(typeof known === "object" ? known : {}), ...records });
  }

  addMx(domain: string, preference: number, host: string): void {
    const known = this.#zones.get(plain(domain));
    const before = typeof known === "object" && Array.isArray(known.MX) ? known.MX : [];
    this.add(domain, { MX: [...before, `${preference} ${host}`] });
  }

  /** The same zones for one process, whose waiting questions die with its clock. */
  seenFrom(clock: Clock): Resolver {
    return { mx: (domain) => this.mx(domain, clock), addresses: (host) => this.addresses(host, clock) };
  }

  async mx(domain: string, clock = this.#clock): Promise<Answer<Mx>> {
    const found = await this.#answer(clock, domain, ["MX"]);
    if (found.is !== "values") return failure(found.is);
    if (found.values.length === 0) return { status: "nodata" };
    return { status: "ok", records: found.values.map(readMx) };
  }

  async addresses(host: string, clock = this.#clock): Promise<Answer<string>> {
    const found = await this.#answer(clock, host, ["A", "AAAA"]);
    if (found.is !== "values") return failure(found.is);
    return found.values.length === 0 ? { status: "nodata" } : { status: "ok", records: found.values };
  }

  async #answer(clock: Clock, name: string, types: readonly ("A" | "AAAA" | "MX")[]): Promise<Found> {
    const found = this.#find(plain(name), types, CNAMES);
    await clock.sleep(found.is === "TIMEOUT" ? TIMEOUT_MS : ANSWER_MS);
    return found;
  }

  #find(name: string, types: readonly ("A" | "AAAA" | "MX")[], left: number): Found {
    const records = this.#zones.get(name);
    if (records === undefined) return { is: "NXDOMAIN" };
    if (typeof records === "string") return { is: records };
    const alias = records.CNAME;
    if (typeof alias === "string") return { is: alias };
    if (alias?.[0] !== undefined) return left === 0 ? { is: "SERVFAIL" } : this.#find(plain(alias[0]), types, left - 1);
    const values: string[] = [];
    let broken: Failure | undefined;
    for (const type of types) {
      const some = records[type] ?? [];
      if (typeof some === "string") broken = some;
      else values.push(...some);
    }
    return values.length === 0 && broken !== undefined ? { is: broken } : { is: "values", values };
  }
}

function failure(why: Failure): Answer<never> {
  return why === "NXDOMAIN" ? { status: "nxdomain" } : { status: "fail", why: why === "TIMEOUT" ? "no answer in time" : "SERVFAIL" };
}

function readMx(value: string): Mx {
  const [preference = "", host = ""] = value.split(" ");
  return { preference: Number(preference), host: plain(host) };
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
