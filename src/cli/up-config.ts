/** From the command line to a resolved configuration: flags over file over defaults, resolved by control/config. */
import { existsSync } from "node:fs";
import { CommandFault, EXIT } from "./exit.ts";
import type { Call } from "./verb.ts";

/** The quick flags as control/config takes them; what was not given is absent. */
export interface QuickFlags {
  readonly data?: string;
  readonly config?: string;
  readonly smtp?: readonly string[];
  readonly allow?: readonly string[];
  readonly allowWide?: boolean;
  readonly upstream?: string;
}

/** What the command line needs of a resolved configuration. */
export interface RunConfig {
  readonly data: string;
  readonly allow: readonly { readonly address: string }[];
}

interface ConfigFace {
  resolveConfig(flags: QuickFlags): RunConfig;
  configReference(): string;
}

export async function configFace(): Promise<ConfigFace> {
  const face = new URL("../control/config/config.ts", import.meta.url);
  if (!existsSync(face)) throw new CommandFault(EXIT.usage, "not-yet", "this version has no configuration part yet");
  return (await import(face.href)) as ConfigFace;
}

export async function readConfig({ flags, terminal }: Call): Promise<RunConfig> {
  const data = flags.text("data") ?? terminal.env["FAIRLEAD_DATA"];
  const [config, upstream] = [flags.text("config"), flags.text("upstream")];
  const list = (name: string): readonly string[] => flags.all(name).flatMap((text) => text.split(",")).filter((text) => text !== "");
  const { resolveConfig } = await configFace();
  return resolveConfig({
    ...(data && { data }),
    ...(config !== undefined && { config }),
    ...(flags.on("smtp") && { smtp: list("smtp") }),
    ...(flags.on("allow") && { allow: list("allow") }),
    ...(flags.on("allow-wide") && { allowWide: true }),
    ...(upstream !== undefined && { upstream }),
  });
}
