/** One request to one receiver: looked up, checked, signed, sent, and what came of it. Never more than ten seconds. */
import type { Clock } from "../../base/clock.ts";
import { textOf } from "../../base/fault.ts";
import type { Resolver } from "../../base/resolver.ts";
import { retryAfterMs } from "./backoff.ts";
import type { HttpAnswer, HttpClient } from "./http-client.ts";
import { signedHeaders } from "./signature.ts";
import { type Reach, reach } from "./target.ts";

const WITHIN_MS = 10_000;
const ANSWER_BYTES = 4096;
const QUOTE_LENGTH = 120;

export interface Letter {
  readonly url: string;
  readonly may: Reach;
  readonly key: Uint8Array;
  readonly id: string;
  readonly body: Uint8Array;
}

export type Outcome = { readonly ms: number; readonly status?: number } & (
  | { readonly is: "taken" }
  /** The receiver says that it will never take any again. */
  | { readonly is: "gone"; readonly why: string }
  /** `said`: the receiver's own words, for people and not for logs. */
  | { readonly is: "failed"; readonly why: string; readonly said?: string; readonly askedMs?: number }
);

export interface SenderPorts {
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly resolver: Resolver;
}

/** @throws the signal's reason when it is aborted: then nobody knows whether it was taken. */
export async function send(letter: Letter, { clock, http, resolver }: SenderPorts, signal: AbortSignal): Promise<Outcome> {
  signal.throwIfAborted();
  const began = clock.mono();
  const took = (): number => Math.round(clock.mono() - began);
  const ending = new AbortController();
  const abort = (): void => ending.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const tooLate = new Error(`no answer within ${WITHIN_MS / 1000} s`);
  const cancel = clock.after(WITHIN_MS, () => ending.abort(tooLate));
  try {
    const answer = await posted(letter, { clock, http, resolver }, ending.signal);
    signal.throwIfAborted();
    return outcomeOf(answer, took(), clock);
  } catch (thrown) {
    signal.throwIfAborted();
    return { is: "failed", ms: took(), why: textOf(thrown) };
  } finally {
    cancel();
    signal.removeEventListener("abort", abort);
  }
}

async function posted({ url, may, key, id, body }: Letter, ports: SenderPorts, signal: AbortSignal): Promise<HttpAnswer> {
  const target = await Promise.race([reach(new URL(url), may, ports.resolver), whenAborted(signal)]);
  if (!target.ok) return { is: "failed", why: target.why };
  const headers = {
    "content-type": "application/json",
    "user-agent": "Fairlead",
    ...signedHeaders(key, id, ports.clock.wall(), body),
  };
  return await ports.http.post({ url, addresses: target.addresses, headers, body, mostBytes: ANSWER_BYTES, signal });
}

/** A look-up does not take a signal, so that it is only no longer waited for. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}

function outcomeOf(answer: HttpAnswer, ms: number, clock: Clock): Outcome {
  if (answer.is === "failed") return { is: "failed", ms, why: answer.why };
  const { status, text } = answer;
  if (status >= 200 && status < 300) return { is: "taken", ms, status };
  if (status === 410) return { is: "gone", ms, status, why: "it answered 410, which means never again" };
  const why = status >= 300 && status < 400 ? `it answered ${status}, and redirects are not followed` : `it answered ${status}`;
  const said = quoted(text);
  const askedMs = retryAfterMs(answer.retryAfter, clock.wall());
  return { is: "failed", ms, status, why, ...(said !== "" && { said }), ...(askedMs !== undefined && { askedMs }) };
}

/** The first words, in one line that PostgreSQL and terminals take. */
function quoted(text: string): string {
  const line = text
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim()
    .toWellFormed();
  return line.length > QUOTE_LENGTH ? `${line.slice(0, QUOTE_LENGTH).toWellFormed()}…` : line;
}
