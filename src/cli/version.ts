/** version, from package.json: one place. */
import { readFileSync } from "node:fs";
import { EXIT } from "./exit.ts";
import type { Call } from "./verb.ts";

export function programVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}

export async function run({ flags, terminal }: Call): Promise<number> {
  const [fairlead, node] = [programVersion(), process.versions.node];
  terminal.out(flags.on("json") ? `${JSON.stringify({ fairlead, node })}\n` : `fairlead ${fairlead} (Node.js ${node})\n`);
  return EXIT.done;
}
