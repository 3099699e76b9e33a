/**
 * Who asks, from the door and the headers: the owner at the node's own socket, a program by its key, a person by the
 * session's cookie. And whether a person's browser meant it: orders over a session carry its secret back, and come from
 * our own pages.
 */
import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { WallMs } from "../../base/clock.ts";
import { EVERYTHING } from "../../model/view.ts";
import type { Identity, Visitor } from "../logins/logins.ts";
import type { Through } from "./asked.ts";
import type { Desk } from "./desk.ts";
import { Refused } from "./refused.ts";
import type { Callers } from "./routes/route.ts";

export interface Caller {
  readonly identity: Identity | undefined;
  readonly token: string | undefined;
  /** Who that is by now, for an answer that goes on; not a use of the session. Rejects where it cannot be known. */
  again(): Promise<Identity | undefined>;
}

/** A key or token longer than this is none of ours. */
const MOST_TOKEN = 200;

export async function whoAsks(headers: IncomingHttpHeaders, through: Through, visitor: Visitor, desk: Desk): Promise<Caller> {
  if (through.door === "socket") return always(ownerAtSocket(headers["fairlead-by"]));
  const { logins } = desk;
  if (logins === undefined) return always(undefined);
  if (headers.authorization !== undefined) {
    const key = /^Bearer +([\w.~+/=-]+)$/i.exec(headers.authorization)?.[1];
    if (key === undefined || key.length > MOST_TOKEN) return always(undefined);
    return { identity: await logins.byKey(key), token: undefined, again: () => logins.byKey(key) };
  }
  const token = cookieOf(headers.cookie, cookieName(through.secure));
  const identity = token === undefined ? undefined : await logins.bySession(token, visitor);
  if (token === undefined || identity === undefined) return always(undefined);
  return { identity, token, again: () => logins.lookAtSession(token) };
}

function always(identity: Identity | undefined): Caller {
  return { identity, token: undefined, again: async () => identity };
}

/** Whether somebody may still see and do what they might before. */
export function hasSameRights(before: Identity | undefined, now: Identity | undefined): boolean {
  return before?.role === now?.role && JSON.stringify(before?.view) === JSON.stringify(now?.view);
}

/** Whoever can open the socket owns the node, so the name is for the record, not a right. */
function ownerAtSocket(header: string | string[] | undefined): Identity {
  const name = typeof header === "string" && /^[\w.@+-]{1,64}$/.test(header) ? header : "local";
  return {
    ...{ name, role: "owner", view: EVERYTHING, by: "socket", freshUntil: Number.MAX_SAFE_INTEGER as WallMs, fresh: true },
    actor: { kind: "operator", id: name },
  };
}

/** `__Host-` binds it to this host and to TLS; a browser refuses that over plain HTTP, which loopback alone may speak. */
export function cookieName(secure: boolean): string {
  return secure ? "__Host-fairlead" : "fairlead";
}

/** Ends with the browser; when it ends here is the session's own matter. */
export function cookieText(token: string | undefined, secure: boolean): string {
  const rest = `Path=/; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
  return token === undefined ? `${cookieName(secure)}=; Max-Age=0; ${rest}` : `${cookieName(secure)}=${token}; ${rest}`;
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at < 0 || pair.slice(0, at).trim() !== name) continue;
    const value = pair.slice(at + 1).trim();
    return /^[\w.~+/=-]+$/.test(value) && value.length <= MOST_TOKEN ? value : undefined;
  }
  return undefined;
}

/** @throws {Refused} unless the caller is one of those the route is for. */
export function admit(caller: Caller, callers: Callers, through: Through): void {
  if (callers === "everybody") return;
  if (callers === "socket") {
    if (through.door === "socket") return;
    throw new Refused("not-allowed", "only whoever can open the node's own socket may do this", "run it on the node's machine");
  }
  if (caller.identity === undefined)
    throw new Refused("login-needed", "this needs a login", "log in, or send a key: Authorization: Bearer KEY", {
      "www-authenticate": "Bearer",
    });
  if (callers.includes(caller.identity.role)) return;
  const needed = callers.join(", ");
  throw new Refused("not-allowed", `your role is ${caller.identity.role}; this needs ${needed}`, "ask an owner for the role");
}

/**
 * Against orders that another site's page makes a browser send. Logging in has no session yet, but must not be done for
 * somebody either. @throws {Refused}
 */
export function fromOurPages(headers: IncomingHttpHeaders, caller: Caller, through: Through): void {
  if (through.door === "socket" || caller.identity?.by === "key") return;
  const site = headers["sec-fetch-site"];
  const { origin } = headers;
  if ((site !== undefined && site !== "same-origin") || (origin !== undefined && !isOurPage(origin, headers.host, through.secure)))
    throw new Refused("not-allowed", "the order came from a page of another site");
  if (caller.identity === undefined) return;
  const given = headers["fairlead-csrf"];
  const { csrf } = caller.identity;
  if (csrf === undefined || typeof given !== "string" || !same(given, csrf))
    throw new Refused(
      "not-allowed",
      "the order does not carry its session's secret",
      "send the header fairlead-csrf with `csrf` of /api/v1/me",
    );
}

/** @throws {Refused} where a session must show its password again first. */
export function isFresh(identity: Identity | undefined): void {
  if (identity === undefined || identity.fresh) return;
  throw new Refused("confirm-needed", "this cannot be undone: show your password again", "POST /api/v1/confirm, then the same again");
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The same host and port; over TLS also the same scheme, which a page of plain HTTP by that name has not. */
function isOurPage(origin: string, host: string | undefined, secure: boolean): boolean {
  const [, scheme, theirs] = /^(https?):\/\/([^/\s]+)$/i.exec(origin) ?? [];
  return theirs !== undefined && theirs.toLowerCase() === host?.toLowerCase() && (!secure || scheme?.toLowerCase() === "https");
}
