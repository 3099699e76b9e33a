/**
 * What a message says to a question: records, that there are none, that the name leads to another, or nothing that can
 * be believed. Says apart "does not exist" and "could not find out" with care: the first ends mail for good.
 */
import { type Message, RCODES, rcodeText } from "../message/message.ts";
import type { DnsRecord, RecordOf, RecordType } from "../message/records.ts";

/** RFC 1034 §3.6.2 wants chains of CNAMEs followed; a bound ends circles. */
export const CNAMES_MOST = 8;
/** Records kept of one answer, MX the best of all; nobody tries more than a few, and an answer may bring 4,000. */
export const RECORDS_KEPT = 64;

/** `ttl` in seconds. */
export type Reading<T extends RecordType = RecordType> =
  | { readonly is: "found"; readonly records: readonly RecordOf<T>[]; readonly ttl: number }
  /** `ttl` undefined: without a SOA a "no" is not remembered (RFC 2308 §5). */
  | { readonly is: "nodata" | "nxdomain"; readonly ttl: number | undefined }
  /** The rest of the chain is to be asked for. */
  | { readonly is: "alias"; readonly to: string; readonly links: number; readonly ttl: number }
  /** By this server; another may know. */
  | { readonly is: "failed"; readonly why: string };

/** `name` in its one form. */
export function readAnswer<T extends RecordType>(message: Message, name: string, type: T): Reading<T> {
  const { rcode, answers, authority, authoritative, recursionAvailable } = message;
  if (rcode !== RCODES.NOERROR && rcode !== RCODES.NXDOMAIN) return { is: "failed", why: rcodeText(rcode) };
  const chain = follow(answers, name, type);
  if (chain.is !== "end") return chain;
  const { owner, links, ttl } = chain;
  const records = answers.filter((record): record is RecordOf<T> => record.type === type && record.name === owner);
  if (records.length > 0) return { is: "found", records: kept(records), ttl: Math.min(ttl, ...ttls(records)) };
  const soa = authority.find((record) => record.type === "SOA" && isWithin(owner, record.name));
  const negative = soa?.type === "SOA" ? Math.min(ttl, soa.ttl, soa.numbers[4]) : undefined; // RFC 2308 §5
  // RFC 6604 §3: the RCODE speaks of the chain's last name. Who neither knows nor asks others only guesses.
  const mayKnow = authoritative || recursionAvailable;
  if (rcode === RCODES.NXDOMAIN) return mayKnow ? { is: "nxdomain", ttl: negative } : { is: "failed", why: "lame NXDOMAIN" };
  if (links > 0 && soa === undefined) return { is: "alias", to: owner, links, ttl };
  if (soa === undefined && (!mayKnow || authority.some((record) => record.type === "NS"))) return { is: "failed", why: "a referral" };
  return { is: "nodata", ttl: negative };
}

type Chain =
  | { readonly is: "end"; readonly owner: string; readonly links: number; readonly ttl: number }
  | { readonly is: "failed"; readonly why: string };

function follow(answers: readonly DnsRecord[], name: string, type: RecordType): Chain {
  let [owner, links, ttl] = [name, 0, Number.POSITIVE_INFINITY];
  if (type === "CNAME") return { is: "end", owner, links, ttl };
  const aliases = new Map(answers.flatMap((record) => (record.type === "CNAME" ? [[record.name, record] as const] : [])));
  for (let next = aliases.get(owner); next !== undefined; next = aliases.get(owner)) {
    if (++links > CNAMES_MOST) return { is: "failed", why: `more than ${CNAMES_MOST} CNAMEs in a row` };
    [owner, ttl] = [next.host, Math.min(ttl, next.ttl)];
  }
  return { is: "end", owner, links, ttl };
}

function kept<R extends DnsRecord>(records: readonly R[]): readonly R[] {
  const sorted = records.some(({ type }) => type === "MX") ? [...records].sort((a, b) => preference(a) - preference(b)) : records;
  return sorted.slice(0, RECORDS_KEPT);
}

function preference(record: DnsRecord): number {
  return record.type === "MX" ? record.preference : 0;
}

/** The least: of one set all are equal (RFC 2181 §5.2), and who says otherwise is taken at the least. */
function ttls(records: readonly DnsRecord[]): readonly number[] {
  return [records.reduce((least, { ttl }) => Math.min(least, ttl), Number.POSITIVE_INFINITY)];
}

function isWithin(name: string, zone: string): boolean {
  return zone === "" || name === zone || name.endsWith(`.${zone}`);
}
