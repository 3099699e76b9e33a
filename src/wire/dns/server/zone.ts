/**
 * A zone: what is known of the names at and below one name. Written as values by name and type, so that a test or a
 * simulated world can say it in a line; a name or a type may also be a failure, for rehearsing bad days.
 */
import { nameOf, parentOf } from "../message/names.ts";
import { type DnsRecord, type RecordData, type RecordType, TYPE_CODES, typeName } from "../message/records.ts";
import { dataOf } from "./record-text.ts";

/** NXDOMAIN is what a name without records is anyway; TIMEOUT is silence. */
export type ZoneFailure = "NXDOMAIN" | "SERVFAIL" | "TIMEOUT";
export type ZoneValues = { readonly [type in RecordType]?: readonly string[] | ZoneFailure };

export interface ZoneOptions {
  /** Of all its records, in seconds. */
  readonly ttl?: number;
  /** How long its "no" may be remembered, in seconds. */
  readonly negativeTtl?: number;
}

/** What a zone says of a name and a type. */
export type ZoneSays =
  | { readonly is: "records"; readonly records: readonly DnsRecord[] }
  | { readonly is: "alias"; readonly record: DnsRecord; readonly to: string }
  | { readonly is: "nodata" }
  | { readonly is: ZoneFailure };

interface Node {
  /** By type; a failure for that type. */
  readonly types: Map<RecordType, readonly RecordData[] | ZoneFailure>;
  failure: ZoneFailure | undefined;
}

const TTL = 300;

export class Zone {
  readonly origin: string;
  readonly ttl: number;
  readonly soa: DnsRecord;
  readonly #nodes = new Map<string, Node>();
  /** At and below these the zone counts as signed. */
  readonly #signed = new Set<string>();
  /** Names that only stand above others: they exist, without data (RFC 8020). Counted, for when names go away. */
  readonly #above = new Map<string, number>();

  /** @throws a sentence about the first name or value that is none. */
  constructor(origin: string, names: Readonly<Record<string, ZoneValues | ZoneFailure>> = {}, options: ZoneOptions = {}) {
    this.origin = nameIn(origin);
    this.ttl = options.ttl ?? TTL;
    const negative = options.negativeTtl ?? this.ttl;
    const below = (label: string): string => (this.origin === "" ? label : `${label}.${this.origin}`);
    this.soa = {
      ...{ name: this.origin, ttl: negative, type: "SOA", primary: below("ns"), mailbox: below("hostmaster") },
      numbers: [1, 3600, 600, 86_400, negative],
    };
    for (const [name, values] of Object.entries(names)) this.set(name, values);
  }

  /** Replaces what is known of a name. @throws as the constructor. */
  set(name: string, values: ZoneValues | ZoneFailure): void {
    const key = nameIn(name);
    if (!this.holds(key)) throw new Error(`${name} is not in the zone ${this.origin}`);
    if (!this.#nodes.has(key)) this.#count(key, 1);
    const node: Node = { types: new Map(), failure: typeof values === "string" ? values : undefined };
    if (typeof values !== "string")
      for (const [type, written] of Object.entries(values)) {
        if (!isRecordType(type)) throw new Error(`${name} ${type}: no such type`);
        node.types.set(type, typeof written === "string" ? written : written.map((text) => dataIn(name, type, text)));
      }
    this.#nodes.set(key, node);
  }

  remove(name: string): void {
    const key = nameIn(name);
    if (this.#nodes.delete(key)) this.#count(key, -1);
  }

  /**
   * From now on answers about this name and those below it say that they are authentic, as a validating resolver's would:
   * for simulated worlds, in which nobody can forge.
   */
  sign(name: string): void {
    this.#signed.add(nameIn(name));
  }

  /** `name` in its one form. */
  isSigned(name: string): boolean {
    for (let at: string | undefined = name; at !== undefined; at = parentOf(at)) if (this.#signed.has(at)) return true;
    return false;
  }

  holds(name: string): boolean {
    return this.origin === "" || name === this.origin || name.endsWith(`.${this.origin}`);
  }

  /** `name` in its one form, and within the zone; `type` undefined for one that no record here has. */
  say(name: string, type: RecordType | undefined): ZoneSays {
    const node = this.#nodes.get(name) ?? (this.#above.has(name) ? undefined : this.#wildcard(name));
    if (node === undefined) {
      if (name === this.origin && type === "SOA") return { is: "records", records: [this.soa] };
      return { is: name === this.origin || this.#above.has(name) ? "nodata" : "NXDOMAIN" };
    }
    if (node.failure) return { is: node.failure };
    const alias = node.types.get("CNAME");
    if (typeof alias === "string" && type !== "CNAME") return { is: alias };
    const [to] = typeof alias === "string" ? [] : (alias ?? []);
    if (to?.type === "CNAME" && type !== "CNAME") return { is: "alias", record: { ...to, name, ttl: this.ttl }, to: to.host };
    const found = type && node.types.get(type);
    if (typeof found === "string") return { is: found };
    if (found && found.length > 0) return { is: "records", records: found.map((data) => ({ ...data, name, ttl: this.ttl })) };
    return name === this.origin && type === "SOA" ? { is: "records", records: [this.soa] } : { is: "nodata" };
  }

  /** RFC 4592 §3.3.1: `*` below the closest name that exists. */
  #wildcard(name: string): Node | undefined {
    for (let above = parentOf(name); above !== undefined && this.holds(above); above = parentOf(above)) {
      const node = this.#nodes.get(above === "" ? "*" : `*.${above}`);
      if (node) return node;
      if (this.#nodes.has(above) || this.#above.has(above)) return undefined;
    }
    return undefined;
  }

  #count(name: string, change: 1 | -1): void {
    for (let above = parentOf(name); above !== undefined && this.holds(above); above = parentOf(above)) {
      const count = (this.#above.get(above) ?? 0) + change;
      if (count > 0) this.#above.set(above, count);
      else this.#above.delete(above);
    }
  }
}

function nameIn(written: string): string {
  const name = nameOf(written);
  if (name === undefined) throw new Error(`${JSON.stringify(written)} is no domain name`);
  return name;
}

function dataIn(name: string, type: RecordType, text: string): RecordData {
  const data = dataOf(type, text);
  if (data === undefined) throw new Error(`${name} ${type}: ${JSON.stringify(text)} is no such value`);
  return data;
}

function isRecordType(type: string): type is RecordType {
  return typeName(TYPE_CODES[type as RecordType] ?? 0) === type;
}
