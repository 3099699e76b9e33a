/**
 * Which addresses a domain's MX may lead us to. A domain that points at 127.0.0.1 or 10.0.0.1 would make us attack our
 * own machine or network; such targets are dialled only where an operator's route says so.
 */
import { ipFamily, parseCidr, rangeTest, unmapped } from "../../base/ip.ts";

/** IANA special-purpose registries (RFC 6890 and successors): everything a public mail host cannot have. */
const NOT_PUBLIC = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/3",
  "::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

const isSpecial = rangeTest(NOT_PUBLIC.map(parseCidr).filter((range) => range !== undefined));

/** Where an IPv4 address stands inside an IPv6 one, by groups: NAT64 (RFC 6052 §2.1), 6to4 (RFC 3056 §2). */
const EMBEDDED = [/^64:ff9b::(?:([\da-f]{1,4}):)?([\da-f]{1,4})$/i, /^2002:([\da-f]{1,4}):(?:([\da-f]{1,4})(?::|$)|:)/i];

export function isPublicAddress(ip: string): boolean {
  return ipFamily(unmapped(ip)) !== undefined && !isSpecial(ip) && !isSpecial(embedded(ip) ?? ip);
}

function embedded(ip: string): string | undefined {
  const groups = EMBEDDED.map((form) => form.exec(ip)).find((found) => found !== null);
  if (!groups) return undefined;
  const [high, low] = [groups[1], groups[2]].map((group) => Number.parseInt(group ?? "0", 16));
  return [(high ?? 0) >> 8, (high ?? 0) & 255, (low ?? 0) >> 8, (low ?? 0) & 255].join(".");
}
