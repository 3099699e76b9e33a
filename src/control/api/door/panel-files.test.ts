/** Which files there are, what a browser may keep, and that no request names anything else. Over a real server. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { panelFiles } from "./panel-files.ts";

const root = mkdtempSync(join(tmpdir(), "fairlead-panel-"));
const folder = join(root, "dist");
const server = createServer();

before(async () => {
  mkdirSync(join(folder, "assets"), { recursive: true });
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  put("index.html", "<!doctype html>index");
  put("assets/index-C9g_Gz2u.js", "plain script");
  put("assets/index-C9g_Gz2u.js.br", "script in br");
  put("assets/index-C9g_Gz2u.js.gz", "script in gz");
  put("assets/plain.js", "no hash");
  put("assets/mark-CxO21NKm.svg", "<svg/>");
  put("built-from", "a hash");
  put(".env", "SECRET=1");
  put("assets/index-C9g_Gz2u.js.map", "{}");
  writeFileSync(join(root, "outside.txt"), "outside");
  symlinkSync(join(root, "outside.txt"), join(folder, "assets/link-AAAAAAAA.txt"));
  const panel = panelFiles(folder);
  put("assets/later-BBBBBBBB.js", "came after the start");
  server.on("request", (asked, response) => {
    panel.serve(asked, response).then(
      (served) => served || response.writeHead(404).end("not the panel's"),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
after(() => {
  server.close();
  rmSync(root, { recursive: true, force: true });
});

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The path goes out as it is: `fetch` would tidy it up. */
function get(path: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Got> {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return new Promise((resolve, fail) => {
    const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asked.once("error", fail).end();
  });
}

const KEPT = [
  ["/", "text/html; charset=utf-8", "no-cache"],
  ["/?q=to:a@x.example", "text/html; charset=utf-8", "no-cache"],
  ["/index.html", "text/html; charset=utf-8", "no-cache"],
  ["/assets/plain.js", "text/javascript; charset=utf-8", "no-cache"],
  ["/assets/index-C9g_Gz2u.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"],
  ["/assets/mark-CxO21NKm.svg", "image/svg+xml", "public, max-age=31536000, immutable"],
] as const;
for (const [path, type, kept] of KEPT)
  test(`${path} is ${type}, ${kept}`, async () => {
    const { status, headers } = await get(path);
    assert.deepEqual([status, headers["content-type"], headers["cache-control"], headers.vary], [200, type, kept, "accept-encoding"]);
  });

const ENCODED = [
  ["", "plain script", undefined],
  ["gzip", "script in gz", "gzip"],
  ["gzip, deflate, br", "script in br", "br"],
  ["br;q=0, gzip;q=0.5", "script in gz", "gzip"],
  ["br ; q=0.000 , GZIP", "script in gz", "gzip"],
  ["br;q=0.1", "script in br", "br"],
  ["brotli, gzipped, *", "plain script", undefined],
  ["identity", "plain script", undefined],
] as const;
for (const [accepted, text, encoding] of ENCODED)
  test(`who takes "${accepted}" gets ${encoding ?? "it plain"}, with its own type and length`, async () => {
    const got = await get("/assets/index-C9g_Gz2u.js", { "accept-encoding": accepted });
    assert.deepEqual([got.text, got.headers["content-encoding"]], [text, encoding]);
    assert.equal(got.headers["content-type"], "text/javascript; charset=utf-8");
    assert.equal(got.headers["content-length"], String(text.length));
  });

const NOT_THERE = [
  "/assets",
  "/assets/",
  "/built-from",
  "/.env",
  "/assets/index-C9g_Gz2u.js.map",
  "/assets/link-AAAAAAAA.txt",
  "/assets/later-BBBBBBBB.js",
  "/assets/nothing-C9g_Gz2u.js",
  "/../outside.txt",
  "/assets/../../outside.txt",
  "/assets/%2e%2e/%2e%2e/outside.txt",
  "/assets/..%2f..%2foutside.txt",
  "/assets\\..\\..\\outside.txt",
  "//outside.txt",
  "/index.html/",
  "/INDEX.HTML",
  "/index.html%00.js",
  "/__proto__",
  "/constructor",
  `/${"a".repeat(8000)}`,
];
for (const path of NOT_THERE)
  test(`${path.slice(0, 60)} is no file of the panel`, async () => assert.equal((await get(path)).text, "not the panel's"));

test("HEAD tells the length without the content; other methods are not for files", async () => {
  const head = await get("/index.html", {}, "HEAD");
  assert.deepEqual([head.status, head.text, head.headers["content-length"]], [200, "", "20"]);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) assert.equal((await get("/index.html", {}, method)).status, 404, method);
});

test("a file that went away since is not there, and one that grew is sent whole", async () => {
  renameSync(join(folder, "assets/mark-CxO21NKm.svg"), join(folder, "assets/moved"));
  assert.equal((await get("/assets/mark-CxO21NKm.svg")).status, 404);
  writeFileSync(join(folder, "index.html"), "<!doctype html>index, built anew");
  assert.equal((await get("/")).text, "<!doctype html>index, built anew");
});
