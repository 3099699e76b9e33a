/**
 * From a route to a connection that takes transactions: its hosts (`findHosts`), then dialling them in order, greeting, TLS,
 * AUTH (`link`). Knows nothing of queues: its caller, a lane, hands in a source of transactions and learns how the connection
 * ended.
 */
import type { Clock } from "../../base/clock.ts";
import { ipFamily } from "../../base/ip.ts";
import type { Network, TlsHandshake } from "../../base/network.ts";
import type { Random } from "../../base/random.ts";
import type { Resolver } from "../../base/resolver.ts";
import { type DomainPolicy, type HostRule, verdictOn } from "../../mail/transport-security/transport-security.ts";
import type { AttemptTls, LocalFault, Stage, StageTimes } from "../../model/outcome.ts";
import { type Reply, replyLine } from "../../model/reply.ts";
import {
  type Capabilities,
  type ClientConnection,
  type ClientEnd,
  type ClientOptions,
  type ClientTimeouts,
  openClient,
  type Transaction,
} from "../../wire/smtp/client.ts";
import type { HostAddress } from "./hosts.ts";
import type { Route } from "./route.ts";
import { TlsWatch } from "./tls-watch.ts";
import type { Transport } from "./transport.ts";
import { notPromised, ruleUnder, unmet } from "./wish.ts";

export { findHosts, type HostAddress, type Hosts, sharedBy } from "./hosts.ts";
export {
  mxSite,
  type Route,
  type Routed,
  type RouteQuestion,
  type Routes,
  siteOf,
  type Upstream,
  type UpstreamTls,
  wishOf,
  withWish,
} from "./route.ts";

export { type KeptPolicy, type StsFetched, StsPolicies, type StsStore } from "./sts-policies.ts";
export { type BrokenTls, Transport, type TransportPorts } from "./transport.ts";

export interface DeliverPorts {
  readonly network: Network;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly random: Random;
  /** What is asked of TLS towards mail hosts. Absent: nothing. */
  readonly transport?: Transport | undefined;
}

export interface DeliverSettings {
  /** The name given in EHLO to upstreams; mail hosts are told the egress's own. */
  readonly helo: string;
  /** Our own listening addresses, never dialled by MX. */
  readonly ownAddresses: ReadonlySet<string>;
  readonly connectTimeoutMs: number;
  readonly timeouts: ClientTimeouts;
  readonly maxTransactions: number;
  readonly idleMs: number;
}

/** A connection ready for transactions, with what is known of its other end. */
export interface Link {
  readonly host: string;
  readonly ip: string;
  readonly capabilities: Capabilities;
  readonly tls?: AttemptTls;
  /** Until ready: dns, connect, banner, ehlo, tls, auth. */
  readonly times: StageTimes;
  /** What was said until then. */
  readonly dialogue: string;
  /** The address it left from. */
  readonly localIp: string;
}

export interface LinkSource {
  /** Called once, before the first `next`. */
  ready(link: Link, connection: ClientConnection): void;
  next(link: Link): Transaction | undefined;
  /** The last call for a connection that was ready. */
  closed(end: ClientEnd): void;
}

export type LinkFault =
  /** No host could be used now: the lane closes for a while. Attempts of the waiting messages do not count. */
  | {
      readonly is: "unreachable";
      readonly stage: Stage;
      readonly host?: string;
      readonly reply?: Reply;
      readonly fault?: LocalFault;
      readonly dialogue?: string;
    }
  /** The domain takes no mail, or none with REQUIRETLS where the route says so: its deliveries fail for good. */
  | { readonly is: "no-mail"; readonly fault: LocalFault };

export type Linked = { readonly ok: true } | { readonly ok: false; readonly fault: LinkFault };

/** RFC 5321 §4.5.3.2 allows minutes; sessions that got a greeting are few, so two per attempt keep a lane honest (R7). */
const MAX_SESSIONS = 2;

/** Where a connection may be made to, in order, and how long it took to find out. */
export interface Target {
  readonly route: Route;
  readonly addresses: readonly HostAddress[];
  readonly policy: DomainPolicy;
  readonly dnsMs: number;
  /** Tried first. */
  readonly preferHost?: string | undefined;
}

/** Resolves once a connection is ready (`source.ready` was called) or none could be had. */
export async function link(
  target: Target,
  source: LinkSource,
  ports: DeliverPorts,
  settings: DeliverSettings,
  signal: AbortSignal,
): Promise<Linked> {
  const { preferHost, route } = target;
  const addresses = preferHost === undefined ? target.addresses : preferred(target.addresses, preferHost);
  let last: LinkFault = { is: "unreachable", stage: "connect", fault: { code: "ABORTED", text: "the attempt was ended" } };
  let sessions = 0;
  const required = route.tls === "required"; // tries them all: one of them may be good enough
  const ends: (Extract<Dialled, { readonly is: "failed" }> & { readonly host: string })[] = [];
  for (const address of addresses) {
    if (signal.aborted || (sessions >= MAX_SESSIONS && !required)) break;
    const end = await reach(address, target, source, ports, settings, signal);
    if (end.is === "ready") return { ok: true };
    if (end.greeted) sessions++;
    ends.push({ ...end, host: address.host });
    last = {
      is: "unreachable",
      stage: end.stage,
      host: address.host,
      ...(end.reply && { reply: end.reply }),
      ...(end.fault && { fault: end.fault }),
      ...(end.dialogue !== undefined && { dialogue: end.dialogue }),
    };
  }
  const fault = required && !signal.aborted ? unmet(ends) : undefined;
  return { ok: false, fault: fault ? { is: "no-mail", fault } : last };
}

/** One address: under its host's rule, and in clear where nothing forbids it and TLS does not work there. */
async function reach(
  address: HostAddress,
  target: Target,
  source: LinkSource,
  ports: DeliverPorts,
  settings: DeliverSettings,
  signal: AbortSignal,
): Promise<Dialled> {
  const { route, policy } = target;
  const transport = route.is === "mx" ? ports.transport : undefined;
  const usual = transport ? await transport.ruleFor(policy, address) : upstreamRule(route);
  const secure = route.is === "upstream" || address.daneNames !== undefined;
  const rule = ruleUnder(route.tls, usual, { host: address.host, secure });
  // What a message asks for itself says nothing of the domain: its report tells of its own policy only (RFC 8460 §3).
  const watch = new TlsWatch(policy.domain, rule, address, rule === usual ? transport : undefined);
  if (rule.is === "unusable") {
    watch.unusable(rule.fault);
    return { is: "failed", greeted: false, stage: rule.fault.code === "tlsa-lookup" ? "dns" : "tls", fault: rule.fault };
  }
  const dialPorts = { ...ports, watch, source, settings, signal, dnsMs: target.dnsMs };
  const mayBeClear = rule.is === "open" && tlsIsOptional(route);
  if (mayBeClear && transport?.broken.has(address.host)) return await dial(route, address, "clear", dialPorts);
  const end = await dial(route, address, rule, dialPorts);
  if (end.is === "ready" || end.stage !== "tls" || !mayBeClear) return end;
  // Broken STARTTLS at the receiver: RFC 7435's opportunism is to go on in plain text, on a fresh connection.
  const plain = await dial(route, address, "clear", dialPorts);
  // "Not now" (4yz) is no broken TLS: the next connection asks again.
  const later = end.reply !== undefined && end.reply.code < 500;
  if (plain.is === "ready" && !later)
    transport?.broken.add(address.host, end.fault?.text ?? (end.reply ? replyLine(end.reply) : "STARTTLS failed"));
  return plain;
}

function preferred(addresses: readonly HostAddress[], host: string): readonly HostAddress[] {
  return [...addresses.filter((a) => a.host === host), ...addresses.filter((a) => a.host !== host)];
}

function tlsIsOptional(route: Route): boolean {
  return route.is === "mx" || route.upstream.tls === "opportunistic";
}

/** Of the family dialled; undefined where the system chooses. */
function localAddressFor(route: Route, ip: string): string | undefined {
  if (route.is !== "mx") return undefined;
  return ipFamily(ip) === 6 ? route.from.ip6 : route.from.ip4;
}

type Dialled =
  | { readonly is: "ready" }
  | {
      readonly is: "failed";
      readonly greeted: boolean;
      readonly stage: Stage;
      readonly reply?: Reply;
      readonly fault?: LocalFault;
      readonly dialogue?: string;
    };

interface DialPorts extends DeliverPorts {
  readonly watch: TlsWatch;
  readonly source: LinkSource;
  readonly settings: DeliverSettings;
  readonly signal: AbortSignal;
  readonly dnsMs: number;
}

async function dial(route: Route, address: HostAddress, rule: HostRule | "clear", ports: DialPorts): Promise<Dialled> {
  const { clock, network, source, settings, signal, watch, dnsMs: dns } = ports;
  const started = clock.mono();
  const localAddress = localAddressFor(route, address.ip);
  const connected = await network.connect({
    ...{ host: address.ip, port: address.port, timeoutMs: settings.connectTimeoutMs, signal },
    ...(localAddress !== undefined && { localAddress }),
  });
  if (!connected.ok) return { is: "failed", greeted: false, stage: "connect", fault: connected.fault };
  const connect = clock.mono() - started;
  const localIp = connected.pipe.local.ip;
  return await new Promise((resolve) => {
    let current: Link | undefined;
    const connection = openClient(connected.pipe, clientOptions(route, address, rule, ports), clock, {
      ready: (capabilities, tls, greeting) => {
        const { times, dialogue } = greeting;
        if (rule !== "clear") watch.ready(localIp, tls);
        if (route.tls === "required" && !capabilities.requireTls) {
          connection.quit();
          return resolve({ is: "failed", greeted: true, stage: "ehlo", fault: notPromised(address.host), dialogue });
        }
        current = {
          host: address.host,
          ip: address.ip,
          localIp,
          capabilities,
          ...(tls && { tls: rule === "clear" || rule.is === "open" ? tls : { ...tls, rule: rule.is } }),
          times: { dns, connect, ...times },
          dialogue,
        };
        source.ready(current, connection);
        resolve({ is: "ready" });
      },
      next: () => current && source.next(current),
      closed: (end) => {
        if (current) return source.closed(end);
        const failed = endBeforeReady(end);
        if (rule !== "clear") watch.failed(localIp, failed);
        resolve(failed);
      },
    });
  });
}

function endBeforeReady(end: ClientEnd): Extract<Dialled, { readonly is: "failed" }> {
  if (end.is === "orderly")
    return { is: "failed", greeted: true, stage: "banner", fault: { code: "closed", text: "the host closed the connection" } };
  return {
    is: "failed",
    greeted: end.stage !== "banner" || end.is === "refused",
    stage: end.stage,
    ...(end.is === "refused" ? { reply: end.reply } : { fault: end.fault }),
    ...(end.dialogue !== undefined && { dialogue: end.dialogue }),
  };
}

function clientOptions(route: Route, address: HostAddress, rule: HostRule | "clear", ports: DialPorts): ClientOptions {
  const { settings, transport, watch, clock } = ports;
  const upstream = route.is === "upstream" ? route.upstream : undefined;
  const needed = rule !== "clear" && rule.is !== "open";
  const { host } = address;
  return {
    helo: route.is === "mx" ? route.from.helo : settings.helo,
    tls: rule === "clear" ? "never" : wantedTls(route, needed),
    serverName: rule !== "clear" && rule.is === "dane" ? (rule.names[0] ?? host) : host,
    ...(rule !== "clear" && {
      judge: (handshake: TlsHandshake) => {
        watch.shaken(handshake);
        return verdictOn(rule, handshake, host, clock.wall());
      },
      ...(route.is === "mx" && transport && { session: transport.sessionFor(rule, route.from.name, host) }),
    }),
    ...(upstream?.login && { login: upstream.login }),
    timeouts: settings.timeouts,
    maxTransactions: settings.maxTransactions,
    idleMs: settings.idleMs,
  };
}

function wantedTls(route: Route, needed: boolean): ClientOptions["tls"] {
  if (route.is === "mx") return needed ? "required" : "opportunistic";
  return route.tls === "required" && route.upstream.tls !== "implicit" ? "required" : route.upstream.tls;
}

/** Opportunistic TLS takes any certificate (RFC 7435); a required one must be the host's own. */
function upstreamRule(route: Route): HostRule {
  const verified = route.is === "upstream" && (route.upstream.tls === "required" || route.upstream.tls === "implicit");
  return verified ? { is: "named", by: "operator" } : { is: "open" };
}
