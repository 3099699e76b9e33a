/**
 * A pipe behind a load balancer: waits for the PROXY header, then is the same pipe with the client's address. What came
 * in the same packet behind the header is delivered first, or given to the TLS handshake.
 */
import type { Clock } from "../../base/clock.ts";
import type { Endpoint, Pipe, PipeEvents, PipeFault } from "../../base/network.ts";
import type { ProxyHeader } from "./proxy-header.ts";
import { readProxyHeader } from "./proxy-header.ts";

export type Announced = { readonly ok: true; readonly pipe: Pipe } | { readonly ok: false; readonly why: string };

const EMPTY = Buffer.alloc(0);

/**
 * Opens `pipe`. Resolves once the header is read; not ok if it is malformed or does not come in time, or if the pipe
 * closes first: then the pipe is gone.
 */
export function awaitProxyHeader(pipe: Pipe, clock: Clock, timeoutMs: number): Promise<Announced> {
  return new Promise((resolve) => {
    const announced = new AnnouncedPipe(pipe, (header) => {
      cancel();
      if (typeof header === "string") {
        pipe.destroy();
        resolve({ ok: false, why: header });
      } else resolve({ ok: true, pipe: announced });
    });
    const cancel = clock.after(timeoutMs, () => announced.fail("no PROXY header came in time"));
    announced.listen();
  });
}

class AnnouncedPipe implements Pipe {
  remote: Endpoint;
  local: Endpoint;
  readonly #pipe: Pipe;
  /** Called once: with the header, or with why there is none. */
  readonly #told: (header: ProxyHeader | string) => void;
  #state: "header" | "announced" | "failed" = "header";
  #events: PipeEvents | undefined;
  /** What came and was not delivered yet. */
  #early: Buffer = EMPTY;
  #ended = false;
  #closed: { readonly fault: PipeFault | undefined } | undefined;

  constructor(pipe: Pipe, told: (header: ProxyHeader | string) => void) {
    this.#pipe = pipe;
    this.#told = told;
    this.remote = pipe.remote;
    this.local = pipe.local;
  }

  listen(): void {
    this.#pipe.open({
      data: (bytes) => this.#data(bytes),
      drain: () => this.#events?.drain(),
      end: () => {
        this.#ended = true;
        if (this.#state === "header") this.fail("the connection ended before a PROXY header");
        else this.#events?.end();
      },
      close: (fault) => {
        this.#closed = { fault };
        if (this.#state === "header") this.fail("the connection broke before a PROXY header");
        else this.#events?.close(fault);
      },
    });
  }

  fail(why: string): void {
    if (this.#state !== "header") return;
    this.#state = "failed";
    this.#told(why);
  }

  open(events: PipeEvents): void {
    queueMicrotask(() => {
      // Unless a handshake has taken it meanwhile.
      const early = this.#early;
      this.#early = EMPTY;
      this.#events = events;
      if (early.length > 0) events.data(early);
      if (this.#ended) events.end();
      if (this.#closed !== undefined) events.close(this.#closed.fault);
    });
  }

  write(bytes: Uint8Array): boolean {
    return this.#pipe.write(bytes);
  }

  pause(): void {
    this.#pipe.pause();
  }

  resume(): void {
    this.#pipe.resume();
  }

  startTls(as: Parameters<Pipe["startTls"]>[0]): ReturnType<Pipe["startTls"]> {
    const received = this.#early;
    this.#early = EMPTY;
    return this.#pipe.startTls(as, received);
  }

  end(peerIsDone?: boolean): void {
    this.#pipe.end(peerIsDone);
  }

  destroy(): void {
    this.#pipe.destroy();
  }

  #data(bytes: Uint8Array): void {
    if (this.#state === "failed") return;
    if (this.#events !== undefined) return this.#events.data(bytes);
    this.#early = Buffer.concat([this.#early, bytes]);
    if (this.#state === "announced") return;
    const header = readProxyHeader(this.#early);
    if (header.is === "more") return;
    if (header.is === "malformed") return this.fail(`the PROXY header is malformed: ${header.why}`);
    this.#state = "announced";
    this.#early = this.#early.subarray(header.octets);
    this.remote = header.client ?? this.remote;
    this.local = header.local ?? this.local;
    this.#told(header);
  }
}
