/** Where mail for a domain goes: to an upstream smarthost, or to the domain's own mail hosts by MX. */
import { unreachable } from "../../base/brand.ts";
import type { SiteKey } from "../../model/ids.ts";

export type UpstreamTls = "opportunistic" | "required" | "implicit" | "never";

export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly tls: UpstreamTls;
  readonly login?: { readonly user: string; readonly password: string };
}

export type Route =
  | { readonly is: "upstream"; readonly upstream: Upstream }
  | { readonly is: "mx"; readonly domain: string; readonly port: number };

/** Names the destination that shares connections and limits. Stored with each delivery; `routeOf` is its reverse. */
export function siteOf(route: Route): SiteKey {
  switch (route.is) {
    case "upstream":
      return `upstream:${route.upstream.host}:${route.upstream.port}` as SiteKey;
    case "mx":
      return `mx:${route.domain}` as SiteKey;
    default:
      return unreachable(route);
  }
}

/** The routes in force. A rule for a domain wins over the default; without any, mail goes by MX. */
export class Routes {
  readonly #default: Upstream | undefined;
  readonly #byDomain: ReadonlyMap<string, Upstream>;
  readonly #bySite = new Map<SiteKey, Upstream>();
  readonly #mxPort: number;

  constructor(options: { upstream?: Upstream; byDomain?: ReadonlyMap<string, Upstream>; mxPort?: number }) {
    this.#default = options.upstream;
    this.#byDomain = options.byDomain ?? new Map();
    this.#mxPort = options.mxPort ?? 25;
    for (const upstream of [...this.#byDomain.values(), ...(this.#default ? [this.#default] : [])])
      this.#bySite.set(siteOf({ is: "upstream", upstream }), upstream);
  }

  routeFor(domain: string): Route {
    const upstream = this.#byDomain.get(domain) ?? this.#default;
    return upstream ? { is: "upstream", upstream } : { is: "mx", domain, port: this.#mxPort };
  }

  /**
   * The route behind a stored site. Undefined for an upstream that is no longer configured: its mail takes the route
   * that its domain has now.
   */
  routeOf(site: SiteKey): Route | undefined {
    if (site.startsWith("mx:")) return { is: "mx", domain: site.slice(3), port: this.#mxPort };
    const upstream = this.#bySite.get(site);
    return upstream && { is: "upstream", upstream };
  }

  /** Every upstream, for checks at start and for `status`. */
  get upstreams(): readonly Upstream[] {
    return [...this.#bySite.values()];
  }
}
