/** From the command line to a resolved configuration: flags over file over defaults, resolved by control/config. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { codeOf } from "../base/fault.ts";
import { type Config, type ConfigFlags, faultText, type Resolved, resolveConfig } from "../control/config/config.ts";
import { CommandFault, EXIT } from "./exit.ts";
import { LAB_FOLDER } from "./lab-folder.ts";
import type { Call } from "./verb.ts";

/** A configuration is a page; what is larger is another file by mistake. */
const MOST_BYTES = 1024 * 1024;

/** @throws {CommandFault} usage, with every fault on a line of its own. */
export function configOf({ flags, terminal }: Call): Config {
  // A lab empties its folder: that of the environment is a real node's.
  const data = flags.text("data") ?? (flags.on("lab") ? LAB_FOLDER : terminal.env["FAIRLEAD_DATA"] || undefined);
  const [upstream, http, file] = [flags.text("upstream"), flags.text("http"), flags.text("config")];
  const list = (name: string): readonly string[] =>
    flags
      .all(name)
      .flatMap((text) => text.split(","))
      .filter((text) => text !== "");
  const given: ConfigFlags = {
    ...(data !== undefined && { data }),
    ...(flags.on("smtp") && { smtp: list("smtp") }),
    ...(flags.on("allow") && { allow: list("allow") }),
    ...(flags.on("i-know") && { iKnow: true }),
    ...(upstream !== undefined && { upstream }),
    ...(http !== undefined && { http }),
    ...(flags.on("lab") && { lab: true }),
  };
  return accepted(file === undefined ? resolveConfig({ flags: given, machineName: hostname() }) : readConfigFile(file, given));
}

/** @throws {CommandFault} usage, if the file cannot be read. */
export function readConfigFile(file: string, flags: ConfigFlags): Resolved {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    const why = codeOf(thrown) === "ENOENT" ? "does not exist" : `cannot be read (${codeOf(thrown)})`;
    throw new CommandFault(EXIT.usage, "config", `${file} ${why}`, undefined, thrown);
  }
  if (text.length > MOST_BYTES) throw new CommandFault(EXIT.usage, "config", `${file} has more than 1 MB: that is no configuration`);
  return resolveConfig({ flags, fileText: text, fileName: file, machineName: hostname() });
}

/** @throws {CommandFault} usage, if anything is wrong. */
export function accepted(resolved: Resolved): Config {
  if (resolved.ok) return resolved.config;
  throw new CommandFault(EXIT.usage, "config", resolved.errors.map(faultText).join("\n"));
}
