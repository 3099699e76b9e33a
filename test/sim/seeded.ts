/** Runs a test from a seed, and says how to run it again when it fails. */
import { execFileSync } from "node:child_process";
import test, { type TestOptions } from "node:test";
import { World } from "../../lab/world/world.ts";

/** Runs the seeds given, or those that FAIRLEAD_SIM_SEED names instead: `7`, or `1..200` to go hunting. */
export function seeded(name: string, seeds: readonly string[], run: (world: World) => Promise<void>, options: TestOptions = {}): void {
  for (const seed of chosenSeeds() ?? seeds)
    test(`${name} (seed ${seed})`, options, async () => {
      const world = new World(seed);
      try {
        await run(world);
      } catch (thrown) {
        const tail = world.chronicle.tail(30).join("\n  ");
        throw new Error(`seed ${seed}, commit ${commit()}: run it again with FAIRLEAD_SIM_SEED=${seed}\n  ${tail}\n${String(thrown)}`, {
          cause: thrown,
        });
      }
    });
}

function chosenSeeds(): readonly string[] | undefined {
  const chosen = process.env["FAIRLEAD_SIM_SEED"];
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(chosen ?? "") ?? [];
  if (from === undefined || to === undefined) return chosen === undefined ? undefined : [chosen];
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, n) => String(Number(from) + n));
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "unknown"; // not a checkout
  }
}
