/** What is kept, and that a change of how long takes effect while the node runs. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock as clock, type WallMs } from "../base/clock.ts";
import { silentLog as log } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { keyAt } from "../model/ids.ts";
import { EVERYTHING } from "../model/view.ts";
import { ControlSettings, SETTINGS_MIGRATIONS } from "../store/settings/control-settings.ts";
import { submission } from "../store/spool/specimens.ts";
import { openSpool } from "../store/spool/spool.ts";
import { localDialect } from "../store/sql/dialect.ts";
import { openControlDatabase } from "../store/sql/migrations.ts";
import { historyOf, keepingOf } from "./kept.ts";

const DAY = 86_400_000;

test("history is kept for as long as the settings say, from when they say so", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "fairlead-kept-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const spool = stack.use(await openSpool({ where: { folder }, clock, log, keepFreeBytes: 0 }));
  const database = stack.use(await openControlDatabase(localDialect(":memory:"), [SETTINGS_MIGRATIONS]));
  const random = seededRandom("kept");
  const settings = await ControlSettings.open(database, { nodeKey: random.bytes(32), random, now: clock.wall() });
  const journal = { path: join(folder, "spool.db"), flush: "soon" } as const;
  const history = historyOf({ data: folder, spool: { keepFreeBytes: 0 } }, { stack, settings, spool, journal, clock, log });
  const recipientsAfter = async (to: string, daysAgo: number): Promise<string[]> => {
    await spool.append(submission({ key: keyAt((clock.wall() - daysAgo * DAY) as WallMs), to: [to] }));
    assert.equal(await history.caughtUp(60_000), true);
    return (await history.search(EVERYTHING, {}, { limit: 10 })).rows.map((row) => row.to);
  };
  assert.deepEqual(await recipientsAfter("ann@example.net", 3), ["ann@example.net"]);
  const shorter = [{ kind: "retention", key: "", value: { history: "1d" } }];
  await settings.commit(shorter, { by: "ann", at: clock.wall() });
  assert.deepEqual(await recipientsAfter("bob@example.net", 5), ["ann@example.net"], "its day is too old");
  assert.deepEqual(await recipientsAfter("cid@example.net", 0), ["cid@example.net", "ann@example.net"]);
  assert.equal((await keepingOf(history, settings).history()).days, 1);
});
