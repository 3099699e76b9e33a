/** When to try again. Waits grow by a table, not by a formula, so that an operator can read and change them. */

import type { WallMs } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { Diagnosis } from "../../model/diagnosis.ts";

export interface RetrySettings {
  /** The wait after the 1st, 2nd … counted attempt; the last repeats. */
  readonly scheduleMs: readonly number[];
  /** From acceptance until the message is given up. */
  readonly expireMs: number;
  /** From acceptance until the sender is told of a delay. */
  readonly delayWarningMs: number;
  /** How long a delivery whose fate is unknown waits before its one retry (receivers drop a second copy by Message-ID). */
  readonly inDoubtAfterMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const DEFAULT_RETRY: RetrySettings = {
  scheduleMs: [1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, 1 * HOUR, 2 * HOUR, 4 * HOUR],
  expireMs: 72 * HOUR,
  delayWarningMs: 4 * HOUR,
  inDoubtAfterMs: 15 * MINUTE,
};

/** Spread around each wait, so that what failed together does not come back together. */
const JITTER = 0.1;

/** The next due time after `attempts` counted attempts (at least 1). */
export function nextDue(now: WallMs, attempts: number, retry: RetrySettings, random: Random): WallMs {
  const wait = retry.scheduleMs[Math.min(attempts, retry.scheduleMs.length) - 1] ?? 30 * MINUTE;
  return (now + wait * (1 - JITTER + 2 * JITTER * random.next())) as WallMs;
}

/** Classes whose receivers mean what they say when they name a time. */
const WAITS_TOLD: ReadonlySet<Diagnosis["class"]> = new Set(["grey", "rate", "sysbusy"]);
/** What a receiver may ask for; beyond it our own schedule knows better. */
const LONGEST_TOLD_MS = 4 * HOUR;

/** When the receiver itself said to come back, a little later than it said; undefined where it said nothing usable. */
export function statedDue(diagnosis: Diagnosis, now: WallMs, random: Random): WallMs | undefined {
  const { waitSeconds } = diagnosis;
  if (waitSeconds === undefined || waitSeconds <= 0 || !WAITS_TOLD.has(diagnosis.class)) return undefined;
  const wait = waitSeconds * 1000;
  return wait > LONGEST_TOLD_MS ? undefined : ((now + wait * (1 + JITTER * random.next()) + 1000) as WallMs);
}

/** The n-th time in a row that a lane could not be used: 60 s doubling to 30 min. */
export function laneWaitMs(failures: number, random: Random): number {
  return Math.min(30 * MINUTE, MINUTE * 2 ** Math.min(failures - 1, 10)) * (1 - JITTER + 2 * JITTER * random.next());
}
