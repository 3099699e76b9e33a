/**
 * From a route to a connection that takes transactions: its hosts (`findHosts`), then dialling them in order, greeting, TLS,
 * AUTH (`link`). Knows nothing of queues: its caller, a lane, hands in a source of transactions and learns how the connection
 * ended.
 */
import type { Clock } from "../../base/clock.ts";
import { ipFamily } from "../../base/ip.ts";
import type { Network, TlsFacts } from "../../base/network.ts";
import type { Random } from "../../base/random.ts";
import type { Resolver } from "../../base/resolver.ts";
import type { LocalFault, Stage, StageTimes } from "../../model/outcome.ts";
import type { Reply } from "../../model/reply.ts";
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

export { findHosts, type HostAddress, type Hosts } from "./hosts.ts";
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

export interface DeliverPorts {
  readonly network: Network;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly random: Random;
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
  readonly tls?: TlsFacts;
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
  /** The domain takes no mail: its deliveries fail for good. */
  | { readonly is: "no-mail"; readonly fault: LocalFault };

export type Linked = { readonly ok: true } | { readonly ok: false; readonly fault: LinkFault };

/** RFC 5321 §4.5.3.2 allows minutes; sessions that got a greeting are few, so two per attempt keep a lane honest (R7). */
const MAX_SESSIONS = 2;

/** Where a connection may be made to, in order, and how long it took to find out. */
export interface Target {
  readonly route: Route;
  readonly addresses: readonly HostAddress[];
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
  const { route, dnsMs, preferHost } = target;
  const addresses = preferHost === undefined ? target.addresses : preferred(target.addresses, preferHost);
  let last: LinkFault = { is: "unreachable", stage: "connect", fault: { code: "ABORTED", text: "the attempt was ended" } };
  let sessions = 0;
  for (const address of addresses) {
    if (signal.aborted || sessions >= MAX_SESSIONS) break;
    let end = await dial(route, address, false, dnsMs, source, ports, settings, signal);
    if (end.is === "ready") return { ok: true };
    if (end.is === "failed" && end.stage === "tls" && tlsIsOptional(route)) {
      // Broken STARTTLS at the receiver: RFC 7435's opportunism is to go on in plain text, on a fresh connection.
      end = await dial(route, address, true, dnsMs, source, ports, settings, signal);
      if (end.is === "ready") return { ok: true };
    }
    if (end.greeted) sessions++;
    last = {
      is: "unreachable",
      stage: end.stage,
      host: address.host,
      ...(end.reply && { reply: end.reply }),
      ...(end.fault && { fault: end.fault }),
      ...(end.dialogue !== undefined && { dialogue: end.dialogue }),
    };
  }
  return { ok: false, fault: last };
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

async function dial(
  route: Route,
  address: HostAddress,
  plain: boolean,
  dns: number,
  source: LinkSource,
  ports: DeliverPorts,
  settings: DeliverSettings,
  signal: AbortSignal,
): Promise<Dialled> {
  const started = ports.clock.mono();
  const localAddress = localAddressFor(route, address.ip);
  const connected = await ports.network.connect({
    ...{ host: address.ip, port: address.port, timeoutMs: settings.connectTimeoutMs, signal },
    ...(localAddress !== undefined && { localAddress }),
  });
  if (!connected.ok) return { is: "failed", greeted: false, stage: "connect", fault: connected.fault };
  const connect = ports.clock.mono() - started;
  return await new Promise((resolve) => {
    let current: Link | undefined;
    const connection = openClient(connected.pipe, clientOptions(route, address, plain, settings), ports.clock, {
      ready: (capabilities, tls, greeting) => {
        const { times, dialogue } = greeting;
        const localIp = connected.pipe.local.ip;
        current = {
          host: address.host,
          ip: address.ip,
          localIp,
          capabilities,
          ...(tls && { tls }),
          times: { dns, connect, ...times },
          dialogue,
        };
        source.ready(current, connection);
        resolve({ is: "ready" });
      },
      next: () => current && source.next(current),
      closed: (end) => {
        if (current) source.closed(end);
        else resolve(endBeforeReady(end));
      },
    });
  });
}

function endBeforeReady(end: ClientEnd): Dialled {
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

function clientOptions(route: Route, address: HostAddress, plain: boolean, settings: DeliverSettings): ClientOptions {
  const upstream = route.is === "upstream" ? route.upstream : undefined;
  const tls = plain ? "never" : (upstream?.tls ?? "opportunistic");
  return {
    helo: route.is === "mx" ? route.from.helo : settings.helo,
    tls,
    serverName: address.host,
    // Opportunistic TLS takes any certificate (RFC 7435); a required one must be the host's own.
    verify: tls === "required" || tls === "implicit",
    ...(upstream?.login && { login: upstream.login }),
    timeouts: settings.timeouts,
    maxTransactions: settings.maxTransactions,
    idleMs: settings.idleMs,
  };
}
