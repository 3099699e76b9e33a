/**
 * A site's connections. They pull jobs; the lane opens one more only when those open do not keep up, and says when
 * none could be had. What waits, and whether the lane is open at all, is the site's business.
 */
import { unreachable } from "../../base/brand.ts";
import type { Cancel } from "../../base/clock.ts";
import type { LocalFault } from "../../model/outcome.ts";
import type { ClientConnection, ClientEnd, Transaction } from "../../wire/smtp/client.ts";
import { type DeliverSettings, type Link, type Linked, type LinkFault, type LinkSource, link, type Target } from "../deliver/deliver.ts";
import type { DispatchContext } from "./context.ts";
import type { Job } from "./job.ts";
import type { Pace } from "./pace.ts";
import { type Places, takeAll } from "./places.ts";
import type { Heard } from "./signal.ts";
import { JobTransaction } from "./transaction.ts";

/** What a lane asks of its site. */
export interface LaneSite {
  /** For people. */
  readonly key: string;
  /** An upstream takes it from here. */
  readonly relayed: boolean;
  /** How many connections there may be. */
  readonly pace: Pace;
  /** The next job that may go to this host. */
  take(host: string): Job | undefined;
  /** Recipients that wait for any host. */
  waiting(): number;
  /** A connection has become free or is gone: whatever waits may move. */
  pump(): void;
  /** Where a connection may be made to now. */
  target(preferHost: string | undefined): Promise<Place>;
  /** Of each of them a connection takes a place; when all are taken, `pump` is called once there is one. */
  readonly places: readonly Places[];
  /** Names what leaves now: `heard` wants it back with the answer. */
  flights(): readonly number[];
  /** What a transaction came to. `crowded`: every connection that there may be was in use. */
  heard(heard: Heard, flights: readonly number[], crowded: boolean): void;
  /** A job's results are written: its places are free. */
  recorded(job: Job): void;
  /** No connection could be had, and none is left. */
  unusable(fault: LinkFault): void;
  /** Another host was reached than the one asked for. */
  hostMissed(host: string): void;
}

export type Place =
  | { readonly is: "found"; readonly target: Target; readonly settings: DeliverSettings }
  | { readonly is: "unknown"; readonly fault: LocalFault }
  /** Whoever it was for has gone elsewhere. */
  | { readonly is: "nobody" };

interface Connected {
  readonly link: Link;
  readonly connection: ClientConnection;
  idle: boolean;
  /** It is being closed for its place. */
  quitting: boolean;
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
  readonly flights: readonly number[];
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

  /** A place has become free. */
  placeFree(): void {
    this.#site.pump();
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

  /** Closes a connection that nothing is sent on, because its place is wanted; false: there is none. */
  quitIdle(): boolean {
    for (const connected of this.#connections) {
      if (!connected.idle || connected.quitting) continue;
      connected.quitting = true;
      connected.connection.quit();
      return true;
    }
    return false;
  }

  #dial(host?: string): void {
    if (!this.#mayGrow()) return;
    const freePlaces = takeAll(this.#site.places, this);
    if (!freePlaces) return;
    this.#dialling++;
    let connected: Connected | undefined;
    const source = {
      ready: (made: Link, connection: ClientConnection): void => {
        this.#dialling--;
        connected = { link: made, connection, idle: false, quitting: false, transactions: 0, open: 0, accepted: 0 };
        this.#connections.add(connected);
        this.#site.pace.connected(this.#connections.size);
        if (this.#signal.aborted) connection.quit();
        else if (host !== undefined && made.host !== host) this.#site.hostMissed(host);
      },
      next: (): Transaction | undefined => connected && this.#next(connected),
      closed: (end: ClientEnd): void => {
        freePlaces();
        if (connected) this.#lost(connected, end);
      },
    };
    void this.#connect(source, host).then((linked) => {
      if (linked.ok) return;
      this.#dialling--;
      freePlaces();
      if (!this.#signal.aborted && linked.fault !== undefined) this.#failed(linked.fault);
    });
  }

  /** Without a fault: nobody wants the connection any more. */
  async #connect(source: LinkSource, preferHost: string | undefined): Promise<Linked | { readonly ok: false; readonly fault?: never }> {
    const place = await this.#site.target(preferHost);
    switch (place.is) {
      case "nobody":
        return { ok: false };
      case "unknown":
        return { ok: false, fault: { is: "unreachable", stage: "dns", fault: place.fault } };
      case "found":
        return await link(place.target, source, this.#context.ports, place.settings, this.#signal);
      default:
        return unreachable(place);
    }
  }

  #next(connected: Connected): Transaction | undefined {
    const job = this.#signal.aborted || !mayTakeMore(connected) ? undefined : this.#site.take(connected.link.host);
    if (this.#site.waiting() > 0) this.#watchPatience();
    if (!job) {
      connected.idle = true;
      for (const places of this.#site.places) places.idle(this);
      return undefined;
    }
    connected.transactions++;
    connected.open++;
    const flights = this.#site.flights();
    return new JobTransaction({
      job,
      link: connected.link,
      relayed: this.#site.relayed,
      context: this.#context,
      progress: {
        answered: (heard, dotMs) => this.#answered(connected, job, { heard, flights, dotMs }),
        recorded: () => this.#site.recorded(job),
      },
    });
  }

  #answered(connected: Connected, job: Job, { heard, flights, dotMs }: Answer): void {
    this.#finished += job.size;
    connected.open--;
    connected.dotMs = dotMs;
    if (heard.signal.is === "yes") {
      connected.accepted++;
      this.#fruitless = 0;
    }
    this.#site.heard(heard, flights, this.connections >= this.#site.pace.connections);
    if (connected.idle) this.#site.pump();
  }

  /**
   * A connection that was ready is over. One that never carried anything counts against the lane, and so do two in a
   * row that were cut off before a single yes: a host that says 421 to everything must not be dialled for each message.
   */
  #lost(connected: Connected, end: ClientEnd): void {
    this.#connections.delete(connected);
    if (this.#connections.size === 0) for (const places of this.#site.places) places.forget(this);
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
function mayTakeMore({ open, dotMs, quitting }: Connected): boolean {
  if (quitting) return false;
  return open === 0 || (open === 1 && dotMs !== undefined && dotMs < CHAIN_BELOW_MS);
}

function isFast({ dotMs }: Connected): boolean {
  return dotMs !== undefined && dotMs < FAST_BELOW_MS;
}

/** Mail taken back after the receiver was ready for it leaves us no other way out than to hang up. */
function isOurDoing(end: ClientEnd): boolean {
  return end.is === "broken" && end.fault.code === "taken-back";
}
