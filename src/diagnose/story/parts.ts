/**
 * Where the time went. Each moment between acceptance and the end belongs to one part, so the parts add up to the
 * total that is shown; what is too small to matter is gathered as "other", never dropped.
 */
import type { FairleadEvent } from "../../model/event.ts";
import type { AttemptFacts, Stage } from "../../model/outcome.ts";
import type { Part, Trail } from "./story.ts";

/** Below this share a part is not worth a line. */
const LEAST_SHARE = 0.005;
/** More attempts than this are told as one part. */
const MOST_TRIES = 3;

const STAGE_NAMES: Readonly<Record<Stage, string>> = {
  dns: "dns",
  connect: "connect",
  banner: "connect",
  ehlo: "talk",
  tls: "tls",
  auth: "talk",
  mail: "talk",
  rcpt: "talk",
  data: "talk",
  dot: "receiver's answer",
};

interface Span {
  readonly what: string;
  readonly ms: number;
  readonly attempt?: AttemptFacts;
}

export function partsOf(trail: Trail): readonly Part[] {
  if (trail.now.k === "not known") return [];
  const total = Math.max(0, Math.round(trail.end - trail.acceptedAt));
  return whole(gather(named(spansOf(trail)), total), total);
}

/** Waits and attempts in turn, without gaps or overlaps. */
function spansOf(trail: Trail): readonly Span[] {
  const spans: Span[] = [];
  let at: number = trail.acceptedAt;
  let waiting = "own turn";
  const until = (moment: number): void => {
    if (moment > at) spans.push({ what: waiting, ms: moment - at });
    at = Math.max(at, moment);
  };
  for (const event of trail.events) {
    const attempt = attemptOf(event);
    if (attempt !== undefined) {
      const lasted = Object.values(attempt.times).reduce((sum, ms) => sum + ms, 0);
      until(Math.min(event.at, Math.max(at, event.at - lasted)));
      spans.push({ what: "try", ms: Math.max(0, event.at - at), attempt });
      at = Math.max(at, event.at);
    }
    const next = waitAfter(event);
    if (next === undefined) continue;
    until(event.at);
    waiting = next;
  }
  until(trail.end);
  return spans;
}

function attemptOf(event: FairleadEvent): AttemptFacts | undefined {
  return "attempt" in event.body ? event.body.attempt : undefined;
}

/** What a delivery waits for once this has happened; undefined if that does not change. */
function waitAfter({ body }: FairleadEvent): string | undefined {
  switch (body.kind) {
    case "deferred":
      if (body.reply === undefined && !body.counted) return "lane closed";
      return /gr[ea]y-?list/i.test(body.reply?.text ?? "") ? "greylisting" : "retry slot";
    case "in-doubt":
      return "in doubt";
    case "held":
      return "held";
    case "released":
    case "retried":
    case "rerouted":
      return "own turn";
    default:
      return undefined;
  }
}

/** A single attempt is told by its stages, several as `try 1`, `try 2`, many as one part; waits of one kind are one part. */
function named(spans: readonly Span[]): ReadonlyMap<string, number> {
  const tries = spans.filter((span) => span.attempt !== undefined).length;
  const parts = new Map<string, number>();
  const add = (what: string, ms: number): void => void parts.set(what, (parts.get(what) ?? 0) + ms);
  let nth = 0;
  for (const { what, ms, attempt } of spans) {
    if (attempt === undefined) add(what, ms);
    else if (tries > MOST_TRIES) add(`${tries} tries`, ms);
    else if (tries > 1) add(`try ${++nth}`, ms);
    else addStages(attempt, ms, add);
  }
  return parts;
}

/** The clock that stamps events and the one that measures stages differ by fractions: the rest counts as talk. */
function addStages(attempt: AttemptFacts, ms: number, add: (what: string, ms: number) => void): void {
  let left = ms;
  for (const [stage, took] of Object.entries(attempt.times) as [Stage, number][]) {
    const share = Math.min(took, left);
    add(STAGE_NAMES[stage], share);
    left -= share;
  }
  if (left > 0) add("talk", left);
}

function gather(parts: ReadonlyMap<string, number>, total: number): readonly Part[] {
  let other = 0;
  const kept: Part[] = [];
  for (const [what, ms] of parts) {
    if (ms < total * LEAST_SHARE) other += ms;
    else if (ms > 0) kept.push({ what, ms });
  }
  return other > 0 ? [...kept, { what: "other", ms: other }] : kept;
}

/** Whole milliseconds that add up to `total`: the largest remainders are rounded up. */
function whole(parts: readonly Part[], total: number): readonly Part[] {
  const floors = parts.map((part) => Math.floor(part.ms));
  let missing = total - floors.reduce((sum, ms) => sum + ms, 0);
  const order = parts.map((part, i) => ({ i, rest: part.ms - Math.floor(part.ms) })).sort((a, b) => b.rest - a.rest || a.i - b.i);
  for (const { i } of order) {
    if (missing <= 0) break;
    floors[i] = (floors[i] ?? 0) + 1;
    missing -= 1;
  }
  return parts.map((part, i) => ({ what: part.what, ms: floors[i] ?? 0 })).filter((part) => part.ms > 0);
}
