/** Which replies are one to a person who reads them, and how many are remembered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ReplyBook, type Said, shapeHash, shapeText } from "./reply-book.ts";

const NOW = Date.UTC(2026, 10, 25, 10);
const HOUR = 3_600_000;

const SAME: readonly (readonly [string, string])[] = [
  ["unusual rate from 192.0.2.7 id x1y2z3.44 - gsmtp", "unusual rate from 2001:db8::1 id a9b8.7 - gsmtp"],
  ["no mailbox u17@gmail.com here", "no mailbox someone@example.org here"],
  ["try again in 300 seconds", "try again in 20 seconds"],
  ["blocked 1 2 3", "blocked 4"],
  ["", ""],
];

const OTHER: readonly (readonly [Said, Said])[] = [
  [
    { code: 450, text: "busy" },
    { code: 451, text: "busy" },
  ],
  [
    { code: 450, enhanced: "4.2.1", text: "busy" },
    { code: 450, enhanced: "4.2.2", text: "busy" },
  ],
  [{ text: "no mailbox" }, { text: "no mail box" }],
  [{ text: "mailbox full" }, { text: "mailbox full today" }],
];

test("replies that differ in numbers, ids and addresses are one", () => {
  for (const [one, two] of SAME) {
    assert.equal(shapeHash({ code: 421, text: one }), shapeHash({ code: 421, text: two }), one);
    assert.equal(shapeText({ text: one }), shapeText({ text: two }));
  }
});

test("replies that say something else are not", () => {
  for (const [one, two] of OTHER) assert.notEqual(shapeHash(one), shapeHash(two));
});

test("for people the codes stay, and what varies is a dot dot dot", () => {
  assert.equal(
    shapeText({ code: 421, enhanced: "4.7.28", text: "198.51.100.7: unusual rate 4.7.28 of 77 88 mails" }),
    "421 4.7.28 unusual rate 4.7.28 of … mails",
  );
  assert.equal(shapeText({ text: "word ".repeat(200) }).length, 300);
});

test("a day's replies are counted, most frequent first; above the limit the one heard longest ago goes", () => {
  const book = new ReplyBook(3);
  for (const [hours, text] of [
    [0, "first"],
    [1, "second"],
    [2, "second"],
    [3, "third"],
    [4, "fourth"],
  ] as const)
    book.note(NOW + hours * HOUR, { code: 450, text }, undefined);
  const read = (now: number): unknown => book.read(now).map(({ text, count }) => [text, count]);
  assert.deepEqual(read(NOW + 4 * HOUR), [
    ["450 second", 2],
    ["450 fourth", 1],
    ["450 third", 1],
  ]);
  assert.deepEqual(read(NOW + 25 * HOUR), [
    ["450 fourth", 1],
    ["450 third", 1],
    ["450 second", 1],
  ]);
  assert.deepEqual(read(NOW + 40 * HOUR), []);
});
