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

/** What holds for a queue, for as long as what it was found by stays the same. */
interface Held {
  readonly generation: number;
  readonly mx: string | undefined;
  readonly base: Route;
  readonly route: Route;
  readonly effective: Effective;
}

const NOTHING: Effective = { pinned: false, stack: [] };
export const NO_DECISIONS: Decisions = { effective: () => NOTHING, generation: 0 };

export class Sites {
  readonly #context: () => DispatchContext;
  readonly #decisions: Decisions;
  readonly #sizes: Sizes;
  readonly #sites = new Map<string, Site>();
  readonly #nodes = new Map<string, LimitNode>();
  readonly #memo = new WeakMap<Queue, Held>();

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
    const { route } = this.#held(queue, mx);
    const nodes = route.is === "upstream" ? [] : this.#nodesAbove(route.from.name, providerOfHosts(mx));
    const site = new Site({ key, mx, relayed: route.is === "upstream", ...this.#rulesFor(queue, mx), nodes }, this.#context());
    this.#sites.set(key, site);
    return site;
  }

  /** Domains with the same hosts share a site, but for one that a rule of its own holds for. */
  keyOf(queue: Queue, mx: string): string {
    const { route, effective } = this.#held(queue, mx);
    if (route.is === "upstream") return siteOf(route);
    const own = effective.stack.some(({ what }) => what.scope.domain !== undefined);
    return `${route.from.name} ${mx}${own ? ` for ${route.domain}` : ""}${route.tls === undefined ? "" : ` tls:${route.tls}`}`;
  }

  /** What holds for a queue; before its hosts are known, by its domain alone. */
  decided(queue: Queue): Effective {
    return this.#held(queue).effective;
  }

  /** The way that a queue's mail takes now: its own, or another by a decision. */
  routeOf(queue: Queue): Route {
    return this.#held(queue).route;
  }

  /** Where a decision gives it another way, that way's limits hold, and a pause of either. */
  #held(queue: Queue, mx = queue.site?.mx): Held {
    const { generation } = this.#decisions;
    const { base } = queue;
    const known = this.#memo.get(queue);
    if (known?.generation === generation && known.mx === mx && known.base === base) return known;
    const own = this.#said(base, mx);
    const route = this.#wayOf(base, own);
    const there = route === base ? own : this.#said(route, mx);
    const paused = own.paused ?? there.paused;
    const effective = route === base ? own : { ...there, ...(own.reroute && { reroute: own.reroute }), ...(paused && { paused }) };
    const held = { generation, mx, base, route, effective };
    this.#memo.set(queue, held);
    return held;
  }

  #wayOf(base: Route, { reroute }: Effective): Route {
    if (reroute === undefined) return base;
    const other = this.#context().ways.routeVia(reroute.change.to, base.is === "mx" ? base.domain : "", base.tls);
    // An upstream's mail is for many domains: only another upstream can take all of it.
    return other === undefined || (base.is === "upstream" && other.is === "mx") ? base : other;
  }

  #said(route: Route, mx: string | undefined): Effective {
    if (route.is === "upstream")
      return this.#decisions.effective({ egress: DEFAULT_EGRESS, domain: `${route.upstream.host}:${route.upstream.port}` });
    const provider = mx === undefined ? undefined : providerOfHosts(mx);
    return this.#decisions.effective({ egress: route.from.name, provider, domain: route.domain });
  }

  /** What was decided has changed. */
  reconsider(queues: Iterable<Queue>): void {
    for (const node of this.#nodes.values()) node.bound(this.#boundsOf(node.egress, node.provider));
    for (const queue of queues) {
      queue.reconsider();
      const { site } = queue;
      if (site) site.rule(this.#rulesFor(queue, site.mx));
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

  #rulesFor(queue: Queue, mx: string): { readonly bounds: PaceBounds; readonly perConnection?: number } {
    const { route, effective } = this.#held(queue, mx);
    const { connections = Number.POSITIVE_INFINITY, perMinute, leastPerMinute, perConnection, pinned } = effective;
    const most = route.is === "upstream" ? this.#sizes.upstream : this.#sizes.mx;
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
}

/** Who runs the first of the hosts. */
function providerOfHosts(mx: string): string | undefined {
  return providerOf(mx.split(/[,> ]/, 1)[0] ?? mx)?.key;
}
