/** The lab as one process in one thread, as fast as it goes: the same seed is the same history, and another is not. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openLab } from "../../lab/demo/demo.ts";
import type { WallMs } from "../../src/base/clock.ts";
import { openClient } from "../../src/control/api/client.ts";
import { resolveConfig } from "../../src/control/config/config.ts";
import { runNode } from "../../src/node/node.ts";

const START = Date.UTC(2026, 2, 3, 9) as WallMs;
const MINUTE = 60_000;
/** Google has begun to slow us by then, and Yahoo has lost a host. */
const LOOKED_AT = 5 * MINUTE;

/** What had happened in the world when its clock stood there. Somebody looks on meanwhile, now and then. */
async function historyOf(seed: string): Promise<string> {
  const data = mkdtempSync(join(tmpdir(), "fairlead-lab-"));
  const resolved = resolveConfig({ flags: { data, http: "off", lab: true } });
  assert.ok(resolved.ok);
  const lab = await openLab({ seed, data, start: START });
  const [stop, over] = [new AbortController(), new AbortController()];
  const passing = lab.run(over.signal);
  const { clock, lab: desk } = lab.surroundings;
  const api = openClient(join(data, "control.sock"));
  let hash = "";
  await runNode({
    ...{ config: lab.configOf(resolved.config), surroundings: lab.surroundings, version: "test", signal: stop.signal },
    ...{ write: () => {}, waiting: () => lab.end() },
    ready: () => {
      clock.after(LOOKED_AT, () => {
        hash = lab.hash;
        stop.abort();
      });
      for (let ms = MINUTE; ms < LOOKED_AT; ms += MINUTE) clock.after(ms, () => void api.call("status", {}).catch(() => {}));
      void lab.begin(api);
      desk?.clock({ order: "speed", speed: 1_000 });
    },
  });
  over.abort();
  await passing;
  rmSync(data, { recursive: true });
  return hash;
}

test("a seed repeats the history of the world, whoever looks on; another seed is another", async () => {
  const [first, second, other] = [await historyOf("7"), await historyOf("7"), await historyOf("8")];
  assert.match(first, /^[0-9a-f]{64}$/);
  assert.equal(first, second);
  assert.notEqual(first, other);
});
