/**
 * One simulated TCP connection: two ends and what travels between them, in order, with latency, a window and, where
 * asked, bandwidth. It is less forgiving than the real one where that finds bugs: bytes arrive cut at random places,
 * and a view that its reader keeps beyond the call is overwritten.
 *
 * An end's life: made → opened (delivers to its owner) → ending (sends what is queued; input is dropped) → closed.
 */
import type { Clock } from "../../src/base/clock.ts";
import {
  type Endpoint,
  type Pipe,
  PipeError,
  type PipeEvents,
  type PipeFault,
  type TlsClient,
  type TlsHandshake,
} from "../../src/base/network.ts";
import type { Random } from "../../src/base/random.ts";
import { isFor, peerOf, type SimCertificate } from "./sim-certificates.ts";

/** What one `data` call holds at most; Node reads 64 KiB at a time. */
const SEGMENT_BYTES = 16 * 1024;
/** On its way or unread at the other end; more waits in the sender's queue. */
const WINDOW_BYTES = 64 * 1024;
/** Above this much queued, `write` answers false, as node:net does. */
const HIGH_WATER_BYTES = 64 * 1024;
const LINGER_MS = 5_000;
/** A peer that takes queued bytes slowly gets this many lingers in all. */
const LINGERS = 12;

/** How the network treats what these two send each other. Asked for each segment, so it may change at any moment. */
export interface Path {
  latencyMs(): number;
  /** Milliseconds that these octets keep the line busy. */
  busyMs(bytes: number): number;
  /** Everything is lost now: a cable is cut, a firewall forgot the connection. */
  dark(): boolean;
  /** How likely a segment is cut at a random place. */
  readonly chop: number;
  /** The server's certificate; broken: handshakes fail. */
  readonly certificate: SimCertificate | "broken";
}

type Item =
  | { readonly is: "bytes"; readonly bytes: Uint8Array }
  | { readonly is: "hello" }
  | { readonly is: "fin" }
  | { readonly is: "reset" };

interface Handshake {
  readonly role: "server" | "client";
  readonly as: TlsClient;
  resolve(handshake: TlsHandshake): void;
  reject(error: PipeError): void;
}

export const ABORTED: PipeFault = { code: "ABORTED", text: "dropped by this side" };
const RESET: PipeFault = { code: "ECONNRESET", text: "connection reset by peer" };
const CIPHER = { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384" } as const;
const BROKEN_TLS: PipeFault = { code: "TLS", text: "the handshake failed" };

export class SimPipe implements Pipe {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #path: Path;
  readonly #gone: (pipe: SimPipe) => void;
  #peer!: SimPipe;
  #events: PipeEvents | undefined;
  #state: "open" | "ending" | "closed" = "open";
  /** The process that owned it is dead: nothing is delivered any more. */
  #dead = false;
  #fault: PipeFault | undefined;
  #paused = false;
  #turnSet = false;
  readonly #queue: Item[] = [];
  #queued = 0;
  #onItsWay = 0;
  #lineFreeAt = 0;
  #lastArrival = 0;
  #wantsDrain = false;
  /** Something was lost in the dark; what comes after it cannot be delivered in order any more. */
  #lost = false;
  #finSent = false;
  #finSeen = false;
  readonly #inbox: Item[] = [];
  #unread = 0;
  #handshake: Handshake | undefined;
  #helloSent = false;

  constructor(ports: { clock: Clock; random: Random; path: Path; gone(pipe: SimPipe): void }, local: Endpoint, remote: Endpoint) {
    this.#clock = ports.clock;
    this.#random = ports.random;
    this.#path = ports.path;
    this.#gone = ports.gone;
    this.local = local;
    this.remote = remote;
  }

  /** Joins two ends. */
  static join(a: SimPipe, b: SimPipe): void {
    a.#peer = b;
    b.#peer = a;
  }

  open(events: PipeEvents): void {
    this.#events = events;
    if (this.#state === "closed") this.#clock.after(0, () => this.#tellClosed());
    else this.#setTurn();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== "open" || this.#finSent) return true;
    if (bytes.length > 0) this.#enqueue({ is: "bytes", bytes });
    this.#wantsDrain = this.#queued > HIGH_WATER_BYTES;
    return !this.#wantsDrain;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#setTurn();
  }

  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#enqueue({ is: "fin" });
    this.#setTurn();
    this.#linger(this.#queued, LINGERS);
  }

  destroy(): void {
    this.#reset(ABORTED);
  }

  #linger(queued: number, left: number): void {
    this.#clock.after(LINGER_MS, () => {
      if (this.#state !== "ending") return;
      if (this.#queued < queued && left > 1) return this.#linger(this.#queued, left - 1);
      this.#reset({ code: "TIMEOUT", text: `the peer did not close within ${LINGER_MS} ms` });
    });
  }

  /** The owner's process died: its kernel resets the connection, and the owner hears no more. */
  orphan(): void {
    this.#dead = true;
    this.#reset(ABORTED);
  }

  startTls(as: { server: unknown } | { client: TlsClient }): Promise<TlsHandshake> {
    return new Promise((resolve, reject) => {
      if (this.#state !== "open") return reject(new PipeError(this.#fault ?? ABORTED));
      const role = "server" in as ? "server" : "client";
      this.#handshake = { role, as: "client" in as ? as.client : {}, resolve, reject };
      if (role === "client") this.#hello();
      this.#setTurn();
    });
  }

  #hello(): void {
    this.#helloSent = true;
    this.#enqueue({ is: "hello" });
  }

  #enqueue(item: Item): void {
    this.#queue.push(item);
    if (item.is === "bytes") this.#queued += item.bytes.length;
    this.#pump();
  }

  /** Sends from the queue while the window is open. */
  #pump(): void {
    while (this.#state !== "closed") {
      const item = this.#queue[0];
      if (item === undefined) break;
      if (item.is !== "bytes") {
        this.#queue.shift();
        this.#send(item, 0);
        if (item.is === "fin") this.#finSent = true;
        if (this.#finSent && this.#finSeen) this.#setTurn();
        continue;
      }
      const room = Math.min(SEGMENT_BYTES, WINDOW_BYTES - this.#onItsWay - this.#peer.#unread, item.bytes.length);
      if (room <= 0) return;
      const n = this.#random.next() < this.#path.chop ? 1 + Math.floor(this.#random.next() * room) : room;
      if (n === item.bytes.length) this.#queue.shift();
      else this.#queue[0] = { is: "bytes", bytes: item.bytes.subarray(n) };
      this.#queued -= n;
      this.#send({ is: "bytes", bytes: item.bytes.subarray(0, n) }, n);
    }
    if (this.#wantsDrain && this.#queued === 0) {
      this.#wantsDrain = false;
      this.#clock.after(0, () => {
        if (this.#state === "open" && !this.#dead) this.#events?.drain();
      });
    }
  }

  /** Puts one item on the way, in order. The copy is made here: the sender may reuse its view once it is sent. */
  #send(item: Item, bytes: number): void {
    this.#lost ||= this.#path.dark();
    if (this.#lost) return;
    const now = this.#clock.mono();
    this.#lineFreeAt = Math.max(this.#lineFreeAt, now) + this.#path.busyMs(bytes);
    this.#lastArrival = Math.max(this.#lastArrival, this.#lineFreeAt + this.#path.latencyMs());
    this.#onItsWay += bytes;
    const peer = this.#peer;
    const sent: Item = item.is === "bytes" ? { is: "bytes", bytes: Buffer.from(item.bytes) } : item;
    this.#clock.after(this.#lastArrival - now, () => {
      this.#onItsWay -= bytes;
      this.#lost ||= this.#path.dark();
      if (!this.#lost) peer.#arrive(sent);
      this.#pump();
    });
  }

  #arrive(item: Item): void {
    if (this.#state === "closed") {
      if (item.is === "bytes") this.#answerReset(); // RFC 9293 §3.10.7.1
      return;
    }
    if (item.is === "reset") return this.#close(RESET);
    this.#inbox.push(item);
    if (item.is === "bytes") this.#unread += item.bytes.length;
    this.#next();
  }

  #answerReset(): void {
    this.#send({ is: "reset" }, 0);
  }

  #setTurn(): void {
    if (this.#turnSet || this.#state === "closed") return;
    this.#turnSet = true;
    this.#clock.after(0, () => {
      this.#turnSet = false;
      this.#next();
    });
  }

  /** Delivers one item; the next one in a turn of its own, so that promises settle in between as they do with real sockets. */
  #next(): void {
    if (this.#state === "closed") return;
    if (this.#state === "ending" && this.#finSent && this.#finSeen) return this.#close(undefined);
    const item = this.#inbox[0];
    if (item === undefined) return;
    if (this.#handshake) return this.#shake(this.#handshake);
    const dropping = this.#state === "ending";
    if (!dropping && (this.#events === undefined || this.#paused)) return;
    this.#inbox.shift();
    this.#setTurn();
    if (item.is === "fin") {
      this.#finSeen = true;
      if (!dropping) this.#events?.end();
      return;
    }
    const bytes = item.is === "bytes" ? item.bytes : Buffer.from([0x16, 3, 1, 0, 1, 1]); // a ClientHello where nobody expects one
    if (item.is === "bytes") this.#unread -= bytes.length;
    this.#peer.#pump();
    if (dropping) return;
    this.#events?.data(bytes);
    bytes.fill(0x3f); // the view was valid during the call only: who kept it reads question marks
  }

  #shake(handshake: Handshake): void {
    const item = this.#inbox.shift();
    const { certificate } = this.#path;
    if (item?.is !== "hello" || certificate === "broken") {
      this.#handshake = undefined;
      handshake.reject(new PipeError(BROKEN_TLS));
      return this.#reset(BROKEN_TLS);
    }
    if (!this.#helloSent) this.#hello();
    this.#handshake = undefined;
    this.#helloSent = false;
    handshake.resolve(handshake.role === "server" ? { ...CIPHER, authorized: false } : this.#shaken(handshake.as, certificate));
    this.#setTurn();
  }

  /** Every server takes up a session that it gave; its octets say with whom it was. */
  #shaken({ serverName, session, keep }: TlsClient, certificate: SimCertificate): TlsHandshake {
    const ticket = Buffer.from(`session with ${this.remote.ip} as ${serverName ?? "anybody"}`);
    if (keep) this.#clock.after(0, () => keep(ticket));
    if (session && ticket.equals(session)) return { ...CIPHER, authorized: false, resumed: true };
    const peer = peerOf(certificate, this.#clock.wall());
    return { ...CIPHER, authorized: peer.distrust === undefined && (serverName === undefined || isFor(certificate, serverName)), peer };
  }

  #reset(fault: PipeFault): void {
    if (this.#state === "closed") return;
    this.#send({ is: "reset" }, 0);
    this.#close(fault);
  }

  #close(fault: PipeFault | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#fault = fault;
    this.#queue.length = 0;
    this.#inbox.length = 0;
    this.#queued = 0;
    this.#gone(this);
    if (!this.#dead) this.#handshake?.reject(new PipeError(fault ?? { code: "TLS", text: "closed during the TLS handshake" }));
    this.#handshake = undefined;
    this.#clock.after(0, () => this.#tellClosed());
  }

  #tellClosed(): void {
    const events = this.#events;
    this.#events = undefined;
    if (!this.#dead) events?.close(this.#fault);
  }
}
