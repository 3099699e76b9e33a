/**
 * The control API: HTTP/1.1 with JSON, through two doors to the same answers. The unix socket in the data folder is its
 * owner's alone; the HTTP door is for browsers and programs, with a login or a key. Everything is bounded (`door/`).
 */
import { createServer } from "node:http";
import type { SecureContext } from "node:tls";
import type { Activities } from "../../base/activities.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { codeOf, Fault, textOf } from "../../base/fault.ts";
import { isLoopback } from "../../base/ip.ts";
import type { Log } from "../../base/log.ts";
import type { Endpoint } from "../../base/network.ts";
import type { Desk } from "./desk.ts";
import { type Answering, openDoor, SERVER_LIMITS } from "./door/door.ts";
import { panelFiles } from "./door/panel-files.ts";
import { overTls } from "./door/secure.ts";
import { listenOnSocket } from "./door/socket.ts";

export { ApiError } from "./door/socket.ts";
export type { Desk };

/** `HTTP_OPEN`: neither loopback nor TLS. `HTTP_LISTEN`: the address cannot be had. */
export class HttpFault extends Fault<"HTTP_OPEN" | "HTTP_LISTEN"> {}

interface Serving extends Desk {
  readonly log: Log;
  readonly clock?: Clock;
}

export interface ApiOptions extends Serving {
  readonly socketPath: string;
}

export interface HttpOptions extends Serving {
  /** Port 0: any that is free. */
  readonly at: Endpoint;
  /** The certificate to show from now on; asked at every connection. Absent: plain HTTP, for loopback. */
  readonly tls?: { readonly context: () => SecureContext };
  /** Plain HTTP on other addresses too: passwords and mail go over the network readable by everybody on the way. */
  readonly insecure?: boolean;
  /** Holds the built panel: `index.html` and `assets/`. */
  readonly panelFolder?: string;
}

export interface Api extends AsyncDisposable {
  /** What is being answered, for a shutdown that says what it waits for. */
  readonly activities: Activities;
  /** Takes no more connections, answers what has come; true once all is answered, false after `withinMs`. */
  drain(withinMs: number): Promise<boolean>;
}

export interface SocketApi extends Api {
  readonly socketPath: string;
}

export interface HttpApi extends Api {
  readonly local: Endpoint;
}

/**
 * Resolves once it listens. The socket has mode 0600; its folder is made with 0700 if there is none. A socket that a
 * dead process left is replaced.
 * @throws {ApiError}
 */
export async function startApi(options: ApiOptions): Promise<SocketApi> {
  const server = createServer(SERVER_LIMITS);
  const door = openDoor(server, { through: { door: "socket" }, ...behind(options) });
  await listenOnSocket(server, options.socketPath);
  return { socketPath: options.socketPath, ...door };
}

/** Resolves once it listens. @throws {HttpFault} */
export async function startHttp(options: HttpOptions): Promise<HttpApi> {
  const { at, tls, insecure = false } = options;
  if (tls === undefined && !insecure && !isLoopback(at.ip))
    throw new HttpFault(
      "HTTP_OPEN",
      `the panel would be readable by everybody on the way: ${at.ip} is not loopback and there is no TLS; give tls, listen on 127.0.0.1, or say that you know`,
    );
  const server = createServer(SERVER_LIMITS);
  if (tls !== undefined) overTls(server, tls.context, options.clock ?? systemClock);
  const panel = options.panelFolder === undefined ? {} : { panel: panelFiles(options.panelFolder) };
  const door = openDoor(server, { through: { door: "http", secure: tls !== undefined }, ...behind(options), ...panel });
  try {
    await new Promise<void>((resolve, fail) => {
      server.once("error", fail);
      server.listen({ host: at.ip, port: at.port }, () => resolve());
    });
  } catch (thrown) {
    const why = codeOf(thrown) === "EADDRINUSE" ? "something listens there already" : textOf(thrown);
    throw new HttpFault("HTTP_LISTEN", `HTTP on ${at.ip}:${at.port} cannot be had: ${why}`, thrown);
  }
  const bound = server.address();
  return { local: { ip: at.ip, port: typeof bound === "object" && bound !== null ? bound.port : at.port }, ...door };
}

/** What answers is one for both doors of a node: its limits and streams count together. */
const apps = new WeakMap<Desk["node"], { promise: Promise<Answering>; app?: Answering }>();

function behind(options: Serving) {
  const { node, log } = options;
  const clock = options.clock ?? systemClock;
  const answering = (): Promise<Answering> => {
    const kept = apps.get(node);
    if (kept !== undefined) return kept.promise;
    const entry: { promise: Promise<Answering>; app?: Answering } = {
      promise: import("./app.ts").then(async ({ openApp }) => (entry.app = await openApp({ desk: options, clock, log }))),
    };
    apps.set(node, entry);
    return entry.promise;
  };
  const publicUrl = (): string => options.publicUrl?.() ?? "";
  return { clock, log, answering, publicUrl, loaded: () => apps.get(node)?.app };
}
