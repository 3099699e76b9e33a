/** Runs a test from a seed, and says how to run it again when it fails. */
import { execFileSync } from "node:child_process";
import test, { type TestOptions } from "node:test";
import { World } from "../../lab/world/world.ts";

/** Seeds to run: those given, or the one in FAIRLEAD_SIM_SEED. */
export function seeded(name: string, seeds: readonly string[], run: (world: World) => Promise<void>, options: TestOptions = {}): void {
  const chosen = process.env["FAIRLEAD_SIM_SEED"];
  for (const seed of chosen === undefined ? seeds : [chosen])
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

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "unknown"; // not a checkout
  }
}
