/**
 * The summary line: `STATE for RCPT [via PATH] TIME[: CAUSE][. NEXT][. DO].` It claims no more than the events say:
 * *delivered* is what a receiver's server took, *relayed* what an upstream took.
 */
import { unreachable } from "../../base/brand.ts";
import type { WallMs } from "../../base/clock.ts";
import { durationText, type ZoneClock } from "../../base/time-text.ts";
import type { DsnFate, EventBody, FairleadEvent } from "../../model/event.ts";
import { replyLine } from "../../model/reply.ts";
import type { Trail } from "./story.ts";

export const LONGEST_LINE = 240;

interface Sentence {
  readonly head: string;
  /** May be cut to keep the line short; nothing else may. */
  readonly cause?: string;
  readonly rest: readonly string[];
  readonly remedy: string | null;
}

export function lineOf(trail: Trail, clock: ZoneClock, now: WallMs): { readonly line: string; readonly remedy: string | null } {
  const sentence = sentenceOf(trail, clock, now);
  const join = (cause: string | undefined): string => {
    const parts = [cause ? `${sentence.head}: ${cause.replace(/\.+$/, "")}` : sentence.head, ...sentence.rest];
    return `${parts.join(". ")}.`;
  };
  let line = join(sentence.cause);
  if (line.length > LONGEST_LINE && sentence.cause !== undefined) {
    const room = sentence.cause.length - (line.length - LONGEST_LINE) - 2;
    const quoted = sentence.cause.endsWith('"');
    line = join(room < 20 ? undefined : `${sentence.cause.slice(0, room).trimEnd()}…${quoted ? '"' : ""}`);
  }
  return { line, remedy: sentence.remedy };
}

function sentenceOf(trail: Trail, clock: ZoneClock, now: WallMs): Sentence {
  const state = trail.now;
  const took = durationText(trail.end - trail.acceptedAt);
  switch (state.k) {
    case "delivered":
    case "relayed":
      return settledWell(trail, state, took, clock);
    case "queued":
      return waiting(trail, state, took, clock, now);
    case "held":
      return {
        head: `Held for ${trail.to} for ${took}`,
        cause: state.why,
        rest: ["Waits for a decision", "You: release, bounce or discard it"],
        remedy: "You: release, bounce or discard it",
      };
    case "bounced":
    case "expired": {
      const last = lastOf(trail.events, state.k);
      const told = last?.kind === "bounced" || last?.kind === "expired" ? [toldText(last.dsn)] : [];
      const cause = last?.kind === "bounced" && last.reply ? said(last) : state.why;
      return { head: `${state.k === "bounced" ? "Bounced" : "Expired"} for ${trail.to} in ${took}`, cause, rest: told, remedy: null };
    }
    case "discarded":
      return {
        head: `Discarded for ${trail.to} in ${took}`,
        cause: `${state.why}${byWhom(lastOf(trail.events, "discarded"))}`,
        rest: ["Nothing to do"],
        remedy: null,
      };
    case "not known":
      return { head: `Settled for ${trail.to}`, cause: "its details were deleted after their retention", rest: [], remedy: null };
    default:
      return unreachable(state);
  }
}

function settledWell(
  trail: Trail,
  state: Trail["now"] & { readonly k: "delivered" | "relayed" },
  took: string,
  clock: ZoneClock,
): Sentence {
  const twice = state.possiblyTwice ? ", possibly twice," : "";
  const last = lastOf(trail.events, state.k);
  const via = state.k === "relayed" && last?.kind === "relayed" ? ` via ${trail.upstream ?? last.attempt.host}` : "";
  const head = `${state.k === "relayed" ? "Relayed" : "Delivered"}${twice} for ${trail.to}${via} in ${took}`;
  if (state.possiblyTwice) {
    const doubt = trail.events.findLast((event) => event.body.kind === "in-doubt");
    const cause = doubt === undefined ? "an attempt ended after the whole message, before the answer" : brokeAt(doubt, clock);
    return { head, cause, rest: ["Receiver: may delete one copy"], remedy: "Receiver: may delete one copy" };
  }
  const earlier = trail.events.findLast((event) => event.body.kind === "deferred")?.body;
  const cause = earlier?.kind === "deferred" ? `first ${said(earlier)}` : undefined;
  return { head, ...(cause === undefined ? {} : { cause }), rest: ["Nothing to do"], remedy: null };
}

function waiting(trail: Trail, state: Trail["now"] & { readonly k: "queued" }, took: string, clock: ZoneClock, now: WallMs): Sentence {
  const head = `Queued for ${trail.to} for ${took}`;
  const { closed } = trail;
  if (closed !== undefined && !state.inDoubt) {
    const opensAt = Math.max(state.due, closed.until ?? 0) as WallMs;
    const opens = opensAt <= now ? "Waits until it opens" : `Next attempt about ${clock.minutes(opensAt, now)}`;
    return { head, cause: `${closed.site} is closed: ${closed.why}`, rest: [opens, "Nothing to do"], remedy: null };
  }
  const next = state.due <= now ? "Waits for its turn" : `Next attempt about ${clock.minutes(state.due, now)}`;
  const rest = [next, "Nothing to do"];
  if (state.inDoubt) {
    const doubt = trail.events.findLast((event) => event.body.kind === "in-doubt");
    const cause = doubt === undefined ? "sent, no answer yet" : brokeAt(doubt, clock);
    return { head, cause, rest, remedy: null };
  }
  const last = trail.events.findLast((event) => event.body.kind === "deferred");
  if (last?.body.kind !== "deferred") return { head, rest, remedy: null };
  return { head, cause: said(last.body), rest, remedy: null };
}

function brokeAt(doubt: FairleadEvent, clock: ZoneClock): string {
  return `the line broke at ${clock.seconds(doubt.at)} after the whole message, before the answer`;
}

/** The other side's words with who said them, or what kept us from hearing any. */
export function said(body: EventBody & { readonly kind: "deferred" | "bounced" }): string {
  const host = body.attempt?.host;
  if (body.reply !== undefined) return `${host ?? "the receiver"} said "${replyLine(body.reply)}"`;
  if (body.kind === "bounced") return body.why;
  const fault = body.fault;
  if (fault === undefined) return "no reason recorded";
  return `${host === undefined ? "" : `${host}: `}${fault.text}${fault.text.includes(fault.code) ? "" : ` (${fault.code})`}`;
}

export function byWhom(body: EventBody | undefined): string {
  if (body === undefined || !("by" in body) || body.by.kind !== "operator") return "";
  return ` (by ${body.by.id}${"action" in body && body.action !== undefined ? `, action ${body.action}` : ""})`;
}

export function toldText(fate: DsnFate): string {
  return fate === "sent" ? "The sender was told" : `The sender was not told: ${fate}`;
}

function lastOf(events: readonly FairleadEvent[], kind: EventBody["kind"]): EventBody | undefined {
  return events.findLast((event) => event.body.kind === kind)?.body;
}
