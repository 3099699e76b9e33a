/**
 * One request to one answer, without sockets: finds the route, reads its fields, runs it, and turns whatever happens
 * into a status and a body. Nothing a caller sends can make it throw.
 */
import { codeOf, textOf } from "../../base/fault.ts";
import type { Log } from "../../base/log.ts";
import { nearest } from "../../base/nearest.ts";
import { readAll } from "./fields.ts";
import { type Context, type Method, type RawReply, Refused, type RouteName, routes } from "./routes.ts";
import { jsonOf } from "./wire-form.ts";

export interface ApiRequest {
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly target: string;
  readonly body: Uint8Array;
}

export interface ErrorBody {
  readonly error: { readonly code: string; readonly text: string; readonly fix: string | null };
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | AsyncIterable<Uint8Array>;
}

const STATUS: Readonly<Record<Refused["refusal"]["code"], number>> = {
  "bad-request": 400,
  "bad-value": 400,
  "too-wide": 400,
  "not-found": 404,
  exists: 409,
  fixed: 409,
  "too-late": 409,
  "not-undoable": 409,
  draining: 503,
};

export async function answer(request: ApiRequest, context: Context, log: Log): Promise<ApiAnswer> {
  try {
    const found = findRoute(request.method, request.target);
    if ("status" in found) return found;
    const written = writtenOf(request, found);
    if ("status" in written) return written;
    const route = routes[found.name];
    const input = readAll(route.takes, written.fields);
    if (!input.ok) return failure(400, "bad-request", input.wrong);
    // The table's row checked the input against its own fields just now; TypeScript cannot follow that through a union.
    const run = route.run as (context: Context, input: unknown) => Promise<unknown>;
    const reply = await run(context, input.value);
    if (isRaw(reply)) return { status: 200, headers: { "content-type": reply.type }, body: reply.raw };
    return { status: 200, headers: JSON_TYPE, body: `${jsonOf(reply)}\n` };
  } catch (thrown) {
    return failureOf(thrown, request, log);
  }
}

const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };

export function failure(
  status: number,
  code: string,
  text: string,
  fix?: string,
  headers: Readonly<Record<string, string>> = {},
): ApiAnswer {
  const body: ErrorBody = { error: { code, text, fix: fix ?? null } };
  return { status, headers: { ...JSON_TYPE, ...headers }, body: `${JSON.stringify(body)}\n` };
}

function failureOf(thrown: unknown, request: ApiRequest, log: Log): ApiAnswer {
  if (thrown instanceof Refused) return failure(STATUS[thrown.refusal.code], thrown.refusal.code, thrown.refusal.text, thrown.refusal.fix);
  const code = codeOf(thrown);
  log("error", "a control request failed", { request: `${request.method} ${request.target.slice(0, 200)}`, code, error: textOf(thrown) });
  if (code.startsWith("SPOOL_")) return failure(503, code, textOf(thrown), "see the node's log and: fairlead status");
  return failure(500, code === "" ? "internal" : code, textOf(thrown), "this is a fault of Fairlead; the node's log has more");
}

interface Found {
  readonly name: RouteName;
  readonly path: ReadonlyMap<string, string>;
  readonly query: string;
}

function findRoute(method: string, target: string): Found | ApiAnswer {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? "" : target.slice(mark + 1);
  const segments = decoded(path);
  if (segments === undefined) return failure(400, "bad-request", "the path is not well-formed");
  const allowed: Method[] = [];
  for (const [name, pattern] of PATTERNS) {
    const values = match(pattern, segments);
    if (values === undefined) continue;
    if (routes[name].method === method) return { name, path: values, query };
    allowed.push(routes[name].method);
  }
  if (allowed.length > 0)
    return failure(405, "method-not-allowed", `${path} takes ${allowed.join(" or ")}`, undefined, { allow: allowed.join(", ") });
  const guess = nearest(path, new Set(Object.values(routes).map((route) => route.path)));
  return failure(404, "no-such-route", "there is nothing at this path", guess === undefined ? undefined : `did you mean ${guess}?`);
}

const PATTERNS = (Object.keys(routes) as RouteName[]).map((name) => [name, routes[name].path.slice(1).split("/")] as const);

function decoded(path: string): readonly string[] | undefined {
  try {
    return path.startsWith("/") ? path.slice(1).split("/").map(decodeURIComponent) : undefined;
  } catch {
    return undefined; // URIError: a broken percent sequence
  }
}

function match(pattern: readonly string[], segments: readonly string[]): ReadonlyMap<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const values = new Map<string, string>();
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i] ?? "";
    if (part.startsWith(":")) values.set(part.slice(1), segment);
    else if (part !== segment) return undefined;
  }
  return values;
}

/** All fields as written: those in the path, and those of the query (GET, DELETE) or of the JSON body (POST). */
function writtenOf(request: ApiRequest, found: Found): { readonly fields: ReadonlyMap<string, unknown> } | ApiAnswer {
  const fields = new Map<string, unknown>();
  if (request.method === "POST") {
    const body = bodyOf(request.body);
    if (body === undefined) return failure(400, "bad-request", "the body is not a JSON object");
    for (const [name, value] of body) fields.set(name, value);
  } else {
    for (const [name, value] of new URLSearchParams(found.query)) {
      const before = fields.get(name);
      fields.set(name, before === undefined ? value : [before, value].flat());
    }
  }
  for (const [name, value] of found.path) fields.set(name, value);
  return { fields };
}

function bodyOf(bytes: Uint8Array): readonly (readonly [string, unknown])[] | undefined {
  if (bytes.length === 0) return [];
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
  } catch {
    return undefined; // not UTF-8, or not JSON
  }
}

function isRaw(reply: unknown): reply is RawReply {
  return typeof reply === "object" && reply !== null && "raw" in reply;
}
