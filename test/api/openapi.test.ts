/**
 * The API's description: whole by OpenAPI 3.1's own rules, true of what the server does, valid to a public validator,
 * and good enough that a public generator makes a client of it that lists held mail and lets it go. Validator and
 * generator come from the package registry into folders of their own; without a registry they are left out, and say so.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { openHouse } from "../../src/control/api/memory-house.ts";
import { MEMORY_NOW } from "../../src/control/api/memory-node.ts";
import { openApi } from "../../src/control/api/open-api.ts";
import { methodOf, PATHS, pathOf, type RouteName } from "../../src/control/api/paths.ts";

const run = promisify(execFile);
const VALIDATOR = "@seriousme/openapi-schema-validator@2.11.0";
const GENERATOR = "@hey-api/openapi-ts@0.99.0";
/** What the generator is written for; the project's own compiler has no interface that it knows. */
const COMPILER = "typescript@5.9.3";

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: object }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: object }>>;
}

/** As a caller gets it: through JSON. */
const document = JSON.parse(JSON.stringify(openApi("0.1.0"))) as {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test("it is OpenAPI 3.1 with a title, a version, and each route once", () => {
  assert.match(document.openapi, /^3\.1\.\d+$/);
  assert.ok(document.info.title !== "" && document.info.version !== "");
  const names = operations.map(({ operation }) => operation.operationId);
  assert.deepEqual(names.toSorted(), Object.keys(PATHS).toSorted());
  for (const { path, method, operation } of operations) {
    const name = operation.operationId as RouteName;
    assert.deepEqual([path.replace(/\{(\w+)\}/g, ":$1"), method.toUpperCase()], [pathOf(name), methodOf(name)]);
  }
});

test("each variable of a path is a required parameter, and no parameter stands there twice", () => {
  for (const { path, operation } of operations) {
    const variables = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const parameters = operation.parameters ?? [];
    const inPath = parameters.filter((one) => one.in === "path");
    assert.deepEqual(
      inPath.map(({ name, required }) => [name, required]),
      variables.map((name) => [name, true]),
    );
    const names = parameters.map((one) => `${one.in} ${one.name}`);
    assert.equal(new Set(names).size, names.length, operation.operationId);
    assert.ok(
      parameters.every(({ schema }) => Object.keys(schema).length > 0),
      operation.operationId,
    );
  }
});

test("bodies only where a method has one, and each answer is described with its content", () => {
  for (const { method, operation } of operations) {
    if (method === "get" || method === "delete") assert.equal(operation.requestBody, undefined, operation.operationId);
    assert.ok("200" in operation.responses, operation.operationId);
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      assert.match(status, /^[2-5]\d\d$/);
      assert.ok(description !== "" && Object.keys(content).length > 0, `${operation.operationId} ${status}`);
    }
  }
});

test("every reference in it leads somewhere", () => {
  const seen: string[] = [];
  JSON.stringify(document, (key, value: unknown) => {
    if (key === "$ref" && typeof value === "string") seen.push(value);
    return value;
  });
  assert.ok(seen.length > 0);
  for (const reference of new Set(seen)) {
    const found = reference
      .slice(2)
      .split("/")
      .reduce<unknown>(
        (at, part) => (typeof at === "object" && at !== null ? Object.entries(at).find(([key]) => key === part)?.[1] : undefined),
        document,
      );
    assert.notEqual(found, undefined, reference);
  }
});

/** Lists held mail by groups and by deliveries, and releases it; as somebody would write it who has the client only. */
const PROGRAM = `
const { client } = require("./js/client.gen.js");
const api = require("./js/sdk.gen.js");
(async () => {
  client.setConfig({ baseUrl: process.env.BASE, auth: process.env.TOKEN, throwOnError: true });
  const groups = (await api.holds()).data.groups;
  const held = (await api.deliveries({ query: { states: ["held"], total: true } })).data;
  const ids = held.deliveries.map(({ id, rcpt }) => id + "." + rcpt);
  const done = (await api.act({ body: { verb: "release", selector: { id: ids }, note: "by a generated client" } })).data;
  const left = (await api.deliveries({ query: { states: ["held"], total: true } })).data.total;
  console.log(JSON.stringify({ groups: groups.length, held: held.total, done: done.done, left }));
})();
`;

/** A folder with these packages in it; undefined where the registry does not give them, and then the test is left out. */
async function folderWith(t: TestContext, type: "module" | "commonjs", ...packages: readonly string[]): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-openapi-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type }));
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=0", "--fetch-timeout=20000"];
  try {
    await run("npm", ["install", ...quiet, ...packages], { cwd: folder, timeout: 120_000 });
    return folder;
  } catch (thrown) {
    t.skip(`the package registry does not give ${packages[0]}: ${String(thrown).slice(0, 200)}`);
    return undefined;
  }
}

/** Says what is wrong with the description beside it. */
const VALIDATION = `
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
const { valid, errors } = await new Validator().validate(JSON.parse(readFileSync("openapi.json", "utf8")));
console.log(JSON.stringify({ valid, errors: errors ?? null }));
`;

test("a public validator finds nothing wrong with it, and would", { timeout: 300_000 }, async (t) => {
  const folder = await folderWith(t, "module", VALIDATOR);
  if (folder === undefined) return;
  writeFileSync(join(folder, "validate.js"), VALIDATION);
  const verdictOn = async (described: object): Promise<{ readonly valid: boolean; readonly errors: unknown }> => {
    writeFileSync(join(folder, "openapi.json"), JSON.stringify(described));
    return JSON.parse((await run(process.execPath, ["validate.js"], { cwd: folder, timeout: 60_000 })).stdout) as never;
  };
  assert.deepEqual(await verdictOn(document), { valid: true, errors: null });
  assert.equal((await verdictOn({ ...document, paths: { "/x": { get: { parameters: [{ in: "nowhere" }] } } } })).valid, false);
});

test("a client that a public generator makes of it lists held mail and releases it", { timeout: 300_000 }, async (t) => {
  const folder = await folderWith(t, "commonjs", GENERATOR, COMPILER);
  if (folder === undefined) return;
  await using house = await openHouse();
  for (let i = 0; i < 3; i++)
    house.node.add({
      ...{ acceptedAt: MEMORY_NOW, from: "a@x.example", sender: `s${i % 2}@srv`, source: "srv" },
      to: [{ address: `b${i}@y.example`, state: "held", why: "looked at" }],
    });
  const described = await house.call("openapi", {});
  assert.deepEqual(described.json, JSON.parse(JSON.stringify(openApi(house.node.version))));
  writeFileSync(join(folder, "openapi.json"), described.text);
  const bin = join(folder, "node_modules", ".bin");
  await run(process.execPath, [join(bin, "openapi-ts"), "-i", "openapi.json", "-o", "client"], { cwd: folder, timeout: 120_000 });
  const options = [
    "--outDir",
    "js",
    "--module",
    "commonjs",
    "--moduleResolution",
    "node10",
    "--target",
    "es2022",
    "--lib",
    "es2022,dom,dom.iterable",
    "--skipLibCheck",
    "--strict",
  ];
  await run(process.execPath, [join(bin, "tsc"), ...options, "client/index.ts"], { cwd: folder, timeout: 120_000 });
  writeFileSync(join(folder, "program.js"), PROGRAM);
  const token = (await house.key("operator")).headers["authorization"]?.slice("Bearer ".length) ?? "";
  const { stdout } = await run(process.execPath, ["program.js"], {
    cwd: folder,
    env: { ...process.env, BASE: house.base, TOKEN: token },
    timeout: 60_000,
  });
  assert.deepEqual(JSON.parse(stdout), { groups: 2, held: 3, done: 3, left: 0 });
  assert.equal(house.node.commands[0]?.note, "by a generated client");
});
