/** A CSV in parts: cut between lines, with the names at the head of each, lines counted as in the file. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CsvLineTooLong, type CsvPart, csvParts } from "./csv-parts.ts";

async function parts(text: string, most: number, chunk = 7): Promise<readonly CsvPart[]> {
  const bytes = Buffer.from(text);
  const octets = async function* () {
    for (let i = 0; i < bytes.length; i += chunk) yield bytes.subarray(i, i + chunk);
  };
  return await Array.fromAsync(csvParts(octets(), most));
}

const cases: readonly (readonly [what: string, text: string, most: number, parts: readonly (readonly [text: string, before: number])[]])[] =
  [
    ["nothing", "", 10, []],
    ["blank lines", "\n \n", 10, []],
    ["one part", "a@x\nb@x\n", 100, [["a@x\nb@x\n", 0]]],
    ["no line end at the end", "a@x\nb@x", 100, [["a@x\nb@x", 0]]],
    [
      "names at the head of each",
      "address,why\na@x,import\nb@x,import\nc@x,import\n",
      20,
      [
        ["address,why\n", 0],
        ["address,why\na@x,import\nb@x,import\n", 0],
        ["address,why\nc@x,import\n", 2],
      ],
    ],
    [
      "a line end in a quoted cell is none",
      'a@x,import,,"one\ntwo\nthree"\nb@x\n',
      14,
      [
        ['a@x,import,,"one\ntwo\nthree"\n', 0],
        ["b@x\n", 3],
      ],
    ],
  ];
for (const [what, text, most, want] of cases)
  test(what, async () => {
    assert.deepEqual(
      (await parts(text, most)).map((part) => [part.text, part.before]),
      want,
    );
  });

test("whatever the size, no line is lost, and each is numbered as in the file", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.stringMatching(/^[a-z]{1,12}@x(,import,,"[a-z"\n ]{0,9}é")?$/), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 80 }),
      fc.integer({ min: 1, max: 9 }),
      async (rows, most, chunk) => {
        const safe = rows.map((row) => row.replace(/(?<=,")(.*)(?="$)/s, (cell) => cell.replaceAll('"', '""')));
        const text = safe.map((row) => `${row}\n`).join("");
        const made = await parts(text, most, chunk);
        assert.equal(made.map((part) => part.text).join(""), text);
        let line = 0;
        for (const part of made) {
          assert.equal(part.before, line);
          line += part.text.split("\n").length - 1;
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("a file without line ends is refused before it fills memory", async () => {
  await assert.rejects(parts("x".repeat(70_000), 100, 4096), CsvLineTooLong);
});

test("bytes that are no UTF-8 are refused", async () => {
  const octets = async function* () {
    yield Buffer.from([0x61, 0xff, 0x0a]);
  };
  await assert.rejects(Array.fromAsync(csvParts(octets())), TypeError);
});
