/** Every code that any part of the program says has a meaning; texts with and without one. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CODES, codeText, findCode } from "./codes.ts";

const SRC = join(import.meta.dirname, "../..");

test("every code that the program says is explained", () => {
  const files = globSync("{wire,relay,judge,control,cli}/**/*.ts", { cwd: SRC }).filter((path) => !path.endsWith(".test.ts"));
  const said = new Set(files.flatMap((path) => readFileSync(join(SRC, path), "utf8").match(/\bFL-\d{4}\b/g) ?? []));
  assert(said.size > 10, "the codes were not found");
  for (const code of said) assert(findCode(code), `${code} has no meaning in codes.ts`);
});

test("a meaning is a sentence, a fix begins small, and each says how long it lasts", () => {
  for (const meaning of CODES) {
    assert.match(meaning.code, /^FL-[245][0-6]\d\d$/);
    assert.match(meaning.means, /^[A-Z].*\.$/);
    assert.match(meaning.fix, /^[a-z].*[^.]$/);
    assert.match(meaning.lasts, /^(?:[a-z]|30 days).*[^.]$/);
    assert(codeText(meaning).includes(meaning.lasts));
  }
  assert.equal(new Set(CODES.map(({ code }) => code)).size, CODES.length);
});

const texts: readonly (readonly [string, string | undefined])[] = [
  ["FL-5203", "FL-5203"],
  ["550 5.7.1 fl-5203 sending is locked for this account", "FL-5203"],
  ["FL-9999", undefined],
  ["XFL-52035", undefined],
  ["", undefined],
];
for (const [text, code] of texts) test(`"${text}" names ${code}`, () => assert.equal(findCode(text)?.code, code));
