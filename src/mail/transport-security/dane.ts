/** TLSA records against what a host showed: RFC 6698, RFC 7671, and what RFC 7672 leaves of them for mail. */
import { createHash } from "node:crypto";
import type { WallMs } from "../../base/clock.ts";
import type { PeerCertificate, TlsPeer } from "../../base/network.ts";
import type { Tlsa } from "../../base/resolver.ts";
import { matchesName } from "./sts-text.ts";

/** The certificate usages of RFC 7672 §3.1; 0 and 1 have no meaning in SMTP (§3.1.3). */
const AUTHORITY = 2;
const END_ENTITY = 3;
const WHOLE = 0;
const DIGESTS: Readonly<Record<number, { readonly name: string; readonly octets: number }>> = {
  1: { name: "sha256", octets: 32 },
  2: { name: "sha512", octets: 64 },
};

export type DaneMatch = "match" | "no match" | "expired" | "other names";

/**
 * Those that can authenticate a mail host. Where a key is given by a stronger digest too, the weaker ones do not count
 * (RFC 7671 §9).
 */
export function usableTlsa(records: readonly Tlsa[]): readonly Tlsa[] {
  const known = records.filter(
    ({ usage, selector, matching, data }) =>
      (usage === AUTHORITY || usage === END_ENTITY) &&
      (selector === 0 || selector === 1) &&
      (matching === WHOLE ? data.length > 0 : data.length === DIGESTS[matching]?.octets),
  );
  const strongest = (one: Tlsa): boolean =>
    !known.some(({ usage, selector, matching }) => usage === one.usage && selector === one.selector && matching > one.matching);
  return known.filter((one) => one.matching === WHOLE || strongest(one));
}

/**
 * `records`: usable ones. `names`: one of which the host's own certificate must have where an authority is published for
 * it; the host's own key needs neither name nor date (RFC 7672 §3.1.1).
 */
export function matchDane(records: readonly Tlsa[], peer: TlsPeer, names: readonly string[], now: WallMs): DaneMatch {
  const whole = records.filter(({ usage, selector, matching }) => usage === AUTHORITY && selector === 0 && matching === WHOLE);
  const chain = peer.chain(whole.map(({ data }) => data));
  const [own] = chain;
  if (own === undefined) return "no match";
  if (records.some((record) => record.usage === END_ENTITY && isOf(record, own))) return "match";
  const authorities = records.filter(({ usage }) => usage === AUTHORITY);
  for (let at = 1; chain[at - 1]?.signedByNext === true; at++) {
    const authority = chain[at];
    if (authority === undefined || !authorities.some((record) => isOf(record, authority))) continue;
    if (!chain.slice(0, at + 1).every(({ from, until }) => from <= now && now <= until)) return "expired";
    return own.names.some((pattern) => names.some((name) => matchesName(pattern, name))) ? "match" : "other names";
  }
  return "no match";
}

/** As it is published: `3 1 1 0b9f…`. */
export function tlsaText({ usage, selector, matching, data }: Tlsa): string {
  return `${usage} ${selector} ${matching} ${Buffer.from(data).toString("hex")}`;
}

function isOf({ selector, matching, data }: Tlsa, certificate: PeerCertificate): boolean {
  const octets = selector === 0 ? certificate.bytes : certificate.publicKey;
  const digest = DIGESTS[matching];
  return Buffer.from(data).equals(digest ? createHash(digest.name).update(octets).digest() : octets);
}
