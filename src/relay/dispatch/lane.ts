/**
 * A site's connections. They pull jobs; the lane opens one more only when those open do not keep up, and says when
 * none could be had. What waits, and whether the lane is open at all, is the site's business.
 */
import type { Cancel } from "../../base/clock.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { ClientConnection, ClientEnd, Transaction } from "../../wire/smtp/client.ts";
import { findHosts, type Link, type Linked, type LinkFault, type LinkSource, link, type Route } from "../deliver/deliver.ts";
import type { DispatchContext } from "./context.ts";
import type { Job } from "./job.ts";
import type { Pace } from "./pace.ts";
import type { Heard } from "./signal.ts";
import { JobTransaction } from "./transaction.ts";

/** What a lane asks of its site. */
export interface LaneSite {
  readonly key: SiteKey;
  readonly route: Route;
  /** How many connections there may be, and how fast jobs are handed out. */
  readonly pace: Pace;
  /** The next job that may go to this host. */
  take(host: string): Job | undefined;
  /** Recipients that wait for any host. */
  waiting(): number;
  /** A connection has become free or is gone: whatever waits may move. */
  pump(): void;
  /** What a transaction came to. `crowded`: every connection that there may be was in use. */
  heard(heard: Heard, flight: number, crowded: boolean): void;
  /** A job's results are written: its places are free. */
  recorded(job: Job): void;
  /** No connection could be had, and none is left. */
  unusable(fault: LinkFault): void;
  /** Another host was reached than the one asked for. */
  hostMissed(host: string): void;
}

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

/** What a transaction came to, and the flight that it left with. */
interface Answer {
  readonly heard: Heard;
  readonly flight: number;
  readonly dotMs: number | undefined;
}

/** Waiting this long with every connection busy calls for one more connection. */
const PATIENCE_MS = 10;
/**
 * A host that answers the final dot within this gets the next transaction in the same write. Behind a slower one it
 * would wait for somebody else's content to be scanned, while another connection could carry it.
 */
const CHAIN_BELOW_MS = 250;
/**
 * A host this near takes jobs faster one after another on one connection, each in the write that ends the one before,
 * than side by side on many: so many for one connection before the next is woken.
 */
const FAST_BELOW_MS = 10;
const CHAIN = 4;

export class Lane {
  readonly #site: LaneSite;
  readonly #context: DispatchContext;
  readonly #signal: AbortSignal;
  readonly #connections = new Set<Connected>();
  #dialling = 0;
  /** Connections in a row that broke or were refused before a yes. */
  #fruitless = 0;
  #finished = 0;
  #cancelPatience: Cancel | undefined;

  /** Once `signal` aborts, nothing is dialled or handed out any more. */
  constructor(site: LaneSite, context: DispatchContext, signal: AbortSignal) {
    this.#site = site;
    this.#context = context;
    this.#signal = signal;
  }

  /** Open, or being opened. */
  get connections(): number {
    return this.#connections.size + this.#dialling;
  }

  /** Something waits: wakes what is idle, opens what is missing. */
  pump(): void {
    let left = this.#site.waiting();
    let woken = 0;
    // Always in the same order, so that connections beyond the need fall idle and close.
    for (const connected of this.#connections) {
      if (left <= 0) break;
      left -= isFast(connected) ? CHAIN : 1;
      if (this.#wake(connected)) woken++;
    }
    if (this.connections === 0) this.#dial();
    else if (woken === 0 || left > 0) this.#watchPatience();
  }

  /** Something waits for this host alone. */
  pumpFor(host: string): void {
    const there = [...this.#connections].filter(({ link }) => link.host === host);
    for (const connected of there) this.#wake(connected);
    if (there.length === 0 && this.#dialling === 0) this.#dial(host);
  }

  /** Connections finish what they have pulled, then say QUIT. */
  quit(): void {
    this.#cancelPatience?.();
    for (const { connection } of this.#connections) connection.quit();
  }

  abort(): void {
    for (const { connection } of this.#connections) connection.abort({ code: "ABORTED", text: "Fairlead was stopped" });
  }

  #wake(connected: Connected): boolean {
    if (!connected.idle || !mayTakeMore(connected)) return false;
    connected.idle = false;
    connected.connection.wake();
    return true;
  }

  /** One more connection whenever those open need longer than our patience to work off what waits. */
  #watchPatience(): void {
    if (this.#cancelPatience || this.#dialling > 0 || !this.#mayGrow()) return;
    const waiting = this.#site.waiting();
    const finished = this.#finished;
    this.#cancelPatience = this.#context.clock.after(PATIENCE_MS, () => {
      this.#cancelPatience = undefined;
      if (this.#site.waiting() === 0 || this.#signal.aborted) return;
      const slow = this.#finished - finished < waiting;
      if (slow && this.#dialling === 0 && this.#mayGrow()) this.#dial();
      this.#watchPatience();
    });
  }

  #mayGrow(): boolean {
    return this.#site.pace.mayDial(this.#connections.size, this.#context.clock.mono());
  }

  #dial(host?: string): void {
    const freeSlot = this.#context.takeConnectionSlot(this.#site.key);
    if (!freeSlot) return;
    this.#dialling++;
    let connected: Connected | undefined;
    const source = {
      ready: (made: Link, connection: ClientConnection): void => {
        this.#dialling--;
        connected = { link: made, connection, idle: false, transactions: 0, open: 0, accepted: 0 };
        this.#connections.add(connected);
        this.#site.pace.connected(this.#connections.size);
        if (this.#signal.aborted) connection.quit();
        else if (host !== undefined && made.host !== host) this.#site.hostMissed(host);
      },
      next: (): Transaction | undefined => connected && this.#next(connected),
      closed: (end: ClientEnd): void => {
        freeSlot();
        if (connected) this.#lost(connected, end);
      },
    };
    void this.#connect(source, host).then((linked) => {
      if (linked.ok) return;
      freeSlot();
      this.#dialling--;
      if (!this.#signal.aborted) this.#failed(linked.fault);
    });
  }

  async #connect(source: LinkSource, preferHost: string | undefined): Promise<Linked> {
    const { route } = this.#site;
    const { ports, deliver, clock } = this.#context;
    const started = clock.mono();
    const hosts = await findHosts(route, ports.resolver, ports.random, deliver.ownAddresses);
    const dnsMs = clock.mono() - started;
    if (hosts.is === "none") return { ok: false, fault: { is: "no-mail", fault: hosts.fault } };
    if (hosts.is === "unknown") return { ok: false, fault: { is: "unreachable", stage: "dns", fault: hosts.fault } };
    return await link({ route, addresses: hosts.addresses, dnsMs, preferHost }, source, ports, deliver, this.#signal);
  }

  #next(connected: Connected): Transaction | undefined {
    const job = this.#signal.aborted || !mayTakeMore(connected) ? undefined : this.#site.take(connected.link.host);
    if (this.#site.waiting() > 0) this.#watchPatience();
    if (!job) {
      connected.idle = true;
      return undefined;
    }
    connected.transactions++;
    connected.open++;
    const { flight } = this.#site.pace;
    return new JobTransaction({
      job,
      link: connected.link,
      site: this.#site.key,
      relayed: this.#site.route.is === "upstream",
      context: this.#context,
      progress: {
        answered: (heard, dotMs) => this.#answered(connected, job, { heard, flight, dotMs }),
        recorded: () => this.#site.recorded(job),
      },
    });
  }

  #answered(connected: Connected, job: Job, { heard, flight, dotMs }: Answer): void {
    this.#finished += job.size;
    connected.open--;
    connected.dotMs = dotMs;
    if (heard.signal.is === "yes") {
      connected.accepted++;
      this.#fruitless = 0;
    }
    this.#site.heard(heard, flight, this.connections >= this.#site.pace.connections);
    if (connected.idle) this.#site.pump();
  }

  /**
   * A connection that was ready is over. One that never carried anything counts against the lane, and so do two in a
   * row that were cut off before a single yes: a host that says 421 to everything must not be dialled for each message.
   */
  #lost(connected: Connected, end: ClientEnd): void {
    this.#connections.delete(connected);
    if (this.#signal.aborted) return;
    const fruitless = end.is !== "orderly" && connected.accepted === 0 && !isOurDoing(end);
    if (fruitless) this.#fruitless++;
    if (fruitless && (connected.transactions === 0 || this.#fruitless >= 2)) {
      const said = end.is === "refused" ? { reply: end.reply } : { fault: end.fault };
      this.#failed({ is: "unreachable", stage: end.stage, host: connected.link.host, ...said });
    } else this.#site.pump();
  }

  /** While another connection works there is no reason to close the lane: the host has as many as it takes. */
  #failed(fault: LinkFault): void {
    const others = this.#connections.size;
    if (fault.is === "no-mail" || others === 0) this.#site.unusable(fault);
    else this.#site.pace.refused(others, this.#context.clock.mono());
  }
}

/** Whether a connection can start on a job at once, or follows a host that answers fast. */
function mayTakeMore({ open, dotMs }: Connected): boolean {
  return open === 0 || (open === 1 && dotMs !== undefined && dotMs < CHAIN_BELOW_MS);
}

function isFast({ dotMs }: Connected): boolean {
  return dotMs !== undefined && dotMs < FAST_BELOW_MS;
}

/** Mail taken back after the receiver was ready for it leaves us no other way out than to hang up. */
function isOurDoing(end: ClientEnd): boolean {
  return end.is === "broken" && end.fault.code === "taken-back";
}
