/**
 * One destination: what waits for it in memory, its connections, and whether its lane is open.
 *
 * The spool is the queue; a site holds only a window of it. Fresh mail enters the window straight from intake while
 * there is room for its sender, so the usual message is never read back from disk. All else comes from the spool in
 * windows of due deliveries, which are leased to us until they change or are given back.
 *
 * States of the lane: **open** (jobs are handed to connections, which are opened one at a time as waiting shows that
 * they are needed), **closed** until a time after hosts could not be reached (the window is given back, no row is
 * touched, however many wait), **no mail** for a while after the domain said that it takes none (jobs fail at once).
 */
import type { Cancel, WallMs } from "../../base/clock.ts";
import type { SiteKey } from "../../model/ids.ts";
import { replyLine } from "../../model/reply.ts";
import type { ClientConnection, ClientEnd, Transaction } from "../../wire/smtp/client.ts";
import type { Route } from "../deliver/deliver.ts";
import { type Link, type LinkFault, link } from "../deliver/deliver.ts";
import type { DispatchContext } from "./context.ts";
import { type Fair, FairQueue } from "./fair-queue.ts";
import { type Job, makeJobs, refsOf } from "./job.ts";
import { laneWaitMs } from "./schedule.ts";
import { makeTransaction } from "./transaction.ts";

/** Deliveries of one site in memory; the rest stays in the spool. */
const WINDOW = 2000;
/** Of one sender and class, so that a flood cannot fill the window. */
const PER_FLOW = 200;
/** Ask the spool again when fewer than this wait. */
const REFILL_BELOW = 200;
/** Waiting this long with every connection busy calls for one more connection. */
const PATIENCE_MS = 50;
/** After the spool could not be read. */
const AGAIN_MS = 1000;
/**
 * A host that answers the final dot within this gets the next transaction in the same write. Behind a slower one it
 * would wait for somebody else's content to be scanned, while another connection could carry it.
 */
const CHAIN_BELOW_MS = 250;
/** How long the answer "takes no mail" stands before the domain is asked again. */
const NO_MAIL_MS = 300_000;

export type LaneState =
  | { readonly is: "open" }
  | { readonly is: "closed"; readonly until: WallMs; readonly why: string; readonly failures: number }
  | { readonly is: "no mail"; readonly until: WallMs; readonly fault: Extract<LinkFault, { is: "no-mail" }> };

interface Connected {
  readonly link: Link;
  readonly connection: ClientConnection;
  idle: boolean;
  transactions: number;
  /** Of these, not yet answered. */
  open: number;
  /** Transactions with a yes among their answers. */
  accepted: number;
  /** How long the host thought about the last final dot; undefined before the first. */
  dotMs?: number | undefined;
}

export class Site {
  readonly key: SiteKey;
  readonly route: Route;
  readonly #context: DispatchContext;
  readonly #window = new FairQueue<Job>();
  /** Jobs bound to one host (in doubt); they wait beside the fair queue. */
  #bound: Job[] = [];
  readonly #connections = new Set<Connected>();
  #dialling = 0;
  #leased = 0;
  #state: LaneState = { is: "open" };
  /** Times in a row that the lane could not be used. */
  #failures = 0;
  /** Connections in a row that broke or were refused before a yes. */
  #fruitless = 0;
  #finished = 0;
  #more = false;
  #refilling = false;
  #wakeAt: WallMs | undefined;
  #cancelWake: Cancel | undefined;
  #cancelPatience: Cancel | undefined;
  #cancelReopen: Cancel | undefined;
  readonly #stop = new AbortController();

  constructor(key: SiteKey, route: Route, context: DispatchContext) {
    this.key = key;
    this.route = route;
    this.#context = context;
  }

  get state(): LaneState {
    return this.#state;
  }

  get report(): { waiting: number; connections: number; more: boolean } {
    return { waiting: this.#window.size + this.#bound.length, connections: this.#connections.size + this.#dialling, more: this.#more };
  }

  /** Nothing to remember: no leases, no connections, no due time, lane open. */
  get forgettable(): boolean {
    return (
      this.#leased === 0 &&
      this.#connections.size + this.#dialling === 0 &&
      !this.#more &&
      this.#wakeAt === undefined &&
      this.#state.is === "open"
    );
  }

  /** Whether fresh mail may come straight into the window. True takes the places; `offer` or `unadmit` must follow. */
  admit(job: Fair): boolean {
    if (this.#state.is !== "open" || this.#more || this.#context.paused()) return false;
    if (this.#leased + job.size > WINDOW || this.#window.flowSize(job) + job.size > PER_FLOW) return false;
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

  /** A job is finished: its places are free. */
  release(size: number): void {
    this.#leased -= size;
    if (this.#window.size < REFILL_BELOW) this.#refill();
  }

  /** Opens a closed lane now, by an operator's or a probe's wish. */
  reopen(): void {
    if (this.#state.is === "open") return;
    this.#state = { is: "open" };
    this.#more = true;
    this.#context.spool.record({
      at: this.#context.clock.wall(),
      body: { kind: "lane", site: this.key, open: true, why: "time to try again" },
    });
    this.pump();
  }

  /** Stops handing out work: open transactions finish, idle connections say QUIT. */
  drain(): void {
    this.#stop.abort();
    this.#cancelWake?.();
    this.#cancelPatience?.();
    this.#cancelReopen?.();
    this.#putBack();
    for (const { connection } of this.#connections) connection.quit();
  }

  /** Drops every connection now. */
  abort(): void {
    for (const { connection } of this.#connections) connection.abort({ code: "ABORTED", text: "Fairlead was stopped" });
  }

  /** Moves whatever can be moved. Safe to call at any time. */
  pump(): void {
    if (this.#stop.signal.aborted || this.#context.paused()) return;
    if (this.#state.is === "closed") return;
    if (this.#state.is === "no mail") {
      this.#failAll(this.#state.fault);
      this.#refill();
      return;
    }
    if (this.#window.size < REFILL_BELOW) this.#refill();
    if (this.#window.size + this.#bound.length === 0) return;
    let idle = 0;
    for (const connected of this.#connections) {
      if (!connected.idle || !mayTakeMore(connected)) continue;
      idle++;
      connected.idle = false;
      connected.connection.wake();
    }
    if (this.#connections.size + this.#dialling === 0) this.#dial();
    else if (idle === 0) this.#watchPatience();
    this.#dialForBound();
  }

  /** One more connection whenever those open need longer than our patience to work off what waits. */
  #watchPatience(): void {
    if (this.#cancelPatience || this.#dialling > 0) return;
    if (this.#connections.size >= this.#context.connectionLimit(this.route)) return;
    const waiting = this.#window.size;
    const finished = this.#finished;
    this.#cancelPatience = this.#context.clock.after(PATIENCE_MS, () => {
      this.#cancelPatience = undefined;
      if (this.#window.size === 0 || this.#state.is !== "open" || this.#stop.signal.aborted) return;
      const slow = this.#finished - finished < waiting;
      if (slow && this.#dialling === 0 && this.#connections.size < this.#context.connectionLimit(this.route)) this.#dial();
      this.#watchPatience();
    });
  }

  #dialForBound(): void {
    const host = this.#bound[0]?.onlyHost;
    if (host === undefined || this.#dialling > 0) return;
    for (const { link } of this.#connections) if (link.host === host) return;
    this.#dial(host);
  }

  #dial(host?: string): void {
    const slot = this.#context.takeConnectionSlot(this.key);
    if (!slot) return;
    this.#dialling++;
    let connected: Connected | undefined;
    const source = {
      ready: (made: Link, connection: ClientConnection): void => {
        this.#dialling--;
        connected = { link: made, connection, idle: false, transactions: 0, open: 0, accepted: 0 };
        this.#connections.add(connected);
        if (this.#stop.signal.aborted) connection.quit();
        else if (host !== undefined && made.host !== host) this.#unbind(host);
      },
      next: (): Transaction | undefined => connected && this.#next(connected),
      closed: (end: ClientEnd): void => {
        slot();
        if (connected) this.#lost(connected, end);
      },
    };
    void link(this.route, source, this.#context.ports, this.#context.deliver, this.#stop.signal, host).then((linked) => {
      if (linked.ok) return;
      slot();
      this.#dialling--;
      if (!this.#stop.signal.aborted) this.#unusable(linked.fault);
    });
  }

  #next(connected: Connected): Transaction | undefined {
    if (this.#stop.signal.aborted || this.#context.paused() || this.#state.is !== "open") return this.#rest(connected);
    const job = mayTakeMore(connected) ? (this.#boundFor(connected.link.host) ?? this.#window.take()) : undefined;
    if (!job) return this.#rest(connected);
    if (this.#window.size < REFILL_BELOW) this.#refill();
    if (this.#window.size > 0) this.#watchPatience();
    connected.transactions++;
    connected.open++;
    return makeTransaction(job, connected.link, this.key, this.route.is === "upstream", this.#context, {
      answered: (accepted, dotMs) => {
        this.#finished += job.size;
        connected.open--;
        connected.dotMs = dotMs;
        if (accepted) {
          connected.accepted++;
          this.#failures = 0;
          this.#fruitless = 0;
        }
        if (connected.idle) this.pump();
      },
      recorded: () => this.release(job.size),
    });
  }

  /** Nothing for this connection now; whatever waits for another is watched. */
  #rest(connected: Connected): undefined {
    if (this.#window.size > 0) this.#watchPatience();
    connected.idle = true;
    return undefined;
  }

  #boundFor(host: string): Job | undefined {
    const at = this.#bound.findIndex((job) => job.onlyHost === host);
    return at < 0 ? undefined : this.#bound.splice(at, 1)[0];
  }

  /** Their host cannot be reached, another one can: better twice, and marked so, than not at all. */
  #unbind(host: string): void {
    const free = this.#bound.filter((job) => job.onlyHost === host);
    this.#bound = this.#bound.filter((job) => job.onlyHost !== host);
    for (const { onlyHost: _, ...job } of free) this.#window.add(job);
  }

  /**
   * A connection that was ready is over. One that never carried anything counts against the lane, and so do two in a
   * row that were cut off before a single yes: a host that says 421 to everything must not be dialled for each message.
   */
  #lost(connected: Connected, end: ClientEnd): void {
    this.#connections.delete(connected);
    if (this.#stop.signal.aborted) return;
    const fruitless = end.is !== "orderly" && connected.accepted === 0;
    if (fruitless) this.#fruitless++;
    if (!fruitless || (connected.transactions > 0 && this.#fruitless < 2)) return this.pump();
    this.#unusable({
      is: "unreachable",
      stage: end.stage,
      host: connected.link.host,
      ...(end.is === "refused" ? { reply: end.reply } : { fault: end.fault }),
    });
  }

  #unusable(fault: LinkFault): void {
    const now = this.#context.clock.wall();
    if (fault.is === "no-mail") {
      this.#state = { is: "no mail", until: (now + NO_MAIL_MS) as WallMs, fault };
      this.#reopenAfter(NO_MAIL_MS);
      this.pump();
      return;
    }
    if (this.#connections.size > 0) return; // another connection works: no reason to close the lane
    this.#failures++;
    const wait = laneWaitMs(this.#failures, this.#context.random);
    const until = (now + wait) as WallMs;
    const said = fault.reply ? replyLine(fault.reply) : (fault.fault?.text ?? "no answer");
    const why = `${fault.host ? `${fault.host}: ` : ""}${said}`;
    this.#state = { is: "closed", until, why, failures: this.#failures };
    this.#context.spool.record({ at: now, body: { kind: "lane", site: this.key, open: false, why, until } });
    this.#context.log("warn", "lane closed", { site: this.key, why, seconds: Math.round(wait / 1000) });
    this.#putBack();
    this.#reopenAfter(wait);
  }

  #reopenAfter(ms: number): void {
    this.#cancelReopen?.();
    this.#cancelReopen = this.#context.clock.after(ms, () => this.reopen());
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
  #failAll({ fault }: Extract<LinkFault, { is: "no-mail" }>): void {
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
      this.#context.settle(attempted, () => this.release(job.size));
    }
  }

  /** Leases the next window of due deliveries from the spool. */
  #refill(): void {
    if (!this.#more || this.#refilling || this.#leased >= WINDOW || this.#state.is === "closed" || this.#stop.signal.aborted) return;
    this.#refilling = true;
    const now = this.#context.clock.wall();
    void this.#context.spool
      .due(this.key, now, WINDOW - this.#leased, PER_FLOW)
      .then((found) => {
        this.#refilling = false;
        this.#more = found.more;
        if (found.nextDueAt !== undefined) this.expect(found.nextDueAt);
        this.#leased += found.deliveries.length;
        if (this.#stop.signal.aborted || this.#state.is === "closed") {
          this.#leased -= found.deliveries.length;
          this.#more = true;
          this.#context.spool.giveBack(found.deliveries.map((delivery) => delivery.ref));
          return;
        }
        const ready = this.#context.screen(found.deliveries, (n) => this.release(n));
        if (ready.length > 0) this.offer(makeJobs(ready, undefined, () => true));
      })
      .catch((thrown: unknown) => {
        this.#refilling = false; // the spool is sick: its health decides when dispatch goes on
        this.#context.log("warn", "could not read due deliveries", { site: this.key, why: String(thrown) });
        this.#context.clock.after(AGAIN_MS, () => this.pump());
      });
  }
}

/** Whether a connection can start on a job at once, or follows a host that answers fast. */
function mayTakeMore({ open, dotMs }: Connected): boolean {
  return open === 0 || (open === 1 && dotMs !== undefined && dotMs < CHAIN_BELOW_MS);
}
