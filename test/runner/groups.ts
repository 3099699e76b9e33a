/** Which test files there are, by what they prove. */
import { globSync } from "node:fs";
import { join, relative } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

export interface Group {
  readonly name: string;
  readonly says: string;
  /** Part of a run without patterns. */
  readonly usual: boolean;
  /** Whether a file (path from the root) belongs to it; a file belongs to the first that holds it. */
  holds(path: string): boolean;
}

export const GROUPS: readonly Group[] = [
  below("structure", "the source itself: layers, faces, cycles, sizes, names, banned calls", "test/tidy.test.ts"),
  below("units", "each file by itself, beside it", "src/"),
  below("lab", "the simulated internet", "lab/"),
  below("dialogues", "SMTP as it is spoken, line by line", "test/dialogues/"),
  below("sim", "the whole relay on simulated clocks and networks, by seed", "test/sim/"),
  below("crash", "kill -9, power cuts, full disks on the real program; short here, long with --crash", "test/crash/"),
  below("abuse", "strangers, broken clients, lying next hops on the real program", "test/abuse/"),
  { ...below("peers", "Postfix, Exim, swaks with the real program", "test/peers/"), usual: false },
  { ...below("browser", "the panel as a person uses it, in chromium", "test/browser/"), usual: false },
  below("others", "the rest", "test/"),
];

function below(name: string, says: string, path: string): Group {
  return { name, says, usual: true, holds: (file) => file.startsWith(path) };
}

/** Absolute paths, in the order of the groups. */
export function testFiles(wanted: {
  readonly crash: boolean;
  readonly peers: boolean;
  readonly patterns: readonly string[];
}): readonly string[] {
  const all = globSync("{src,lab,test,bench}/**/*.test.ts", { cwd: ROOT })
    .map((file) => relative(ROOT, join(ROOT, file)))
    .sort();
  const chosen = GROUPS.flatMap((group, index) => {
    const mine = all.filter((file) => group.holds(file) && !GROUPS.slice(0, index).some((earlier) => earlier.holds(file)));
    if (wanted.crash) return group.name === "crash" ? mine : [];
    if (wanted.patterns.length > 0) return mine;
    return group.usual || wanted.peers ? mine : [];
  });
  const matching =
    wanted.patterns.length === 0 ? chosen : chosen.filter((file) => wanted.patterns.some((pattern) => file.includes(pattern)));
  return matching.map((file) => join(ROOT, file));
}
