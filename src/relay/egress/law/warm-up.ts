/**
 * The warm-up of one address at one provider, as a law without I/O. Each day has a ceiling. After a day that was used and
 * went well the next day's is higher; when the provider objects, today's falls at once, and the next day does not grow.
 *
 *     cold ─▶ ceiling × growth after each good, used day ─▶ warm (the ceiling is high enough to be none)
 *               └── objected to: one step back for its pace, half for its name; once a day, never below the start
 */
import { type Ramp, rampOf } from "./ramps.ts";

/** Plain data: it is kept as JSON. */
export interface WarmUp {
  /** Days since 1970, UTC. */
  readonly day: number;
  readonly ceiling: number;
  /** Given to the address today. */
  readonly chosen: number;
  /** Answers of today. */
  readonly accepted: number;
  readonly refused: number;
  readonly objected: number;
  readonly steppedBack: boolean;
  /** The last day on which it was used. */
  readonly usedDay: number;
  readonly warm: boolean;
}

/** What a receiver's answer says of the address: it is too fast, or its name is bad, or nothing. */
export type Heard = "accepted" | "too fast" | "bad name" | "refused";

/** A day is used if that much of its ceiling was: a quiet day shows a receiver nothing. */
const USED = 0.5;
/** Objections and refusals above this share of a day's answers keep the ceiling where it is. */
const CLEAN_BELOW = 0.02;
/** One objection may be anybody's bad day. */
const OBJECTIONS = 2;
/** Receivers forget: after so many days without mail it begins anew. */
const FORGOTTEN_DAYS = 30;
const BAD_NAME = 0.5;

export function cold(provider: string, day: number): WarmUp {
  const { start } = rampOf(provider);
  return { day, ceiling: start, chosen: 0, accepted: 0, refused: 0, objected: 0, steppedBack: false, usedDay: day, warm: false };
}

/** As it stands on that day: the same, or after as many nights as have passed. */
export function onDay(was: WarmUp, provider: string, day: number): WarmUp {
  if (day <= was.day) return was; // a clock that steps back brings no day twice
  if (day - was.usedDay > FORGOTTEN_DAYS) return cold(provider, day);
  const ramp = rampOf(provider);
  const grows = !was.steppedBack && isUsed(was) && isClean(was);
  const ceiling = grows ? Math.round(was.ceiling * ramp.growth) : was.ceiling;
  const fresh = { chosen: 0, accepted: 0, refused: 0, objected: 0, steppedBack: false };
  return { ...was, ...fresh, day, ceiling, warm: was.warm || ceiling >= ramp.enough };
}

/** One more message is given to the address. */
export function chosenOnce(was: WarmUp): WarmUp {
  return { ...was, chosen: was.chosen + 1, usedDay: was.day };
}

export function heard(was: WarmUp, provider: string, what: Heard): WarmUp {
  const objects = what === "too fast" || what === "bad name";
  const now: WarmUp = {
    ...was,
    accepted: was.accepted + (what === "accepted" ? 1 : 0),
    refused: was.refused + (what === "refused" ? 1 : 0),
    objected: was.objected + (objects ? 1 : 0),
    usedDay: was.day,
  };
  if (!objects || now.steppedBack || now.objected < OBJECTIONS || now.objected < CLEAN_BELOW * answersOf(now)) return now;
  return { ...now, steppedBack: true, warm: false, ceiling: stepBack(now.ceiling, rampOf(provider), what) };
}

/** How many more messages it may be given today; without end once it is warm. */
export function room(now: WarmUp): number {
  return now.warm ? Number.POSITIVE_INFINITY : Math.max(0, now.ceiling - Math.max(now.chosen, now.accepted));
}

/** How many more may leave today, whenever they were given to it. */
export function sendable(now: WarmUp): number {
  return now.warm ? Number.POSITIVE_INFINITY : Math.max(0, now.ceiling - now.accepted);
}

function stepBack(ceiling: number, { start, growth }: Ramp, what: "too fast" | "bad name"): number {
  return Math.max(start, Math.round(what === "bad name" ? ceiling * BAD_NAME : ceiling / growth));
}

function answersOf({ accepted, refused, objected }: WarmUp): number {
  return accepted + refused + objected;
}

function isUsed(now: WarmUp): boolean {
  return now.accepted >= USED * now.ceiling;
}

function isClean(now: WarmUp): boolean {
  const answers = answersOf(now);
  return now.objected < CLEAN_BELOW * answers + 1 && now.refused < CLEAN_BELOW * answers + 1;
}
