/** .ci/run on a tree whose ./fairlead is a script: its sums, and that it fails when a part fails or vanishes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./runner/groups.ts";

/** What a part prints last, and its exit code. */
type Part = readonly [closing: string, code: number];
/** The program's own tests, the peers, the browser. */
type Parts = readonly [own: Part, peers: Part, browser: Part];

function ciRun([own, peers, browser]: Parts): { readonly closing: string | undefined; readonly code: number | null } {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-ci-"));
  try {
    mkdirSync(join(folder, ".ci"));
    copyFileSync(join(ROOT, ".ci/run"), join(folder, ".ci/run"));
    const say = ([closing, code]: Part): string => `echo '${closing}'; exit ${code} ;;`;
    const script = `#!/bin/sh\ncase "$2" in '') ${say(own)} test/peers/) ${say(peers)} test/browser/) ${say(browser)} esac\n`;
    writeFileSync(join(folder, "fairlead"), script, { mode: 0o755 });
    const { stdout, status } = spawnSync(join(folder, ".ci/run"), { encoding: "utf8" });
    return { closing: stdout.trimEnd().split("\n").at(-1), code: status };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const GOOD: Part = ["3 passed, 0 failed", 0];
const CASES: readonly (readonly [parts: Parts, closing: string, code: number])[] = [
  [[["7 passed, 0 failed", 0], GOOD, GOOD], "13 passed, 0 failed", 0],
  [[["7 passed, 0 failed", 0], ["3 passed, 0 failed, 2 skipped", 0], GOOD], "13 passed, 0 failed, 2 skipped", 0],
  [[["7 passed, 1 failed", 1], GOOD, GOOD], "13 passed, 1 failed", 1],
  [[["killed in the middle", 137], GOOD, GOOD], "6 passed, 1 failed", 1],
  [[GOOD, ["3 passed, 0 failed", 9], GOOD], "9 passed, 0 failed", 1],
  [[GOOD, GOOD, ["no line that counts", 0]], "6 passed, 1 failed", 1],
];

for (const [parts, closing, code] of CASES)
  test(`${parts.map(([last, exit]) => `"${last}" (exit ${exit})`).join(" and ")} make "${closing}", exit ${code}`, () =>
    assert.deepEqual(ciRun(parts), { closing, code }));
