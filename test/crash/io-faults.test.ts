/**
 * Writes, syncs and truncations fail below SQLite: the n-th for every n until a run passes. Whatever failed, no
 * acknowledged message is lost, none rises that was refused, and the spool is well again once the disk is.
 *
 * The failing calls are made by a small C library preloaded into a child (fault-shim.c), so this needs Linux and gcc.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

const LONG = process.env["FAIRLEAD_CRASH"] === "1";
const folder = mkdtempSync(join(tmpdir(), "fairlead-faults-"));
const shim = join(folder, "fault-shim.so");
let missing: string | undefined;

/** The shim's kinds; `many` in a row fail; the short run tries every `stride`-th n. */
const KINDS = [
  { name: "any call fails with EIO", kind: 1, many: 1, stride: 8 },
  { name: "a write fails with EIO", kind: 2, many: 1, stride: 17 },
  { name: "a sync fails with EIO", kind: 3, many: 1, stride: 1 },
  { name: "a write fails for want of space", kind: 4, many: 1, stride: 17 },
  { name: "a write is cut short", kind: 5, many: 1, stride: 31 },
  { name: "syncs fail again and again", kind: 3, many: 4, stride: 2 },
  { name: "the disk is full for a while", kind: 4, many: 8, stride: 19 },
] as const;

interface Run {
  readonly nth: number;
  readonly failed: number;
  readonly opened: boolean;
  readonly health: readonly string[];
  readonly messages: number;
  readonly refused: number;
}

before(() => {
  missing = buildShim();
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Why there is no shim, if there is none. */
function buildShim(): string | undefined {
  if (process.platform !== "linux") return "the fault shim is for Linux";
  const build = (): void =>
    void execFileSync("gcc", ["-shared", "-fPIC", "-O1", "-o", shim, join(import.meta.dirname, "fault-shim.c"), "-ldl"], { stdio: "pipe" });
  try {
    build();
    return undefined;
  } catch {
    // no compiler: Debian has one
  }
  try {
    execFileSync("apt-get", ["install", "-y", "-q", "gcc", "libc6-dev"], { stdio: "pipe", timeout: 120_000 });
    build();
    return undefined;
  } catch (thrown) {
    return `gcc is missing and cannot be installed: ${thrown instanceof Error ? thrown.message.split("\n")[0] : String(thrown)}`;
  }
}

async function runsOf(kind: number, many: number, stride: number): Promise<Run[]> {
  const control = join(folder, `control-${kind}-${many}`);
  writeFileSync(control, new Uint8Array(20));
  const env = { ...process.env, LD_PRELOAD: shim, FAULT_CONTROL: control, FAULT_MATCH: "spool.db" };
  const base = mkdtempSync(join(folder, "run-"));
  const args = [join(import.meta.dirname, "io-faults-child.ts"), base, control, String(kind), String(many), String(LONG ? 1 : stride)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 64 * 1024 * 1024 });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Run);
}

for (const { name, kind, many, stride } of KINDS)
  test(`${name}, at every ${LONG ? "" : "few "}n: nothing acknowledged is lost, nothing refused rises`, async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const runs = await runsOf(kind, many, stride);
    const hit = runs.filter((run) => run.failed > 0);
    t.diagnostic(`${runs.length} runs, ${hit.length} with a fault, ${hit.filter((run) => run.refused > 0).length} with a refusal`);
    assert.ok(hit.length >= 5);
    assert.equal(runs.at(-1)?.failed, 0, "the last run met no fault");
    assert.deepEqual(runs.at(-1)?.health, ["ok"]);
    if (kind === 3 && many > 1)
      assert.ok(
        hit.some((run) => run.health.join() === "ok,sick,ok"),
        "repeated failures make it sick, and it recovers",
      );
    if (kind === 3 && many === 1)
      assert.ok(
        hit.every((run) => !run.health.includes("sick")),
        "one failure is healed at once",
      );
  });
