/** The answer is no: in words for a person, with the next step, under a status that programs understand. */
import { codeOf, textOf } from "../../base/fault.ts";
import type { Log } from "../../base/log.ts";
import type { SqlCode } from "../../store/sql/sql.ts";
import type { Answered, Refusal } from "./node-face.ts";

export interface ErrorBody {
  readonly error: { readonly code: string; readonly text: string; readonly fix: string | null };
}

export const STATUS = {
  "bad-request": 400,
  "bad-value": 400,
  "too-wide": 400,
  "login-needed": 401,
  "wrong-login": 401,
  "code-needed": 401,
  "code-wrong": 401,
  "not-allowed": 403,
  "not-found": 404,
  "no-such-route": 404,
  "method-not-allowed": 405,
  exists: 409,
  fixed: 409,
  refused: 409,
  "too-late": 409,
  "not-undoable": 409,
  "too-large": 413,
  unsupported: 415,
  "confirm-needed": 428,
  wait: 429,
  busy: 503,
  draining: 503,
  timeout: 504,
} as const satisfies Readonly<Record<Refusal["code"], number>> & Readonly<Record<string, number>>;

export class Refused extends Error {
  readonly code: keyof typeof STATUS;
  readonly fix: string | null;
  readonly headers: Readonly<Record<string, string>>;
  constructor(code: keyof typeof STATUS, text: string, fix?: string, headers: Readonly<Record<string, string>> = {}) {
    super(text);
    this.name = "Refused";
    this.code = code;
    this.fix = fix ?? null;
    this.headers = headers;
  }
}

export function notFound(text: string, fix?: string): Refused {
  return new Refused("not-found", text, fix);
}

/** What the node or a desk answered, unless it was no. */
export function answered<T>(answer: Answered<T>): T {
  if (!answer.ok) throw new Refused(answer.refusal.code, answer.refusal.text, answer.refusal.fix);
  return answer;
}

/** Names of ports, for the sentence that says there is none. */
export const FIGURES = "record of rates and answers";
export const PAST = "history";

/** A port that this node was put together without. */
export function wired<T>(desk: T | undefined, what: string): T {
  if (desk === undefined) throw notFound(`there is no ${what} in this node`, "it was started without: its log and its settings say why");
  return desk;
}

export interface Failure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function failure(
  status: number,
  code: string,
  text: string,
  fix: string | null,
  headers: Readonly<Record<string, string>> = {},
): Failure {
  const body: ErrorBody = { error: { code, text, fix } };
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body: `${JSON.stringify(body)}\n` };
}

/** What to do about the control database. A statement of ours that it refuses is a fault of ours, and not here. */
const DATABASE_FIX: ReadonlyMap<string, string> = new Map(
  Object.entries({
    SQL_FULL: "make room where the data folder is; nothing has to be restarted",
    SQL_IO: "look at the disk of the data folder (dmesg, smartctl); it is tried anew with each request",
    SQL_CORRUPT: "stop the node, put back a copy of settings.db in the data folder, and start it",
    SQL_BUSY: "try again; if that does not help, end what else holds settings.db in the data folder",
  } satisfies Readonly<Record<Exclude<SqlCode, "SQL_REFUSED">, string>>),
);

/** Whatever was thrown, as an answer. What is a fault of the program is logged; `request` names the route, never its secrets. */
export function failureOf(thrown: unknown, request: string, log: Log): Failure {
  if (thrown instanceof Refused) return failure(STATUS[thrown.code], thrown.code, thrown.message, thrown.fix, thrown.headers);
  const code = codeOf(thrown);
  if (code === "HISTORY_QUERY") return failure(400, code, textOf(thrown), "ask anew, without after");
  log("error", "a control request failed", { request, code, error: textOf(thrown) });
  if (code.startsWith("HISTORY_")) return failure(503, code, textOf(thrown), "mail is not touched by it; see: fairlead status");
  if (code.startsWith("SPOOL_")) return failure(503, code, textOf(thrown), "see the node's log and: fairlead status");
  const fix = DATABASE_FIX.get(code);
  if (fix !== undefined) return failure(503, code, `settings.db cannot be used now (mail goes on without it): ${textOf(thrown)}`, fix);
  return failure(500, code === "" ? "internal" : code, textOf(thrown), "this is a fault of Fairlead; the node's log has more");
}
