/** sendmail: not yet. */
import { usageFault } from "./exit.ts";
import type { Call } from "./verb.ts";

export async function run(_: Call): Promise<number> {
  throw usageFault("sendmail is not in this version yet");
}
