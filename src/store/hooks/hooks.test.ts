/** What is kept of a webhook is read back as it was, on both engines, and each node has its own. */
import assert from "node:assert/strict";
import type { WallMs } from "../../base/clock.ts";
import { onBothEngines } from "../sql/both-engines.ts";
import { HOOK_MIGRATIONS, type HookState, HookStates } from "./hooks.ts";

const at = (n: number): WallMs => (1_790_000_000_000 + n) as WallMs;

const KEPT: Readonly<Record<string, HookState>> = {
  fresh: { cursor: 0, replays: 0, run: { is: "ok" } },
  far: { cursor: 4_000_000_000_000, replays: 3, lastOkAt: at(1), run: { is: "ok" }, lost: { from: 7, to: 9 } },
  ill: {
    cursor: 5,
    replays: 0,
    lastOkAt: at(2),
    run: { is: "retrying", failures: 4, since: at(3), nextTryAt: at(4), why: "answered 500: “naïve”" },
  },
  gone: { cursor: 6, replays: 1, run: { is: "stopped", why: "answered 410" } },
};

onBothEngines("the state of a webhook is read back as it was written", [HOOK_MIGRATIONS], async (database) => {
  const states = new HookStates(database, "n1");
  for (const [name, state] of Object.entries(KEPT)) await states.save(name, state);
  assert.deepEqual(Object.fromEntries(await states.load()), KEPT);

  for (const name of Object.keys(KEPT)) await states.save(name, KEPT["fresh"] as HookState);
  const again = await states.load();
  for (const name of Object.keys(KEPT)) assert.deepEqual(again.get(name), KEPT["fresh"], `nothing of the old state of ${name} is left`);
});

onBothEngines("a node sees and removes its own states only", [HOOK_MIGRATIONS], async (database) => {
  const [one, two] = [new HookStates(database, "n1"), new HookStates(database, "n2")];
  await one.save("crm", { cursor: 1, replays: 0, run: { is: "ok" } });
  await two.save("crm", { cursor: 2, replays: 0, run: { is: "ok" } });
  await one.remove("crm");
  assert.equal((await one.load()).size, 0);
  assert.equal((await two.load()).get("crm")?.cursor, 2);
});
