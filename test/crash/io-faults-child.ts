/**
 * Run with the fault shim preloaded. Takes a kind of fault; for every n it runs the same traffic on a fresh folder with
 * the n-th matching call failing, until a run comes through without one. Prints a line of JSON a run.
 *
 * Usage: io-faults-child.ts FOLDER CONTROL KIND MANY STRIDE
 */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { silentLog } from "../../src/base/log.ts";
import { seededRandom } from "../../src/base/random.ts";
import { Keeper } from "../../src/store/spool/disk/keeper.ts";
import { isRefused } from "../../src/store/spool/engine/ops.ts";
import { handClock } from "../../src/store/spool/specimens.ts";
import type { SpoolHealth } from "../../src/store/spool/spool.ts";
import type { Told } from "./spool-workload.ts";
import { KEEP, survey, Workload } from "./spool-workload.ts";

const [base = "", controlFile = "", kind = "1", many = "1", stride = "1"] = process.argv.slice(2);
/** Opened once: closing it would be a call of its own. */
const control = openSync(controlFile, "r+");

/** Batches a run; a checkpoint and tidying come in between. */
const BATCHES = 7;

function arm(nth: number): void {
  writeSync(control, new Uint8Array(new Int32Array([nth, Number(many), Number(kind), 0, 0]).buffer), 0, 20, 0);
}

function disarm(): { seen: number; failed: number } {
  const words = new Int32Array(5);
  readSync(control, new Uint8Array(words.buffer), 0, 20, 0);
  writeSync(control, new Uint8Array(20), 0, 20, 0);
  return { seen: words[3] ?? 0, failed: words[4] ?? 0 };
}

interface Run {
  readonly nth: number;
  readonly failed: number;
  readonly opened: boolean;
  /** Every state of health it went through. */
  readonly health: readonly SpoolHealth["is"][];
  readonly messages: number;
  readonly refused: number;
}

function run(nth: number): Run {
  const folder = join(base, `fault-${kind}`);
  rmSync(folder, { recursive: true, force: true });
  const clock = handClock();
  const workload = new Workload(seededRandom("faults"));
  const health: SpoolHealth["is"][] = [];
  const onHealth = (now: SpoolHealth): void => void (health.at(-1) === now.is || health.push(now.is));
  const options = { folder, keepFreeBytes: 0, retention: KEEP, clock, log: silentLog, onHealth };
  arm(nth);
  let keeper: Keeper;
  try {
    keeper = new Keeper(options);
  } catch {
    const { failed } = disarm();
    assert.ok(failed > 0, "it opens when nothing fails");
    new Keeper(options).close(); // and it opens the next time
    return { nth, failed, opened: false, health, messages: 0, refused: 0 };
  }
  for (let i = 0; i < BATCHES; i++) {
    const { batch, learn } = workload.next();
    const results = keeper.run(batch);
    learn(results);
    // Healed: already now a death must not bring back what was refused.
    if (keeper.health.is === "ok" && results.some(isRefused)) assertKept(afterDeath(folder), workload.told, nth);
    if (i % 3 === 1) keeper.idle();
    clock.move(4000);
    keeper.tick();
  }
  // However it failed, it is well again within a minute, and a message gets in.
  for (let i = 0; i < 6 && keeper.health.is !== "ok"; i++) {
    clock.move(10_000);
    keeper.tick();
  }
  assert.equal(keeper.health.is, "ok", `n = ${nth}`);
  const { failed } = disarm();
  const last = workload.next();
  last.learn(keeper.run(last.batch));
  assertKept(afterDeath(folder), workload.told, nth);
  keeper.close();
  return { nth, failed, opened: true, health, messages: workload.told.messages.size, refused: workload.told.refused.size };
}

/** What a process that dies now leaves, where it can be opened afresh. */
function afterDeath(folder: string): string {
  const copy = join(folder, "copy");
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy);
  // Under a name that the shim does not know: looking must not fail.
  const file = join(copy, "copy.db");
  for (const end of ["", "-wal"]) if (existsSync(join(folder, `spool.db${end}`))) copyFileSync(join(folder, `spool.db${end}`), file + end);
  return file;
}

function assertKept(file: string, told: Told, nth: number): void {
  const found = survey(file);
  for (const [key, version] of told.messages) assert.equal(found.get(key), version, `n = ${nth}: message ${key} was acknowledged`);
  for (const key of told.refused) assert.equal(found.get(key), undefined, `n = ${nth}: message ${key} was refused`);
}

for (let nth = 1; ; nth += Number(stride)) {
  const result = run(nth);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (result.failed === 0) break;
}
