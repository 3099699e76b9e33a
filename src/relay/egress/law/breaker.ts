/**
 * Whether a way out works at all, as a law without I/O: a circuit breaker. Mail of one message tries a way that did not
 * work before all other mail does.
 *
 *     closed ── failures in a row ─▶ open ── its time is over ─▶ probing (one message)
 *       ▲                                                  ▲                            │
 *       └────────────────── it worked ─────────────────────┼────────────────────────────┤
 *                                                          └──── twice as long ─────────┘ it failed
 */
import type { WallMs } from "../../../base/clock.ts";

export type Breaker =
  | { readonly is: "closed"; readonly failures: number }
  | {
      readonly is: "open" | "probing";
      /** Since the first opening after it last worked. */
      readonly since: WallMs;
      /** Of open: when one message may try it. Of probing: when another may, if nothing was heard of the first. */
      readonly until: WallMs;
      readonly why: string;
      readonly openings: number;
    };

export const WORKS: Breaker = { is: "closed", failures: 0 };

const FIRST_MS = 60_000;
const MOST_MS = 30 * 60_000;
/** A probe may wait in a queue, be greylisted, or be lost with a crash. */
const PROBE_MS = 10 * 60_000;

/** `patience`: how many failures in a row it takes; 1 where it cannot be anything else. */
export function failed(was: Breaker, now: WallMs, why: string, patience: number): Breaker {
  if (was.is === "open") return was; // an attempt that began before it opened
  if (was.is === "closed" && was.failures + 1 < patience) return { is: "closed", failures: was.failures + 1 };
  const { since, openings } = was.is === "closed" ? { since: now, openings: 0 } : was;
  return { is: "open", since, until: (now + Math.min(MOST_MS, FIRST_MS * 2 ** openings)) as WallMs, why, openings: openings + 1 };
}

export function worked(was: Breaker): Breaker {
  return was.is === "closed" && was.failures === 0 ? was : WORKS;
}

/** Whether a message may be given to it now, and what stands afterwards. */
export function tried(was: Breaker, now: WallMs): { readonly may: boolean; readonly then: Breaker } {
  if (was.is === "closed") return { may: true, then: was };
  if (now < was.until) return { may: false, then: was };
  return { may: true, then: { ...was, is: "probing", until: (now + PROBE_MS) as WallMs } };
}
