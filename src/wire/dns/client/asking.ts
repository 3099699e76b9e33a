/** Carries an exchange over the network: an outlet for each datagram, one connection where TCP is asked for. */
import { unreachable } from "../../../base/brand.ts";
import type { Cancel, Clock } from "../../../base/clock.ts";
import { codeOf } from "../../../base/fault.ts";
import type { Endpoint, Network, Pipe } from "../../../base/network.ts";
import { FrameReader, framed } from "../message/frames.ts";
import { brokenText, type Exchange, type ExchangeEffect, type ExchangeInput, type ExchangeOutcome } from "./exchange.ts";
import type { Outlet, Outlets } from "./outlets.ts";

/** A connection to a name server that answers is made in a fraction of that; the exchange's own wait ends the rest. */
const CONNECT_MS = 4_000;

export class Asking {
  readonly #exchange: Exchange;
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #outlets: Outlets;
  readonly #settled = Promise.withResolvers<ExchangeOutcome>();
  readonly #sockets: Outlet[] = [];
  /** Ends a connection that is being made. */
  #ending: AbortController | undefined;
  #pipe: Pipe | undefined;
  #dials = 0;
  #cancelWait: Cancel = () => {};
  #over = false;

  constructor(exchange: Exchange, ports: { readonly network: Network; readonly clock: Clock; readonly outlets: Outlets }) {
    this.#exchange = exchange;
    this.#network = ports.network;
    this.#clock = ports.clock;
    this.#outlets = ports.outlets;
  }

  /** Asks; once. */
  outcome(): Promise<ExchangeOutcome> {
    this.#take({ is: "begin" });
    return this.#settled.promise;
  }

  /** Ends it from outside: nothing more is sent, and it has failed. */
  end(why: string): void {
    this.#settle({ is: "failed", why, silent: [] });
  }

  #take(input: ExchangeInput): void {
    if (this.#over) return;
    for (const effect of this.#exchange.take(input)) this.#carry(effect);
  }

  #carry(effect: ExchangeEffect): void {
    switch (effect.do) {
      case "send":
        return void this.#send(effect.nth, effect.to, effect.bytes);
      case "dial":
        return void this.#dial(effect.to, effect.bytes);
      case "wait":
        this.#cancelWait();
        this.#cancelWait = this.#clock.after(effect.ms, () => this.#take({ is: "late" }));
        return;
      case "settle":
        return this.#settle(effect.outcome);
      default:
        return unreachable(effect);
    }
  }

  async #send(nth: number, to: Endpoint, bytes: Uint8Array): Promise<void> {
    let socket: Outlet;
    try {
      socket = await this.#outlets.open(to, {
        received: (view) => this.#take({ is: "datagram", nth, bytes: view }),
        failed: ({ code }) => this.#take({ is: "broken", nth, why: brokenText(code) }),
      });
    } catch (thrown) {
      return this.#take({ is: "broken", nth, why: brokenText(codeOf(thrown)) });
    }
    if (this.#over) return socket.leave();
    this.#sockets.push(socket);
    socket.send(bytes);
  }

  async #dial(to: Endpoint, bytes: Uint8Array): Promise<void> {
    const dial = ++this.#dials;
    this.#hangUp();
    this.#ending = new AbortController();
    const connected = await this.#network.connect({ host: to.ip, port: to.port, timeoutMs: CONNECT_MS, signal: this.#ending.signal });
    const isOld = this.#over || dial !== this.#dials;
    if (!connected.ok) return isOld ? undefined : this.#take({ is: "broken", why: `${brokenText(connected.fault.code)} over TCP` });
    const { pipe } = connected;
    this.#own(pipe);
    if (isOld) return pipe.destroy();
    this.#pipe = pipe;
    pipe.write(framed(bytes));
  }

  #own(pipe: Pipe): void {
    const frames = new FrameReader();
    pipe.open({
      data: (view) => {
        const [first] = frames.take(view);
        if (first !== undefined && this.#pipe === pipe) this.#take({ is: "stream", bytes: first });
      },
      drain: () => {},
      end: () => pipe.destroy(),
      close: () => {
        if (this.#pipe === pipe) this.#take({ is: "broken", why: "closed over TCP" });
      },
    });
  }

  /** What it still says is nobody's. */
  #hangUp(): void {
    this.#ending?.abort();
    this.#ending = undefined;
    const pipe = this.#pipe;
    this.#pipe = undefined;
    pipe?.destroy();
  }

  #settle(outcome: ExchangeOutcome): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelWait();
    for (const socket of this.#sockets) socket.leave();
    this.#hangUp();
    this.#settled.resolve(outcome);
  }
}
