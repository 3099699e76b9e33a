/**
 * H2: how well does a lane find a limit that nobody tells, follow it down to a tenth, and come back?
 *
 * Hypothesis: at least 85 % of what the receiver would take in each phase; without noise at most 3 % of attempts
 * deferred over the run and 7 % while it is narrow; 80 % of the limit again within an hour of its rise; and by that ahead
 * of Postfix's ±1 concurrency, of a fixed suspension, and of a rate that an operator wrote down.
 *
 * The receiver takes so many messages an hour, saves up three minutes' worth, and refuses the rest; a refused message
 * costs it half of one taken (`--refused-costs`), for receivers count who knocks. There is always more mail than it takes.
 * Every law sends through the same lane. The receiver is a model of ours: it says how laws compare, not what a provider does.
 *
 * Usage: node lab/experiments/h2.ts [--seeds 20] [--hours 6] [--refused-costs 0.5] [--out FOLDER]
 * Prints medians over the seeds. With --out: h2.csv with every run, and a plot of the first seed for each scenario.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../../src/base/random.ts";
import { type Run, runLaw, type Scenario } from "./bottleneck.ts";
import { fairlead, type Law, postfix, staticRule, suspend } from "./laws.ts";
import { plotOf } from "./plot.ts";
import { medianOf, type Verdict, verdictOf } from "./verdict.ts";

const HOUR_MS = 3_600_000;

export function scenarios(hours: number, refusedCosts: number): readonly Scenario[] {
  const of = (name: string, wide: number, noise: number): Scenario => {
    const caps = [wide, wide / 10, wide];
    return { ...{ name, caps, noise, refusedCosts }, phaseMs: hours * HOUR_MS };
  };
  return [of("600-60-600", 600, 0), of("600-60-600 with 1 % noise", 600, 0.01), of("6000-600-6000", 6000, 0)];
}

/** The static rule is what a careful operator sets who knows half of the usual limit. */
export function runsOf(scenario: Scenario, seed: string): readonly Run[] {
  const random = seededRandom(seed);
  const laws: readonly Law[] = [fairlead(random.fork("law")), postfix(), suspend(), staticRule((scenario.caps[0] ?? 0) / 2 / 60)];
  return laws.map((law) => runLaw(law, scenario, random.fork(law.name)));
}

/** By law, over all seeds; ours first. */
export function verdictsOf(scenario: Scenario, seeds: readonly string[]): readonly (readonly Verdict[])[] {
  const all = seeds.map((seed) => runsOf(scenario, seed).map((run) => verdictOf(run, scenario)));
  return (all[0] ?? []).map((_, law) => all.flatMap((verdicts) => verdicts[law] ?? []));
}

const COLUMNS = ["limit an hour", "law", "wide", "narrow", "wide again", "deferred", "while narrow", "80 % again", "merit"];

function row({ scenario, law, goodput, deferred, deferredNarrow, backMinutes, merit }: Verdict): readonly string[] {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const back = backMinutes === Number.POSITIVE_INFINITY ? "never" : `${backMinutes} min`;
  return [scenario, law, ...goodput.map((share) => share.toFixed(2)), percent(deferred), percent(deferredNarrow), back, merit.toFixed(2)];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows
    .map(
      (cells) =>
        `${cells
          .map((cell, n) => cell.padEnd(widths[n] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function main(): void {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "20" },
      hours: { type: "string", default: "6" },
      "refused-costs": { type: "string", default: "0.5" },
      out: { type: "string" },
    },
  });
  const seeds = Array.from({ length: Math.max(1, Number(values.seeds) || 1) }, (_, n) => String(n + 1));
  const rows: (readonly string[])[] = [COLUMNS];
  const lines = ["scenario,law,seed,goodput wide,goodput narrow,goodput wide again,deferred,deferred narrow,minutes to 80 %,merit"];
  for (const scenario of scenarios(Number(values.hours) || 1, Number(values["refused-costs"]))) {
    for (const verdicts of verdictsOf(scenario, seeds)) {
      rows.push(row(medianOf(verdicts)));
      for (const [n, one] of verdicts.entries()) {
        const figures = [...one.goodput, one.deferred, one.deferredNarrow, one.backMinutes, one.merit];
        lines.push([one.scenario, one.law, seeds[n], ...figures.map((figure) => figure.toFixed(4))].join(","));
      }
    }
    if (values.out === undefined) continue;
    mkdirSync(values.out, { recursive: true });
    const name = `h2-${scenario.name.replace(/[^0-9a-z]+/g, "-").replace(/-+$/, "")}.svg`;
    writeFileSync(join(values.out, name), plotOf(scenario, runsOf(scenario, seeds[0] ?? "1")));
  }
  if (values.out !== undefined) writeFileSync(join(values.out, "h2.csv"), `${lines.join("\n")}\n`);
  process.stdout.write(table(rows));
}

if (import.meta.main) main();
