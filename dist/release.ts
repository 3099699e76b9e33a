/**
 * `npm run release [FOLDER]`: what an operator installs, as one archive: the program, the panel built, the packages that
 * it runs with and no others, and what else lies in dist/ and docs/. The launcher in it installs from its own lock file.
 * The same sources make the same octets.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = join(import.meta.dirname, "..");
/** Files of the tree as it stands, but for what git ignores and what only tests need. */
const CARRIED = ["src", "lab/world", "lab/demo", "docs", "dist", "fairlead", "README.md", "CHANGELOG.md", "LICENSE", ".npmrc"];
const ONLY_FOR_TESTS = /\.test\.ts$|\/golden\/|\/corpus\/|\/specimens\.ts$|\/memory-(?:desk|house|node|rows)\.ts$|^dist\/release\.ts$/;

type Json = Readonly<Record<string, unknown>>;

function readJson(name: string): Json {
  return JSON.parse(readFileSync(join(ROOT, name), "utf8")) as Json; // npm's own files are objects
}

function without(object: Json, ...names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/** The lock without what only development needs, in step with the package.json beside it. */
function lockOfRunning(lock: Json): Json {
  const packages = Object.entries(lock["packages"] as Readonly<Record<string, Json>>);
  const kept = packages.flatMap(([path, entry]) =>
    entry["dev"] === true ? [] : [[path, path === "" ? without(entry, "devDependencies") : entry]],
  );
  return { ...lock, packages: Object.fromEntries(kept) };
}

function writeJson(path: string, value: Json): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

function run(program: string, ...words: readonly string[]): string {
  return execFileSync(program, words, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 26 });
}

/** Resolves the archive's path. @throws when git, tar or the panel's build fail, with what they said on stderr. */
function release(into: string): string {
  const version = String(readJson("package.json")["version"]);
  const name = `fairlead-${version}`;
  run(process.execPath, join(ROOT, "panel/build.ts"));
  const work = mkdtempSync(join(tmpdir(), "fairlead-release-"));
  try {
    const folder = join(work, name);
    const files = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", ...CARRIED).split("\0");
    for (const path of files.filter((path) => existsSync(join(ROOT, path)) && path !== "" && !ONLY_FOR_TESTS.test(path)))
      cpSync(join(ROOT, path), join(folder, path));
    cpSync(join(ROOT, "panel/dist"), join(folder, "panel/dist"), { recursive: true });
    writeJson(join(folder, "package.json"), without(readJson("package.json"), "devDependencies", "scripts"));
    writeJson(join(folder, "package-lock.json"), lockOfRunning(readJson("package-lock.json")));
    mkdirSync(into, { recursive: true });
    const archive = join(into, `${name}.tar.gz`);
    // The time of the last commit, no owner, sorted: so that who builds it again can compare.
    const time = run("git", "log", "-1", "--format=@%ct").trim();
    const plain = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX", `--mtime=${time}`];
    run("tar", ...plain, "--use-compress-program=gzip -9n", "-C", work, "-cf", archive, name);
    return archive;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const archive = release(resolve(process.argv[2] ?? join(ROOT, "release")));
const bytes = readFileSync(archive);
process.stdout.write(`${archive}\n${bytes.length} octets, sha256 ${createHash("sha256").update(bytes).digest("hex")}\n`);
