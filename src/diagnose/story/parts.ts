/**
 * Where the time went. Each moment between acceptance and the end belongs to one part, so the parts add up to the
 * total that is shown; what is too small to matter is gathered as "other", never dropped.
 */
import type { EventBody, FairleadEvent } from "../../model/event.ts";
import type { AttemptFacts, Stage } from "../../model/outcome.ts";
import type { Eyes, Part, Trail } from "./story.ts";

/** Below this share a part is not worth a line. */
const LEAST_SHARE = 0.005;
/** More attempts than this are told as one part. */
const MOST_TRIES = 3;
/** Gathered from what is too small to be shown. */
const OTHER = "other";

/** What a delivery can wait for. */
type Wait = "own turn" | "lane closed" | "in line" | "retry slot" | "greylisting" | "held" | "in doubt";

type Lane = "not known" | "closed" | "opened again";

interface Span {
  readonly what: string;
  readonly ms: number;
  readonly attempt?: AttemptFacts;
}

export function partsOf(trail: Trail): readonly Part[] {
  if (trail.now.k === "not known" || trail.now.k === "refused") return [];
  const total = Math.max(0, Math.round(trail.end - trail.acceptedAt));
  return whole(gather(named(spansOf(trail), trail.now.k === "relayed"), total), total);
}

/** Waits and attempts in turn, without gaps or overlaps. Events that come after the end, as reports do, take no time. */
function spansOf(trail: Trail): readonly Span[] {
  const walk = new Walk(trail.acceptedAt, trail.end, trail.eyes);
  for (const event of trail.events) if (event.at <= trail.end) walk.pass(event);
  walk.until(trail.end);
  return walk.spans;
}

/**
 * Walks the events with what is waited for: a retry slot or a doubt lasts until it is due, then the delivery's turn
 * comes; whose turn it is waits longer while the lane is closed, or stands in line once it lets mail through again.
 */
class Walk {
  readonly spans: Span[] = [];
  readonly #end: number;
  readonly #eyes: Eyes;
  #at: number;
  #wait: Wait = "own turn";
  /** When the wait is over by itself. */
  #due: number | undefined;
  #lane: Lane = "not known";

  constructor(start: number, end: number, eyes: Eyes) {
    this.#at = start;
    this.#end = end;
    this.#eyes = eyes;
  }

  pass({ at, body }: FairleadEvent): void {
    const attempt = "attempt" in body ? body.attempt : undefined;
    if (attempt !== undefined) this.#attempt(attempt, at);
    if (body.kind === "lane") {
      this.until(at);
      this.#lane = body.open ? (this.#lane === "closed" ? "opened again" : this.#lane) : "closed";
      return;
    }
    const next = waitAfter(body);
    if (next === undefined) return;
    this.until(at);
    [this.#wait, this.#due] = next;
  }

  until(moment: number): void {
    const to = Math.min(moment, this.#end);
    if (this.#due !== undefined && this.#due < to) {
      this.#add(this.#wait, this.#due);
      [this.#wait, this.#due] = ["own turn", undefined];
    }
    this.#add(this.#wait === "own turn" ? this.#turn() : this.#wait, to);
  }

  #turn(): Wait {
    if (this.#lane === "closed" && this.#eyes === "operator") return "lane closed"; // lanes are the inside, waiting is not
    return this.#lane === "not known" ? "own turn" : "in line";
  }

  #attempt(attempt: AttemptFacts, at: number): void {
    const lasted = Object.values(attempt.times).reduce((sum, ms) => sum + ms, 0);
    this.until(Math.min(at, Math.max(this.#at, at - lasted)));
    this.spans.push({ what: "try", ms: Math.max(0, at - this.#at), attempt });
    this.#at = Math.max(this.#at, at);
  }

  #add(what: Wait, to: number): void {
    if (to > this.#at) this.spans.push({ what, ms: to - this.#at });
    this.#at = Math.max(this.#at, to);
  }
}

/** What a delivery waits for once this has happened, and until when by itself; undefined if that does not change. */
function waitAfter(body: EventBody): readonly [Wait, number | undefined] | undefined {
  switch (body.kind) {
    case "deferred":
      if (body.reply === undefined && !body.counted) return ["lane closed", body.dueAt];
      return [isGrey(body) ? "greylisting" : "retry slot", body.dueAt];
    case "in-doubt":
      return ["in doubt", body.dueAt];
    case "held":
      return ["held", undefined];
    case "released":
    case "retried":
    case "rerouted":
      return ["own turn", undefined];
    default:
      return undefined;
  }
}

function isGrey({ diagnosis, reply }: EventBody & { readonly kind: "deferred" }): boolean {
  return diagnosis === undefined ? /gr[ea]y-?list/i.test(reply?.text ?? "") : diagnosis.class === "grey";
}

/** A single attempt is told by its stages, several as `try 1`, `try 2`, many as one part; waits of one kind are one part. */
function named(spans: readonly Span[], relayed: boolean): ReadonlyMap<string, number> {
  const tries = spans.filter((span) => span.attempt !== undefined).length;
  const parts = new Map<string, number>();
  const add = (what: string, ms: number): void => void parts.set(what, (parts.get(what) ?? 0) + ms);
  let nth = 0;
  for (const { what, ms, attempt } of spans) {
    if (attempt === undefined) add(what, ms);
    else if (tries > MOST_TRIES) add(`${tries} tries`, ms);
    else if (tries > 1) add(`try ${++nth}`, ms);
    else addStages(attempt, ms, relayed, add);
  }
  return parts;
}

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

/** The clock that stamps events and the one that measures stages differ by fractions: the rest counts as talk. */
function addStages(attempt: AttemptFacts, ms: number, relayed: boolean, add: (what: string, ms: number) => void): void {
  let left = ms;
  for (const [stage, took] of Object.entries(attempt.times) as [Stage, number][]) {
    const share = Math.min(took, left);
    add(stage === "dot" && relayed ? "upstream's answer" : STAGE_NAMES[stage], share);
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
  return other > 0 ? [...kept, { what: OTHER, ms: other }] : kept;
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
