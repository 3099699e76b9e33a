/**
 * DNS of the simulated world: one zone for all of it, written as literals. A name or a type may be "NXDOMAIN",
 * "SERVFAIL" or "TIMEOUT"; an empty list is no data; a name that is not there does not exist. It answers by itself, in
 * virtual time, or by name servers on the simulated network, which `World.openNameServers` sets up on the same zone.
 */
import type { Clock } from "../../src/base/clock.ts";
import type { Answer, Mx, Resolver } from "../../src/base/resolver.ts";
import { Zone, type ZoneFailure, type ZoneValues } from "../../src/wire/dns/name-server.ts";
import type { Chronicle } from "./chronicle.ts";

const ANSWER_MS = 4;
const TIMEOUT_MS = 5_000;
/** RFC 1034 §3.6.2 wants chains followed; a bound ends circles. */
const CNAMES = 8;
/** Of all its records, in seconds. */
const TTL = 300;

type Asked = "A" | "AAAA" | "MX";
type Found = { readonly is: "values"; readonly values: readonly string[] } | { readonly is: ZoneFailure };

export class SimResolver implements Resolver {
  readonly zone = new Zone(".", {}, { ttl: TTL, negativeTtl: 60 });
  readonly #clock: Clock;
  readonly #chronicle: Chronicle;
  readonly #written = new Map<string, ZoneValues | ZoneFailure>();

  constructor(clock: Clock, chronicle: Chronicle) {
    this.#clock = clock;
    this.#chronicle = chronicle;
  }

  /** Replaces what is known of a name, from now on. MX values read `10 mx.example.org`; `0 .` is the null MX (RFC 7505). */
  set(name: string, records: ZoneValues | ZoneFailure): void {
    this.#write(name, records);
    this.#chronicle.note("dns", `${name} is ${JSON.stringify(records)}`);
  }

  /** The name is no more. */
  remove(name: string): void {
    this.#written.delete(plain(name));
    this.zone.remove(name);
  }

  /** What was written of a name, for putting it back after a bad day. */
  written(name: string): ZoneValues | ZoneFailure | undefined {
    return this.#written.get(plain(name));
  }

  /** Adds to what is known of a name. */
  add(name: string, records: ZoneValues): void {
    const known = this.#written.get(plain(name));
    this.#write(name, { ...(typeof known === "object" ? known : {}), ...records });
  }

  addMx(domain: string, preference: number, host: string): void {
    const known = this.#written.get(plain(domain));
    const before = typeof known === "object" && Array.isArray(known.MX) ? known.MX : [];
    this.add(domain, { MX: [...before, `${preference} ${host}`] });
  }

  /** The same zone for one process, whose waiting questions die with its clock. */
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

  #write(name: string, records: ZoneValues | ZoneFailure): void {
    this.#written.set(plain(name), records);
    this.zone.set(name, records);
  }

  async #answer(clock: Clock, name: string, types: readonly Asked[]): Promise<Found> {
    const found = types.map((type) => this.#find(plain(name), type, CNAMES));
    await clock.sleep(found.some(({ is }) => is === "TIMEOUT") ? TIMEOUT_MS : ANSWER_MS);
    const values = found.flatMap((one) => (one.is === "values" ? one.values : []));
    const broken = found.find((one) => one.is !== "values");
    return values.length === 0 && broken ? broken : { is: "values", values };
  }

  #find(name: string, type: Asked, left: number): Found {
    const says = this.zone.say(name, type);
    switch (says.is) {
      case "alias":
        return left === 0 ? { is: "SERVFAIL" } : this.#find(says.to, type, left - 1);
      case "records":
        return {
          is: "values",
          values: says.records.flatMap((one) => ("ip" in one ? [one.ip] : one.type === "MX" ? [`${one.preference} ${one.host}`] : [])),
        };
      case "nodata":
        return { is: "values", values: [] };
      default:
        return says;
    }
  }
}

function failure(why: ZoneFailure): Answer<never> {
  return why === "NXDOMAIN" ? { status: "nxdomain" } : { status: "fail", why: why === "TIMEOUT" ? "no answer in time" : "SERVFAIL" };
}

function readMx(value: string): Mx {
  const [preference = "", host = ""] = value.split(" ");
  return { preference: Number(preference), host };
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
