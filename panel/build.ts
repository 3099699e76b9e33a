/**
 * Builds the panel into `panel/dist`, unless it was built from these very sources already. The launcher runs it after an
 * install and before a start when a source is newer than the build. The new folder is put in place by a rename, so that
 * an interrupted build leaves the old one.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { brotliCompressSync, gzipSync } from "node:zlib";

const HERE = import.meta.dirname;
const DIST = join(HERE, "dist");
/** Holds the name of the sources it was built from; its time is what the launcher compares. */
const STAMP = "built-from";
/** A smaller file fits one packet as it is. */
const PACKED_FROM = 1000;
/** Of a bundler's error, as many lines as name the file and the fault. */
const WHY_LINES = 3;

/** Its own sources, and the folders of the program that it may import (test/tidy/law.ts). The launcher looks at the same. */
const SOURCES = ["src", "../src/base", "../src/model", "../src/control/api"];
const ALONE = ["index.html", "build.ts", "bundle.ts", "../package-lock.json"];

/** A name for the state of everything that goes into the build. */
function sourcesName(): string {
  const sum = createHash("sha256");
  const files = SOURCES.flatMap((folder) => readdirSync(join(HERE, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const path of [...ALONE.map((name) => join(HERE, name)), ...files])
    sum.update(relative(HERE, path)).update("\0").update(readFileSync(path)).update("\0");
  return sum.digest("hex");
}

/** Beside each file that is worth it, the same compressed: done once here, so that no request waits for it. */
function pack(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const bytes = entry.isFile() ? readFileSync(path) : Buffer.alloc(0);
    if (bytes.length < PACKED_FROM) continue;
    writeFileSync(`${path}.br`, brotliCompressSync(bytes));
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  }
}

/** Puts the new folder in the old one's place; of two builders at once the later finds it done. */
function place(made: string, name: string): void {
  const old = `${made}-old`;
  try {
    if (existsSync(DIST)) renameSync(DIST, old);
    renameSync(made, DIST);
  } catch (thrown) {
    if (!isBuiltFrom(name)) throw thrown;
  }
  for (const left of [old, made]) rmSync(left, { recursive: true, force: true });
}

function isBuiltFrom(name: string): boolean {
  const stamp = join(DIST, STAMP);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === name;
}

async function buildPanel(): Promise<void> {
  const name = sourcesName();
  if (isBuiltFrom(name)) return writeFileSync(join(DIST, STAMP), name); // a new time: the launcher need not ask again
  const { build } = await import("vite");
  const made = join(HERE, `.dist-${process.pid}`);
  await build({ configFile: join(HERE, "bundle.ts"), logLevel: "silent", build: { outDir: made, emptyOutDir: true } });
  pack(made);
  writeFileSync(join(made, STAMP), name);
  place(made, name);
}

await buildPanel().catch((thrown: unknown) => {
  const why = stripVTControlCharacters(String(thrown))
    .split("\n")
    .filter((line) => /\w/.test(line))
    .slice(0, WHY_LINES)
    .join(" ");
  process.stderr.write(`fairlead: the panel was not built (${why}); mail and commands work without it\n`);
  process.exitCode = 1;
});
