/**
 * Asks the API. A session's orders carry its CSRF word; a busy node (503) is asked again, reads only; whatever goes
 * wrong comes back as the API's own sentence, or as one of ours that says what to do.
 */
import { signal } from "@preact/signals";
import { after } from "../look/clock.ts";
import type { Me } from "./shapes.ts";

export interface Problem {
  /** 0: no answer at all. */
  readonly status: number;
  readonly code: string;
  readonly text: string;
  readonly fix: string | null;
}

export class ApiProblem extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.text);
    this.problem = problem;
  }
}

/** Who is signed in; null: nobody; undefined: not asked yet. */
export const me = signal<Me | null | undefined>(undefined);

/** Asks the person to prove who they are once more; set by the frame. False: they would not. */
export const prove = signal<(() => Promise<boolean>) | undefined>(undefined);

const BASE = "/api/v1";
const BUSY_AGAIN_MS = [400, 1200];
/** An answer that takes longer is lost: a proxy died, or the machine sleeps. */
const ANSWER_WITHIN_MS = 20_000;

export async function get<T>(path: string, abort?: AbortSignal): Promise<T> {
  for (const wait of BUSY_AGAIN_MS) {
    const answer = await ask("GET", path, undefined, abort);
    if (answer.status !== 503) return read<T>(answer);
    await pause(wait, abort);
  }
  return read<T>(await ask("GET", path, undefined, abort));
}

/** Orders something. Where the API wants a fresh proof (428), it is asked for and the order repeated once. */
export async function order<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<T> {
  const answer = await ask(method, path, body);
  if (answer.status !== 428 || prove.value === undefined) return read<T>(answer);
  if (!(await prove.value())) throw new ApiProblem({ status: 428, code: "confirm-needed", text: "Nothing was changed.", fix: null });
  return read<T>(await ask(method, path, body));
}

async function ask(method: string, path: string, body: unknown, abort?: AbortSignal): Promise<Response> {
  const csrf = me.peek()?.csrf;
  const text = body instanceof Blob || typeof body === "string";
  const late = AbortSignal.timeout(ANSWER_WITHIN_MS);
  try {
    return await fetch(`${BASE}${path}`, {
      method,
      credentials: "same-origin",
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": text ? "text/csv" : "application/json" }),
        ...(csrf && method !== "GET" ? { "fairlead-csrf": csrf } : {}),
      },
      ...(body === undefined ? {} : { body: text ? body : JSON.stringify(body) }),
      signal: abort ? AbortSignal.any([abort, late]) : late,
    });
  } catch (thrown) {
    if (abort?.aborted) throw thrown;
    throw new ApiProblem({
      status: 0,
      code: "no-answer",
      text: "The node does not answer.",
      fix: "It may be restarting: this page tries again by itself. On the machine: ./fairlead status",
    });
  }
}

async function read<T>(answer: Response): Promise<T> {
  const data: unknown = await answer.json().catch(() => undefined);
  // The one place where JSON becomes a type: page and API come out of one release.
  if (answer.ok) return data as T;
  const problem = problemOf(answer.status, data);
  // A wrong password or code is a 401 too, and ends nothing.
  if (problem.code === "login-needed") me.value = null;
  throw new ApiProblem(problem);
}

function problemOf(status: number, data: unknown): Problem {
  const error = isRecord(data) && isRecord(data["error"]) ? data["error"] : {};
  const text = (name: string): string | null => (typeof error[name] === "string" ? error[name] : null);
  return {
    status,
    code: text("code") ?? String(status),
    text: text("text") ?? `The node answered ${status} without a reason.`,
    fix: text("fix"),
  };
}

function isRecord(data: unknown): data is Record<string, unknown> {
  return typeof data === "object" && data !== null;
}

function pause(ms: number, abort?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = after(ms, resolve);
    abort?.addEventListener("abort", () => (cancel(), reject(abort.reason)), { once: true });
  });
}

/** What went wrong, of anything thrown. */
export function problemFrom(thrown: unknown): Problem {
  if (thrown instanceof ApiProblem) return thrown.problem;
  return {
    status: -1,
    code: "panel",
    text: `The panel stumbled: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    fix: "Reload the page.",
  };
}

/** `?a=b&c=d` of what is given. */
export function queryText(fields: Readonly<Record<string, string | number | null | undefined>>): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    if (value !== null && value !== undefined && value !== "") words.set(name, String(value));
  const text = words.toString();
  return text === "" ? "" : `?${text}`;
}
