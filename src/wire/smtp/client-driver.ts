/**
 * Runs a client's machine on a pipe: gathers what one step writes into one call, since the relay's speed is the number
 * of its writes; brings content no faster than the pipe takes it; keeps the machine's one deadline on the clock.
 */

import { unreachable } from "../../base/brand.ts";
import { concat } from "../../base/bytes.ts";
import type { Cancel, Clock } from "../../base/clock.ts";
import { codeOf, textOf } from "../../base/fault.ts";
import type { Pipe, PipeEvents, PipeFault } from "../../base/network.ts";
import { systemRandom } from "../../base/random.ts";
import type { LocalFault } from "../../model/outcome.ts";
import type { ClientConnection, ClientOptions, ClientSource, Transaction } from "./client.ts";
import type { ClientEffect } from "./client-outbox.ts";
import { ClientSession } from "./client-session.ts";

/** Enough for one system call; more is written before more is read. */
const WRITE_OCTETS = 131_072;
/** Content that comes piece by piece is gathered up to this. */
const GATHER_OCTETS = 65_536;
const NONCE_BYTES = 18;

type Chunks = Iterator<Uint8Array> | AsyncIterator<Uint8Array>;

export class ClientDriver implements ClientConnection, PipeEvents {
  readonly #pipe: Pipe;
  readonly #clock: Clock;
  readonly #options: ClientOptions;
  readonly #source: ClientSource;
  readonly #session: ClientSession;
  readonly #pulled = new Map<number, Transaction>();
  #nth = 0;
  #todo: ClientEffect[] = [];
  #running = false;
  #parts: Uint8Array[] = [];
  #octets = 0;
  /** The content being sent, and whether a piece of it is awaited. */
  #feed: { readonly nth: number; readonly chunks: Chunks } | undefined;
  #awaiting = false;
  /** The pipe is full: no more content before it drains. */
  #full = false;
  #cancelTimer: Cancel | undefined;
  #timerAt = 0;

  constructor(pipe: Pipe, options: ClientOptions, clock: Clock, source: ClientSource) {
    this.#pipe = pipe;
    this.#clock = clock;
    this.#options = options;
    this.#source = source;
    this.#session = new ClientSession(options, clock, {
      private: isLoopback(pipe.remote.ip) || options.login?.inClear === true,
      nonce: () => Buffer.from(systemRandom.bytes(NONCE_BYTES)).toString("base64"), // its length is fixed, so chance changes no history
    });
    pipe.open(this);
    this.#run(this.#session.begin());
  }

  wake(): void {
    this.#run(this.#session.wake());
  }

  quit(): void {
    this.#run(this.#session.quit());
  }

  abort(why: LocalFault): void {
    this.#run(this.#session.abort(why));
  }

  data(bytes: Uint8Array): void {
    this.#run(this.#session.receive(bytes));
  }

  drain(): void {
    this.#full = false;
    this.#run(this.#session.drained());
    if (this.#feed && !this.#awaiting) this.#run([{ do: "content", nth: this.#feed.nth }]);
  }

  end(): void {
    this.#run(this.#session.closed());
  }

  close(fault?: PipeFault): void {
    this.#run(this.#session.closed(fault));
  }

  /** Carries out effects and what follows from them, in order; a call from inside only queues. */
  #run(effects: readonly ClientEffect[]): void {
    for (const effect of effects) this.#todo.push(effect);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let i = 0; i < this.#todo.length; i++) {
        const effect = this.#todo[i];
        if (effect) this.#carryOut(effect);
      }
    } finally {
      this.#todo = [];
      this.#running = false;
    }
    if (!this.#awaiting || this.#octets >= GATHER_OCTETS) this.#flush();
    this.#keepTime();
  }

  #carryOut(effect: ClientEffect): void {
    switch (effect.do) {
      case "write":
        this.#parts.push(effect.bytes);
        this.#octets += effect.bytes.length;
        if (this.#octets >= WRITE_OCTETS) this.#flush();
        return;
      case "start-tls":
        this.#flush();
        return void this.#secure();
      case "ready":
        return this.#source.ready(effect.capabilities, effect.tls, effect.greeting);
      case "pull":
        return this.#pull();
      case "mark":
        return void this.#mark(effect.nth);
      case "content":
        return this.#bring(effect.nth);
      case "settle": {
        const transaction = this.#pulled.get(effect.nth);
        this.#pulled.delete(effect.nth);
        if (this.#feed?.nth === effect.nth) this.#stopFeed();
        return transaction?.done(effect.results, effect.facts);
      }
      case "close":
        if (effect.how === "end") this.#flush();
        this.#parts = [];
        this.#octets = 0;
        if (effect.how === "end") this.#pipe.end();
        else this.#pipe.destroy();
        return this.#source.closed(effect.end);
      default:
        return unreachable(effect);
    }
  }

  #pull(): void {
    const transaction = this.#source.next(this.#session.capabilities);
    if (transaction === undefined) return this.#run(this.#session.offer(undefined));
    const nth = ++this.#nth;
    this.#pulled.set(nth, transaction);
    this.#run(this.#session.offer({ nth, envelope: transaction }));
  }

  async #mark(nth: number): Promise<void> {
    const transaction = this.#pulled.get(nth);
    if (transaction === undefined) return;
    try {
      const sent = await transaction.markSent();
      this.#run(this.#session.marked(nth, sent));
    } catch (thrown) {
      this.#run(this.#session.marked(nth, false, faultOf(thrown)));
    }
  }

  async #secure(): Promise<void> {
    const { serverName, session } = this.#options;
    try {
      const tls = await this.#pipe.startTls({ client: { ...(serverName !== undefined && { serverName }), ...session } });
      this.#run(this.#session.secured(tls));
    } catch (thrown) {
      this.#run(this.#session.closed(faultOf(thrown)));
    }
  }

  /** One chunk of content, then queues itself behind what came of it. */
  #bring(nth: number): void {
    if (this.#full || this.#awaiting || !this.#session.wants(nth)) return;
    try {
      this.#feed ??= this.#openFeed(nth);
      const next = this.#feed.chunks.next();
      if (next instanceof Promise) return void this.#await(nth, next);
      this.#brought(nth, next);
    } catch (thrown) {
      this.#contentFailed(nth, thrown);
    }
  }

  async #await(nth: number, next: Promise<IteratorResult<Uint8Array>>): Promise<void> {
    this.#awaiting = true;
    try {
      const result = await next;
      this.#awaiting = false;
      this.#brought(nth, result);
    } catch (thrown) {
      this.#awaiting = false;
      this.#contentFailed(nth, thrown);
    }
  }

  #brought(nth: number, result: IteratorResult<Uint8Array>): void {
    if (this.#feed?.nth !== nth) return; // given up meanwhile
    if (result.done === true) {
      this.#feed = undefined;
      return this.#run(this.#session.contentEnd(nth));
    }
    this.#run([...this.#session.content(nth, result.value), { do: "content", nth }]);
  }

  #contentFailed(nth: number, thrown: unknown): void {
    this.#feed = undefined;
    this.#run(this.#session.contentFailed(nth, faultOf(thrown)));
  }

  #openFeed(nth: number): { nth: number; chunks: Chunks } {
    const content = this.#pulled.get(nth)?.content() ?? [];
    return { nth, chunks: Symbol.asyncIterator in content ? content[Symbol.asyncIterator]() : content[Symbol.iterator]() };
  }

  #stopFeed(): void {
    const returned = this.#feed?.chunks.return?.();
    this.#feed = undefined;
    if (returned instanceof Promise) returned.catch(() => {}); // nobody wants this content any more, nor its troubles
  }

  #flush(): void {
    if (this.#octets === 0) return;
    const bytes = concat(this.#parts, this.#octets);
    this.#parts = [];
    this.#octets = 0;
    if (!this.#pipe.write(bytes)) this.#full = true;
  }

  /** The timer may be early, never late: most deadlines are overtaken by events, and re-arming costs more than looking. */
  #keepTime(): void {
    const { deadline } = this.#session;
    if (deadline !== undefined && this.#cancelTimer && this.#timerAt <= deadline) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (deadline === undefined) return;
    this.#timerAt = deadline;
    this.#cancelTimer = this.#clock.after(Math.max(1, deadline - this.#clock.mono()), () => {
      this.#cancelTimer = undefined;
      this.#run(this.#session.timeout());
    });
  }
}

function faultOf(thrown: unknown): LocalFault {
  return { code: codeOf(thrown) || "content", text: textOf(thrown) };
}

function isLoopback(ip: string): boolean {
  return ip.startsWith("127.") || ip === "::1";
}
