/**
 * The summary line: `STATE for RCPT [via PATH] TIME[: CAUSE][. NEXT][. DO].` It claims no more than the events say:
 * *delivered* is what a receiver's server took, *relayed* what an upstream took.
 */
import { unreachable } from "../../base/brand.ts";
import type { WallMs } from "../../base/clock.ts";
import type { ZoneClock } from "../../base/time-text.ts";
import { backLine } from "./back-line.ts";
import { brokeAt, byWhom, forWhom, lastOf, toldText, tookText } from "./phrases.ts";
import { readingOf, todoText } from "./reading.ts";
import { refusedLine } from "./refused-line.ts";
import type { Sentence } from "./sentence.ts";
import type { Back, Eyes, StoryRemedy, Trail } from "./story.ts";
import { waitingLine } from "./waiting-line.ts";

export const LONGEST_LINE = 240;
/** Of the remedy so much stands in the line when room is short. */
const SHORT_TODO = 80;
/** A cause cut shorter than this says nothing. */
const LEAST_CAUSE = 20;

export interface ToldLine {
  readonly line: string;
  readonly cause: string | undefined;
  readonly confidence: number | null;
  readonly remedy: StoryRemedy | null;
  readonly back: Back | null;
}

export function lineOf(trail: Trail, clock: ZoneClock, now: WallMs): ToldLine {
  const sentence = sentenceOf(trail, clock, now);
  const cause = sentence.cause?.replace(/\.+$/, "");
  return {
    line: joined(sentence, cause, trail.eyes),
    cause,
    confidence: sentence.confidence ?? null,
    remedy: sentence.remedy,
    back: sentence.back ?? null,
  };
}

function joined(sentence: Sentence, cause: string | undefined, eyes: Eyes): string {
  const join = (why: string | undefined, todo: string | undefined): string => {
    const parts = [why ? `${sentence.head}: ${why}` : sentence.head, sentence.next, todo];
    return `${parts.filter((part) => part !== undefined && part !== "").join(". ")}.`;
  };
  const todo = sentence.advises === false ? undefined : todoText(sentence.remedy, eyes);
  const whole = join(cause, todo);
  if (whole.length <= LONGEST_LINE) return whole;
  const short = todo === undefined || todo.length <= SHORT_TODO ? todo : `${todo.slice(0, SHORT_TODO - 1).trimEnd()}…`;
  const line = join(cause, short);
  if (line.length <= LONGEST_LINE || cause === undefined) return line;
  const room = cause.length - (line.length - LONGEST_LINE) - 2;
  return join(room < LEAST_CAUSE ? undefined : cutClause(cause, room), short);
}

/** A quotation that was cut open is closed again. */
function cutClause(clause: string, room: number): string {
  const kept = clause.slice(0, room).trimEnd();
  return `${kept}…${kept.split('"').length % 2 === 0 ? '"' : ""}`;
}

function sentenceOf(trail: Trail, clock: ZoneClock, now: WallMs): Sentence {
  const state = trail.now;
  switch (state.k) {
    case "delivered":
    case "relayed":
      return backLine(trail, settledWell(trail, state, clock));
    case "queued":
      return waitingLine(trail, state, clock, now);
    case "held":
      return held(trail, state, clock.minutes(state.discard?.at ?? now, now));
    case "bounced":
    case "expired":
      return backLine(trail, failed(trail, state.k, state.why));
    case "discarded":
      return {
        head: `Discarded ${forWhom(trail)} in ${tookText(trail)}`,
        cause: `${state.why}${byWhom(lastOf(trail.events, "discarded"))}`,
        remedy: null,
      };
    case "refused":
      return refusedLine(trail, state, clock, now);
    case "not known":
      return {
        head: `Settled ${forWhom(trail)}`,
        cause: "its details were deleted after their retention",
        remedy: null,
        advises: false,
      };
    default:
      return unreachable(state);
  }
}

function settledWell(trail: Trail, state: Trail["now"] & { readonly k: "delivered" | "relayed" }, clock: ZoneClock): Sentence {
  const twice = state.possiblyTwice ? ", possibly twice," : "";
  const via = state.k === "relayed" && trail.upstream !== undefined ? ` via ${trail.upstream}` : "";
  const head = `${state.k === "relayed" ? "Relayed" : "Delivered"}${twice} ${forWhom(trail)}${via} in ${tookText(trail)}`;
  if (state.possiblyTwice) {
    const doubt = trail.events.findLast((event) => event.body.kind === "in-doubt");
    const cause = doubt === undefined ? "an attempt ended after the whole message, before the answer" : brokeAt(doubt, clock);
    return { head, cause, remedy: { who: "receiver", text: "may delete one copy", link: null } };
  }
  const earlier = trail.events.findLast((event) => event.body.kind === "deferred")?.body;
  if (earlier?.kind !== "deferred") return { head, remedy: null };
  const { clause, confidence } = readingOf(earlier);
  return { head, cause: earlier.diagnosis === undefined ? `first ${clause}` : `first put off: ${clause}`, confidence, remedy: null };
}

/** `gone`: when its discard is carried out, if it was discarded. */
function held(trail: Trail, state: Trail["now"] & { readonly k: "held" }, gone: string): Sentence {
  const head = `Held ${forWhom(trail)} for ${tookText(trail)}`;
  if (trail.eyes === "tenant")
    return {
      head,
      cause: state.why,
      next: "Waits for a decision",
      remedy: { who: "tenant", text: `ask your provider, and name ${trail.id}`, link: null },
    };
  if (state.discard !== undefined)
    return {
      head,
      cause: state.why,
      next: `Discarded for good at ${gone}`,
      remedy: { who: "operator", text: `until then back with: fairlead undo ${state.discard.action}`, link: null },
    };
  return {
    head,
    cause: state.why,
    next: "Waits for a decision",
    remedy: { who: "operator", text: "release, bounce or discard it", link: null },
  };
}

function failed(trail: Trail, state: "bounced" | "expired", why: string): Sentence {
  const head = `${state === "bounced" ? "Bounced" : "Expired"} ${forWhom(trail)} in ${tookText(trail)}`;
  const last = lastOf(trail.events, state);
  if (last?.kind === "bounced") {
    const { clause, confidence, remedy } = readingOf(last);
    const whose = last.reply === undefined ? byWhom(last) : "";
    return { head, cause: `${clause}${whose}`, next: toldText(last.dsn), remedy, confidence, ...adviceOf(remedy) };
  }
  const dsn = last?.kind === "expired" ? { next: toldText(last.dsn) } : {};
  const tried = lastOf(trail.events, "deferred");
  if (tried?.kind !== "deferred" || tried.diagnosis === undefined) return { head, cause: why, ...dsn, remedy: null, advises: false };
  const { clause, remedy, confidence } = readingOf(tried);
  return { head, cause: clause, ...dsn, remedy, confidence, ...adviceOf(remedy) };
}

/** "Nothing to do" would be wrong under a failure: there only is nothing that we know of. */
function adviceOf(remedy: StoryRemedy | null): { readonly advises?: false } {
  return remedy === null ? { advises: false } : {};
}
