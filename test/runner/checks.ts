/** Checks by tools rather than by tests: each is a program that prints what it finds and fails. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./groups.ts";
import type { Tally } from "./tally.ts";

export interface Check {
  readonly name: string;
  readonly says: string;
  /** Below node_modules/.bin, with its arguments. */
  readonly command: readonly [program: string, ...args: string[]];
}

export const CHECKS: readonly Check[] = [
  { name: "types", says: "TypeScript at its strictest", command: ["tsc", "--noEmit", "-p", "."] },
  { name: "panel", says: "TypeScript of the panel and of its browser tests", command: ["tsc", "--noEmit", "-p", "panel"] },
  { name: "style", says: "Biome: format, imports, lint", command: ["biome", "check", "--error-on-warnings", "."] },
  { name: "unused", says: "knip: files, exports and packages that nobody uses", command: ["knip", "--no-progress"] },
];

/** Its output goes to ours, as it comes. */
export async function runCheck({ command: [program, ...args] }: Check): Promise<Tally> {
  const path = join(ROOT, "node_modules/.bin", program);
  if (!existsSync(path)) {
    process.stdout.write(`   ${program} is not installed: this copy has no development packages\n`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const child = spawn(path, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", resolve);
  });
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}
