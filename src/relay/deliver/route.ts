/**
 * Where mail for a domain goes, and by which way out: to an upstream smarthost, or from an address of ours to the
 * domain's own mail hosts by MX.
 */
import { unreachable } from "../../base/brand.ts";
import { DEFAULT_EGRESS, type Egress, type EgressName } from "../../model/egress.ts";
import type { SenderKey, SiteKey, SourceName, TenantId } from "../../model/ids.ts";
import type { MessageClass, TlsWish } from "../../model/message.ts";

export type UpstreamTls = "opportunistic" | "required" | "implicit" | "never";

export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly tls: UpstreamTls;
  readonly login?: { readonly user: string; readonly password: string };
}

export type Route =
  | { readonly is: "upstream"; readonly upstream: Upstream; readonly tls?: "required" }
  | { readonly is: "mx"; readonly domain: string; readonly port: number; readonly from: Egress; readonly tls?: TlsWish };

/**
 * What a way out is chosen by: a delivery, or as much of one as is known. What is absent fits no rule that asks for it.
 */
export interface RouteQuestion {
  /** Of the recipient; lower case, A-labels. */
  readonly domain: string;
  readonly tenant?: TenantId;
  readonly source?: SourceName;
  readonly sender?: SenderKey;
  readonly class?: MessageClass;
  readonly mailFrom?: string;
  /** What the message asks of TLS: mail that asks for different things shares no connection. */
  readonly tls?: TlsWish;
  /** Of the header's From; absent: that of MAIL FROM counts. */
  readonly fromDomain?: string;
  /** The first header field of that name, decoded; known at acceptance only. */
  readonly header?: (name: string) => string | undefined;
  /** It is chosen for the first time: it counts against today's ceilings, and may go round one that is reached. */
  readonly fresh?: boolean;
}

/** `why` is a clause for people: `the pool bulk takes mail of class bulk`. */
export interface Routed {
  readonly route: Route;
  readonly why: string;
}

/**
 * The route as a message with this wish takes it. An upstream is the operator's own, and senders relax nothing that it asks
 * of TLS there; what goes to it may pass the wish on.
 */
export function withWish(route: Route, tls: TlsWish | undefined): Route {
  if (route.is === "mx") return tls === undefined ? route : { ...route, tls };
  return tls === "required" ? { ...route, tls } : route;
}

const WISHES: readonly TlsWish[] = ["required", "relaxed", "report"];

/** A site's key without the wish at its end, and the wish. */
export function wishOf(site: SiteKey): { readonly plain: SiteKey; readonly tls?: TlsWish } {
  const bar = site.lastIndexOf("|");
  const tls = bar < 0 ? undefined : WISHES.find((wish) => site.endsWith(`|tls:${wish}`));
  return tls === undefined ? { plain: site } : { plain: site.slice(0, bar) as SiteKey, tls };
}

/**
 * Names the destination that shares connections and limits. Stored with each delivery; `routeOf` is its reverse. No
 * domain and no egress has a `|` in its name, and no egress a `:`.
 */
export function siteOf(route: Route): SiteKey {
  const wish = route.tls === undefined ? "" : `|tls:${route.tls}`;
  switch (route.is) {
    case "upstream":
      return `upstream:${route.upstream.host}:${route.upstream.port}${wish}` as SiteKey;
    case "mx":
      return `mx:${route.domain}${route.from.name === DEFAULT_EGRESS ? "" : `|${route.from.name}`}${wish}` as SiteKey;
    default:
      return unreachable(route);
  }
}

/** The parts of an `mx:` site's key; undefined for an upstream's. */
export function mxSite(site: SiteKey): { readonly domain: string; readonly egress: EgressName } | undefined {
  if (!site.startsWith("mx:")) return undefined;
  const { plain } = wishOf(site);
  const bar = plain.indexOf("|");
  if (bar < 0) return { domain: plain.slice(3), egress: DEFAULT_EGRESS };
  return { domain: plain.slice(3, bar), egress: plain.slice(bar + 1) as EgressName };
}

/** The routes in force: `Ways` of `relay/egress`. */
export interface Routes {
  /** Of fresh mail the answer counts: ask once a recipient. */
  routeFor(question: RouteQuestion): Routed;
  /**
   * The route behind a stored site. Undefined for an upstream or an egress that is no longer configured: its mail takes
   * the route that its domain has now.
   */
  routeOf(site: SiteKey): Route | undefined;
}
