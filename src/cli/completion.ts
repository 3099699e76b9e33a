/** completion: a script for the shell, made from the verb table. */
import { bashScript } from "./completion-bash.ts";
import { fishScript } from "./completion-fish.ts";
import { zshScript } from "./completion-zsh.ts";
import { EXIT, usageFault } from "./exit.ts";
import type { Call } from "./verb.ts";

const SHELLS: Readonly<Record<string, () => string>> = { bash: bashScript, zsh: zshScript, fish: fishScript };

export async function run({ operands, flags, terminal }: Call): Promise<number> {
  const [shell = ""] = operands;
  const make = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (make === undefined) throw usageFault(`${shell} is not a shell this knows`, "bash, zsh or fish");
  const script = make();
  terminal.out(flags.on("json") ? `${JSON.stringify({ shell, script })}\n` : script);
  return EXIT.done;
}
