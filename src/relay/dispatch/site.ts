/**
 * One destination: what waits for it in memory, and whether its lane is open.
 *
 * The spool is the queue; a site holds only a window of it. Fresh mail enters the window straight from intake while
 * there is room for its sender, so the usual message is never read back from disk. All else comes from the spool in
 * windows of due deliveries, which are leased to us until they change or are given back.
 *
 * States of the lane: **open** (connections pull jobs, as fast as its pace allows), **closed** until a time after hosts
 * could not be reached or objected to our pace or address (the window is given back, no row is touched, however many
 * wait), **no mail** for a while after the domain said that it takes none (jobs fail at once).
 */
import type { Cancel, WallMs } from "../../base/clock.ts";
import { diagnose, diagnoseFault } from "../../mail/replies/replies.ts";
import type { SiteKey } from "../../model/ids.ts";
import { replyLine } from "../../model/reply.ts";
import type { LinkFault, Route } from "../deliver/deliver.ts";
import type { DispatchContext } from "./context.ts";
import { type Fair, FairQueue } from "./fair-queue.ts";
import { type Job, makeJobs, refsOf } from "./job.ts";
import { Lane, type LaneSite } from "./lane.ts";
import type { ClosedLane, LaneState, NoMail, SlowLane, Unreachable } from "./lane-state.ts";
import type { Pace } from "./pace.ts";
import { laneWaitMs } from "./schedule.ts";
import type { Heard } from "./signal.ts";
import { Tempo } from "./tempo.ts";

/** Deliveries of one site in memory; the rest stays in the spool. */
const WINDOW = 2000;
/** Of one sender and class, so that a flood cannot fill the window. */
const PER_FLOW = 200;
/**
 * While due mail waits in the spool, fresh mail comes straight into the window only as long as so few of its sender are
 * there: else a small sender waits behind the window of a flood, and a sender overtakes its own older mail.
 */
const FRESH_PER_FLOW = 20;
/**
 * A slowed lane holds what leaves within so many minutes, of one sender a tenth of it: what waits longer is read when
 * its time comes, with whatever became of it meanwhile, and a sender whose mail comes later finds room.
 */
const SLOW_WINDOW_MINUTES = 5;
const SLOW_WINDOW_LEAST = 10;
/** Ask the spool again when fewer than this wait. */
const REFILL_BELOW = 200;
/** After the spool could not be read. */
const AGAIN_MS = 1000;
/** How long the answer "takes no mail" stands before the domain is asked again. */
const NO_MAIL_MS = 300_000;
const NO_ANSWER = { code: "closed", text: "no answer" };

export class Site implements LaneSite {
  readonly key: SiteKey;
  readonly route: Route;
  readonly #context: DispatchContext;
  readonly #stop = new AbortController();
  readonly #lane: Lane;
  readonly #tempo: Tempo;
  readonly #window = new FairQueue<Job>();
  /** Jobs bound to one host (in doubt); they wait beside the fair queue. */
  #bound: Job[] = [];
  /** Deliveries that are ours until they change or are given back. */
  #leased = 0;
  #state: LaneState = { is: "open" };
  /** Times in a row that the lane could not be used. */
  #failures = 0;
  /** The last closing, until a host is heard again: opening the lane only tries it. */
  #trouble: ClosedLane | undefined;
  /** The spool may have due deliveries that are not leased. */
  #more = false;
  #refilling = false;
  #wakeAt: WallMs | undefined;
  #cancelWake: Cancel | undefined;
  #cancelReopen: Cancel | undefined;

  constructor(key: SiteKey, route: Route, context: DispatchContext) {
    this.key = key;
    this.route = route;
    this.#context = context;
    this.#tempo = new Tempo(key, context, context.connectionLimit(route), {
      turn: () => this.pump(),
      pause: (state, ms) => this.#pause(state, ms),
    });
    this.#lane = new Lane(this, context, this.#stop.signal);
  }

  get state(): LaneState {
    return this.#state;
  }

  /** Mail waits, and no host was heard since the lane was closed, whether it is being tried again just now or not. */
  get trouble(): ClosedLane | undefined {
    return this.forgettable || this.#state.is === "no mail" ? undefined : this.#trouble;
  }

  get pace(): Pace {
    return this.#tempo.pace;
  }

  /** How it is slowed, if it is. */
  get slow(): SlowLane | undefined {
    return this.#tempo.slow;
  }

  get connections(): number {
    return this.#lane.connections;
  }

  /** Nothing to remember: no leases, no connections, no due time, lane open and no limit learned. */
  get forgettable(): boolean {
    const idle = this.#leased === 0 && this.connections === 0 && !this.#more && this.#wakeAt === undefined;
    return idle && this.#state.is === "open" && this.pace.forgettable(this.#context.clock.mono());
  }

  /** Whether fresh mail may come straight into the window. True takes the places; `offer` or `unadmit` must follow. */
  admit(job: Fair): boolean {
    if (this.#state.is !== "open" || this.#context.paused()) return false;
    const { all, perFlow } = this.#room();
    const most = this.#more ? Math.min(FRESH_PER_FLOW, perFlow) : perFlow;
    if (this.#leased + job.size > all || this.#window.flowSize(job) + job.size > most) return false;
    this.#leased += job.size;
    return true;
  }

  /** The places were not needed after all. */
  unadmit(size: number): void {
    this.#leased -= size;
  }

  /** Jobs whose deliveries are leased to this site. */
  offer(jobs: readonly Job[]): void {
    for (const job of jobs) {
      if (job.onlyHost === undefined) this.#window.add(job);
      else this.#bound.push(job);
    }
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

  /** Opens a closed lane now, by an operator's wish or because its time has come. */
  reopen(): void {
    if (this.#state.is === "open") return;
    const why = this.pace.facts.phase === "paused" ? "time to try one message" : "time to try again";
    this.#state = { is: "open" };
    this.#more = true;
    this.pace.reopen();
    this.#context.spool.record({ at: this.#context.clock.wall(), body: { kind: "lane", site: this.key, open: true, why } });
    this.pump();
  }

  /** Stops handing out work: open transactions finish, idle connections say QUIT. */
  drain(): void {
    this.#stop.abort();
    this.#cancelWake?.();
    this.#cancelReopen?.();
    this.#tempo.drain();
    this.#putBack();
    this.#lane.quit();
  }

  /** Drops every connection now. */
  abort(): void {
    this.#lane.abort();
  }

  /** Moves whatever can be moved. Safe to call at any time. */
  pump(): void {
    if (this.#stop.signal.aborted || this.#context.paused() || this.#state.is === "closed") return;
    if (this.#state.is === "no mail") this.#failAll(this.#state.fault);
    if (this.#window.size < REFILL_BELOW) this.#refill();
    if (!this.pace.free && !this.#itsTurn()) return;
    if (this.#window.size > 0) this.#lane.pump();
    const host = this.#bound[0]?.onlyHost;
    if (host !== undefined) this.#lane.pumpFor(host);
  }

  take(host: string): Job | undefined {
    if (this.#context.paused() || this.#state.is !== "open") return undefined;
    if (!this.pace.free && !(this.#itsTurn() && this.#tempo.take())) return undefined;
    const at = this.#bound.findIndex((job) => job.onlyHost === host);
    const job = at < 0 ? this.#window.take() : this.#bound.splice(at, 1)[0];
    if (this.#window.size < REFILL_BELOW) this.#refill();
    return job;
  }

  waiting(): number {
    if (this.#state.is !== "open") return 0;
    return this.pace.free ? this.#window.size : Math.min(this.#window.size, this.#tempo.room());
  }

  heard(heard: Heard, flight: number, crowded: boolean): void {
    const { signal } = heard;
    if (signal.is !== "nothing") this.#trouble = undefined;
    if (signal.is === "yes") this.#failures = 0;
    this.#tempo.heard(heard, flight, crowded);
  }

  recorded(job: Job): void {
    this.#release(job.size);
  }

  /** Their host cannot be reached, another one can: better twice, and marked so, than not at all. */
  hostMissed(host: string): void {
    const free = this.#bound.filter((job) => job.onlyHost === host);
    this.#bound = this.#bound.filter((job) => job.onlyHost !== host);
    for (const { onlyHost: _, ...job } of free) this.#window.add(job);
  }

  unusable(fault: LinkFault): void {
    if (fault.is === "no-mail") {
      const since = this.#context.clock.wall();
      this.#state = { is: "no mail", since, until: (since + NO_MAIL_MS) as WallMs, fault };
      this.#reopenAfter(NO_MAIL_MS);
      this.pump();
      // The objection that closed it says more than the connection that broke over it.
    } else if (this.#state.is === "open") this.#close(fault);
  }

  /** Whether something waits and the pace allows a job now. */
  #itsTurn(): boolean {
    return this.#window.size + this.#bound.length > 0 && this.#tempo.itsTurn();
  }

  #pause(state: ClosedLane, ms: number): void {
    this.#state = state;
    this.#putBack();
    this.#reopenAfter(ms);
  }

  #close(fault: Unreachable): void {
    const said = fault.reply ? replyLine(fault.reply) : (fault.fault?.text ?? "no answer");
    const why = `${fault.host ? `${fault.host}: ` : ""}${said}`;
    const { host, stage, reply, dialogue } = fault;
    const where = { stage, upstream: this.route.is === "upstream", ...(host !== undefined && { host }) };
    const diagnosis = reply ? diagnose(reply, where) : diagnoseFault(fault.fault ?? NO_ANSWER, stage, where);
    if (reply && this.#tempo.refused(reply, { why, diagnosis, dialogue }, this.route.is === "upstream")) return;
    this.#failures++;
    const now = this.#context.clock.wall();
    const wait = laneWaitMs(this.#failures, this.#context.random);
    const until = (now + wait) as WallMs;
    this.#trouble = {
      is: "closed",
      cause: "unreachable",
      since: this.#trouble?.since ?? now,
      until,
      why,
      failures: this.#failures,
      diagnosis,
    };
    this.#state = this.#trouble;
    const told = { why, until, diagnosis, ...(dialogue !== undefined && { dialogue }) };
    this.#context.spool.record({ at: now, body: { kind: "lane", site: this.key, open: false, ...told } });
    this.#context.log("warn", "lane closed", { site: this.key, why, seconds: Math.round(wait / 1000) });
    this.#putBack();
    this.#reopenAfter(wait);
  }

  #reopenAfter(ms: number): void {
    this.#cancelReopen?.();
    this.#cancelReopen = this.#context.clock.after(ms, () => this.reopen());
  }

  /** How much of the queue is held in memory, and of one sender; with fewer waiting than `below` the spool is asked again. */
  #room(): { readonly all: number; readonly perFlow: number; readonly below: number } {
    if (this.pace.free) return { all: WINDOW, perFlow: PER_FLOW, below: REFILL_BELOW };
    const { perMinute = 0 } = this.pace.facts;
    const all = Math.min(WINDOW, Math.max(SLOW_WINDOW_LEAST, Math.ceil(SLOW_WINDOW_MINUTES * perMinute)));
    const perFlow = Math.min(PER_FLOW, Math.ceil(all / 10));
    return { all, perFlow, below: perFlow };
  }

  #putBack(): void {
    const jobs = [...this.#window.takeAll(), ...this.#bound];
    this.#bound = [];
    if (jobs.length === 0) return;
    this.#more = true;
    this.#context.spool.giveBack(refsOf(jobs));
    for (const job of jobs) this.#leased -= job.size;
    this.#context.forgetContent(jobs);
  }

  /** Every job fails for good, with the domain's own word for it. */
  #failAll({ fault }: NoMail): void {
    for (const job of [...this.#window.takeAll(), ...this.#bound.splice(0)]) {
      this.#context.forgetContent([job]);
      const attempted = {
        job,
        site: this.key,
        relayed: false,
        versions: job.deliveries.map((delivery) => delivery.version),
        results: job.deliveries.map(() => ({ is: "failed", fault, permanent: true }) as const),
        attempt: { host: "", ip: "", stage: "dns", times: {}, nth: 0 } as const,
        receiverTells: false,
      };
      this.#context.settle(attempted, () => this.#release(job.size));
    }
  }

  #release(size: number): void {
    this.#leased -= size;
    if (this.#window.size < REFILL_BELOW) this.#refill();
  }

  /** Leases the next window of due deliveries from the spool. */
  #refill(): void {
    if (!this.#more || this.#refilling || this.#state.is === "closed" || this.#stop.signal.aborted) return;
    const { all, perFlow, below } = this.#room();
    if (this.#leased >= all || this.#window.size >= below) return;
    this.#refilling = true;
    const { spool, clock, log } = this.#context;
    void spool.due(this.key, clock.wall(), all - this.#leased, perFlow).then(
      (found) => {
        this.#refilling = false;
        this.#more = found.more;
        if (found.nextDueAt !== undefined) this.expect(found.nextDueAt);
        if (this.#stop.signal.aborted || this.#state.is === "closed") {
          this.#more = true;
          spool.giveBack(found.deliveries.map((delivery) => delivery.ref));
          return;
        }
        this.#leased += found.deliveries.length;
        const ready = this.#context.screen(found.deliveries, (n) => this.#release(n));
        if (ready.length > 0) this.offer(makeJobs(ready, undefined, () => true));
      },
      (thrown: unknown) => {
        this.#refilling = false;
        log("warn", "could not read due deliveries", { site: this.key, why: String(thrown) });
        if (!this.#stop.signal.aborted) clock.after(AGAIN_MS, () => this.pump());
      },
    );
  }
}
