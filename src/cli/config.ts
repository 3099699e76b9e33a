/** config check and config reference: the settings, without a node. */
import { faultText, publicConfig, reference, referenceRows } from "../control/config/config.ts";
import { EXIT } from "./exit.ts";
import { accepted, readConfigFile } from "./up-config.ts";
import type { Call } from "./verb.ts";

export async function run({ verb, flags, terminal, operands }: Call): Promise<number> {
  if (verb.name === "config reference") {
    terminal.out(flags.on("json") ? `${JSON.stringify(referenceRows())}\n` : reference());
    return EXIT.done;
  }
  const [file = ""] = operands;
  const read = readConfigFile(file, {});
  if (flags.on("json") && !read.ok) {
    terminal.out(`${JSON.stringify({ ok: false, errors: read.errors.map((fault) => ({ ...fault, text: faultText(fault) })) })}\n`);
    return EXIT.usage;
  }
  const config = publicConfig(accepted(read));
  terminal.out(flags.on("json") ? `${JSON.stringify({ ok: true, errors: [], config })}\n` : `${file} is fine\n`);
  return EXIT.done;
}
