/** link: a page with one message's story, for whoever has the link; or the end of all links to it. */
import { connect, nodeUrl } from "./connect.ts";
import { EXIT } from "./exit.ts";
import { tell, when } from "./listing.ts";
import { isIdLike, noIdFault } from "./selection.ts";
import type { Call } from "./verb.ts";

export async function run(call: Call): Promise<number> {
  const { operands, flags, terminal } = call;
  const [id = ""] = operands;
  if (!isIdLike(id)) throw noIdFault(id, "not the id of a message", `look it up with: fairlead where ${id}`);
  const client = connect(call);
  if (flags.on("revoke")) {
    tell(call, await client.call("revokeLink", { id }), `Links to ${id} open nothing any more.\n`);
    return EXIT.done;
  }
  const made = await client.call("makeLink", { id });
  const url = made.url.startsWith("/") ? `${nodeUrl(call)?.origin ?? ""}${made.url}` : made.url;
  tell(call, { ...made, url }, `${url}\n`);
  if (flags.on("json")) return EXIT.done;
  if (url.startsWith("/")) terminal.err("The node does not know its own address: put it before the link.\n");
  terminal.err(`Good until ${when(made.until, terminal, "")}; whoever has it reads this one story. End it: fairlead link ${id} --revoke\n`);
  return EXIT.done;
}
