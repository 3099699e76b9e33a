/** Which way a message would take, by look-ups alone: what a connection would be made to, what is left out, and why. */
import { unreachable } from "../base/brand.ts";
import { ipFamily } from "../base/ip.ts";
import type { Random } from "../base/random.ts";
import type { Resolver } from "../base/resolver.ts";
import type { TestedHost, TestedRoute, WayDesk } from "../control/api/way-desk.ts";
import { findByHost } from "../mail/replies/providers.ts";
import type { HostRule } from "../mail/transport-security/transport-security.ts";
import { DEFAULT_EGRESS, type Egress, type EgressName } from "../model/egress.ts";
import type { SenderKey } from "../model/ids.ts";
import { findHosts, type Hosts, type Route, type Routes, siteOf, type Transport } from "../relay/deliver/deliver.ts";

export interface RouteTestPorts {
  readonly routes: Pick<Routes, "routeFor">;
  readonly resolver: Resolver;
  readonly random: Random;
  readonly ownAddresses: ReadonlySet<string>;
  readonly hostname: string;
  /** An upstream's own name, where it stands in pools. */
  nameOf(site: TestedRoute["site"]): EgressName | undefined;
  readonly transport: Transport;
}

type Question = Parameters<WayDesk["test"]>[0];

/** MX hosts told; a domain with more is misconfigured. */
const MOST_HOSTS = 10;
const MOST_ADDRESSES = 20;

export async function testRoute({ domain, from, sender }: Question, ports: RouteTestPorts): Promise<TestedRoute> {
  const { route, why } = ports.routes.routeFor({
    domain,
    ...(from !== undefined && { mailFrom: from }),
    ...(sender !== undefined && { sender: sender as SenderKey }), // as it is written: a key that nobody has fits no rule
  });
  const site = siteOf(route);
  const found = await findHosts(route, ports.resolver, ports.random, ports.ownAddresses, ports.transport);
  const hosts = await hostsOf(route, found, ports);
  const provider = hosts.map(({ host }) => findByHost(host)?.key).find((key) => key !== undefined);
  return {
    ...{ egress: egressOf(route, site, ports), egressBecause: why, way: route.is, site, hosts },
    ...(provider !== undefined && { provider }),
    ...(found.is !== "found" && { fault: { text: found.fault.text, permanent: found.is === "none" } }),
  };
}

function egressOf(route: Route, site: TestedRoute["site"], { hostname, nameOf }: RouteTestPorts): Egress {
  return route.is === "mx" ? route.from : { name: nameOf(site) ?? DEFAULT_EGRESS, helo: hostname };
}

async function hostsOf(route: Route, found: Hosts, ports: RouteTestPorts): Promise<readonly TestedHost[]> {
  if (route.is === "upstream") {
    const { host, tls, login } = route.upstream;
    const addresses = found.is === "found" ? found.addresses.map(({ ip }) => ({ ip })) : [];
    const policy = tls === "never" ? "none" : tls === "opportunistic" ? "opportunistic" : "required";
    return [{ host, addresses, tls: { policy, why: `the upstream is set so${login === undefined ? "" : ", and a login goes with it"}` } }];
  }
  const mx = await ports.resolver.mx(route.domain);
  const named = mx.status === "ok" ? mx.records.filter(({ host }) => host !== "") : [];
  const inOrder = [...named].sort((a, b) => a.preference - b.preference || (a.host < b.host ? -1 : 1));
  const hosts = mx.status === "nodata" ? [{ host: route.domain }] : inOrder;
  return await Promise.all(hosts.slice(0, MOST_HOSTS).map(async (one) => await hostOf(one, route, found, ports)));
}

async function hostOf(
  { host, ...rank }: { readonly host: string; readonly preference?: number },
  route: Extract<Route, { readonly is: "mx" }>,
  found: Hosts,
  ports: RouteTestPorts,
): Promise<TestedHost> {
  const answer = await ports.resolver.addresses(host);
  const ips = answer.status === "ok" ? answer.records.slice(0, MOST_ADDRESSES) : [];
  const dialled = found.is === "found" ? found.addresses : [];
  const addresses = ips.map((ip) => ({
    ip,
    ...(dialled.some((one) => one.ip === ip) ? {} : { skipped: whyNot(ip, route.from, ports) }),
  }));
  const told = { host, addresses, ...rank };
  if (answer.status === "fail") return { ...told, tls: UNKNOWN, skipped: `its look-up failed: ${answer.why}` };
  if (answer.status !== "ok") return { ...told, tls: UNKNOWN, skipped: "it has no address" };
  if (found.is !== "found") return { ...told, tls: UNKNOWN };
  const first = dialled.find((one) => one.host === host) ?? { host, ip: ips[0] ?? "", port: route.port };
  const rule = await ports.transport.ruleFor(found.policy, first);
  return { ...told, tls: tlsOf(rule, host, ports), ...(rule.is === "unusable" && { skipped: rule.fault.text }) };
}

const UNKNOWN: TestedHost["tls"] = { policy: "opportunistic", why: "not known while no connection can be made" };

/** What must be true of TLS with the host, for people. */
function tlsOf(rule: HostRule, host: string, { transport }: RouteTestPorts): TestedHost["tls"] {
  switch (rule.is) {
    case "open":
      if (transport.broken.has(host)) return { policy: "none", why: "its STARTTLS did not work lately, and nothing asks for TLS" };
      if (rule.testing) return { policy: "opportunistic", why: "the domain only tries its MTA-STS policy out" };
      return { policy: "opportunistic", why: "nothing asks for TLS: it is used where it is offered, with any certificate" };
    case "encrypted":
      if (rule.by === "dane") return { policy: "dane", why: "it has TLSA records, none of which can be used: TLS with any certificate" };
      return { policy: "required", why: "the configuration asks for TLS, with any certificate" };
    case "named":
      return { policy: "required", why: "the configuration asks for a certificate of the host's own name" };
    case "sts":
      return { policy: "mta-sts", why: "the domain's MTA-STS policy is enforced and names the host" };
    case "dane":
      return {
        policy: "dane",
        why: `its certificate must fit ${rule.records.length === 1 ? "its TLSA record" : "one of its TLSA records"}`,
      };
    case "unusable":
      return { policy: rule.policy === undefined ? "required" : "mta-sts", why: rule.fault.text };
    default:
      return unreachable(rule);
  }
}

/** Of an address that no connection would be made to. */
function whyNot(ip: string, { name, ip4, ip6 }: Egress, { ownAddresses }: RouteTestPorts): string {
  const family = ipFamily(ip);
  if (ownAddresses.has(ip)) return "it is this machine's own";
  if ((ip4 !== undefined || ip6 !== undefined) && (family === 6 ? ip6 : ip4) === undefined) return `${name} has no IPv${family} address`;
  return "it is not public, or others are tried before it";
}
