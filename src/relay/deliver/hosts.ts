/**
 * From a route to addresses to try, in order: RFC 5321 §5.1, null MX (RFC 7505), and what we never dial. A look-up
 * that failed is not an answer: SERVFAIL defers, only NXDOMAIN and a null MX end a delivery.
 */
import { unreachable } from "../../base/brand.ts";
import { ipFamily } from "../../base/ip.ts";
import type { Random } from "../../base/random.ts";
import type { Answer, Mx, Resolver } from "../../base/resolver.ts";
import type { DomainPolicy } from "../../mail/transport-security/transport-security.ts";
import type { Egress } from "../../model/egress.ts";
import type { LocalFault } from "../../model/outcome.ts";
import { isPublicAddress } from "./address-class.ts";
import type { Route } from "./route.ts";
import type { Transport } from "./transport.ts";

export interface HostAddress {
  /** Lower case, without final dot; an IP literal for an upstream given as one. */
  readonly host: string;
  readonly ip: string;
  readonly port: number;
  /** Where its TLSA records may stand, the likelier first; absent where look-ups were not authentic: then it has none. */
  readonly daneNames?: readonly string[];
}

export type Hosts =
  | {
      readonly is: "found";
      readonly addresses: readonly HostAddress[];
      /** The mail hosts' names, those of one preference sorted, with `>` before the next. */
      readonly mx: string;
      readonly policy: DomainPolicy;
    }
  /** Try later: the lane closes. */
  | { readonly is: "unknown"; readonly fault: LocalFault }
  /** The domain takes no mail or does not exist: every delivery to it fails for good. */
  | { readonly is: "none"; readonly fault: LocalFault };

/** Addresses tried for one connection; more only keep mail from the next lane. */
const MAX_ADDRESSES = 5;
/** MX hosts looked up; beyond it a domain is misconfigured. */
const MAX_MX_HOSTS = 10;

/** Without `transport` nothing is asked of TLS. */
/**
 * What domains have in common that may share connections: their hosts, in order, and what is asked of TLS with them. Mail that
 * asks for more must not leave on a connection that was made for less.
 */
export function sharedBy({ mx, policy }: Extract<Hosts, { is: "found" }>): string {
  return policy.key === "open" ? mx : `${mx} under ${policy.key}`;
}

export async function findHosts(
  route: Route,
  resolver: Resolver,
  random: Random,
  own: ReadonlySet<string>,
  transport?: Transport,
): Promise<Hosts> {
  switch (route.is) {
    case "upstream": {
      // An operator's upstream may be anything, this machine included; `node/` has checked that it is not ourselves.
      const { host, port } = route.upstream;
      const policy = openPolicy(host);
      if (ipFamily(host)) return { is: "found", addresses: [{ host, ip: host, port }], mx: host, policy };
      const answer = await resolver.addresses(host);
      if (answer.status === "ok")
        return {
          is: "found",
          addresses: inTurn(answer.records, random)
            .slice(0, MAX_ADDRESSES)
            .map((ip) => ({ host, ip, port })),
          mx: host,
          policy,
        };
      return { is: "unknown", fault: { code: "dns", text: `the upstream's name ${host} has no address (${why(answer)})` } };
    }
    case "mx":
      return await mailHosts(route, { resolver, random, own, transport });
    default:
      return unreachable(route);
  }
}

async function mailHosts({ domain, port, from, tls }: MxRoute, ports: Omit<HostPorts, "from">): Promise<Hosts> {
  const { resolver, random, transport } = ports;
  if (domain.startsWith("["))
    return { is: "none", fault: { code: "no-domain", text: `mail goes to domains, not to addresses like ${domain}` } };
  const mx = await resolver.mx(domain);
  if (mx.status === "fail") return { is: "unknown", fault: { code: "dns", text: `MX look-up for ${domain} failed: ${mx.why}` } };
  if (mx.status === "nxdomain") return { is: "none", fault: { code: "no-domain", text: `the domain ${domain} does not exist` } };
  const find = async (names: readonly string[], mxName: string, dane: boolean): Promise<Hosts> => {
    const secure = dane && transport?.dane === true;
    const sts = transport?.stsOf(domain); // while the addresses are looked up
    const found = await addressesOf(names, { mx: mxName, port, domain, secure }, { ...ports, from });
    if (found.is !== "found") return found;
    const policy = transport?.policyFor(domain, secure, await sts) ?? found.policy;
    return { ...found, policy: tls === undefined ? policy : { ...policy, key: `${policy.key}+${tls}` } };
  };
  // The implicit MX. Where its addresses are authentic, so was the word that there is no other: both stand at one name.
  if (mx.status === "nodata") return await find([domain], domain, true);
  // A null MX stands alone (RFC 7505 §3); beside others it is a mistake, and does not end mail.
  const named = mx.records.filter((record) => record.host !== "");
  if (named.length === 0) return { is: "none", fault: { code: "null-mx", text: `the domain ${domain} takes no mail (null MX)` } };
  return await find(inOrder(named, random).slice(0, MAX_MX_HOSTS), nameOf(named), mx.authentic === true);
}

/** Every order in which they may be tried has one name. */
function nameOf(records: readonly Mx[]): string {
  const ranks = Map.groupBy(records, ({ preference }) => preference);
  return [...ranks]
    .sort(([a], [b]) => a - b)
    .map(([, equals]) => [...new Set(equals.map(({ host }) => host))].sort().join(","))
    .join(">");
}

/** By preference; equal ones shuffled anew for each connection (RFC 5321 §5.1). */
function inOrder(records: readonly Mx[], random: Random): string[] {
  return records
    .map((record) => ({ record, draw: random.next() }))
    .sort((a, b) => a.record.preference - b.record.preference || a.draw - b.draw)
    .map(({ record }) => record.host);
}

/** IPv4 and IPv6 in turn, so that a family that does not work here costs every second try at most; shuffled within. */
function inTurn(ips: readonly string[], random: Random): string[] {
  const drawn = ips.map((ip) => ({ ip, draw: random.next() })).sort((a, b) => a.draw - b.draw);
  const [four, six] = [4, 6].map((family) => drawn.filter(({ ip }) => ipFamily(ip) === family).map(({ ip }) => ip));
  return drawn.flatMap((_, nth) => [four?.[nth], six?.[nth]]).filter((ip) => ip !== undefined);
}

type MxRoute = Extract<Route, { readonly is: "mx" }>;

interface HostPorts {
  readonly resolver: Resolver;
  readonly random: Random;
  readonly own: ReadonlySet<string>;
  readonly from: Egress;
  readonly transport: Transport | undefined;
}

/** `secure`: authentic addresses make TLSA records count. */
interface Wanted {
  readonly mx: string;
  readonly port: number;
  readonly domain: string;
  readonly secure: boolean;
}

async function addressesOf(names: readonly string[], wanted: Wanted, { resolver, random, own, from }: HostPorts): Promise<Hosts> {
  const { mx, port, domain, secure } = wanted;
  const addresses: HostAddress[] = [];
  let failed: string | undefined;
  let refused: string | undefined;
  let outOfReach: string | undefined;
  for (const host of names) {
    const answer = await resolver.addresses(host);
    if (answer.status === "fail") failed = answer.why;
    if (answer.status !== "ok") continue;
    const mine = answer.records.find((ip) => own.has(ip));
    if (mine !== undefined) {
      // Hosts of a worse preference than our own are not tried: that is how backup MXs loop (RFC 5321 §5.1).
      refused = `${host} is this machine (${mine})`;
      break;
    }
    const dane = secure && answer.authentic && { daneNames: answer.name === undefined ? [host] : [answer.name, host] };
    for (const ip of inTurn(answer.records, random)) {
      if (!isPublicAddress(ip)) refused = `${host} has the address ${ip}, which is not public`;
      else if (!speaks(from, ip)) outOfReach = `${from.name} has no IPv${ipFamily(ip)} address, and the mail hosts of ${domain} no other`;
      else if (addresses.length < MAX_ADDRESSES && !addresses.some((known) => known.ip === ip)) addresses.push({ host, ip, port, ...dane });
    }
    if (addresses.length >= MAX_ADDRESSES) break;
  }
  if (addresses.length > 0) return { is: "found", addresses, mx, policy: openPolicy(domain) };
  if (failed !== undefined) return { is: "unknown", fault: { code: "dns", text: `address look-up for ${domain} failed: ${failed}` } };
  // For want of an address of ours nothing is returned: another egress may get there, and this one may be given one.
  if (outOfReach !== undefined) return { is: "unknown", fault: { code: "family", text: outOfReach } };
  if (refused !== undefined) return loop(domain, refused);
  return { is: "none", fault: { code: "no-address", text: `no mail host of ${domain} has an address` } };
}

function openPolicy(domain: string): DomainPolicy {
  return { domain, key: "open", demand: "opportunistic" };
}

/** Whether the egress sends over that address's family. One without any address leaves that to the system. */
function speaks({ ip4, ip6 }: Egress, ip: string): boolean {
  if (ip4 === undefined && ip6 === undefined) return true;
  return (ipFamily(ip) === 6 ? ip6 : ip4) !== undefined;
}

function loop(domain: string, because: string): Hosts {
  return { is: "none", fault: { code: "loop", text: `mail for ${domain} would not leave: ${because}` } };
}

function why(answer: Answer<unknown>): string {
  return answer.status === "fail" ? answer.why : answer.status;
}
