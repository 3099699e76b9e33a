/** Listening on a unix socket that only its owner can open, on a path that a dead process may have left behind. */
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import type { Server } from "node:http";
import { dirname } from "node:path";
import { codeOf, Fault, textOf } from "../../../base/fault.ts";
import { makeFolder } from "../../../base/folder.ts";
import { openClient } from "../client.ts";
import { socketPlace } from "../socket-place.ts";

/** `API_SOCKET_LIVE`: another process answers there. `API_SOCKET`: the socket cannot be made. */
export class ApiError extends Fault<"API_SOCKET_LIVE" | "API_SOCKET"> {}

/** @throws {ApiError} */
export async function listenOnSocket(server: Server, socketPath: string): Promise<void> {
  try {
    makeFolder(dirname(socketPath), 0o700);
    if ((await bind(server, socketPath)) === "in use") {
      if (await answers(socketPath))
        throw new ApiError("API_SOCKET_LIVE", `another Fairlead runs on this data folder: ${socketPath} answers`);
      if (!lstatSync(socketPath).isSocket()) throw new ApiError("API_SOCKET", `${socketPath} is not a socket: move it away`);
      unlinkSync(socketPath);
      if ((await bind(server, socketPath)) === "in use")
        throw new ApiError("API_SOCKET_LIVE", `another Fairlead took ${socketPath} just now`);
    }
  } catch (thrown) {
    if (thrown instanceof ApiError) throw thrown;
    throw new ApiError("API_SOCKET", `the control socket ${socketPath} cannot be made: ${textOf(thrown)}`, thrown);
  }
}

async function bind(server: Server, socketPath: string): Promise<"bound" | "in use"> {
  using place = socketPlace(socketPath);
  // Binding happens inside listen(), so nobody can open the socket in a moment of wider permissions.
  const mask = process.umask(0o177);
  try {
    const bound = new Promise<"bound" | "in use">((resolve, fail) => {
      server.once("listening", () => resolve("bound"));
      server.once("error", (fault) => (codeOf(fault) === "EADDRINUSE" ? resolve("in use") : fail(fault)));
    });
    server.listen(place.address);
    process.umask(mask);
    const how = await bound;
    server.removeAllListeners("listening").removeAllListeners("error");
    if (how === "bound") chmodSync(socketPath, 0o600);
    return how;
  } finally {
    process.umask(mask);
  }
}

/** A process that listens counts as alive even when it is too busy to answer well. */
async function answers(socketPath: string): Promise<boolean> {
  try {
    await openClient(socketPath, { timeoutMs: 2_000 }).call("health", {});
    return true;
  } catch (thrown) {
    return !["ECONNREFUSED", "ENOENT"].includes(codeOf(thrown instanceof Error ? thrown.cause : undefined));
  }
}
