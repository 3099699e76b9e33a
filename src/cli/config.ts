/** config check and config reference: the settings, without a node. */
import { configFace } from "./up-config.ts";
import { EXIT } from "./exit.ts";
import type { Call } from "./verb.ts";

export async function run(call: Call): Promise<number> {
  const { flags, terminal, operands } = call;
  const face = await configFace();
  if (call.verb.name === "config reference") {
    terminal.out(flags.on("json") ? `${JSON.stringify({ reference: face.configReference() })}\n` : face.configReference());
    return EXIT.done;
  }
  const [file = ""] = operands;
  face.resolveConfig({ config: file });
  terminal.out(flags.on("json") ? `${JSON.stringify({ ok: true, file })}\n` : `${file} is fine\n`);
  return EXIT.done;
}
