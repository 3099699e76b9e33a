/** What a run is worth: goodput and deferrals by phase, and how long the lane needed to come back. */
import { type Run, type Scenario, STEP_MS } from "./bottleneck.ts";

export interface Verdict {
  readonly scenario: string;
  readonly law: string;
  /** Share of what the receiver would have taken, phase by phase. */
  readonly goodput: readonly number[];
  /** Share of attempts that were deferred, over all and in the narrow phase. */
  readonly deferred: number;
  readonly deferredNarrow: number;
  /** From the rise until the first ten minutes in which 80 % of the new limit was used; Infinity: never. */
  readonly backMinutes: number;
  /** The least goodput of a phase, less what was deferred: more of one must not be bought with more of the other. */
  readonly merit: number;
}

const BACK = 0.8;
const HOUR_MS = 3_600_000;

export function verdictOf(run: Run, { name, caps, phaseMs }: Scenario): Verdict {
  const goodput = run.phases.map(({ taken }, phase) => taken / (((caps[phase] ?? 0) * phaseMs) / HOUR_MS));
  const deferred = shareDeferred(run.phases);
  const narrow = caps.indexOf(Math.min(...caps));
  const last = caps.length - 1;
  const wanted = (BACK * (caps[last] ?? 0) * STEP_MS) / HOUR_MS;
  const back = run.steps.slice((last * phaseMs) / STEP_MS).findIndex(({ taken }) => taken >= wanted);
  return {
    ...{ scenario: name, law: run.law, goodput, deferred },
    deferredNarrow: shareDeferred(run.phases.slice(narrow, narrow + 1)),
    backMinutes: back < 0 ? Number.POSITIVE_INFINITY : ((back + 1) * STEP_MS) / 60_000,
    merit: Math.min(1, ...goodput) * (1 - deferred),
  };
}

/** Figure by figure the median over seeds. */
export function medianOf(verdicts: readonly Verdict[]): Verdict {
  const [first] = verdicts;
  if (!first) throw new Error("no runs");
  const of = (read: (verdict: Verdict) => number): number => middle(verdicts.map(read));
  return {
    ...{ scenario: first.scenario, law: first.law },
    goodput: first.goodput.map((_, phase) => of(({ goodput }) => goodput[phase] ?? 0)),
    deferred: of((one) => one.deferred),
    deferredNarrow: of((one) => one.deferredNarrow),
    backMinutes: of((one) => one.backMinutes),
    merit: of((one) => one.merit),
  };
}

function shareDeferred(counts: Run["phases"]): number {
  const refused = counts.reduce((sum, count) => sum + count.refused, 0);
  const all = counts.reduce((sum, count) => sum + count.taken + count.refused, 0);
  return all === 0 ? 0 : refused / all;
}

function middle(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
}
