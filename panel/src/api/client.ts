/**
 * Asks the API, by the names and types of its table of routes. A session's orders carry its CSRF word; a busy node (503)
 * is asked again, reads only; whatever goes wrong comes back as the API's own sentence, or as one of ours that says what
 * to do.
 */
import { computed, signal } from "@preact/signals";
import { type WrittenCall, writeCall } from "../../../src/control/api/paths.ts";
import type { InputOf, ReplyOf, RouteName } from "../../../src/control/api/routes.ts";
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

/** As who the panel is shown; the least of all while nobody is known. */
export const myRole = computed(() => me.value?.role ?? "tenant-read");

/** Asks the person to prove who they are once more; set by the frame. False: they would not. */
export const prove = signal<(() => Promise<boolean>) | undefined>(undefined);

const BUSY_AGAIN_MS = [400, 1200];
/** An answer that takes longer is lost: a proxy died, or the machine sleeps. */
const ANSWER_WITHIN_MS = 20_000;

/** @throws {ApiProblem}; with `abort`'s reason once that ends the call. */
export function call<Name extends RouteName>(name: Name, input: InputOf<Name>, abort?: AbortSignal): Promise<ReplyOf<Name>> {
  const written = writeCall(name, input);
  return written.method === "GET" ? get<Name>(written, abort) : order<Name>(written, "application/json");
}

/** The same for a route that takes a CSV file in the place of its fields. */
export function callWithFile<Name extends RouteName>(name: Name, csv: string): Promise<ReplyOf<Name>> {
  return order<Name>({ ...writeCall(name, {}), body: csv }, "text/csv");
}

async function get<Name extends RouteName>(written: WrittenCall, abort?: AbortSignal): Promise<ReplyOf<Name>> {
  for (const wait of BUSY_AGAIN_MS) {
    const answer = await ask(written, {}, abort);
    if (answer.status !== 503) return read<Name>(answer);
    await pause(wait, abort);
  }
  return read<Name>(await ask(written, {}, abort));
}

/** Where the API wants a fresh proof (428), it is asked for and the order repeated once. */
async function order<Name extends RouteName>(written: WrittenCall, kind: string): Promise<ReplyOf<Name>> {
  const csrf = me.peek()?.csrf;
  const headers = { ...(written.body === undefined ? {} : { "content-type": kind }), ...(csrf ? { "fairlead-csrf": csrf } : {}) };
  const answer = await ask(written, headers);
  if (answer.status !== 428 || prove.value === undefined) return read<Name>(answer);
  if (!(await prove.value())) throw new ApiProblem({ status: 428, code: "confirm-needed", text: "Nothing was changed.", fix: null });
  return read<Name>(await ask(written, headers));
}

async function ask(
  { method, target, body }: WrittenCall,
  headers: Readonly<Record<string, string>>,
  abort?: AbortSignal,
): Promise<Response> {
  const late = AbortSignal.timeout(ANSWER_WITHIN_MS);
  try {
    return await fetch(target, {
      method,
      credentials: "same-origin",
      headers: { accept: "application/json", ...headers },
      ...(body === undefined ? {} : { body }),
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

async function read<Name extends RouteName>(answer: Response): Promise<ReplyOf<Name>> {
  const data: unknown = await answer.json().catch(() => undefined);
  // The one place where JSON becomes a type: page and API come out of one release.
  if (answer.ok) return data as ReplyOf<Name>;
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
