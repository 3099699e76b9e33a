/** drain: a graceful stop, as SIGTERM does; says what it waits for and returns once the node is gone. */
import { Unreachable } from "../control/api/client.ts";
import { connect } from "./connect.ts";
import { EXIT } from "./exit.ts";
import type { Call } from "./verb.ts";

const LOOK_MS = 250;

export async function run(call: Call): Promise<number> {
  const { flags, terminal, signal } = call;
  const client = connect(call);
  await client.call("drain", {});
  let told = "";
  for (;;) {
    if (flags.on("no-wait")) break;
    try {
      const waitsFor = (await client.call("status", {})).waitsFor ?? "";
      if (waitsFor !== "" && waitsFor !== told) terminal.err(`waits for ${waitsFor}\n`);
      told = waitsFor;
    } catch (thrown) {
      if (thrown instanceof Unreachable) break; // that is what we wait for
      throw thrown;
    }
    await terminal.clock.sleep(LOOK_MS, signal).catch(() => {}); // interrupted: said below
    if (signal.aborted) return EXIT.interrupted;
  }
  const word = flags.on("no-wait") ? "stopping" : "stopped";
  terminal.out(flags.on("json") ? `${JSON.stringify({ state: word })}\n` : `${word}\n`);
  return EXIT.done;
}
