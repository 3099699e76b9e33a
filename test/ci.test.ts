/** .ci/run on a tree whose ./fairlead is a script: its sums, and that it fails when a part fails or vanishes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./runner/groups.ts";

/** The parts in order: what each prints last, and its exit code. */
type Parts = readonly [first: readonly [closing: string, code: number], second: readonly [closing: string, code: number]];

function ciRun([[first, firstCode], [second, secondCode]]: Parts): { readonly closing: string | undefined; readonly code: number | null } {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-ci-"));
  try {
    mkdirSync(join(folder, ".ci"));
    copyFileSync(join(ROOT, ".ci/run"), join(folder, ".ci/run"));
    const script = `#!/bin/sh\nif [ $# -eq 1 ]; then echo '${first}'; exit ${firstCode}; else echo '${second}'; exit ${secondCode}; fi\n`;
    writeFileSync(join(folder, "fairlead"), script, { mode: 0o755 });
    const { stdout, status } = spawnSync(join(folder, ".ci/run"), { encoding: "utf8" });
    return { closing: stdout.trimEnd().split("\n").at(-1), code: status };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const CASES: readonly (readonly [parts: Parts, closing: string, code: number])[] = [
  [
    [
      ["7 passed, 0 failed", 0],
      ["3 passed, 0 failed, 2 skipped", 0],
    ],
    "10 passed, 0 failed, 2 skipped",
    0,
  ],
  [
    [
      ["7 passed, 0 failed", 0],
      ["3 passed, 0 failed", 0],
    ],
    "10 passed, 0 failed",
    0,
  ],
  [
    [
      ["7 passed, 1 failed", 1],
      ["3 passed, 0 failed", 0],
    ],
    "10 passed, 1 failed",
    1,
  ],
  [
    [
      ["killed in the middle", 137],
      ["3 passed, 0 failed", 0],
    ],
    "3 passed, 1 failed",
    1,
  ],
  [
    [
      ["7 passed, 0 failed", 0],
      ["3 passed, 0 failed", 9],
    ],
    "10 passed, 0 failed",
    1,
  ],
];

for (const [parts, closing, code] of CASES)
  test(`${parts.map(([last, exit]) => `"${last}" (exit ${exit})`).join(" and ")} make "${closing}", exit ${code}`, () =>
    assert.deepEqual(ciRun(parts), { closing, code }));
