/**
 * From the table to answers: Fastify routes, reads bodies and sends; before each answer it is settled who asks, whether
 * he may, and whether a browser meant it; after each order it is written down, also where it was refused. Loaded with
 * the first request (`door/door.ts`).
 */
import { createServer, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Clock } from "../../base/clock.ts";
import { codeOf, textOf } from "../../base/fault.ts";
import { unmapped } from "../../base/ip.ts";
import type { Log } from "../../base/log.ts";
import { nearest } from "../../base/nearest.ts";
import { answers } from "./answers.ts";
import type { Asked, LiveReply, RawReply, Remark, Through } from "./asked.ts";
import type { AuditEntry, Desk } from "./desk.ts";
import { type Answering, shownPath } from "./door/door.ts";
import { RateLimit } from "./door/rate.ts";
import { LiveStreams } from "./live-streams.ts";
import { type Method, methodOf, PATHS, pathOf, type RouteName } from "./paths.ts";
import { readFields } from "./read-input.ts";
import { failureOf, Refused, STATUS } from "./refused.ts";
import { isStreamed, type Route } from "./routes/route.ts";
import { jsonOfShape } from "./routes/schema.ts";
import { routes } from "./routes.ts";
import { admit, type Caller, cookieText, fromOurPages, isFresh, whoAsks } from "./who-asks.ts";

/** A selector of 1,000 ids is 20 KB; nothing sensible comes near this. */
const MOST_BODY_BYTES = 1024 * 1024;
/** Of one path segment: names, addresses, provider keys, percent-encoded. */
const MOST_SEGMENT = 1000;
/** A bulk action over a million deliveries is the longest; the node goes on with it even when nobody waits any more. */
const ANSWER_MS = 300_000;

interface Serving {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is known of one request while it is answered. */
interface Pending extends Caller {
  remark: Remark;
  readonly visitor: Asked["visitor"];
}

const FORWARDING = ["forwarded", "via", "x-forwarded-for", "x-real-ip"];
const NAMES = Object.keys(PATHS) as RouteName[];

export async function openApp(serving: Serving): Promise<Answering> {
  const app = fastify({
    // Never listens: the doors do, and hand over what comes in.
    serverFactory: () => createServer(),
    logger: false,
    trustProxy: false,
    bodyLimit: MOST_BODY_BYTES,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: MOST_SEGMENT },
    frameworkErrors: (thrown, request, reply) => void sendFailure(reply, thrown, request, serving.log),
  });
  const doors = new WeakMap<IncomingMessage, Through>();
  const live = new LiveStreams(serving);
  takeBodies(app);
  app.setErrorHandler((thrown, request, reply) => sendFailure(reply, thrown, request, serving.log));
  const gate = new Gate(serving, (request) => doors.get(request.raw) ?? { door: "http", secure: false }, live);
  app.setNotFoundHandler(async (request, reply) => {
    gate.notTooFast(request);
    return sendFailure(reply, noRoute(request), request, serving.log);
  });
  for (const name of NAMES) addRoute(app, name, gate);
  await app.ready();
  return {
    take: async (request, response, through) => {
      doors.set(request, through);
      const finished = new Promise<void>((resolve) => response.once("close", resolve));
      app.routing(request, response);
      await Promise.race([finished, live.begun(response)]);
    },
    end: () => live.end(),
  };
}

/** JSON, and CSV where a route takes it: nothing else is parsed at all. */
function takeBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const asText = (bytes: Buffer): string => {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      throw new Refused("bad-request", "the body is not UTF-8");
    }
  };
  app.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, async (_request: FastifyRequest, bytes: Buffer) => {
    if (bytes.length === 0) return {};
    const text = asText(bytes);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new Refused("bad-request", "the body is not a JSON object");
    }
  });
  app.addContentTypeParser<Buffer>("text/csv", { parseAs: "buffer" }, async (_request: FastifyRequest, bytes: Buffer) => ({
    text: asText(bytes),
  }));
}

function addRoute(app: FastifyInstance, name: RouteName, gate: Gate): void {
  const route: Route = routes[name];
  const method = methodOf(name);
  app.route({
    method: method === "GET" && !isStreamed(route.replies) ? ["GET", "HEAD"] : method,
    url: pathOf(name),
    ...(route.mostBytes === undefined ? {} : { bodyLimit: route.mostBytes }),
    onRequest: (request) => gate.admit(name, request),
    handler: (request, reply) => gate.answer(name, request, reply),
    onResponse: async (request, reply) => gate.record(name, request, reply.statusCode),
  });
}

/** Between the routes and their answers. */
class Gate {
  readonly #serving: Serving;
  readonly #through: (request: FastifyRequest) => Through;
  readonly #live: LiveStreams;
  readonly #rate = new RateLimit();
  readonly #pending = new WeakMap<IncomingMessage, Pending>();

  constructor(serving: Serving, through: (request: FastifyRequest) => Through, live: LiveStreams) {
    this.#serving = serving;
    this.#through = through;
    this.#live = live;
  }

  /** Before the body is read. @throws {Refused} */
  async admit(name: RouteName, request: FastifyRequest): Promise<void> {
    const { desk } = this.#serving;
    const through = this.#through(request);
    const visitor = visitorOf(request);
    this.notTooFast(request);
    const caller = await whoAsks(request.headers, through, visitor, desk);
    this.#pending.set(request.raw, { ...caller, visitor, remark: {} });
    const route: Route = routes[name];
    admit(caller, route.callers, through);
    if (methodOf(name) !== "GET") fromOurPages(request.headers, caller, through);
    if (route.fresh) isFresh(caller.identity);
  }

  /** Also of paths that lead nowhere. @throws {Refused} */
  notTooFast(request: FastifyRequest): void {
    if (this.#through(request).door === "socket") return;
    const wait = this.#rate.take(visitorOf(request).ip, this.#serving.clock.mono());
    if (wait !== undefined)
      throw new Refused("wait", "too many requests from your address", `wait ${wait} s`, { "retry-after": String(wait) });
  }

  async answer(name: RouteName, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asked = this.#asked(request, reply);
    const input = readInput(name, request);
    const result = await this.#inTime(runOf(name)(asked, input));
    if (isLive(result)) {
      const pending = this.#pendingOf(request);
      this.#live.admit(pending.identity);
      reply.hijack();
      this.#live.begin(reply.raw, pending, (stream) => result.begin(stream));
      return reply;
    }
    if (isRaw(result))
      return await reply
        .headers({ ...result.headers, "content-type": result.type })
        .send(Readable.from(result.raw, { objectMode: false, highWaterMark: 64 * 1024 }));
    const body = `${JSON.stringify(result)}\n`;
    return await reply.header("content-type", "application/json; charset=utf-8").send(body);
  }

  /** Orders, also refused ones, of whoever is known; and attempts to log in. */
  record(name: RouteName, request: FastifyRequest, status: number): void {
    const route: Route = routes[name];
    const pending = this.#pending.get(request.raw);
    if (methodOf(name) === "GET" || route.unrecorded || pending === undefined) return;
    const { identity, visitor, remark } = pending;
    // Whoever guesses is written down with each guess; the hundreds between two, which were not looked at, would fill the disk.
    if (identity === undefined && (remark.on === undefined || status === STATUS.wait)) return;
    const { view } = identity ?? {};
    const entry: AuditEntry = {
      at: this.#serving.clock.wall(),
      by: identity?.name ?? "nobody",
      ...(view?.sees === "tenant" ? { tenant: view.tenant } : {}),
      ...(visitor.ip === "" ? {} : { ip: visitor.ip }),
      what: name,
      ...remark,
      ok: status < 400,
    };
    this.#serving.desk.audit?.record(entry);
  }

  #asked(request: FastifyRequest, reply: FastifyReply): Asked {
    const { desk, clock, log } = this.#serving;
    const pending = this.#pendingOf(request);
    const through = this.#through(request);
    const lastEvent = request.headers["last-event-id"];
    return {
      ...{ desk, node: desk.node, log, clock, now: clock.wall(), through, visitor: pending.visitor, host: request.headers.host ?? "" },
      ...{ identity: pending.identity, token: pending.token },
      forwarded: FORWARDING.some((name) => request.headers[name] !== undefined),
      lastEvent: typeof lastEvent === "string" ? lastEvent : undefined,
      remark: (remark) => void (pending.remark = { ...pending.remark, ...remark }),
      setSession: (token) => void reply.header("set-cookie", cookieText(token, through.door === "http" && through.secure)),
      setStatus: (status) => void reply.code(status),
    };
  }

  #pendingOf(request: FastifyRequest): Pending {
    const pending = this.#pending.get(request.raw);
    if (pending === undefined) throw new Error("a request was answered before it was admitted");
    return pending;
  }

  async #inTime<T>(answering: Promise<T>): Promise<T> {
    let cancel = (): void => {};
    const late = new Promise<never>((_, fail) => {
      cancel = this.#serving.clock.after(ANSWER_MS, () =>
        fail(new Refused("timeout", "the node did not answer in time; it may still do what was asked", "look with: fairlead status")),
      );
    });
    try {
      return await Promise.race([answering, late]);
    } finally {
      cancel();
    }
  }
}

/** The table's row checked the input against its own fields; TypeScript cannot follow that through a union. */
function runOf(name: RouteName): (asked: Asked, input: unknown) => Promise<unknown> {
  return answers[name] as (asked: Asked, input: unknown) => Promise<unknown>;
}

function visitorOf(request: FastifyRequest): Asked["visitor"] {
  const agent = request.headers["user-agent"] ?? "";
  return { ip: unmapped(request.raw.socket.remoteAddress ?? ""), agent: agent.slice(0, 200) };
}

/** All fields as written: those in the path, and those of the query or of the body. @throws {Refused} */
function readInput(name: RouteName, request: FastifyRequest): Readonly<Record<string, unknown>> {
  const schema = jsonOfShape(routes[name].takes);
  const fields = new Map<string, unknown>();
  const method = methodOf(name);
  const as = method === "POST" || method === "PUT" ? "json" : "text";
  if (as === "json") {
    const { body } = request;
    const csv = /^text\/csv\b/i.test(request.headers["content-type"] ?? "");
    if (csv && (routes[name] as Route).also !== "text/csv") throw new Refused("unsupported", "this takes application/json only");
    if (body !== undefined && (typeof body !== "object" || body === null || Array.isArray(body)))
      throw new Refused("bad-request", "the body is not a JSON object");
    for (const [field, value] of Object.entries(body ?? {})) fields.set(field, value);
  } else {
    const at = request.url.indexOf("?");
    for (const [field, value] of new URLSearchParams(at < 0 ? "" : request.url.slice(at + 1))) {
      const before = fields.get(field);
      fields.set(field, before === undefined ? value : [before, value].flat());
    }
  }
  const inPath = new Map(Object.entries(request.params as Record<string, string>)); // find-my-way's: each a string
  for (const [field, value] of inPath)
    fields.set(field, as === "json" && schema.properties?.[field]?.type === "integer" && /^\d{1,16}$/.test(value) ? Number(value) : value);
  const read = readFields(schema, fields, as);
  if (!read.ok) throw new Refused("bad-request", read.wrong);
  return read.value;
}

function isRaw(result: unknown): result is RawReply {
  return typeof result === "object" && result !== null && "raw" in result;
}

function isLive(result: unknown): result is LiveReply {
  return typeof result === "object" && result !== null && "begin" in result;
}

function sendFailure(reply: FastifyReply, thrown: unknown, request: FastifyRequest, log: Log): FastifyReply {
  const { status, headers, body } = failureOf(ofFastify(thrown), `${request.method} ${shownPath(request.url)}`, log);
  return reply.code(status).headers(headers).send(body);
}

/** Fastify's own refusals in our words, by their stable codes. */
function ofFastify(thrown: unknown): unknown {
  switch (codeOf(thrown)) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new Refused(
        "too-large",
        `a body may have ${MOST_BODY_BYTES} bytes here`,
        "say which deliveries by a condition instead of by ids",
        {
          connection: "close",
        },
      );
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new Refused("unsupported", "the body must be application/json", "send the header content-type: application/json");
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return new Refused("bad-request", textOf(thrown));
    case "FST_ERR_BAD_URL":
    case "FST_ERR_MAX_PARAM_LENGTH":
      return new Refused("bad-request", "the path is not well-formed");
    default:
      return thrown;
  }
}

function noRoute(request: FastifyRequest): Refused {
  const path = request.url.split("?", 1)[0] ?? "";
  const allowed = NAMES.filter((name) => matches(pathOf(name), path)).map(methodOf);
  if (allowed.length > 0) {
    const methods: readonly Method[] = [...new Set(allowed)];
    return new Refused("method-not-allowed", `${path.slice(0, 200)} takes ${methods.join(" or ")}`, undefined, {
      allow: methods.join(", "),
    });
  }
  const guess = nearest(path.slice(0, 64), new Set(NAMES.map(pathOf)));
  return new Refused("no-such-route", "there is nothing at this path", guess === undefined ? undefined : `did you mean ${guess}?`);
}

function matches(pattern: string, path: string): boolean {
  const [want, got] = [pattern.split("/"), path.split("/")];
  return want.length === got.length && want.every((part, i) => (part.startsWith(":") ? got[i] !== "" : part === got[i]));
}
