/**
 * A door: an HTTP/1.1 server with every bound that keeps a stranger from holding it open: header and body sizes,
 * connections, requests at once, the time a request may take to arrive. What stands behind it is loaded with the first
 * request, because a node that nobody asks should not carry it; whoever comes meanwhile waits for that.
 */
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { Activities } from "../../../base/activities.ts";
import type { Clock } from "../../../base/clock.ts";
import { codeOf, textOf } from "../../../base/fault.ts";
import { isLoopback, unmapped } from "../../../base/ip.ts";
import type { Log } from "../../../base/log.ts";
import type { Through } from "../asked.ts";
import { type Failure, failure } from "../refused.ts";
import { misdirected } from "./host.ts";
import type { PanelFiles } from "./panel-files.ts";
import { visitorOf } from "./rate.ts";

export const MOST_HEADER_BYTES = 16 * 1024;
const MOST_CONNECTIONS = 128;
/** Of one visitor beyond this machine, where a proxy may stand for many: so that one alone cannot take them all. */
const MOST_OF_ONE = 32;
/** Above this a caller hears 503 at once instead of waiting behind others. */
const MOST_REQUESTS = 32;
const HEADERS_ARRIVE_MS = 10_000;
/** The largest import over a slow line. */
const ARRIVE_MS = 60_000;
const KEEP_ALIVE_MS = 5_000;

export const SERVER_LIMITS: ServerOptions = {
  maxHeaderSize: MOST_HEADER_BYTES,
  headersTimeout: HEADERS_ARRIVE_MS,
  requestTimeout: ARRIVE_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: 1_000,
  requireHostHeader: false, // `misdirected` asks for it, and answers as we do
};

/** What answers. Loaded late. */
export interface Answering {
  /** Resolves once the answer is sent or the connection is gone; a live stream counts as answered when it begins. */
  take(request: IncomingMessage, response: ServerResponse, through: Through): Promise<void>;
  /** Ends the live streams. */
  end(): void;
}

export interface Door extends AsyncDisposable {
  /** What is being answered, for a shutdown that says what it waits for. */
  readonly activities: Activities;
  /** Takes no more connections, answers what has come; true once all is answered, false after `withinMs`. */
  drain(withinMs: number): Promise<boolean>;
}

export interface DoorOptions {
  readonly through: Through;
  readonly clock: Clock;
  readonly log: Log;
  readonly panel?: PanelFiles;
  /** Where people reach the panel; empty: nowhere but by address. */
  publicUrl(): string;
  /** The same promise each time, or the same failure. */
  answering(): Promise<Answering>;
  /** What has been loaded so far. */
  loaded(): Answering | undefined;
}

/**
 * On every answer. Scripts, styles and pictures are our own files; nothing frames us; what is not listed is refused. The
 * frame of a held message's HTML has a stricter policy of its own.
 */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "cache-control": "no-store",
};

/** `server` is bound, or will be, by the caller. */
export function openDoor(server: Server, options: DoorOptions): Door {
  const activities = new Activities(options.clock);
  server.maxConnections = MOST_CONNECTIONS;
  if (options.through.door === "http") limitVisitors(server);
  server.on("request", (request, response) => void serve(request, response, options, activities));
  server.on("checkContinue", (request, response) => {
    response.writeContinue();
    void serve(request, response, options, activities);
  });
  server.on("checkExpectation", (_request, response) => {
    for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
    sendFailure(response, failure(417, "bad-request", "nothing but 100-continue can be expected here", null));
  });
  server.on("connect", (_request, socket) => turnAway(socket, "405 Method Not Allowed", "method-not-allowed", "this is no proxy"));
  server.on("clientError", (fault, socket) => reject(fault, socket));
  return {
    activities,
    drain: async (withinMs) => {
      server.close();
      options.loaded()?.end();
      server.closeIdleConnections();
      return await activities.drained(withinMs);
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      options.loaded()?.end();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Connections of each visitor; bounded by `MOST_CONNECTIONS`. */
function limitVisitors(server: Server): void {
  const open = new Map<string, number>();
  server.on("connection", (socket) => {
    const ip = unmapped(socket.remoteAddress ?? "");
    if (ip === "" || isLoopback(ip)) return;
    const visitor = visitorOf(ip);
    const count = (open.get(visitor) ?? 0) + 1;
    if (count > MOST_OF_ONE) return void socket.destroy();
    open.set(visitor, count);
    socket.once("close", () => {
      const left = (open.get(visitor) ?? 1) - 1;
      if (left > 0) open.set(visitor, left);
      else open.delete(visitor);
    });
  });
}

async function serve(request: IncomingMessage, response: ServerResponse, options: DoorOptions, activities: Activities): Promise<void> {
  const { log, panel, through } = options;
  const done = activities.begin(`control request ${request.method} ${shownPath(request.url ?? "")}`);
  for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
  try {
    const wrong = through.door === "http" ? misdirected(request, options.publicUrl(), through.secure) : undefined;
    if (wrong !== undefined) sendFailure(response, wrong);
    else if (activities.size > MOST_REQUESTS)
      sendFailure(response, failure(503, "busy", "too many control requests at once", "try again", { "retry-after": "1" }));
    else if (panel !== undefined && (await panel.serve(request, response))) {
      // Whoever loads a page asks at once; what answers loads meanwhile. Its failure is the next request's to tell.
      options.answering().catch(() => {});
    } else await (await options.answering()).take(request, response, through);
  } catch (thrown) {
    log("error", "a control request could not be answered", { code: codeOf(thrown), error: textOf(thrown) });
    if (response.headersSent) response.destroy();
    else sendFailure(response, failure(500, "internal", "the node could not answer", "the node's log has more"));
  } finally {
    done();
  }
}

/** For logs and labels: without the query, and of a link's key no more than tells two apart. */
export function shownPath(url: string): string {
  const path = url.split("?", 1)[0] ?? "";
  return path
    .slice(0, 200)
    .replace(/^(\/s\/.{4}).*$/, "$1…")
    .replace(/^(\/api\/v1\/first\/).+$/, "$1…");
}

function sendFailure(response: ServerResponse, { status, headers, body }: Failure): void {
  response.writeHead(status, headers);
  response.end(body);
}

/** What is not HTTP, too long or too slow gets a proper answer where one can still be sent. */
function reject(fault: Error, socket: Duplex): void {
  if (!socket.writable || codeOf(fault) === "ECONNRESET") return void socket.destroy();
  switch (codeOf(fault)) {
    case "HPE_HEADER_OVERFLOW":
      return turnAway(socket, "431 Request Header Fields Too Large", "too-large", `headers may have ${MOST_HEADER_BYTES} bytes`);
    case "ERR_HTTP_REQUEST_TIMEOUT": {
      const text = `headers must arrive within ${HEADERS_ARRIVE_MS / 1000} s, all of it within ${ARRIVE_MS / 1000} s`;
      return turnAway(socket, "408 Request Timeout", "timeout", text);
    }
    default:
      return turnAway(socket, "400 Bad Request", "bad-request", "that is not HTTP/1.1");
  }
}

/** An answer where there is no request to answer; the connection ends with it. */
function turnAway(socket: Duplex, status: string, code: string, text: string): void {
  const { body, headers } = failure(0, code, text, null);
  const length = { connection: "close", "content-length": String(Buffer.byteLength(body)) };
  const lines = Object.entries({ ...SAFE_HEADERS, ...headers, ...length }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on("error", () => socket.destroy()); // gone before it could hear
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join("")}\r\n${body}`);
}
