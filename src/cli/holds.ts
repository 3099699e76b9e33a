/** holds: held mail in groups of one sender and one cause; the group that has waited longest first. */
import { countText } from "../base/size-text.ts";
import { shortDuration } from "../base/time-text.ts";
import { connect, sameNode } from "./connect.ts";
import { EXIT } from "./exit.ts";
import { list } from "./listing.ts";
import type { Call } from "./verb.ts";

export async function run(call: Call): Promise<number> {
  const { flags, terminal } = call;
  const { groups } = await connect(call).call("holds", {});
  const rows = groups.toSorted((a, b) => Date.parse(a.oldestAt) - Date.parse(b.oldestAt));
  const now = terminal.clock.wall();
  list(call, rows, {
    columns: [
      { head: "HELD", right: true },
      { head: "OLDEST", right: true },
      { head: "SENDER" },
      { head: "TENANT" },
      { head: "FOR EXAMPLE" },
      { head: "WHY" },
    ],
    cells: (group) => [
      countText(group.held),
      shortDuration(now - Date.parse(group.oldestAt)),
      group.sender,
      group.tenant,
      group.sample[0]?.to ?? "",
      group.why,
    ],
    none: "Nothing is held.",
  });
  const [first] = rows;
  if (first !== undefined && !flags.on("json")) {
    const which = `--sender ${first.sender}${sameNode(call)}`;
    terminal.err(`Look: fairlead queue list --state held ${which}\nLet go: fairlead release ${which}\n`);
  }
  return EXIT.done;
}
