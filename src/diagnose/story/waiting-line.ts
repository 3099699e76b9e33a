/** The line of a queued delivery: what it waits for, and until when. */
import type { WallMs } from "../../base/clock.ts";
import type { ZoneClock } from "../../base/time-text.ts";
import type { Diagnosis, ReplyClass } from "../../model/diagnosis.ts";
import { brokeAt, forWhom, tookText } from "./phrases.ts";
import { readingOf } from "./reading.ts";
import type { Sentence } from "./sentence.ts";
import type { StoryRemedy, Trail } from "./story.ts";

type Queued = Trail["now"] & { readonly k: "queued" };

export function waitingLine(trail: Trail, state: Queued, clock: ZoneClock, now: WallMs): Sentence {
  const head = `Queued ${forWhom(trail)} for ${tookText(trail)}`;
  if (trail.closed?.perMinute !== undefined && state.due <= now && !state.inDoubt)
    return { head, cause: slowedText(trail, trail.closed, clock, now), next: "Waits in line", remedy: null };
  if (trail.closed !== undefined && trail.closed.perMinute === undefined && !state.inDoubt) {
    const opensAt = Math.max(state.due, trail.closed.until ?? 0) as WallMs;
    const next = opensAt <= now ? "Waits until it opens" : `Next attempt about ${clock.minutes(opensAt, now)}`;
    return { head, cause: closedText(trail, trail.closed, clock, now), next, remedy: closedRemedy(trail) };
  }
  const next = state.due > now ? `Next attempt about ${clock.minutes(state.due, now)}` : turnText(trail);
  if (state.inDoubt) {
    const doubt = trail.events.findLast((event) => event.body.kind === "in-doubt");
    return { head, cause: doubt === undefined ? "sent, no answer yet" : brokeAt(doubt, clock), next, remedy: null };
  }
  const last = trail.events.findLast((event) => event.body.kind === "deferred")?.body;
  if (last?.kind !== "deferred") return { head, next, remedy: null };
  const { clause, confidence, remedy } = readingOf(last);
  return { head, cause: clause, next, remedy: passesByItself(last.diagnosis) ? null : remedy, confidence };
}

/** What passes by itself, because the dispatcher slows down and tries again: nobody need do anything. */
const PASSES: readonly ReplyClass[] = ["rate", "grey", "sysbusy", "network"];

export function passesByItself(diagnosis: Diagnosis | undefined): boolean {
  return diagnosis !== undefined && PASSES.includes(diagnosis.class);
}

/**
 * What was read in the refusal that closed it. An upstream is the operator's own way out: it does not open by waiting
 * alone, and what a sender or receiver could do about a refusal of somebody's mail would be wrong about it.
 */
function closedRemedy(trail: Trail): StoryRemedy | null {
  if (trail.eyes === "tenant") return null;
  const closing = trail.events.findLast(({ body }) => body.kind === "lane" && !body.open)?.body;
  const read = closing?.kind === "lane" && !passesByItself(closing.diagnosis) ? readingOf(closing).remedy : null;
  if (trail.upstream === undefined || read?.who === "operator") return read;
  return {
    who: "operator",
    text: `look whether ${trail.upstream} runs, is reached from here, and takes your login`,
    link: null,
  };
}

/** A tenant hears that it waits and since when; whose mail brought it about is nobody's name to either reader. */
function closedText(trail: Trail, closed: NonNullable<Trail["closed"]>, clock: ZoneClock, now: WallMs): string {
  const since = closed.since === undefined ? "" : ` since ${clock.minutes(closed.since, now)}`;
  if (trail.eyes === "tenant")
    return `mail from this server to ${closed.site} is slowed${since}${closed.others ? " because of other mail; yours was not the cause" : ""}`;
  return `${closed.site} is closed${since}: ${closed.why}${closed.others ? ", because of another tenant's mail" : ""}`;
}

/** It goes on, as fast as the receiver bears: to a tenant that is the whole of it. */
function slowedText(trail: Trail, closed: NonNullable<Trail["closed"]>, clock: ZoneClock, now: WallMs): string {
  if (trail.eyes === "tenant") return closedText(trail, closed, clock, now);
  const since = closed.since === undefined ? "" : ` since ${clock.minutes(closed.since, now)}`;
  return `${closed.site} gets ${closed.perMinute} messages a minute at most${since}: ${closed.why}`;
}

/** Due, and its lane is open: in line where the lane was closed before and now lets mail through bit by bit. */
function turnText(trail: Trail): string {
  const lane = trail.events.findLast((event) => event.body.kind === "lane")?.body;
  return lane?.kind === "lane" && lane.open ? "Waits in line" : "Waits for its turn";
}
