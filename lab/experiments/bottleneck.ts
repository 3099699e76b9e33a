/** One lane with more mail than it can get rid of, against one hidden limit: what a law makes of it, message by message. */
import type { Random } from "../../src/base/random.ts";
import { HiddenCap } from "../world/hidden-cap.ts";
import { type Timer, TimerHeap } from "../world/timer-heap.ts";
import type { Law } from "./laws.ts";

export interface Scenario {
  readonly name: string;
  /** Messages an hour that the receiver takes, phase by phase. */
  readonly caps: readonly number[];
  readonly phaseMs: number;
  /** Share of messages that it refuses for no reason. */
  readonly noise: number;
  /** What a refused message costs of what it would take, in messages. */
  readonly refusedCosts: number;
}

/** Of one phase, or of one step of the plot. */
export interface Count {
  taken: number;
  refused: number;
}

export interface Run {
  readonly law: string;
  readonly phases: readonly Count[];
  readonly steps: readonly Count[];
}

/** A point of the plot. */
export const STEP_MS = 10 * 60_000;
/** The receiver saves up three minutes of its limit. */
const SAVED_MS = 3 * 60_000;
const SAVED_LEAST = 3;
/** A transaction: connection, dialogue and content. */
const ANSWER_MS = { least: 300, spread: 400 };

export function runLaw(law: Law, scenario: Scenario, random: Random): Run {
  const { caps, phaseMs } = scenario;
  const end = caps.length * phaseMs;
  const phaseAt = (at: number): number => Math.min(caps.length - 1, Math.floor(at / phaseMs));
  const cap = new HiddenCap(
    { ...scenario, perHour: (at) => caps[phaseAt(at)] ?? 0, savedMs: SAVED_MS, savedLeast: SAVED_LEAST },
    random.fork("cap"),
  );
  const times = random.fork("times");
  const heap = new TimerHeap();
  const run: Run = { law: law.name, phases: caps.map(none), steps: Array.from({ length: Math.ceil(end / STEP_MS) }, none) };
  let [now, order, inUse, waits] = [0, 0, 0, false];
  const after = (ms: number, then: () => void): void => heap.push({ at: now + ms, order: order++, then } satisfies Timer);
  const pump = (): void => {
    while (inUse < law.connections) {
      const delay = law.delayMs(now);
      if (delay > 0) {
        if (waits || delay === Number.POSITIVE_INFINITY) return;
        waits = true;
        return after(delay, () => {
          waits = false;
          pump();
        });
      }
      const taken = law.take(now);
      inUse++;
      after(ANSWER_MS.least + ANSWER_MS.spread * times.next(), () => answer(taken));
    }
  };
  const answer = (taken: number): void => {
    const said = cap.ask(now);
    for (const count of [run.phases[phaseAt(now)], run.steps[Math.floor(now / STEP_MS)]])
      if (count) count[said === "taken" ? "taken" : "refused"]++;
    const pauseMs = law.heard(said, taken, now, inUse);
    inUse--;
    if (pauseMs !== undefined)
      after(pauseMs, () => {
        law.reopen();
        pump();
      });
    pump();
  };
  pump();
  for (let next = heap.pop(); next !== undefined && next.at < end; next = heap.pop()) {
    now = next.at;
    next.then?.();
  }
  return run;
}

function none(): Count {
  return { taken: 0, refused: 0 };
}
