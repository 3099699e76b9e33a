/**
 * Folders. Making one makes those above it, one at a time. Node's own recursive mkdir never returns where the system says
 * ENOENT to the last step though its parent exists (below /proc, seen in Node 26.10): a mistyped path must be an error.
 */
import { mkdirSync, watch } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Cancel } from "./clock.ts";
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

/**
 * Calls `seen` with the name of a file that came, went or was renamed. A hint, not a promise: file systems without
 * notifications tell nothing, so whoever must know looks now and then as well.
 */
export function watchFolder(path: string, seen: (name: string) => void): Cancel {
  try {
    const watcher = watch(path, { persistent: false }, (_, name) => {
      if (name !== null) seen(name);
    });
    watcher.on("error", () => watcher.close()); // the folder is gone: nothing more will come
    return () => watcher.close();
  } catch {
    return () => {}; // the system has no watch left to give
  }
}
