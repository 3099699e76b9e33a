/**
 * Receivers that answer and take nothing: each attempt goes its way as planned, and only all of them together show that
 * mail there will end by being returned.
 */
import type { Fold } from "./fold.ts";
import { FLOW, MINUTE_MS, MINUTES, type Operator, type SiteTrack } from "./tracks.ts";

export interface PutOff {
  readonly key: string;
  readonly provider: string;
  /** Its destinations that put something off. */
  readonly sites: readonly string[];
  /** Put off within the last hour. */
  readonly attempts: number;
  /** What it answered last, without its changing parts, and what helps, as far as either is known. */
  readonly says?: string;
  readonly remedy?: string;
}

/** Fewer may be one message on its usual way through greylisting. */
const ATTEMPTS_LEAST = 10;
/** For so long already: who asks strangers to come back does so for less. */
const LASTS_MINUTES = 30;

/** Those with the most attempts first. */
export function putOff(fold: Fold, now: number): readonly PutOff[] {
  const minute = Math.floor(now / MINUTE_MS);
  const recent = fold.sites.all().filter(({ seenAt }) => now - seenAt < MINUTES * MINUTE_MS);
  return [...Map.groupBy(recent, ({ operator }) => operator.key).values()]
    .flatMap((tracks) => rowOf(fold, tracks, minute, now) ?? [])
    .sort((a, b) => b.attempts - a.attempts);
}

function rowOf(fold: Fold, tracks: readonly SiteTrack[], minute: number, now: number): PutOff | undefined {
  const count = (column: number, back?: number): number => tracks.reduce((sum, track) => sum + track.minutes.sum(minute, column, back), 0);
  const attempts = count(FLOW.later);
  const lately = count(FLOW.later, LASTS_MINUTES);
  if (attempts < ATTEMPTS_LEAST || lately === 0 || lately === attempts || count(FLOW.ok) > 0 || count(FLOW.no) > attempts) return undefined;
  const [first] = tracks;
  if (first === undefined) return undefined;
  const sites = tracks.filter(({ minutes }) => minutes.sum(minute, FLOW.later) > 0).map(({ site }) => site);
  return { key: first.operator.key, provider: first.operator.name, sites, attempts, ...lastWords(fold, first.operator, now) };
}

function lastWords(fold: Fold, { key }: Operator, now: number): Pick<PutOff, "says" | "remedy"> {
  const [last] = (fold.books.get(key)?.book.read(now) ?? []).toSorted((a, b) => b.lastAt - a.lastAt);
  if (last === undefined) return {};
  return { says: last.text, ...(last.remedy !== "" && { remedy: last.remedy }) };
}
