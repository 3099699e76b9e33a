/** What senders choose stands in cells: nothing in them runs in a spreadsheet, and what we write we read again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { csvLine, readCsv } from "./csv.ts";

const CELLS = [
  ["plain", "plain"],
  ["", ""],
  [null, ""],
  [0, "0"],
  [-5, "-5"],
  [true, "true"],
  ["a,b", '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ["two\nlines", '"two\nlines"'],
  [" kept ", '" kept "'],
  ["-5", "-5"],
  ["-5.25", "-5.25"],
  ["=1+1", "'=1+1"],
  ["+49 30 1234", "'+49 30 1234"],
  ["-cmd", "'-cmd"],
  ["-", "'-"],
  ["-1+1", "'-1+1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", '"\'\t=1"'],
  ["\r=1", '"\'\r=1"'],
  ["\n=1", '"\'\n=1"'],
  ["a;=1", '"a;=1"'],
  [" =1", "' =1"],
  ["\u00a0=1", "'\u00a0=1"],
  ["\0=1", "'\0=1"],
  ["＝1", "'＝1"],
  ["＋1", "'＋1"],
  ["－cmd", "'－cmd"],
  ["＠x", "'＠x"],
  ['=HYPERLINK("http://evil.example","x")', '"\'=HYPERLINK(""http://evil.example"",""x"")"'],
  ["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"],
  ["a@x.example", "a@x.example"],
  ["550 5.1.1 =no", "550 5.1.1 =no"],
] as const;
for (const [cell, want] of CELLS)
  test(`the cell ${JSON.stringify(cell)} is written ${JSON.stringify(want)}`, () => assert.equal(csvLine([cell]), `${want}\r\n`));

test("whatever is written is read as it was, but for the apostrophe before what would run", () => {
  const rows = fc.array(fc.array(fc.string({ unit: "binary" }), { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(rows, (given) => {
      const text = `a,b\r\n${given.map((cells) => csvLine(cells)).join("")}`;
      const read = [...readCsv(text)].slice(1);
      assert.equal(read.length, given.length);
      for (const [i, { cells }] of read.entries())
        assert.deepEqual(
          cells.map((cell, j) => (cell === `'${given[i]?.[j]}` ? cell.slice(1) : cell)),
          given[i],
        );
    }),
  );
});

test("no cell of ours begins as a formula", () => {
  fc.assert(
    fc.property(fc.constantFrom("=", "+", "-", "@", "\t", "\r", "\n", " ", "＝", "\0"), fc.string(), (mark, rest) => {
      const [, line] = [...readCsv(`x,y\r\n${csvLine([mark + rest, "y"])}`)];
      assert.doesNotMatch(line?.cells[0] ?? "", /^[\s\0]*[=+@＝＋＠]/);
    }),
  );
});

const READ = [
  [
    "a;b\n1;2",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  [
    "a\tb\n1\t2",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  ["\ufeffaddress\nx@y.example", [["address"], ["x@y.example"]]],
  [
    "a,b\r\n\r\n  \r\n1,2\r\n",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  [
    'a,b\n"1\n2",3',
    [
      ["a", "b"],
      ["1\n2", "3"],
    ],
  ],
  ['a,b\n"open', [["a", "b"], ["open"]]],
  ["", []],
  [",", [["", ""]]],
] as const;
for (const [text, want] of READ)
  test(`${JSON.stringify(text)} is read as ${JSON.stringify(want)}`, () =>
    assert.deepEqual(
      [...readCsv(text)].map(({ cells }) => cells),
      want,
    ));

test("a line that was wrong is named by its number in the file, also behind quoted line ends", () =>
  assert.deepEqual(
    [...readCsv('a,b\n"x\ny",1\n\nz,2')].map(({ line }) => line),
    [1, 2, 5],
  ));

const LONG = ['"a" ', '"', '""', "a,", "\n", '"\n', " ", '\t"', ',"a"b"'];
for (const unit of LONG)
  test(`half a million characters of ${JSON.stringify(unit)} are read once, not again from each`, { timeout: 20_000 }, () => {
    let lines = 0;
    for (const _ of readCsv(`a,b\n${unit.repeat(500_000 / unit.length)}`)) lines++;
    assert.ok(lines >= 1);
  });
