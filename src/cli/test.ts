/** test: hands over to the repository's own test runner, which a package without tests does not have. */
import { existsSync } from "node:fs";
import { CommandFault, EXIT } from "./exit.ts";
import type { Call } from "./verb.ts";

export async function run({ operands }: Call): Promise<number> {
  const runner = new URL("../../test/run.ts", import.meta.url);
  if (!existsSync(runner))
    throw new CommandFault(EXIT.usage, "no-tests", "this copy of Fairlead has no tests", "use a checkout of the repository");
  const { runTests } = (await import(runner.href)) as { runTests(words: readonly string[]): Promise<number> };
  return await runTests(operands);
}
