/**
 * Four ways to answer a receiver that says "too much": ours, and three that others use, written from their documents.
 * Each decides for one lane what may leave and when; none knows the limit.
 */
import type { MonoMs } from "../../src/base/clock.ts";
import type { Random } from "../../src/base/random.ts";
import { Pace, type Signal } from "../../src/relay/dispatch/dispatch.ts";
import type { CapAnswer } from "../world/hidden-cap.ts";

/** What the receiver said, and by which of its answers a lane is slowed. */
export interface Law {
  readonly name: string;
  /** Connections that may be in use together. */
  readonly connections: number;
  /** How long until a message may leave: 0 now, Infinity until something is heard. */
  delayMs(now: number): number;
  /** One leaves. Gives what `heard` wants back. */
  take(now: number): number;
  /** Nothing may leave for so long, then `reopen` is called; undefined: go on. */
  heard(answer: CapAnswer, taken: number, now: number, inUse: number): number | undefined;
  reopen(): void;
}

const MOST_CONNECTIONS = 20;
const YES: Signal = { is: "yes" };
const TOO_MUCH: Signal = { is: "pushback", limits: true };
/** A 421 that has nothing to do with us looks like any receiver in trouble. */
const BUSY: Signal = { is: "pushback", limits: false };

export function fairlead(random: Random): Law {
  const pace = new Pace({ connections: MOST_CONNECTIONS, perMinute: Number.POSITIVE_INFINITY }, random);
  return {
    name: "Fairlead",
    get connections() {
      return pace.connections;
    },
    delayMs: (now) => pace.delayMs(now as MonoMs),
    take: (now) => {
      pace.take(now as MonoMs);
      return pace.flight;
    },
    heard: (answer, taken, now, inUse) => {
      const signal = answer === "taken" ? YES : answer === "noise" ? BUSY : TOO_MUCH;
      const change = pace.heard(signal, taken, now as MonoMs, inUse >= pace.connections);
      return change?.is === "paused" ? change.ms : undefined;
    },
    reopen: () => pace.reopen(),
  };
}

/**
 * Postfix's concurrency feedback as its SCHEDULER_README tells it, with the default settings: five at first, one more
 * after each success and one fewer after each failure, twenty at most; once failures make up a whole window, the
 * destination is dead for `minimal_backoff_time` (300 s) and begins anew. Postfix itself counts only failures to
 * connect and to greet; here every 421 counts, which is kinder to it.
 */
export function postfix(): Law {
  const FIRST = 5;
  const DEAD_MS = 300_000;
  let window = FIRST;
  let failed = 0;
  let dead = false;
  return {
    name: "Postfix ±1",
    get connections() {
      return window;
    },
    delayMs: () => (dead ? Number.POSITIVE_INFINITY : 0),
    take: () => 0,
    heard: (answer, _, __, inUse) => {
      if (dead) return undefined;
      if (answer === "taken") {
        failed = 0;
        if (inUse >= window) window = Math.min(MOST_CONNECTIONS, window + 1);
        return undefined;
      }
      failed += 1 / window;
      window = Math.max(1, window - 1);
      dead = failed >= 1;
      return dead ? DEAD_MS : undefined;
    },
    reopen: () => {
      dead = false;
      failed = 0;
      window = FIRST;
    },
  };
}

/** As KumoMTA's traffic shaping automation is usually set up: any reply of this kind suspends the lane for a fixed time. */
export function suspend(): Law {
  const SUSPEND_MS = 2 * 3_600_000;
  let suspended = false;
  return {
    name: "suspend 2 h",
    connections: 10,
    delayMs: () => (suspended ? Number.POSITIVE_INFINITY : 0),
    take: () => 0,
    heard: (answer) => {
      if (answer === "taken" || suspended) return undefined;
      suspended = true;
      return SUSPEND_MS;
    },
    reopen: () => {
      suspended = false;
    },
  };
}

/** A rate that an operator wrote down once. It listens to nothing. */
export function staticRule(perMinute: number): Law {
  const everyMs = 60_000 / perMinute;
  let next = 0;
  return {
    name: `static ${perMinute}/min`,
    connections: MOST_CONNECTIONS,
    delayMs: (now) => Math.max(0, next - now),
    take: (now) => {
      next = now + everyMs;
      return 0;
    },
    heard: () => undefined,
    reopen: () => {},
  };
}
