/**
 * One destination: the domains that share their mail hosts, by one way out. It has the connections, what waits for them in
 * memory, and the pace that its receiver bears. Domains come and go (`queue.ts`); the site keeps what was learned.
 *
 * States: **open** (connections pull jobs, as fast as its pace and the nodes above it allow), **closed** until a time after
 * hosts could not be reached or objected to our pace or address (what is in memory is given back, no row is touched, however
 * many wait).
 */
import type { SiteKey } from "../../model/ids.ts";
import { type DeliverSettings, findHosts, type LinkFault, sharedBy } from "../deliver/deliver.ts";
import type { DispatchContext } from "./context.ts";
import type { Fair, Rank } from "./fair-queue.ts";
import { Gate } from "./gate.ts";
import type { Job } from "./job.ts";
import { Lane, type LaneSite, type Place } from "./lane.ts";
import type { ClosedLane, LaneState, LaneTold, LawReport, SlowLane, Unreachable } from "./lane-state.ts";
import type { Limited, LimitNode } from "./limit-node.ts";
import type { Pace } from "./pace.ts";
import type { PaceBounds } from "./pace-words.ts";
import type { Places } from "./places.ts";
import type { Queue } from "./queue.ts";
import { Rest } from "./rest.ts";
import type { Heard } from "./signal.ts";
import { Tempo } from "./tempo.ts";
import { unreached } from "./unreached.ts";
import { FRESH_PER_FLOW, ROOM, type Room, roomFor, Window } from "./window.ts";

/** Domains read from the spool at a time: each is a question to it. */
const READS_MOST = 8;
/** A change of a site is told for so many of its domains, those first that have most under way: a story asks for its own. */
const TOLD_MOST = 100;

/** What a site is made for. */
export interface SitePlace {
  /** Names it: way out, hosts, and whose rules hold. */
  readonly key: string;
  /** What domains must have in common to share it (`sharedBy`). */
  readonly mx: string;
  readonly relayed: boolean;
  readonly bounds: PaceBounds;
  /** Messages on one connection, where a rule says so. */
  readonly perConnection?: number;
  /** Limits that it shares, the nearest first. */
  readonly nodes: readonly LimitNode[];
}

export class Site implements LaneSite, Limited {
  readonly key: string;
  readonly mx: string;
  readonly relayed: boolean;
  readonly nodes: readonly LimitNode[];
  readonly places: readonly Places[];
  readonly #context: DispatchContext;
  readonly #stop = new AbortController();
  readonly #lane: Lane;
  readonly #tempo: Tempo;
  readonly #gate: Gate;
  #perConnection: number | undefined;
  readonly #rest: Rest;
  readonly #queues = new Map<SiteKey, Queue>();
  /** Those with due mail in the spool, in turn. */
  readonly #hungry = new Set<Queue>();
  readonly #window = new Window();
  /** Deliveries of its domains that are in memory, whatever is done with them. */
  #leased = 0;

  constructor({ key, mx, relayed, bounds, perConnection, nodes }: SitePlace, context: DispatchContext) {
    this.key = key;
    this.mx = mx;
    this.relayed = relayed;
    this.nodes = nodes;
    this.places = [...nodes.map(({ places }) => places), context.places];
    this.#perConnection = perConnection;
    this.#context = context;
    this.#gate = new Gate({
      ...{ clock: context.clock, random: context.random },
      tell: (told) => this.tell(told),
      closed: () => this.putBack(),
      opened: () => {
        this.#tempo.pace.reopen();
        for (const queue of this.#queues.values()) queue.pump();
        this.pump();
      },
    });
    this.#tempo = new Tempo(context, bounds, {
      name: key,
      turn: () => this.pump(),
      pause: (state, ms) => this.#gate.shut(state, ms),
      tell: (told) => this.tell(told),
    });
    this.#rest = new Rest(context, { tell: (told) => this.tell(told), closed: () => this.putBack(), opened: () => this.pump() });
    this.#lane = new Lane(this, context, this.#stop.signal);
    for (const node of nodes) node.join(this);
  }

  /** Its own, or that of a node above that is closed. */
  get state(): LaneState {
    if (this.#rest.state) return this.#rest.state;
    if (this.#gate.state.is !== "open") return this.#gate.state;
    return this.nodes.find(({ state }) => state.is !== "open")?.state ?? this.#gate.state;
  }

  get trouble(): ClosedLane | undefined {
    return this.#gate.trouble;
  }

  get slow(): SlowLane | undefined {
    return this.#tempo.slow ?? this.nodes.find(({ slow }) => slow !== undefined)?.slow;
  }

  get pace(): Pace {
    return this.#tempo.pace;
  }

  laws(): readonly LawReport[] {
    const { slow } = this.#tempo;
    const until = this.#gate.state.is === "closed" ? { until: this.#gate.state.until } : {};
    return [{ of: "site", pace: this.pace.facts, ...until, ...(slow && { slow }) }, ...this.nodes.map(({ law }) => law)];
  }

  get provider(): string | undefined {
    return this.nodes.find(({ provider }) => provider !== undefined)?.provider;
  }

  get connections(): number {
    return this.#lane.connections;
  }

  /** Nobody is left, and there is nothing to remember. */
  get forgettable(): boolean {
    return this.#queues.size === 0 && !this.remembers;
  }

  get waits(): boolean {
    if (!this.#window.empty) return true;
    for (const queue of this.#queues.values()) if (queue.waits) return true;
    return false;
  }

  /** Something stands or was learned that its domains should not be forgotten for. */
  get remembers(): boolean {
    return this.connections > 0 || this.#gate.state.is !== "open" || !this.pace.forgettable(this.#context.clock.mono());
  }

  join(queue: Queue, leased: number): void {
    this.#queues.set(queue.key, queue);
    this.#leased += leased;
  }

  leave(queue: Queue, leased: number): void {
    this.#queues.delete(queue.key);
    this.#hungry.delete(queue);
    this.#leased -= leased;
  }

  lease(size: number): void {
    this.#leased += size;
  }

  /** Whether a fresh job may come straight into the window. `behind`: due mail of its domain waits in the spool. */
  admits(job: Fair, behind: boolean): boolean {
    const { all, perFlow } = this.#room();
    const most = behind ? Math.min(FRESH_PER_FLOW, perFlow) : perFlow;
    return this.#leased + job.size <= all && this.#window.flowSize(job) + job.size <= most;
  }

  offer(jobs: readonly Job[]): void {
    this.#window.add(jobs);
  }

  /** Takes a domain's jobs out of the window. */
  jobsOf(key: SiteKey): readonly Job[] {
    return this.#window.takeOf(key);
  }

  putBack(): void {
    const byQueue = Map.groupBy(this.#window.takeAll(), ({ queue }) => queue);
    for (const [key, jobs] of byQueue) this.#queues.get(key)?.giveBack(jobs);
    for (const node of this.nodes) node.giveBack(this);
  }

  /** Opens a closed lane now. */
  reopen(): void {
    this.#gate.open("tried by a person");
    for (const node of this.nodes) node.reopen();
  }

  /** Takes back what the law decided, here or above. */
  undo(): boolean {
    if (!this.#tempo.undo()) return this.nodes.some((node) => node.undo());
    this.#gate.open("the limit was taken back");
    return true;
  }

  lift(): void {
    if (this.#tempo.slow === undefined) return;
    this.#tempo.lift();
    if (this.#gate.state.is === "closed" && this.#gate.state.cause !== "unreachable")
      this.#gate.open("a limit of the provider holds instead");
  }

  /** Rules and people's wishes have changed. */
  rule({ bounds, perConnection }: Pick<SitePlace, "bounds" | "perConnection">): void {
    this.pace.bound(bounds);
    this.#perConnection = perConnection;
    this.pump();
  }

  /** Stops handing out work: open transactions finish, idle connections say QUIT. */
  drain(): void {
    this.#stop.abort();
    this.#rest.drain();
    this.#gate.drain();
    this.#tempo.drain();
    this.putBack();
    this.#lane.quit();
  }

  /** It is forgotten. */
  end(): void {
    this.drain();
    for (const node of this.nodes) node.leave(this);
  }

  /** Drops every connection now. */
  abort(): void {
    this.#lane.abort();
  }

  /** The queue has due mail in the spool: it is asked for it in turn. */
  wants(queue: Queue): void {
    this.#hungry.add(queue);
  }

  /** Moves whatever can be moved; `queue` has something. Safe to call at any time. */
  pump(queue?: Queue): void {
    if (queue?.hungry) this.wants(queue);
    if (this.#stop.signal.aborted || this.#context.paused() || this.state.is !== "open") return;
    this.#refill();
    if (!this.#itsTurn()) return;
    if (this.#window.size > 0) this.#lane.pump();
    const host = this.#window.boundTo;
    if (host !== undefined) this.#lane.pumpFor(host);
  }

  take(host: string): Job | undefined {
    if (this.#context.paused() || this.state.is !== "open") return undefined;
    if (!this.#window.has(host) || !this.#itsTurn()) return undefined;
    if (!this.pace.free && !this.#tempo.take()) return undefined;
    const limited = this.nodes.find(({ free }) => !free);
    const job = this.#window.take(host, limited?.rank);
    if (job) for (const node of this.nodes) node.use(this, job);
    this.#refill();
    return job;
  }

  waiting(): number {
    if (this.state.is !== "open") return 0;
    const room = this.nodes.reduce((least, node) => Math.min(least, node.room(this)), Number.POSITIVE_INFINITY);
    return Math.min(this.#window.size, room, this.pace.free ? room : this.#tempo.room());
  }

  next(rank: Rank): Fair | undefined {
    return this.#window.peek(rank);
  }

  /** Flights of its own pace and of those above, as they are now. */
  flights(): readonly number[] {
    return [this.pace.flight, ...this.nodes.map(({ flight }) => flight)];
  }

  heard(heard: Heard, flights: readonly number[], crowded: boolean): void {
    const { signal } = heard;
    if (signal.is !== "nothing") this.#gate.heard(signal.is === "yes");
    const [own = 0, ...above] = flights;
    // The nearest node that makes the objection its own keeps it from those below and above it.
    let open = true;
    for (const [i, node] of this.nodes.entries()) open = open && node.heard(this, heard, above[i] ?? 0, crowded);
    if (open) this.#tempo.heard(heard, own, crowded);
  }

  recorded(job: Job): void {
    this.#context.queueOf(job.queue)?.release(job.size); // one that was forgotten has taken its count with it
  }

  released(): void {
    this.#refill();
  }

  /** Where a connection may be made to, by the domain that is next. Its hosts may have changed: then it goes, and the next one is asked. */
  async target(preferHost: string | undefined): Promise<Place> {
    for (const queue of this.#byNeed()) {
      const started = this.#context.clock.mono();
      const { resolver, random, transport } = this.#context.ports;
      const hosts = await findHosts(queue.route, resolver, random, this.#context.deliver.ownAddresses, transport);
      if (this.#stop.signal.aborted) break;
      const dnsMs = this.#context.clock.mono() - started;
      if (hosts.is === "none") queue.refuse({ is: "no-mail", fault: hosts.fault });
      else if (hosts.is === "unknown" && this.relayed) return { is: "unknown", fault: hosts.fault };
      else if (hosts.is === "unknown") queue.unknown(hosts.fault);
      else if (!this.relayed && sharedBy(hosts) !== this.mx) queue.move();
      else
        return {
          is: "found",
          target: { route: queue.route, addresses: hosts.addresses, policy: hosts.policy, dnsMs, preferHost },
          settings: this.#settings(),
        };
    }
    return { is: "nobody" };
  }

  /** No connection could be had, and none is left. */
  unusable(fault: LinkFault): void {
    // None with REQUIRETLS, for each domain that shares its hosts. Else the objection that closed it says more than a cut.
    if (fault.is === "no-mail") for (const queue of [...this.#queues.values()]) queue.refuse(fault);
    else if (this.#gate.state.is === "open") this.#close(fault);
  }

  hostMissed(host: string): void {
    // It could not be reached: another host of the destination is as good now, since receivers drop second copies.
    this.#window.unbind(host);
  }

  tell(told: LaneTold, most = TOLD_MOST): number {
    const all = [...this.#queues.values()];
    const live = all.filter((queue) => queue.waits || queue.leased > 0).sort((a, b) => b.leased - a.leased);
    for (const queue of live.length > 0 ? live.slice(0, most) : all.slice(0, 1)) queue.tell(told);
    return Math.min(live.length, most);
  }

  #close(fault: Unreachable): void {
    const { stage, reply } = fault;
    const said = unreached(fault, this.relayed);
    if (reply && this.#tempo.refused(reply, said, this.relayed)) return;
    const code = reply ? String(reply.code) : (fault.fault?.code ?? "");
    const [key] = this.#queues.keys();
    if (key !== undefined) this.#context.ways.onOutcome(key, { is: "unusable", stage, code, text: said.why });
    const ms = this.#gate.fail(said);
    this.#context.log("warn", "lane closed", { site: this.key, why: said.why, seconds: Math.round(ms / 1000) });
  }

  #settings(): DeliverSettings {
    const { deliver } = this.#context;
    const most = this.#perConnection;
    return most === undefined ? deliver : { ...deliver, maxTransactions: Math.min(most, deliver.maxTransactions) };
  }

  /** Whether something that waits may leave now; if only time or others are in the way, `pump` is called then. */
  #itsTurn(): boolean {
    if (this.#window.empty) {
      for (const node of this.nodes) node.giveBack(this);
      return false;
    }
    const [key] = this.#queues.keys();
    if (key !== undefined && this.#rest.isSpent(key, this.#leased - this.#window.size)) return false;
    return (this.pace.free || this.#tempo.itsTurn()) && this.nodes.every((node) => node.mayLeave(this));
  }

  /** How much is held in memory, by the strictest limit that holds. */
  #room(): Room {
    if (!this.pace.free) return roomFor(this.pace.facts.perMinute ?? 0);
    const above = this.nodes.find(({ free }) => !free);
    return above === undefined ? ROOM : roomFor(above.perMinute ?? 0);
  }

  /** Asks domains with due mail for it, in turn, while there is room. */
  #refill(): void {
    if (this.state.is !== "open") return; // they stay in turn
    const { all, perFlow, below } = this.#room();
    let left = READS_MOST;
    for (const queue of this.#hungry) {
      if (left === 0 || this.#leased >= all || this.#window.size >= below) return;
      this.#hungry.delete(queue);
      if (!queue.hungry) continue;
      left--;
      queue.read(all - this.#leased, perFlow);
    }
  }

  /** Its domains, those first that have something to send. */
  #byNeed(): readonly Queue[] {
    const job = this.#window.peek();
    const next = job && this.#queues.get(job.queue);
    return [...(next ? [next] : []), ...[...this.#queues.values()].filter((queue) => queue !== next)];
  }
}
