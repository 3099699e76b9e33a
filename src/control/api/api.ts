/**
 * The control API: HTTP/1.1 with JSON over a unix socket that only the node's owner can open. Everything is bounded:
 * header and body sizes, connections, requests at once, the time a request may take to arrive and to be answered.
 */
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { dirname } from "node:path";
import { type Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Activities } from "../../base/activities.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { codeOf, Fault, textOf } from "../../base/fault.ts";
import { makeFolder } from "../../base/folder.ts";
import type { Log } from "../../base/log.ts";
import type { Actor } from "../../model/event.ts";
import { type ApiAnswer, answer, failure } from "./answer.ts";
import { openClient } from "./client.ts";
import type { NodeFace } from "./node-face.ts";
import { socketPlace } from "./socket-place.ts";

/** `API_SOCKET_LIVE`: another process answers there. `API_SOCKET`: the socket cannot be made. */
export class ApiError extends Fault<"API_SOCKET_LIVE" | "API_SOCKET"> {}

/** A selector of 1,000 ids is 20 KB; nothing sensible comes near this. */
const MOST_BODY_BYTES = 1024 * 1024;
const MOST_HEADER_BYTES = 16 * 1024;
const MOST_CONNECTIONS = 128;
/** Above this a caller hears 503 at once instead of waiting behind others. */
const MOST_REQUESTS = 32;
const ARRIVE_MS = 10_000;
/** A bulk action over a million deliveries is the longest; the node goes on with it even when nobody waits any more. */
const ANSWER_MS = 300_000;
const KEEP_ALIVE_MS = 5_000;

export interface ApiOptions {
  readonly socketPath: string;
  readonly node: NodeFace;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface Api extends AsyncDisposable {
  readonly socketPath: string;
  /** What is being answered, for a shutdown that says what it waits for. */
  readonly activities: Activities;
  /** Takes no more connections, answers what has come; true once all is answered, false after `withinMs`. */
  drain(withinMs: number): Promise<boolean>;
}

/**
 * Resolves once it listens. The socket has mode 0600; its folder is made with 0700 if there is none. A socket that a
 * dead process left is replaced.
 * @throws {ApiError}
 */
export async function startApi(options: ApiOptions): Promise<Api> {
  const clock = options.clock ?? systemClock;
  const activities = new Activities(clock);
  const server = createServer({
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: ARRIVE_MS,
    requestTimeout: ARRIVE_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 1_000,
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on("request", (request, response) => void serve(request, response, { ...options, clock, activities }));
  server.on("clientError", (fault, socket) => reject(fault, socket));
  await listen(server, options.socketPath);
  const drain = async (withinMs: number): Promise<boolean> => {
    server.close();
    server.closeIdleConnections();
    return await activities.drained(withinMs);
  };
  return {
    socketPath: options.socketPath,
    activities,
    drain,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, socketPath: string): Promise<void> {
  try {
    makeFolder(dirname(socketPath), 0o700);
    if ((await bind(server, socketPath)) === "in use") {
      if (await answers(socketPath))
        throw new ApiError("API_SOCKET_LIVE", `another Fairlead runs on this data folder: ${socketPath} answers`);
      if (!lstatSync(socketPath).isSocket()) throw new ApiError("API_SOCKET", `${socketPath} is not a socket: move it away`);
      unlinkSync(socketPath);
      if ((await bind(server, socketPath)) === "in use")
        throw new ApiError("API_SOCKET_LIVE", `another Fairlead took ${socketPath} just now`);
    }
  } catch (thrown) {
    if (thrown instanceof ApiError) throw thrown;
    throw new ApiError("API_SOCKET", `the control socket ${socketPath} cannot be made: ${textOf(thrown)}`, thrown);
  }
}

async function bind(server: Server, socketPath: string): Promise<"bound" | "in use"> {
  using place = socketPlace(socketPath);
  // Binding happens inside listen(), so nobody can open the socket in a moment of wider permissions.
  const mask = process.umask(0o177);
  try {
    const bound = new Promise<"bound" | "in use">((resolve, fail) => {
      server.once("listening", () => resolve("bound"));
      server.once("error", (fault) => (codeOf(fault) === "EADDRINUSE" ? resolve("in use") : fail(fault)));
    });
    server.listen(place.address);
    process.umask(mask);
    const how = await bound;
    server.removeAllListeners("listening").removeAllListeners("error");
    if (how === "bound") chmodSync(socketPath, 0o600);
    return how;
  } finally {
    process.umask(mask);
  }
}

/** A process that listens counts as alive even when it is too busy to answer well. */
async function answers(socketPath: string): Promise<boolean> {
  try {
    await openClient(socketPath, { timeoutMs: 2_000 }).call("health", {});
    return true;
  } catch (thrown) {
    return !["ECONNREFUSED", "ENOENT"].includes(codeOf(thrown instanceof Error ? thrown.cause : undefined));
  }
}

interface Serving extends ApiOptions {
  readonly clock: Clock;
  readonly activities: Activities;
}

async function serve(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const { activities, log } = serving;
  const done = activities.begin(`control request ${request.method} ${(request.url ?? "").split("?", 1)[0]}`);
  try {
    const found =
      activities.size > MOST_REQUESTS
        ? failure(503, "busy", "too many control requests at once", "try again", { "retry-after": "1" })
        : await take(request, serving);
    await send(response, found);
  } catch (thrown) {
    // The caller hung up, or the content broke off half-way: the answer cannot be completed, so the connection ends.
    log("debug", "a control answer was not taken", { code: codeOf(thrown), error: textOf(thrown) });
    response.destroy();
  } finally {
    done();
  }
}

async function take(request: IncomingMessage, serving: Serving): Promise<ApiAnswer> {
  const body = await read(request);
  if (body === undefined)
    return failure(413, "too-large", `a body may have ${MOST_BODY_BYTES} bytes`, "say which deliveries by a condition instead of by ids", {
      connection: "close",
    });
  const by: Actor = { kind: "operator", id: operatorOf(request.headers["fairlead-by"]) };
  const context = { node: serving.node, now: serving.clock.wall(), by };
  const answering = answer({ method: request.method ?? "", target: request.url ?? "", body }, context, serving.log);
  let cancel = (): void => {};
  const late = new Promise<ApiAnswer>((resolve) => {
    cancel = serving.clock.after(ANSWER_MS, () =>
      resolve(failure(504, "timeout", "the node did not answer in time; it may still do what was asked", "look with: fairlead status")),
    );
  });
  try {
    return await Promise.race([answering, late]);
  } finally {
    cancel();
  }
}

/** Who it says it is: whoever can open the socket owns the node, so the name is for the record, not a right. */
function operatorOf(header: string | string[] | undefined): string {
  return typeof header === "string" && /^[\w.@+-]{1,64}$/.test(header) ? header : "local";
}

/** Undefined above the limit. */
async function read(request: IncomingMessage): Promise<Uint8Array | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > MOST_BODY_BYTES) return undefined;
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MOST_BODY_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts, length);
}

async function send(response: ServerResponse, { status, headers, body }: ApiAnswer): Promise<void> {
  response.writeHead(status, { ...headers, "cache-control": "no-store" });
  if (typeof body === "string") response.end(body);
  else await pipeline(Readable.from(body, { objectMode: false }), response);
}

/** What is not HTTP, too long or too slow gets a proper answer where one can still be sent. */
function reject(fault: Error, socket: Duplex): void {
  if (!socket.writable || codeOf(fault) === "ECONNRESET") return void socket.destroy();
  const [line, code, text] =
    codeOf(fault) === "HPE_HEADER_OVERFLOW"
      ? ["431 Request Header Fields Too Large", "too-large", `headers may have ${MOST_HEADER_BYTES} bytes`]
      : codeOf(fault) === "ERR_HTTP_REQUEST_TIMEOUT"
        ? ["408 Request Timeout", "timeout", `a request must arrive within ${ARRIVE_MS / 1000} s`]
        : ["400 Bad Request", "bad-request", "that is not HTTP/1.1"];
  const { body } = failure(0, code ?? "", text ?? "");
  socket.end(
    `HTTP/1.1 ${line}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(String(body))}\r\n\r\n${body}`,
  );
}
