/** pause and resume: nothing is sent to a destination for a while, and then again, beginning with one message. */
import { countText } from "../base/size-text.ts";
import type { ApiClient } from "../control/api/client.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { connect, sameNode } from "./connect.ts";
import { EXIT } from "./exit.ts";
import { tell, untilFlag, when } from "./listing.ts";
import type { Call } from "./verb.ts";

type Resumed = ReplyOf<"resumeDestination">;

export async function run(call: Call): Promise<number> {
  const client = connect(call);
  return call.verb.name === "pause" ? await pause(call, client) : await resume(call, client);
}

async function pause(call: Call, client: ApiClient): Promise<number> {
  const { operands, flags, terminal } = call;
  const dryRun = flags.on("dry-run");
  const paused = await client.call("pauseDestination", {
    ...{ key: operands[0] ?? "", egress: flags.text("egress"), until: untilFlag(call), note: flags.text("note"), dryRun },
  });
  const { override, stands, waiting, undo, warning } = paused;
  const until = when(override?.until ?? null, terminal, "");
  const how = `paused${stands ? " already" : ""}${until === "" ? "" : ` until ${until}`}, ${waitText(waiting)}.`;
  tell(call, paused, dryRun ? `${countText(waiting)} would wait.\n` : `${how} Back: fairlead undo ${undo}${sameNode(call)}\n`);
  if (warning !== null && !flags.on("json")) terminal.err(`note: ${warning}\n`);
  return EXIT.done;
}

async function resume(call: Call, client: ApiClient): Promise<number> {
  const { operands, flags, terminal } = call;
  const dryRun = flags.on("dry-run");
  const resumed = await client.call("resumeDestination", { key: operands[0] ?? "", egress: flags.text("egress"), dryRun });
  tell(call, resumed, `${resumedText(resumed)}\n`);
  if (flags.on("json")) return EXIT.done;
  for (const { says, cause, set, undo } of resumed.holds.filter((row) => !OF_ITSELF.has(row.set) && row.says !== "paused"))
    terminal.err(
      `besides: ${says} (${[set, cause].filter((part) => part !== null).join(", ")})${undo === null ? "" : `; fairlead undo ${undo}`}\n`,
    );
  return EXIT.done;
}

/** What goes without saying after `opens with one message; 3,902 follow at 40/min`. */
const OF_ITSELF: ReadonlySet<string> = new Set(["configuration", "law", "window", "provider-law", "provider-window"]);

function resumedText({ dryRun, ended, probes, waiting, perMinute, holds }: Resumed): string {
  const pause = holds.find(({ limit, says }) => limit === null && says === "paused");
  if (pause !== undefined)
    return `${dryRun ? "would stay" : "stays"} paused: ${pause.cause ?? "by another pause"}. End that too: fairlead undo ${pause.undo ?? ""}`;
  const rate = perMinute === null ? "" : ` at ${perMinute}/min`;
  if (probes === 0) return `${dryRun ? "would be " : ""}open again; ${countText(waiting)} follow${rate}`;
  const lanes = probes === 1 ? "opens with one message" : `${countText(probes)} lanes open with one message each`;
  const also = ended.length > 1 ? `${countText(ended.length)} pauses ended; ` : "";
  return `${dryRun ? "would do: " : ""}${also}${lanes}; ${countText(waiting)} follow${rate} if it is taken`;
}

export function waitText(n: number): string {
  return n === 1 ? "1 waits" : `${countText(n)} wait`;
}
