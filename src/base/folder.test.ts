/** Folders are made with those above them, and what cannot be made is an error. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder } from "./folder.ts";

test("missing folders above are made, and one that exists is left alone", () => {
  const root = mkdtempSync(join(tmpdir(), "folder-"));
  try {
    makeFolder(join(root, "a/b/c"), 0o700);
    assert.equal(statSync(join(root, "a/b/c")).mode & 0o777, 0o700);
    makeFolder(join(root, "a/b/c"), 0o755);
    assert.equal(statSync(join(root, "a/b/c")).mode & 0o777, 0o700);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("a place where no folder can be is an error, not a wait", { skip: process.platform !== "linux" }, () => {
  assert.throws(() => makeFolder("/proc/fairlead/data"), { code: "ENOENT" });
});

test("a file in the way is an error", () => {
  const root = mkdtempSync(join(tmpdir(), "folder-"));
  try {
    writeFileSync(join(root, "file"), "");
    assert.throws(() => makeFolder(join(root, "file/data")), { code: "ENOTDIR" });
  } finally {
    rmSync(root, { recursive: true });
  }
});
