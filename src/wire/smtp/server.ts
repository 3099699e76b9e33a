/**
 * The server side of SMTP: `serve` runs one connection to its end. The protocol is `server-session.ts`, a machine
 * without a socket; here its effects are carried out on a pipe and its questions put to a host.
 *
 * What is bounded, and how: input waits in the session while the host thinks, up to one read more than 256 KiB, because
 * the pipe is paused then; output waits in the pipe, and while it does not drain nothing more is read; a client that
 * neither speaks nor reads is cut off in time.
 */
import type { Clock } from "../../base/clock.ts";
import type { Pipe } from "../../base/network.ts";
import type { Random } from "../../base/random.ts";
import { awaitProxyHeader } from "./proxy-pipe.ts";
import { ServerDriver } from "./server-driver.ts";
import type { ServerHost } from "./server-host.ts";
import type { SessionOptions } from "./server-options.ts";
import { defaultSessionOptions } from "./server-options.ts";

export { DEFAULT_LIMITS } from "./server-options.ts";

/** A server's certificate and key as the pipe takes them. */
type ServerContext = Extract<Parameters<Pipe["startTls"]>[0], { server: unknown }>["server"];

export interface ServerTls {
  /** For the next handshake; another one after the certificate files have changed. */
  context(): ServerContext;
}

export interface ServerOptions extends SessionOptions {
  readonly random: Random;
  /** Needed where `tls` is not "none", and for implicit TLS. */
  readonly certificate?: ServerTls;
  /** TLS begins with the connection (port 465). */
  readonly implicitTls: boolean;
  /** Present: the listener demands a PROXY header, from these peers only; others are dropped without a word. */
  readonly proxyFrom?: (ip: string) => boolean;
  /** How long the greeting waits (0: not at all). With `earlyTalk` false, who speaks meanwhile is sent away. */
  readonly greetAfterMs: number;
  readonly timeouts: ServerTimeouts;
}

/** RFC 5321 §4.5.3.2.7, in milliseconds. */
export interface ServerTimeouts {
  /** From the last reply to the end of the next command line, however the line trickles in. */
  readonly command: number;
  /** For each 16 KiB of content: slower than that is no line, but somebody holding a place. */
  readonly content: number;
  /** For the PROXY header. */
  readonly proxy: number;
}

const DEFAULT_TIMEOUTS: ServerTimeouts = { command: 300_000, content: 300_000, proxy: 10_000 };

export interface ServerHandle {
  /** Finishes the open transaction, then 421 4.3.2 and the end; at once where none is open. Resolves with `done`. */
  drain(): Promise<void>;
  /** Ends the connection now, without a word. */
  abort(): void;
  /** Resolves when the connection is over, after the host's `closed`. Never rejects. */
  readonly done: Promise<void>;
}

/** A plain listener for untrusted clients, to be changed where needed. */
export function defaultServerOptions(hostname: string, random: Random): ServerOptions {
  return { ...defaultSessionOptions(hostname), random, implicitTls: false, greetAfterMs: 0, timeouts: DEFAULT_TIMEOUTS };
}

/**
 * Serves the client at the other end of `pipe`, which nobody may have opened before. Nothing is called back before it
 * has returned.
 */
export function serve(pipe: Pipe, options: ServerOptions, host: ServerHost, clock: Clock): ServerHandle {
  return options.proxyFrom === undefined
    ? start(pipe, options, host, clock)
    : serveBehindProxy(pipe, options.proxyFrom, options, host, clock);
}

function start(pipe: Pipe, options: ServerOptions, host: ServerHost, clock: Clock): ServerHandle {
  const driver = new ServerDriver(pipe, options, host, clock);
  driver.start();
  return {
    done: driver.done,
    abort: () => driver.abort(),
    drain: () => {
      driver.drain();
      return driver.done;
    },
  };
}

function serveBehindProxy(
  pipe: Pipe,
  listed: (ip: string) => boolean,
  options: ServerOptions,
  host: ServerHost,
  clock: Clock,
): ServerHandle {
  let session: ServerHandle | undefined;
  let stopped = false;
  const run = async (): Promise<void> => {
    if (!listed(pipe.remote.ip)) {
      await Promise.resolve(); // the host hears nothing before `serve` has returned
      pipe.destroy();
      return host.closed("this peer may not send a PROXY header");
    }
    const announced = await awaitProxyHeader(pipe, clock, options.timeouts.proxy);
    if (!announced.ok || stopped) {
      pipe.destroy();
      return host.closed(announced.ok ? "aborted" : announced.why);
    }
    session = start(announced.pipe, options, host, clock);
    await session.done;
  };
  const stop = (): void => {
    stopped = true;
    if (session === undefined) pipe.destroy(); // nobody was greeted yet
  };
  const done = run().catch(() => undefined); // only the host's `closed` could throw here, and nothing follows it
  return {
    done,
    abort: () => {
      stop();
      session?.abort();
    },
    drain: () => {
      stop();
      void session?.drain();
      return done;
    },
  };
}
