/**
 * The source itself is tested: layers, faces, cycles, sizes, names, calls. Each rule is a function from all files to a
 * list of sentences; the sentences say what to do. Each rule is tried on a small wrong tree too, so that it can fail.
 *
 * The tables that the rules go by are in tidy/law.ts.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cycles, faces, layers, orphans } from "./tidy/imports.ts";
import { FILE_LINES_ARGUED, LONG_FILES } from "./tidy/law.ts";
import { citations, foreign, namedFiles } from "./tidy/prose.ts";
import { calls, fileSizes, functionSizes, names, openings } from "./tidy/shape.ts";
import { type Rule, SOURCES, sourceOf, TEXTS } from "./tidy/source.ts";

function nothingIn(faults: readonly string[]): void {
  if (faults.length > 0) assert.fail(faults.join("\n"));
}

const RULES: readonly (readonly [sentence: string, rule: Rule])[] = [
  ["a file imports from its own layer and from those below it", layers],
  ["other parts import the face of a part", faces],
  ["nothing imports itself in a circle at run time", cycles],
  ["a file is one idea", fileSizes],
  ["a function fits a screen", functionSizes],
  ["names say something", names],
  ["clock, chance, network, disk and resolver are passed in", calls],
  ["each file opens with why it exists", openings],
  ["every file is used", orphans],
  ["an RFC that we say we follow is cited where we follow it", citations],
  ["documents name files that exist", namedFiles],
  ["nothing names a machine", foreign],
];

for (const [sentence, rule] of RULES) test(sentence, () => nothingIn(rule(SOURCES, TEXTS)));

test("the ratchets name only what still needs them", () => {
  const long = SOURCES.filter(({ text }) => text.trimEnd().split("\n").length > FILE_LINES_ARGUED).map(({ path }) => path);
  assert.deepEqual(
    Object.keys(LONG_FILES).filter((path) => !long.includes(path)),
    [],
  );
});

// ── Each rule on a tree that breaks it ──────────────────────────────────────────────────────────────────────────────

const WRONG: readonly (readonly [rule: Rule, tree: Readonly<Record<string, string>>, said: RegExp])[] = [
  [layers, { "src/base/a.ts": 'import { b } from "../relay/x/x.ts";' }, /relay is above base/],
  [layers, { "src/model/a.ts": 'import type { B } from "../cli/b.ts";' }, /cli is above model/],
  [layers, { "src/extra/a.ts": "" }, /is no layer/],
  [layers, { "src/cli/a.ts": 'import { t } from "../../test/t.ts";' }, /stands without test/],
  [layers, { "lab/world/a.ts": 'import { b } from "../../src/relay/x/x.ts";' }, /may import src\/base, src\/model, src\/wire only/],
  [faces, { "src/relay/a/a.ts": 'import { b } from "../b/leaf.ts";' }, /others import src\/relay\/b\/b\.ts only/],
  [faces, { "src/relay/a/a.ts": 'import { b } from "../../wire/smtp/line-reader.ts";' }, /server-host/],
  [faces, { "src/relay/a/leaf.ts": 'import { a } from "./a.ts";' }, /its own face/],
  [
    cycles,
    { "src/base/a.ts": 'import { b } from "./b.ts";', "src/base/b.ts": 'export { a } from "./a.ts";' },
    /a\.ts → src\/base\/b\.ts → src\/base\/a\.ts/,
  ],
  [
    cycles,
    { "src/relay/a/a.ts": 'import { b } from "../b/b.ts";', "src/relay/b/leaf.ts": 'import { a } from "../a/a.ts";' },
    /parts import each other/,
  ],
  [fileSizes, { "src/base/a.ts": `${"\n".repeat(700)}x` }, /none may have more than 600/],
  [fileSizes, { "src/base/a.ts": `${"\n".repeat(500)}x` }, /more than 400/],
  [functionSizes, { "src/base/a.ts": `export function long(): void {${"\n  x();".repeat(80)}\n}` }, /a\.ts:long .* has 80 lines/],
  [
    functionSizes,
    { "src/base/a.ts": `class A {\n  async #long(\n    a: number,\n  ): Promise<void> {${"\n    x();".repeat(80)}\n  }\n}` },
    /has 80 lines/,
  ],
  [functionSizes, { "src/base/a.ts": `export const long = (a: number): void => {${"\n  x();".repeat(80)}\n};` }, /a\.ts:long/],
  [names, { "src/base/string-utils.ts": "" }, /"utils" says nothing/],
  [names, { "src/base/a.ts": "export class QueueManager {}" }, /QueueManager has "manager"/],
  [names, { "src/base/CamelCase.ts": "" }, /kebab-case/],
  [names, { "src/base/index.ts": "" }, /named after its part/],
  [names, { "src/base/a.ts": 'export * from "./b.ts";' }, /export \*/],
  [calls, { "src/relay/a.ts": "const t = Date.now();" }, /use clock\.wall/],
  [calls, { "src/relay/a.ts": "setTimeout(() => {}, 5);" }, /use clock\.after/],
  [calls, { "src/relay/a.ts": 'import { connect } from "node:net";' }, /Network port/],
  [calls, { "src/relay/a.ts": 'import { readFileSync } from "node:fs";' }, /bytes or text/],
  [openings, { "src/base/a.ts": 'import "./b.ts";' }, /opens with why/],
  [orphans, { "src/base/a.ts": "", "src/base/a.test.ts": 'import { a } from "./a.ts";' }, /nobody imports it/],
  [
    citations,
    { "docs/rfc.md": "| RFC 9999 | Something | yes | a.ts |", "src/base/a.ts": "// RFC 9999 in general" },
    /RFC 9999, but no line/,
  ],
  [namedFiles, { "docs/a.md": "see `dispatch/nowhere.ts`" }, /nowhere\.ts, which does not exist/],
  [foreign, { "docs/a.md": ["see /wor", "k/notes"].join("") }, /one machine only/],
];

for (const [index, [rule, tree, said]] of WRONG.entries()) {
  test(`a tree that breaks a rule is told so: ${said.source} (${index + 1})`, () => {
    const sources = Object.entries(tree)
      .filter(([path]) => path.endsWith(".ts"))
      .map(([path, text]) => sourceOf(path, text));
    assert.match(rule(sources, new Map(Object.entries(tree))).join("\n"), said);
  });
}

test("what only looks wrong is left alone", () => {
  const fine: Readonly<Record<string, string>> = {
    "src/base/a.ts": '/** Date.now() is banned. */\nimport type { B } from "./b.ts";\nexport const a = 1; // setTimeout(x)\n',
    "src/base/b.ts": '/** b */\nimport { type A, a } from "./a.ts";\nexport type B = A;\n',
    "src/cli/main.ts": '/** main */\nawait import("../base/b.ts");\nimport { a } from "../base/a.ts";\n',
  };
  const sources = Object.entries(fine).map(([path, text]) => sourceOf(path, text));
  for (const [sentence, rule] of RULES) assert.deepEqual(rule(sources, new Map(Object.entries(fine))), [], sentence);
});
