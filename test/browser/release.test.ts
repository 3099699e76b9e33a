/** What an operator gets: the archive, unpacked and started by its own launcher, installs what it runs with and serves the panel. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { freePort } from "../outside/free-port.ts";
import { ROOT } from "../outside/program.ts";

const ASKED_MS = 20_000;
/** Two hundred megabytes of Node.js come over the network. */
const READY_MS = 240_000;

function skipped(): string | false {
  const asked = spawnSync("npm", ["view", "yaml@2.9.1", "version"], { cwd: ROOT, encoding: "utf8", timeout: ASKED_MS });
  return asked.status === 0 ? false : "npm reaches no registry from here";
}

test("a release installs without development packages and serves the panel built", { skip: skipped() }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-release-test-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const made = spawnSync(process.execPath, [join(ROOT, "dist/release.ts"), folder], { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  const [archive = ""] = made.stdout.split("\n");
  assert.equal(spawnSync("tar", ["-xzf", archive, "-C", folder]).status, 0);
  const root = join(folder, readdirSync(folder).find((name) => /^fairlead-[\d.]+$/.test(name)) ?? assert.fail("it unpacks elsewhere"));
  assert.equal(existsSync(join(root, "panel/src")), false);

  const [smtp, http] = [await freePort(), await freePort()];
  const words = ["up", "--data", join(folder, "data"), "--smtp", `127.0.0.1:${smtp}`, "--http", `127.0.0.1:${http}`];
  const child = spawn(join(root, "fairlead"), words, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  stack.defer(async () => {
    child.kill();
    await gone;
  });
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const late = AbortSignal.timeout(READY_MS);
    const fail = (): void => reject(new Error(`it did not get ready:\n${said.join("\n")}`));
    late.addEventListener("abort", fail, { once: true });
    void gone.then(fail);
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        if (line.startsWith("Ready in")) resolve();
      });
  });
  assert.match(said.join("\n"), /installing dependencies/);
  for (const name of ["vite", "typescript", "preact", "playwright-core"])
    assert.equal(existsSync(join(root, "node_modules", name)), false, `${name} is installed`);

  const page = await (await fetch(`http://127.0.0.1:${http}/`)).text();
  const script = /<script type="module" crossorigin src="([^"]+)"/.exec(page)?.[1] ?? assert.fail(page);
  const answer = await fetch(`http://127.0.0.1:${http}${script}`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-encoding") ?? "", /^(?:br|gzip)$/); // packed when it was built
  const health = await fetch(`http://127.0.0.1:${http}/api/v1/health`);
  assert.equal(health.status, 200);
});
