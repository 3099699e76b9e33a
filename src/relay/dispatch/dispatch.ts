/**
 * Decides what leaves when. A domain's mail waits in a queue (`queue.ts`), its mail hosts make a site (`site.ts`) with
 * connections (`lane.ts`) and a pace, and above sites stand the limits that they share (`sites.ts`, `limit-node.ts`). The
 * spool is the queue; here are due times, and a bounded window of deliveries.
 */
import { Activities } from "../../base/activities.ts";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { ReturnPaths } from "../../mail/return-path/return-path.ts";
import type { QueuedDelivery } from "../../model/delivery.ts";
import type { EgressName } from "../../model/egress.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { Effective } from "../../model/override.ts";
import type { Change, Spool } from "../../store/spool/spool.ts";
import { type DeliverPorts, type DeliverSettings, type Route, siteOf } from "../deliver/deliver.ts";
import type { DispatchContext, WaysOut } from "./context.ts";
import type { Fair } from "./fair-queue.ts";
import { type FreshContent, type Job, makeJobs, refsOf } from "./job.ts";
import type { ClosedLane, LaneState, LawReport, SlowLane } from "./lane-state.ts";
import { Places } from "./places.ts";
import { Queue } from "./queue.ts";
import { NO_MEMORY, type RecipientMemory } from "./recipient-memory.ts";
import type { Reports } from "./report.ts";
import type { RetrySettings } from "./schedule.ts";
import { makeSettle } from "./settle.ts";
import type { Site } from "./site.ts";
import { type Decisions, NO_DECISIONS, Sites } from "./sites.ts";
import { startSweep } from "./sweep.ts";
import { Turnstile } from "./turnstile.ts";

export { Actions, DISCARD_GRACE_MS, type Order, type Tally } from "./actions.ts";
export type { LawReport } from "./lane-state.ts";
export { Pace } from "./pace.ts";
export type { Signal } from "./pace-words.ts";
export { memoryOf, type RecipientMemory } from "./recipient-memory.ts";
export { type ReportPorts, Reports } from "./report.ts";
export { DEFAULT_RETRY, type RetrySettings } from "./schedule.ts";

export interface DispatchPorts {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly ports: DeliverPorts;
  readonly reports: Reports;
  readonly recipients?: RecipientMemory | undefined;
  /** What rules and people say of limits; absent: nothing. */
  readonly decisions?: Decisions | undefined;
}

export interface DispatchSettings {
  readonly deliver: DeliverSettings;
  readonly retry: RetrySettings;
  readonly routes: WaysOut;
  /** Makes MAIL FROM an address of ours that tells what it returns; absent: the sender's own stays. */
  readonly returnPaths?: ReturnPaths | undefined;
  /** Connections to one upstream, to one domain's hosts, and to all together. */
  readonly connections: { readonly upstream: number; readonly mx: number; readonly all: number };
}

export interface LaneReport {
  readonly site: SiteKey;
  /** The address that it leaves from now; absent for an upstream. */
  readonly egress?: EgressName;
  /** Who runs its hosts, once they are known. */
  readonly provider?: string;
  /** Its own law, then those above it; absent before its hosts are known. */
  readonly laws?: readonly LawReport[];
  readonly state: LaneState;
  /** Its last closing, until a host is heard again: a lane that is tried again counts as open. */
  readonly trouble?: ClosedLane;
  /** It was objected to, and is slowed or paused since. */
  readonly slow?: SlowLane;
  readonly connections: number;
}

/** Prelude and content of fresh mail kept in memory until it left; above it, content is read back from the spool. */
const CONTENT_BUDGET = 48 * 1024 * 1024;
/** Domains whose hosts are looked up at a time; the resolver has room for more, which connections being made need. */
const LOOK_UPS = 256;

export class Dispatch implements AsyncDisposable {
  readonly #ports: DispatchPorts;
  readonly #settings: DispatchSettings;
  readonly #queues = new Map<SiteKey, Queue>();
  readonly #sites: Sites;
  readonly #context: DispatchContext;
  readonly #activities: Activities;
  readonly #places: Places;
  #contentBytes = 0;
  #draining = false;
  readonly #stop = new AbortController();

  constructor(ports: DispatchPorts, settings: DispatchSettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#activities = new Activities(ports.clock);
    this.#places = new Places(settings.connections.all);
    this.#sites = new Sites(() => this.#context, ports.decisions ?? NO_DECISIONS, settings.connections);
    this.#context = this.#makeContext();
    settings.routes.onChange(() => this.#reroute());
    ports.spool.onHealth((health) => {
      if (health.is !== "sick") for (const queue of this.#queues.values()) queue.pump();
    });
  }

  /** Learns from the spool what waits where, and begins. */
  async start(): Promise<void> {
    for (const { site, nextDueAt } of await this.#ports.spool.sites()) this.expect(site, { dueAt: nextDueAt });
    startSweep(
      {
        ...this.#ports,
        retry: this.#settings.retry,
        expect: (site, at) => this.expect(site, at),
        begin: (label) => this.#activities.begin(label),
      },
      this.#stop.signal,
    );
  }

  /**
   * Whether fresh deliveries may be leased to their site at once. True takes the places: `offer` or `unadmit` must
   * follow. False: append them unleased and call `expect`.
   */
  admit(site: SiteKey, fair: Fair): boolean {
    if (this.#draining) return false;
    return this.#queue(site)?.admit(fair) ?? false;
  }

  unadmit(site: SiteKey, size: number): void {
    this.#queues.get(site)?.unadmit(size);
  }

  /** Fresh deliveries, appended as leased; with their content where it is in memory. */
  offer(site: SiteKey, deliveries: readonly QueuedDelivery[], content: FreshContent | undefined): void {
    const keep = content !== undefined && this.#contentBytes + content.bytes <= CONTENT_BUDGET ? content : undefined;
    const at = this.#queue(site);
    const jobs = makeJobs(deliveries, { content: keep, most: at?.recipientsMost });
    for (const job of jobs) this.#contentBytes += job.content?.bytes ?? 0;
    if (at) at.offer(jobs);
    else this.#ports.spool.giveBack(refsOf(jobs));
  }

  /** Something is due at a site, now or later. */
  expect(site: SiteKey, due: { readonly dueAt: number }): void {
    if (this.#draining) return;
    this.#queue(site)?.expect(due.dueAt as QueuedDelivery["dueAt"]);
  }

  /** Opens a closed lane now; false if there is none. */
  reopen(site: SiteKey): boolean {
    const found = this.#queues.get(site);
    found?.reopen();
    return found !== undefined;
  }

  /** Takes back what the law decided about a lane or the provider above it (R6b); false: it decided nothing. */
  undo(site: SiteKey): boolean {
    return this.#queues.get(site)?.site?.undo() ?? false;
  }

  /** Rules or overrides have changed: what they hold for is bounded, paused or opened anew. */
  reconsider(): void {
    if (!this.#draining) this.#sites.reconsider([...this.#queues.values()]);
  }

  lanes(): readonly LaneReport[] {
    return [...this.#queues.values()].map(({ key, route, state, trouble, slow, site }) => ({
      ...{ site: key, state, connections: site?.connections ?? 0 },
      ...(route.is === "mx" && { egress: route.from.name }),
      ...(site && { laws: site.laws() }),
      ...(site?.provider !== undefined && { provider: site.provider }),
      ...(trouble && { trouble }),
      ...(slow && { slow }),
    }));
  }

  /** What is under way, for people. */
  describe(): string {
    const { taken } = this.#places;
    const open = taken === 0 ? "" : `${taken} open connection${taken === 1 ? "" : "s"}`;
    return [open, this.#activities.describe()].filter((part) => part !== "").join(", ");
  }

  /** Starts no attempt any more; resolves once those under way are recorded, or after `withinMs` with the rest cut off (and in doubt where the dot was sent). */
  async drain(withinMs: number): Promise<void> {
    this.#draining = true;
    this.#stop.abort();
    for (const queue of this.#queues.values()) queue.drain();
    this.#sites.drain();
    const { clock } = this.#ports;
    const until = clock.mono() + withinMs;
    while (this.#places.taken > 0 && clock.mono() < until) await clock.sleep(20);
    for (const site of this.#sites.all) site.abort();
    await this.#activities.drained(5000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain(0);
  }

  #queue(key: SiteKey): Queue | undefined {
    const known = this.#queues.get(key);
    if (known) return known;
    const route = this.#settings.routes.routeOf(key);
    if (!route) {
      void this.#moveOrphans(key);
      return undefined;
    }
    if (this.#queues.size > 1024) this.#forgetQuiet();
    const queue = new Queue(key, route, this.#context);
    this.#queues.set(key, queue);
    return queue;
  }

  /** Ways out have changed: what leaves by one that is gone takes the way that its domain has now. */
  #reroute(): void {
    for (const [key, queue] of this.#queues) {
      const route = this.#settings.routes.routeOf(key);
      if (route) queue.rebase(route);
      else {
        queue.end();
        this.#queues.delete(key);
        void this.#moveOrphans(key);
      }
    }
    this.reconsider();
  }

  #lastForget = 0;
  /** Domains come and go with the mail written to them; those with nothing to remember are dropped, now and then. */
  #forgetQuiet(): void {
    const now = this.#ports.clock.mono();
    if (now - this.#lastForget < 10_000) return;
    this.#lastForget = now;
    for (const [key, queue] of this.#queues)
      if (queue.forgettable) {
        queue.end();
        this.#queues.delete(key);
      }
    this.#sites.forgetQuiet();
  }

  /** Deliveries of an upstream that is no longer configured take the route that their domain has now. */
  async #moveOrphans(from: SiteKey): Promise<void> {
    const { spool, clock, log } = this.#ports;
    const end = this.#activities.begin(`moving mail away from ${from}`);
    try {
      for (;;) {
        const found = await spool.due(from, clock.wall(), 500, 500);
        const moves = found.deliveries.map((delivery): Change => {
          const site = siteOf(this.#settings.routes.routeFor(delivery).route);
          const event = { kind: "rerouted" as const, by: { kind: "dispatch" as const, id: "route-gone" }, site };
          return {
            ref: delivery.ref,
            version: delivery.version,
            to: "queued",
            dueAt: delivery.dueAt,
            attempts: delivery.attempts,
            sentAt: delivery.sentAt ?? null,
            site,
            event,
          };
        });
        if (moves.length > 0) await spool.apply(moves, "durable");
        for (const move of moves) if (move.to === "queued" && move.site) this.expect(move.site, move);
        if (!found.more) {
          if (found.nextDueAt !== undefined) clock.after(found.nextDueAt - clock.wall(), () => void this.#moveOrphans(from));
          return;
        }
      }
    } catch (thrown) {
      log("warn", "could not move mail of a route that is gone", { site: from, why: String(thrown) });
    } finally {
      end();
    }
  }

  #makeContext(): DispatchContext {
    const { spool, clock, random, log, ports, reports } = this.#ports;
    const { deliver, retry, returnPaths, routes } = this.#settings;
    const sites = this.#sites;
    const context = {
      ...{ spool, clock, random, log, ports, deliver, retry, returnPaths, ways: routes },
      lookUps: new Turnstile<Queue>(LOOK_UPS, (queue) => queue.pump()),
      paused: (): boolean => this.#draining || spool.health().is === "sick",
      places: this.#places,
      queueOf: (key: SiteKey): Queue | undefined => this.#queues.get(key),
      siteOf: (queue: Queue, mx: string): Site => sites.of(queue, mx),
      siteKeyOf: (queue: Queue, mx: string): string => sites.keyOf(queue, mx),
      routeOf: (queue: Queue): Route => sites.routeOf(queue),
      decided: (queue: Queue): Effective => sites.decided(queue),
      screen: (found: readonly QueuedDelivery[], release: (n: number) => void): readonly QueuedDelivery[] => this.#screen(found, release),
      forgetContent: (jobs: readonly Job[]): void => {
        for (const job of jobs) this.#contentBytes -= job.content?.bytes ?? 0;
      },
      expect: (site: SiteKey, due: { readonly dueAt: number }): void => this.expect(site, due),
    };
    const settle = makeSettle({
      context,
      reports,
      recipients: this.#ports.recipients ?? NO_MEMORY,
      begin: (label) => this.#activities.begin(label),
    });
    return { ...context, settle };
  }

  /**
   * A delivery marked as sent whose reply was never recorded may have arrived: after a crash it waits until receivers'
   * own retries are over, then goes once more to the same host (R4b).
   */
  #screen(found: readonly QueuedDelivery[], release: (deliveries: number) => void): readonly QueuedDelivery[] {
    const { clock, spool, log } = this.#ports;
    const now = clock.wall();
    const wait = this.#settings.retry.inDoubtAfterMs;
    const early = found.filter((delivery) => delivery.sentAt !== undefined && now < delivery.sentAt + wait);
    if (early.length === 0) return found;
    const changes = early.map((delivery): Change => {
      const dueAt = ((delivery.sentAt ?? now) + wait) as QueuedDelivery["dueAt"];
      const why = "Fairlead stopped after the message was sent and before the answer was recorded";
      return {
        ref: delivery.ref,
        version: delivery.version,
        to: "queued",
        dueAt,
        attempts: delivery.attempts + 1,
        sentAt: delivery.sentAt ?? null,
        why,
        event: { kind: "in-doubt", why, dueAt },
      };
    });
    const written = async (): Promise<void> => {
      await spool.apply(changes, "soon");
      for (const [i, delivery] of early.entries())
        this.expect(delivery.site, { dueAt: changes[i]?.to === "queued" ? changes[i].dueAt : now });
    };
    void written()
      .catch((thrown: unknown) => log("warn", "could not put in-doubt mail off", { why: String(thrown) }))
      .finally(() => release(early.length));
    return found.filter((delivery) => !early.includes(delivery));
  }
}
