/** login-link: lets an owner in, from the node's own machine: opening the socket is the proof. */
import { connect } from "./connect.ts";
import { EXIT } from "./exit.ts";
import { tell, when } from "./listing.ts";
import type { Call } from "./verb.ts";

export async function run(call: Call): Promise<number> {
  const client = connect(call);
  const made = await client.call("makeFirst", {});
  // A node without an address of its own is reached where it listens.
  const listener = made.url.startsWith("/")
    ? (await client.call("status", {})).listeners.find(({ name }) => name === "http" || name === "panel")
    : undefined;
  const url = listener === undefined ? made.url : `http://${listener.address}${made.url}`;
  tell(call, { ...made, url }, `${url}\n`);
  if (!call.flags.on("json"))
    call.terminal.err(`Good once, until ${when(made.until, call.terminal, "")}: whoever opens it sets an owner's password.\n`);
  return EXIT.done;
}
