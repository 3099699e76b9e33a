/**
 * Whether what a webhook's name leads to may be reached. A customer who may say where this machine connects to must not
 * reach with it what only this machine can reach: itself, the network behind it, a cloud's metadata. All addresses are
 * looked at, and only those are connected to: a name that answers otherwise a moment later gains nothing. Mail's own rule
 * (relay/deliver) is wider, and so is not this one: it lets addresses of documentation, tunnels and translators pass.
 */
import { ipFamily, isLoopback, parseCidr, rangeTest, unmapped } from "../../base/ip.ts";
import type { Resolver } from "../../base/resolver.ts";

export type Target =
  | { readonly ok: true; readonly addresses: readonly string[] }
  /** `why` is a clause without addresses. */
  | { readonly ok: false; readonly why: string };

export interface Reach {
  /** This machine and private networks too. */
  readonly private: boolean;
}

/** Addresses handed to the connection; further ones are not tried. */
const MOST_ADDRESSES = 6;

/** RFC 1918, RFC 6598, RFC 4193, this machine. */
const isPrivate = within(["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7"]);
/** IANA's registries of special purposes, RFC 6890 and successors; link-local, where clouds keep metadata, is among them. */
const isSpecial4 = within([
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24"],
  ...["192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"],
]);
const isGlobal6 = within(["2000::/3"]);
/** In it: protocols of the IETF with Teredo, documentation, 6to4, which wraps any IPv4 address. */
const isSpecial6 = within(["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]);

export async function reach(url: URL, may: Reach, resolver: Resolver): Promise<Target> {
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const found = await resolver.addresses(host);
  switch (found.status) {
    case "nxdomain":
      return { ok: false, why: `there is no host ${host}` };
    case "nodata":
      return { ok: false, why: `${host} has no address` };
    case "fail":
      return { ok: false, why: `the address of ${host} could not be looked up` };
    default:
  }
  if (found.records.length === 0) return { ok: false, why: `${host} has no address` };
  // Unencrypted is for what stays on this machine, whatever the name promised.
  if (url.protocol !== "https:" && !found.records.every(isLoopback)) return { ok: false, why: "http leads off this machine; use https" };
  if (!found.records.every((ip) => isPublic(ip) || (may.private && isPrivate(ip))))
    return { ok: false, why: `${host} leads to an address that is not public` };
  return { ok: true, addresses: found.records.slice(0, MOST_ADDRESSES).map(unmapped) };
}

/** Of the whole internet, and of nothing nearer. */
export function isPublic(ip: string): boolean {
  const plain = unmapped(ip);
  switch (ipFamily(plain)) {
    case 4:
      return !isSpecial4(plain);
    case 6:
      return isGlobal6(plain) && !isSpecial6(plain);
    default:
      return false;
  }
}

function within(ranges: readonly string[]): (ip: string) => boolean {
  return rangeTest(ranges.map(parseCidr).filter((range) => range !== undefined));
}
