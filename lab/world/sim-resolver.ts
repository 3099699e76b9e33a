/**
 * DNS of the simulated world: one zone for all of it, written as literals. A name or a type may be "NXDOMAIN",
 * "SERVFAIL" or "TIMEOUT"; an empty list is no data; a name that is not there does not exist. It answers by itself, in
 * virtual time, or by name servers on the simulated network, which `World.openNameServers` sets up on the same zone.
 *
 * What stands at or below a name given to `sign` is authentic, as with DNSSEC and a resolver that checks it, and TLSA records
 * there are for DANE: `resolver.sign("example.org")`, then `resolver.add("_25._tcp.mx1.example.org", { TLSA: [tlsaFor(certificate)] })`
 * with `tlsaFor` of `sim-certificates.ts`. `stripsSignatures` makes it a resolver that says of nothing that it is authentic.
 */
import type { Clock } from "../../src/base/clock.ts";
import type { Answer, HostAnswer, Mx, PolicyResolver, Resolver, Tlsa } from "../../src/base/resolver.ts";
import { Zone, type ZoneFailure, type ZoneValues } from "../../src/wire/dns/name-server.ts";
import type { RecordOf } from "../../src/wire/dns/stub-resolver.ts";
import type { Chronicle } from "./chronicle.ts";

const ANSWER_MS = 4;
const TIMEOUT_MS = 5_000;
/** RFC 1034 §3.6.2 wants chains followed; a bound ends circles. */
const CNAMES = 8;
/** Of all its records, in seconds. */
const TTL = 300;

type Asked = "A" | "AAAA" | "MX" | "TLSA" | "TXT";
type Data = RecordOf<"A" | "AAAA" | "MX" | "TLSA" | "TXT">;
type Found =
  | { readonly is: "records"; readonly records: readonly Data[]; readonly name: string; readonly authentic: boolean }
  | { readonly is: ZoneFailure };

export class SimResolver implements Resolver, PolicyResolver {
  readonly zone = new Zone(".", {}, { ttl: TTL, negativeTtl: 60 });
  stripsSignatures = false;
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

  /** What stands at this name and below is authentic from now on. */
  sign(name: string): void {
    this.zone.sign(name);
    this.#chronicle.note("dns", `${name} is signed`);
  }

  /** The same zone for one process, whose waiting questions die with its clock. */
  seenFrom(clock: Clock): Resolver & PolicyResolver {
    return {
      mx: (domain) => this.mx(domain, clock),
      addresses: (host) => this.addresses(host, clock),
      tlsa: (name) => this.tlsa(name, clock),
      txt: (name) => this.txt(name, clock),
    };
  }

  async mx(domain: string, clock = this.#clock): Promise<Answer<Mx>> {
    return answerOf(await this.#answer(clock, domain, ["MX"]), (one) =>
      one.type === "MX" ? [{ preference: one.preference, host: one.host }] : [],
    );
  }

  async addresses(host: string, clock = this.#clock): Promise<HostAnswer> {
    const found = await this.#answer(clock, host, ["A", "AAAA"]);
    const answer = answerOf(found, (one) => ("ip" in one ? [one.ip] : []));
    return found.is === "records" && found.name !== plain(host) ? { ...answer, name: found.name } : answer;
  }

  async tlsa(name: string, clock = this.#clock): Promise<Answer<Tlsa>> {
    return answerOf(await this.#answer(clock, name, ["TLSA"]), (one) =>
      one.type === "TLSA" ? [{ usage: one.usage, selector: one.selector, matching: one.matching, data: one.data }] : [],
    );
  }

  async txt(name: string, clock = this.#clock): Promise<Answer<string>> {
    return answerOf(await this.#answer(clock, name, ["TXT"]), (one) =>
      one.type === "TXT" ? [Buffer.concat(one.parts).toString("latin1")] : [],
    );
  }

  #write(name: string, records: ZoneValues | ZoneFailure): void {
    this.#written.set(plain(name), records);
    this.zone.set(name, records);
  }

  async #answer(clock: Clock, name: string, types: readonly Asked[]): Promise<Found> {
    const found = types.map((type) => this.#find(plain(name), type, CNAMES, !this.stripsSignatures));
    await clock.sleep(found.some(({ is }) => is === "TIMEOUT") ? TIMEOUT_MS : ANSWER_MS);
    const whole = found.filter((one) => one.is === "records");
    const records = whole.flatMap((one) => one.records);
    const broken = found.find((one) => one.is !== "records");
    if (broken && records.length === 0) return broken;
    return { is: "records", records, name: whole[0]?.name ?? name, authentic: whole.every(({ authentic }) => authentic) };
  }

  #find(name: string, type: Asked, left: number, authentic: boolean): Found {
    const says = this.zone.say(name, type);
    const signed = authentic && this.zone.isSigned(name);
    switch (says.is) {
      case "alias":
        return left === 0 ? { is: "SERVFAIL" } : this.#find(says.to, type, left - 1, signed);
      case "records":
        return { is: "records", records: says.records.filter(isData), name, authentic: signed };
      case "nodata":
        return { is: "records", records: [], name, authentic: signed };
      default:
        return says;
    }
  }
}

function isData(record: { readonly type: string }): record is Data {
  return ["A", "AAAA", "MX", "TLSA", "TXT"].includes(record.type);
}

function answerOf<T>(found: Found, read: (record: Data) => readonly T[]): Answer<T> {
  if (found.is !== "records") return failure(found.is);
  const records = found.records.flatMap(read);
  return records.length === 0 ? { status: "nodata" } : { status: "ok", records, authentic: found.authentic };
}

function failure(why: ZoneFailure): Answer<never> {
  return why === "NXDOMAIN" ? { status: "nxdomain" } : { status: "fail", why: why === "TIMEOUT" ? "no answer in time" : "SERVFAIL" };
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
