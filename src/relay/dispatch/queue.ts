/**
 * What waits for one recipient domain by one way out, or for one upstream: the spool's key for it, and how much of it is in
 * memory. The spool is the queue; this holds leases on a window of it, and hands jobs to the site that its mail hosts make.
 *
 * Life: nothing is known → its mail hosts are looked up when something waits → it joins the site that these hosts make, and
 * is served there beside other domains with the same hosts → it leaves when they change, or when nothing waits any more.
 * Fresh mail enters straight from intake while there is room for its sender, so the usual message is never read back from
 * disk. A pause, or a domain that cannot be looked up, touches no rows: leases are given back.
 */
import type { Cancel, WallMs } from "../../base/clock.ts";
import { diagnoseFault } from "../../mail/replies/replies.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { LocalFault } from "../../model/outcome.ts";
import { findHosts, type Hosts, type Route, sharedBy } from "../deliver/deliver.ts";
import type { DispatchContext } from "./context.ts";
import type { Fair } from "./fair-queue.ts";
import { Gate } from "./gate.ts";
import { type Job, makeJobs, refsOf } from "./job.ts";
import type { ClosedLane, LaneState, LaneTold, NoMail, SlowLane } from "./lane-state.ts";
import type { Site } from "./site.ts";
import { PER_FLOW, WINDOW } from "./window.ts";

/** After the spool could not be read. */
const AGAIN_MS = 1000;

export class Queue {
  readonly key: SiteKey;
  /** As its key says. */
  #base: Route;
  readonly #context: DispatchContext;
  readonly #gate: Gate;
  readonly #stop = new AbortController();
  #site: Site | undefined;
  #looking = false;
  /** Leased jobs that wait for the look-up. */
  #pending: Job[] = [];
  /** Deliveries that are ours until they change or are given back. */
  #leased = 0;
  /** The spool may have due deliveries that are not leased. */
  #more = false;
  #reading = false;
  #wakeAt: WallMs | undefined;
  #cancelWake: Cancel | undefined;

  constructor(key: SiteKey, route: Route, context: DispatchContext) {
    this.key = key;
    this.#base = route;
    this.#context = context;
    this.#gate = new Gate({
      ...{ clock: context.clock, random: context.random },
      tell: (told) => this.tell(told),
      closed: () => this.#putBack(),
      opened: () => {
        this.#more = true;
        this.pump();
      },
    });
  }

  get base(): Route {
    return this.#base;
  }

  /** The way that its mail takes now. */
  get route(): Route {
    return this.#context.routeOf(this);
  }

  /** The way has changed: other addresses, another name. */
  rebase(route: Route): void {
    this.#base = route;
  }

  get state(): LaneState {
    const { paused } = this.#context.decided(this);
    if (paused) return { is: "paused", why: paused.cause, since: paused.from, ...(paused.until !== undefined && { until: paused.until }) };
    return this.#gate.state.is === "open" ? (this.#site?.state ?? this.#gate.state) : this.#gate.state;
  }

  /** Mail waits, and no host was heard since the way was closed, whether it is being tried again just now or not. */
  get trouble(): ClosedLane | undefined {
    return this.waits || this.#leased > 0 ? (this.#gate.trouble ?? this.#site?.trouble) : undefined;
  }

  /** How it is slowed, if it is. */
  get slow(): SlowLane | undefined {
    return this.#site?.slow;
  }

  /** Recipients of one transaction, where a rule says so. */
  get recipientsMost(): number | undefined {
    return this.#context.decided(this).recipients;
  }

  get site(): Site | undefined {
    return this.#site;
  }

  /** Deliveries that are in memory. */
  get leased(): number {
    return this.#leased;
  }

  /** Something waits in the spool, now or later. */
  get waits(): boolean {
    return this.#more || this.#wakeAt !== undefined || this.#pending.length > 0;
  }

  /** It may have due mail that is not in memory, and may read it. */
  get hungry(): boolean {
    return this.#more && !this.#reading && this.#open;
  }

  /** Nothing to remember: no leases, nothing due, nothing in the way. */
  get forgettable(): boolean {
    return (
      this.#leased === 0 && !this.waits && !this.#looking && !this.#reading && this.#gate.state.is === "open" && !this.#site?.remembers
    );
  }

  /** Whether fresh mail may come straight into memory. True takes the places; `offer` or `unadmit` must follow. */
  admit(job: Fair): boolean {
    if (!this.#open || this.#context.paused()) return false;
    const room = this.#site ? this.#site.admits(job, this.#more) : !this.#more && this.#leased + job.size <= PER_FLOW;
    if (room) this.#lease(job.size);
    return room;
  }

  /** The places were not needed after all. */
  unadmit(size: number): void {
    this.#lease(-size);
  }

  /** Jobs whose deliveries are leased to this queue. */
  offer(jobs: readonly Job[]): void {
    if (this.#site) this.#site.offer(jobs);
    else this.#pending.push(...jobs);
    this.pump();
  }

  /** A delivery in the spool is (or will be) due at `at`; the earliest known time counts. */
  expect(at: WallMs): void {
    const now = this.#context.clock.wall();
    if (at <= now) {
      this.#more = true;
      this.pump();
      return;
    }
    if (this.#wakeAt !== undefined && this.#wakeAt <= at) return;
    this.#wakeAt = at;
    this.#cancelWake?.();
    this.#cancelWake = this.#context.clock.after(at - now, () => {
      this.#wakeAt = undefined;
      this.#more = true;
      this.pump();
    });
  }

  /** Moves whatever can be moved. Safe to call at any time. */
  pump(): void {
    if (this.#stop.signal.aborted || this.#context.paused() || this.#context.decided(this).paused) return;
    switch (this.#gate.state.is) {
      case "closed":
        return;
      case "no mail":
        this.#failAll(this.#gate.state.fault);
        return;
      case "open":
        if (this.#site) this.#site.pump(this);
        else if (this.#more || this.#pending.length > 0) this.#find();
    }
  }

  /** Leases the next window of due deliveries, `most` at most. */
  read(most: number, perFlow: number): void {
    if (!this.hungry || this.#stop.signal.aborted) return;
    this.#reading = true;
    const { spool, clock, log } = this.#context;
    void spool.due(this.key, clock.wall(), most, perFlow).then(
      (found) => {
        this.#reading = false;
        this.#more = found.more;
        if (found.nextDueAt !== undefined) this.expect(found.nextDueAt);
        if (this.#stop.signal.aborted || !this.#open) {
          this.#more = true;
          this.#site?.wants(this);
          spool.giveBack(found.deliveries.map((delivery) => delivery.ref));
          return;
        }
        this.#lease(found.deliveries.length);
        const ready = this.#context.screen(found.deliveries, (n) => this.release(n));
        if (ready.length > 0) this.offer(makeJobs(ready, { bound: true, most: this.recipientsMost }));
        else this.pump();
      },
      (thrown: unknown) => {
        this.#reading = false;
        log("warn", "could not read due deliveries", { site: this.key, why: String(thrown) });
        if (!this.#stop.signal.aborted) clock.after(AGAIN_MS, () => this.pump());
      },
    );
  }

  /** Results of so many deliveries are written, or they were put off: their places are free. */
  release(size: number): void {
    this.#lease(-size);
    if (this.#gate.state.is === "no mail") this.pump();
    else this.#site?.released();
  }

  /** Jobs that no connection takes now go back to the spool. */
  giveBack(jobs: readonly Job[]): void {
    if (jobs.length === 0) return;
    this.#more = true;
    this.#site?.wants(this);
    this.#context.spool.giveBack(refsOf(jobs));
    for (const job of jobs) this.#lease(-job.size);
    this.#context.forgetContent(jobs);
  }

  /** Its hosts say that it takes no mail: everything fails, with the domain's own word for it. */
  refuse(fault: NoMail): void {
    this.#leave();
    this.#gate.noMail(fault);
    this.pump();
  }

  /** Its hosts could not be looked up. */
  unknown(fault: LocalFault): void {
    this.#leave();
    const ms = this.#gate.fail({ why: fault.text, diagnosis: diagnoseFault(fault, "dns", { stage: "dns", upstream: false }) });
    this.#context.log("warn", "lane closed", { site: this.key, why: fault.text, seconds: Math.round(ms / 1000) });
  }

  /** It has other hosts now, or another way out. */
  move(): void {
    this.#leave();
    this.pump();
  }

  /** What is decided about its limits has changed. */
  reconsider(): void {
    if (this.#context.decided(this).paused) this.#putBack();
    else if (this.#site && this.#site.key !== this.#context.siteKeyOf(this, this.#site.mx)) this.move();
    else this.pump();
  }

  /** Opens what is closed, by an operator's wish. */
  reopen(): void {
    this.#gate.open("tried by a person");
    this.#site?.reopen();
  }

  tell(told: LaneTold): void {
    this.#context.spool.record({ at: this.#context.clock.wall(), body: { kind: "lane", site: this.key, ...told } });
  }

  /** Starts nothing any more. */
  drain(): void {
    this.#stop.abort();
    this.#cancelWake?.();
    this.#gate.drain();
    this.#putBack();
  }

  /** It is forgotten. */
  end(): void {
    this.drain();
    this.#leave();
  }

  get #open(): boolean {
    return this.#gate.state.is === "no mail" || (this.state.is === "open" && !this.#stop.signal.aborted);
  }

  #lease(size: number): void {
    this.#leased += size;
    this.#site?.lease(size);
  }

  /** An upstream is its own site; a domain's hosts must be asked for. */
  #find(): void {
    const { route } = this;
    const { lookUps, ports, deliver } = this.#context;
    if (route.is === "upstream") return this.#join(this.#context.siteOf(this, route.upstream.host));
    if (this.#looking) return;
    const done = lookUps.take(this);
    if (done === undefined) return; // it is called when others have their answers
    this.#looking = true;
    void findHosts(route, ports.resolver, ports.random, deliver.ownAddresses, ports.transport).then((hosts) => {
      this.#looking = false;
      done();
      if (!this.#stop.signal.aborted && this.#site === undefined) this.#found(hosts);
    });
  }

  #found(hosts: Hosts): void {
    switch (hosts.is) {
      case "none":
        return this.refuse({ is: "no-mail", fault: hosts.fault });
      case "unknown":
        return this.unknown(hosts.fault);
      case "found":
        return this.#join(this.#context.siteOf(this, sharedBy(hosts)));
    }
  }

  #join(site: Site): void {
    this.#gate.heard(false);
    this.#site = site;
    site.join(this, this.#leased);
    if (site.state.is !== "open") this.#putBack();
    else site.offer(this.#pending.splice(0));
    site.pump(this);
  }

  #leave(): void {
    const site = this.#site;
    if (site === undefined) return;
    this.giveBack(site.jobsOf(this.key));
    this.#site = undefined;
    site.leave(this, this.#leased);
  }

  #putBack(): void {
    this.giveBack([...this.#pending.splice(0), ...(this.#site?.jobsOf(this.key) ?? [])]);
  }

  /** Whatever comes to memory fails for good; the spool is read until nothing is due. */
  #failAll({ fault }: NoMail): void {
    for (const job of this.#pending.splice(0)) {
      this.#context.forgetContent([job]);
      const attempted = {
        ...{ job, relayed: false, versions: job.deliveries.map((delivery) => delivery.version) },
        results: job.deliveries.map(() => ({ is: "failed", fault, permanent: true }) as const),
        attempt: { host: "", ip: "", stage: "dns", times: {}, nth: 0 } as const,
        receiverTells: false,
      };
      this.#context.settle(attempted, () => this.release(job.size));
    }
    if (this.#leased < WINDOW) this.read(WINDOW - this.#leased, PER_FLOW);
  }
}
