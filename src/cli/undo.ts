/** undo: takes an operator's action back. */
import { countText } from "../base/size-text.ts";
import { report } from "./act.ts";
import { connect } from "./connect.ts";
import { usageFault } from "./exit.ts";
import type { Call } from "./verb.ts";

export async function run(call: Call): Promise<number> {
  const [text = ""] = call.operands;
  if (!/^\d{1,15}$/.test(text) || Number(text) === 0)
    throw usageFault(`${text} is not an action's number`, "list them: fairlead queue list --actions");
  const result = await connect(call).call("undo", { action: Number(text) });
  return report(call, result, `${countText(result.done)} as before action ${text}.`);
}
