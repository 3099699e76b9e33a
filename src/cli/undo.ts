/** undo: takes back an operator's action, an override, or what the law decided for a lane. */
import { countText } from "../base/size-text.ts";
import { report } from "./act.ts";
import { connect } from "./connect.ts";
import { EXIT, usageFault } from "./exit.ts";
import { tell, when } from "./listing.ts";
import { undoOverride } from "./override.ts";
import type { Call } from "./verb.ts";

export async function run(call: Call): Promise<number> {
  const [text = ""] = call.operands;
  if (/^o\d{1,15}$/.test(text)) return await undoOverride(call, connect(call), text);
  if (/[.:]/.test(text)) return await undoLane(call, text);
  if (!/^\d{1,15}$/.test(text) || Number(text) === 0)
    throw usageFault(
      `${text} is no action's number, no override as o12, and no lane`,
      "list them: fairlead queue list --actions, fairlead override list, fairlead lanes",
    );
  const result = await connect(call).call("undo", { action: Number(text) });
  return report(call, result, `${countText(result.done)} as before action ${text}.`);
}

async function undoLane(call: Call, lane: string): Promise<number> {
  const restored = await connect(call).call("undoLane", { lane });
  const rate = restored.perMinute === null ? "without limit" : `at ${restored.perMinute}/min`;
  const until = when(restored.immuneUntil, call.terminal, "");
  tell(call, restored, `${restored.lane} goes ${rate} again; not slowed for the same cause before ${until}.\n`);
  return EXIT.done;
}
