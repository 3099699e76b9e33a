/**
 * `./fairlead test`: everything that can be checked on this machine, in steps that stop at nothing, with one line of
 * result at the end. `--list` explains what there is; patterns choose by path.
 */
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import { durationText } from "../src/base/time-text.ts";
import { CHECKS, runCheck } from "./runner/checks.ts";
import { GROUPS, ROOT, testFiles } from "./runner/groups.ts";
import { runFiles } from "./runner/node-tests.ts";
import { addTallies, NOTHING, type Tally, tallyText } from "./runner/tally.ts";

const USAGE = 2;

interface Wanted {
  readonly list: boolean;
  /** The long runs of test/crash. */
  readonly crash: boolean;
  /** Peers are run when asked for only: they install packages. */
  readonly peers: boolean;
  readonly patterns: readonly string[];
}

/** Resolves with the exit code: 0 if nothing failed, 1 if something did, 2 if the words make no sense. */
export async function runTests(words: readonly string[]): Promise<number> {
  const wanted = read(words);
  if (typeof wanted === "string") {
    say(`fairlead test: ${wanted}\n  → fairlead test --list`);
    return USAGE;
  }
  if (wanted.list) {
    say(listing());
    return 0;
  }
  const started = systemClock.mono();
  let tally = NOTHING;
  for (const check of wanted.crash ? [] : CHECKS) {
    if (wanted.patterns.length > 0 && !wanted.patterns.includes(check.name)) continue;
    tally = addTallies(tally, await step(`${check.name}: ${check.says}`, () => runCheck(check)));
  }
  const files = testFiles(wanted);
  if (files.length > 0)
    tally = addTallies(tally, await step(`tests: ${files.length} files`, () => runFiles(files, wanted.crash ? 1 : 2, say)));
  if (tally === NOTHING) {
    say(`no test matches ${wanted.patterns.join(" ")}\n  → fairlead test --list`);
    return USAGE;
  }
  say(`\nafter ${durationText(systemClock.mono() - started)}:\n${tallyText(tally)}`);
  return tally.failed === 0 ? 0 : 1;
}

function read(words: readonly string[]): Wanted | string {
  try {
    const flag = { type: "boolean", default: false } as const;
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { list: flag, crash: flag, rewrite: flag },
    });
    if (values.rewrite) process.env["FAIRLEAD_REWRITE"] = "1"; // inherited by the processes that run the files
    if (values.crash) process.env["FAIRLEAD_CRASH"] = "1";
    return { list: values.list, crash: values.crash, peers: Boolean(process.env["FAIRLEAD_PEERS"]), patterns: positionals };
  } catch {
    return `there is no flag ${words.find((word) => word.startsWith("-"))}`; // parseArgs throws for nothing else here
  }
}

async function step(heading: string, run: () => Promise<Tally>): Promise<Tally> {
  const started = systemClock.mono();
  say(`\n── ${heading}`);
  const tally = await run();
  say(`   ${tally.failed === 0 ? "ok" : "FAILED"}, ${durationText(systemClock.mono() - started)}`);
  return tally;
}

function listing(): string {
  const lines = ["./fairlead test runs, in this order:", ""];
  for (const { name, says } of CHECKS) lines.push(`  ${name.padEnd(12)}${says}`);
  for (const { name, says, usual } of GROUPS) {
    const count = testFiles({ crash: false, peers: true, patterns: [] }).filter(
      (file) => GROUPS.find(({ holds }) => holds(relative(ROOT, file)))?.name === name,
    ).length;
    lines.push(`  ${name.padEnd(12)}${says} (${count} files${usual ? "" : "; when asked for"})`);
  }
  lines.push(
    "",
    "./fairlead test PATTERN …   a check by its name, or the test files whose path contains PATTERN: peers, spool, smtp/server",
    "./fairlead test --crash     test/crash at full length: hundreds of kills, power cuts, full disks",
    "./fairlead test --rewrite   golden files are written anew; review the diff",
    "",
    "FAIRLEAD_PEERS=1 runs the peers with the rest. FAIRLEAD_SEED repeats a crash run, FAIRLEAD_SIM_SEED=7 or 1..200 a simulation.",
    "As root on Debian, missing packages are installed; else the tests that need them say so and skip.",
  );
  return lines.join("\n");
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
