/**
 * Makes a folder and those above it, one at a time. Node's own recursive mkdir never returns where the system says
 * ENOENT to the last step though its parent exists (below /proc, seen in Node 26.10): a mistyped path must be an error.
 */
import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { codeOf } from "./fault.ts";

/** Resolves relative paths; an existing folder is left as it is. @throws the system's error for the step that failed. */
export function makeFolder(path: string, mode = 0o755): void {
  const missing: string[] = [];
  for (let at = resolve(path); ; at = dirname(at)) {
    if (made(at, mode, at !== dirname(at))) break;
    missing.push(at);
  }
  for (const at of missing.reverse()) mkdirSync(at, { mode });
}

/** True once the folder is there; false if its parent is missing. */
function made(at: string, mode: number, hasParent: boolean): boolean {
  try {
    mkdirSync(at, { mode });
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === "EEXIST") return true;
    if (codeOf(thrown) === "ENOENT" && hasParent) return false;
    throw thrown;
  }
}
