/**
 * What name servers said, for as long as it may be believed: between a floor, so that TTL 0 does not make a question of
 * every message, and a ceiling. What was found is kept beyond its end, to go on with while no server answers (RFC 8767);
 * a "no" is not: mail does not end on an old "does not exist". Bounded in octets; what was not used for longest goes first.
 */
import type { MonoMs } from "../../../base/clock.ts";
import type { DnsRecord } from "../message/records.ts";

const FLOOR_MS = 30_000;
const CEILING_MS = 86_400_000;
/** RFC 2308 §5 recommends one to three hours. */
const NEGATIVE_CEILING_MS = 3_600_000;
/** How long after its end something may still serve. */
const STALE_MS = 86_400_000;
/** How long a failure is not asked about again (RFC 9520 §3.2 wants a second at least, five minutes at most). */
const FAILURE_MS = 5_000;
/** What an entry weighs beside its records: keys, times, objects. */
const ENTRY_OCTETS = 240;
const RECORD_OCTETS = 160;

export type Known =
  | { readonly status: "ok"; readonly records: readonly DnsRecord[]; readonly authentic: boolean }
  | { readonly status: "nodata" }
  | { readonly status: "nxdomain" }
  | { readonly status: "fail"; readonly why: string };

interface Entry {
  readonly known: Known;
  /** It is past its end and serves because no server answered. */
  readonly stale: boolean;
  /** So long it is said without asking. */
  readonly until: number;
  /** So long it may be said where nobody answers. */
  readonly staleUntil: number;
  readonly octets: number;
}

export type Remembered = Pick<Entry, "known" | "stale">;

export class Cache {
  readonly #entries = new Map<string, Entry>();
  readonly #most: number;
  #octets = 0;

  constructor(octetsMost: number) {
    this.#most = octetsMost;
  }

  get size(): number {
    return this.#entries.size;
  }

  get octets(): number {
    return this.#octets;
  }

  /** What can be said without asking. */
  look(key: string, now: MonoMs): Remembered | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || now >= entry.until) return undefined;
    this.#entries.delete(key); // and in again, as the newest
    this.#entries.set(key, entry);
    return entry;
  }

  /** `ttl` in seconds; undefined for an answer that is not to be remembered, which also ends what was known before. */
  keep(key: string, known: Exclude<Known, { status: "fail" }>, ttl: number | undefined, now: MonoMs): void {
    this.#drop(key);
    if (ttl === undefined) return;
    const ceiling = known.status === "ok" ? CEILING_MS : NEGATIVE_CEILING_MS;
    const until = now + Math.min(Math.max(ttl * 1000, FLOOR_MS), ceiling);
    this.#put(key, { known, stale: false, until, staleUntil: known.status === "ok" ? until + STALE_MS : 0 });
  }

  /**
   * No server answered: what to say now, and for a short while to whoever asks next. With `mayBeStale` that is what was
   * found before, if it is not too old.
   */
  failed(key: string, why: string, mayBeStale: boolean, now: MonoMs): Remembered {
    const entry = this.#entries.get(key);
    this.#drop(key);
    const stale = mayBeStale && entry !== undefined && now < entry.staleUntil;
    const known: Known = stale ? entry.known : { status: "fail", why };
    this.#put(key, { known, stale, until: now + FAILURE_MS, staleUntil: stale ? entry.staleUntil : 0 });
    return { known, stale };
  }

  #put(key: string, entry: Omit<Entry, "octets">): void {
    const octets = ENTRY_OCTETS + key.length * 2 + (entry.known.status === "ok" ? weight(entry.known.records) : 0);
    if (octets > this.#most) return;
    this.#entries.set(key, { ...entry, octets });
    this.#octets += octets;
    for (const oldest of this.#entries.keys()) {
      if (this.#octets <= this.#most) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#octets -= entry.octets;
  }
}

function weight(records: readonly DnsRecord[]): number {
  return records.reduce((sum, record) => sum + RECORD_OCTETS + record.name.length + dataOctets(record), 0);
}

function dataOctets(record: DnsRecord): number {
  switch (record.type) {
    case "TXT":
      return record.parts.reduce((sum, part) => sum + part.length + 100, 0);
    case "TLSA":
    case "other":
      return record.data.length;
    case "MX":
    case "CNAME":
    case "NS":
    case "PTR":
      return record.host.length;
    default:
      return 64;
  }
}
