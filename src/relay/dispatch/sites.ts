/**
 * The sites that are known, and the nodes of limits above them: egress → provider → site. Made when the first domain needs
 * them, dropped when nobody does and nothing was learned that should last.
 */
import { providerOf } from "../../mail/replies/replies.ts";
import { DEFAULT_EGRESS, type EgressName } from "../../model/egress.ts";
import type { Effective } from "../../model/override.ts";
import { type Route, siteOf } from "../deliver/deliver.ts";
import type { Limits } from "../limits/limits.ts";
import type { DispatchContext } from "./context.ts";
import { LimitNode } from "./limit-node.ts";
import type { PaceBounds } from "./pace-words.ts";
import type { Queue } from "./queue.ts";
import { Site } from "./site.ts";

/** What rules and people say of limits. */
export type Decisions = Pick<Limits, "effective" | "generation">;

interface Sizes {
  readonly upstream: number;
  readonly mx: number;
}

const NOTHING: Effective = { pinned: false, stack: [] };
export const NO_DECISIONS: Decisions = { effective: () => NOTHING, generation: 0 };

export class Sites {
  readonly #context: () => DispatchContext;
  readonly #decisions: Decisions;
  readonly #sizes: Sizes;
  readonly #sites = new Map<string, Site>();
  readonly #nodes = new Map<string, LimitNode>();
  readonly #memo = new WeakMap<Queue, { readonly generation: number; readonly mx: string | undefined; readonly effective: Effective }>();
  /** Hosts' name → provider; the answer is the same for as long as the program runs. */
  readonly #providers = new Map<string, string | undefined>();

  constructor(context: () => DispatchContext, decisions: Decisions, sizes: Sizes) {
    this.#context = context;
    this.#decisions = decisions;
    this.#sizes = sizes;
  }

  get all(): Iterable<Site> {
    return this.#sites.values();
  }

  of(queue: Queue, mx: string): Site {
    const key = this.keyOf(queue, mx);
    const known = this.#sites.get(key);
    if (known) return known;
    const nodes = queue.route.is === "upstream" ? [] : this.#nodesAbove(egressOf(queue), this.#providerOf(mx));
    const site = new Site({ key, mx, relayed: queue.route.is === "upstream", ...this.#rulesFor(queue), nodes }, this.#context());
    this.#sites.set(key, site);
    return site;
  }

  /** Domains with the same hosts share a site, but for one that a rule of its own holds for. */
  keyOf(queue: Queue, mx: string): string {
    const { route } = queue;
    if (route.is === "upstream") return siteOf(route);
    const { domain } = route;
    const own = this.decided(queue, mx).stack.some(({ what }) => "scope" in what && what.scope.domain !== undefined);
    return `${egressOf(queue)} ${mx}${own ? ` for ${domain}` : ""}${route.tls === undefined ? "" : ` tls:${route.tls}`}`;
  }

  /**
   * What holds for a queue; before its hosts are known, by its domain alone. Where a decision gives it another way, that
   * way's limits hold, and a pause of either.
   */
  decided(queue: Queue, mx = queue.site?.mx): Effective {
    const { generation } = this.#decisions;
    const known = this.#memo.get(queue);
    if (known?.generation === generation && known.mx === mx) return known.effective;
    const own = this.#said(queue.base, mx);
    const other =
      own.reroute && this.#context().ways.routeVia(own.reroute.change.to, queue.base.is === "mx" ? queue.base.domain : "", queue.base.tls);
    const { paused: _, ...there } = other ? this.#said(other, mx) : own;
    const paused = own.paused ?? (other && this.#said(other, mx).paused);
    const effective = { ...there, ...(own.reroute && { reroute: own.reroute }), ...(paused && { paused }) };
    this.#memo.set(queue, { generation, mx, effective });
    return effective;
  }

  #said(route: Route, mx: string | undefined): Effective {
    if (route.is === "upstream")
      return this.#decisions.effective({ egress: DEFAULT_EGRESS, domain: `${route.upstream.host}:${route.upstream.port}` });
    const provider = mx === undefined ? undefined : this.#providerOf(mx);
    return this.#decisions.effective({ egress: route.from.name, provider, domain: route.domain });
  }

  /** What was decided has changed. */
  reconsider(queues: Iterable<Queue>): void {
    for (const node of this.#nodes.values()) node.bound(this.#boundsOf(node.egress, node.provider));
    for (const queue of queues) {
      queue.reconsider();
      queue.site?.rule(this.#rulesFor(queue));
    }
  }

  forgetQuiet(): void {
    for (const [key, site] of this.#sites)
      if (site.forgettable) {
        site.end();
        this.#sites.delete(key);
      }
    for (const [key, node] of this.#nodes)
      if (node.forgettable) {
        node.drain();
        this.#nodes.delete(key);
      }
  }

  drain(): void {
    for (const site of this.#sites.values()) site.drain();
    for (const node of this.#nodes.values()) node.drain();
  }

  #rulesFor(queue: Queue): { readonly bounds: PaceBounds; readonly perConnection?: number } {
    const { connections = Number.POSITIVE_INFINITY, perMinute, leastPerMinute, perConnection, pinned } = this.decided(queue);
    const most = queue.route.is === "upstream" ? this.#sizes.upstream : this.#sizes.mx;
    return {
      bounds: { connections: Math.min(most, connections), perMinute: perMinute ?? Number.POSITIVE_INFINITY, leastPerMinute, pinned },
      ...(perConnection !== undefined && { perConnection }),
    };
  }

  #nodesAbove(egress: EgressName, provider: string | undefined): readonly LimitNode[] {
    return [...(provider === undefined ? [] : [this.#node(egress, provider)]), this.#node(egress)];
  }

  #node(egress: EgressName, provider?: string): LimitNode {
    const key = `${egress} ${provider ?? ""}`;
    const known = this.#nodes.get(key);
    if (known) return known;
    const node = new LimitNode({ egress, ...(provider !== undefined && { provider }) }, this.#context(), this.#boundsOf(egress, provider));
    this.#nodes.set(key, node);
    return node;
  }

  /** What is said of all that leaves there, and of no domain. */
  #boundsOf(egress: EgressName, provider: string | undefined): PaceBounds {
    const said = this.#decisions.effective({ egress, provider });
    // How many there may be in all is kept elsewhere (`places.ts`): where nothing is said, nothing is counted against it here.
    const { connections = Number.POSITIVE_INFINITY, perMinute = Number.POSITIVE_INFINITY, leastPerMinute, pinned } = said;
    return { connections, perMinute, leastPerMinute, pinned };
  }

  #providerOf(mx: string): string | undefined {
    if (!this.#providers.has(mx)) {
      if (this.#providers.size > 50_000) this.#providers.clear();
      this.#providers.set(mx, providerOf(mx.split(/[,> ]/, 1)[0] ?? mx)?.key);
    }
    return this.#providers.get(mx);
  }
}

function egressOf({ route }: Queue): EgressName {
  return route.is === "mx" ? route.from.name : DEFAULT_EGRESS;
}
