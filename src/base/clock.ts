/**
 * Time is a port: the program reads it here only, so that a day can pass in a test within seconds. Wall time says when
 * something is due and may jump; monotonic time measures how long something took and never does.
 */
import { setTimeout as nodeSleep } from "node:timers/promises";
import type { Brand } from "./brand.ts";

/** Unix time in milliseconds. Compare only with other wall times. */
export type WallMs = Brand<number, "WallMs">;
/** Milliseconds (with fractions) since an arbitrary start. Only differences mean anything. */
export type MonoMs = Brand<number, "MonoMs">;

/** Takes a pending call back. Calling it twice, or after the call was made, does nothing. */
export type Cancel = () => void;

export interface Clock {
  wall(): WallMs;
  mono(): MonoMs;
  /** Calls `then` once, `ms` from now (at least; 0 means the next turn). A pending call keeps the process alive. */
  after(ms: number, then: () => void): Cancel;
  /** Calls `then` once, after whatever input is at hand now has been handled: for work that is better done together. */
  nextTurn(then: () => void): void;
  /** Resolves `ms` from now. @throws the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** setTimeout fires at once above this; a longer wait is made of several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  wall: () => Date.now() as WallMs,
  mono: () => performance.now() as MonoMs,
  after: (ms, then) => {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      timer = left > LONGEST_TIMER_MS ? setTimeout(() => arm(left - LONGEST_TIMER_MS), LONGEST_TIMER_MS) : setTimeout(then, left);
    };
    arm(ms);
    return () => clearTimeout(timer);
  },
  nextTurn: (then) => void setImmediate(then),
  sleep: async (ms, signal) => {
    await nodeSleep(Math.min(ms, LONGEST_TIMER_MS), undefined, signal ? { signal } : undefined);
  },
};
