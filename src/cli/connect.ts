/** From a command to the node: where its socket is, and what its errors mean for the exit code. */
import { join } from "node:path";
import { codeOf } from "../base/fault.ts";
import { type ApiClient, ApiFailure, openClient, Unreachable } from "../control/api/client.ts";
import { CommandFault, EXIT } from "./exit.ts";
import type { Call } from "./verb.ts";

export function dataFolder({ flags, terminal }: Pick<Call, "flags" | "terminal">): string {
  return flags.text("data") ?? (terminal.env["FAIRLEAD_DATA"] || "./data");
}

/** The node of `--data`. Nothing is opened before the first call. */
export function connect(call: Call): ApiClient {
  return openClient(join(dataFolder(call), "control.sock"), { by: call.terminal.user.replace(/[^\w.@+-]/g, "_").slice(0, 64) });
}

/** ` --data D` where the user gave it, so that a printed command works as it stands. */
export function sameNode({ flags }: Pick<Call, "flags">): string {
  const data = flags.text("data");
  return data === undefined ? "" : ` --data ${/^[\w./@:+-]+$/.test(data) ? data : `'${data.replaceAll("'", "'\\''")}'`}`;
}

/** An error of the API as the end of a command. Anything else comes back as it was. */
export function asCommandFault(thrown: unknown): unknown {
  if (thrown instanceof Unreachable) {
    const cause = codeOf(thrown.cause);
    const denied = cause === "EACCES" || cause === "EPERM";
    const fix = denied
      ? "run it as the user that runs the node, or with sudo"
      : "start it: fairlead up --data DIR; or name its folder: --data DIR";
    return new CommandFault(denied ? EXIT.notAllowed : EXIT.unreachable, "unreachable", thrown.message, fix, thrown);
  }
  if (thrown instanceof ApiFailure) return new CommandFault(exitOf(thrown), thrown.code, thrown.message, thrown.fix ?? undefined, thrown);
  return thrown;
}

function exitOf({ status }: ApiFailure): number {
  if (status === 404) return EXIT.notFound;
  if (status === 403) return EXIT.notAllowed;
  if (status === 409) return EXIT.no;
  return status >= 500 ? EXIT.unreachable : EXIT.usage;
}
