/**
 * up --lab: the same node in a simulated internet, which a copy of Fairlead may come without. It begins from nothing each
 * time, in a folder of its own, which a mark in it tells from one with real mail.
 */
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WallMs } from "../base/clock.ts";
import { codeOf } from "../base/fault.ts";
import { systemRandom } from "../base/random.ts";
import { durationText, zoneClock } from "../base/time-text.ts";
import { type ApiClient, openClient } from "../control/api/client.ts";
import type { Config } from "../control/config/config.ts";
import type { NodeRun, ReadyFacts } from "../node/node.ts";
import type { Surroundings } from "../node/surroundings.ts";
import { CommandFault, EXIT, usageFault } from "./exit.ts";
import { stateText, strong, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

/** What `lab/demo` gives. */
export interface Lab {
  readonly seed: string;
  readonly surroundings: Surroundings;
  configOf(config: Config): Config;
  run(signal: AbortSignal): Promise<void>;
  begin(api: ApiClient): Promise<void>;
  /** The node stops: time goes on, also where it stood still, so that it can. */
  end(): void;
}

const MARK = "LAB.txt";
const MARK_TEXT = "This folder is a simulated internet's (fairlead up --lab). It is emptied whenever that starts; nothing in it is real.\n";
const DAY_MS = 86_400_000;
/** When a working day begins there: the same at each start of a day, so that a seed repeats a run. */
const NINE_MS = 9 * 3_600_000;
const MOST_SEED = 40;

/** A seed that was given, or one that can be given again. @throws {CommandFault} */
export function seedOf({ flags }: Pick<Call, "flags">): string {
  const given = flags.text("seed");
  if (given !== undefined && !flags.on("lab")) throw usageFault("--seed goes with --lab", "fairlead up --lab --seed 7");
  if (given !== undefined && !/^[\w.-]+$/.test(given))
    throw usageFault(`${given.slice(0, MOST_SEED)} is no seed`, "a number or a word: --seed 7");
  return given?.slice(0, MOST_SEED) ?? String(1 + Math.floor(systemRandom.next() * 9_999));
}

/** @throws {CommandFault} where this copy has no lab, or where its folder holds something else or is in use. */
export async function openLab(config: Config, seed: string, now: WallMs): Promise<Lab> {
  const { data, controlSocket } = config;
  await emptyFolder(data, controlSocket);
  const start = (Math.floor(now / DAY_MS) * DAY_MS + NINE_MS) as WallMs;
  try {
    const demo = await import("../../lab/demo/demo.ts");
    return await demo.openLab({ seed, data, start });
  } catch (thrown) {
    if (codeOf(thrown) !== "ERR_MODULE_NOT_FOUND") throw thrown;
    throw new CommandFault(
      EXIT.usage,
      "no-lab",
      "this copy of Fairlead has no lab",
      "use a release or a checkout of the repository",
      thrown,
    );
  }
}

/** For a node of the real internet. @throws {CommandFault} */
export function refuseLabFolder(data: string): void {
  if (isLabFolder(data))
    throw usageFault(`${data} is a simulated internet's folder`, "start the lab: fairlead up --lab; or name another: --data DIR");
}

/** Runs the node while the lab's time passes. It is ready once the lab's servers are entered and mail begins to flow. */
export async function runInLab(lab: Lab, run: NodeRun, runNode: (run: NodeRun) => Promise<void>): Promise<void> {
  const { config, signal } = run;
  const over = new AbortController();
  const passing = lab.run(over.signal);
  const begun = Promise.withResolvers<void>();
  const running = runNode({
    ...run,
    ...{ config: lab.configOf(config), surroundings: lab.surroundings },
    ready: (facts) => lab.begin(openClient(config.controlSocket, { by: "lab" })).then(() => run.ready(facts), begun.reject),
    waiting: (what) => {
      lab.end();
      run.waiting(what);
    },
  });
  signal.addEventListener("abort", () => lab.end(), { once: true });
  try {
    await Promise.race([running, passing, begun.promise]);
  } finally {
    over.abort();
    await passing;
  }
}

function isLabFolder(data: string): boolean {
  return existsSync(join(data, MARK));
}

async function emptyFolder(data: string, controlSocket: string): Promise<void> {
  const kept = readdirSync(data);
  if (kept.length > 0 && !isLabFolder(data))
    throw usageFault(`${data} holds something that no lab made, and a lab begins from nothing`, "name another folder: --data DIR");
  const lives = await openClient(controlSocket)
    .call("health", {})
    .then(
      () => true,
      () => false,
    );
  if (lives)
    throw new CommandFault(
      EXIT.no,
      "in-use",
      `a lab runs in ${data}`,
      `look at it: fairlead lab --data ${data}; or name another folder: --data DIR`,
    );
  for (const name of kept) rmSync(join(data, name), { recursive: true, force: true });
  writeFileSync(join(data, MARK), MARK_TEXT);
}

export function labText(
  facts: ReadyFacts,
  start: { readonly version: string; readonly data: string; readonly seed: string },
  terminal: Pick<Terminal, "unicode" | "colour" | "zone">,
): string {
  const { version, data, seed } = start;
  const node = ` --data ${data}`;
  return [
    `${strong(`fairlead ${version}`, terminal)} · lab, seed ${seed} · data ${data}`,
    strong("SIMULATED internet. Nothing leaves this machine: only the panel's port and the control socket are real.", terminal),
    ...facts.listeners.map(
      ({ name, address }) => `${stateText("good", name.padEnd(6), terminal)} ${address}  in the simulated internet only`,
    ),
    ...(facts.panel === undefined ? [] : [`${stateText("good", "panel ", terminal)} ${facts.panel}`]),
    `Ready in ${durationText(facts.ms)}. A second is 20 there, and the first minute plays by itself.`,
    ...(facts.login === undefined
      ? []
      : [`Your login, once, until ${zoneClock(terminal.zone).seconds(facts.login.until).slice(0, 5)}:   ${facts.login.url}`]),
    `Look:     ./fairlead lab${node}   ·   ./fairlead status${node}   ·   ./fairlead top${node}`,
    `Trouble:  ./fairlead lab throttle google${node}   ·   kill yahoo   ·   dns gmail.com   ·   tls webhost-1.example   ·   mend   ·   stop: Ctrl-C`,
    "",
  ].join("\n");
}
