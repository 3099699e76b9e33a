/** Sizes read back as they are printed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesText, parseBytes } from "./size-text.ts";

const CASES: readonly (readonly [text: string, bytes: number | undefined])[] = [
  ["50 MB", 52_428_800],
  ["512KB", 524_288],
  ["1.5g", 1_610_612_736],
  ["2 GiB", 2_147_483_648],
  ["812 B", 812],
  ["1048576", 1_048_576],
  ["0", 0],
  ["", undefined],
  ["MB", undefined],
  ["-1 MB", undefined],
  ["5 XB", undefined],
  ["9999999 TB", undefined],
];

for (const [text, bytes] of CASES) test(`${JSON.stringify(text)} is ${bytes}`, () => assert.equal(parseBytes(text), bytes));

test("what is printed is read as the same", () => {
  for (const text of ["812 B", "18 KB", "1.4 MB", "50 MB"]) assert.equal(bytesText(parseBytes(text) ?? -1), text);
});
