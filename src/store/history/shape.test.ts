/** A reply is its shape and its parts, and nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hashOf, idsIn, MARK, shapeOf, textOfShape } from "./shape.ts";

test("shape and parts make the text again, whatever it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
      const { shape, parts } = shapeOf(text);
      assert.equal(textOfShape(shape, parts), text.replaceAll(MARK, " "));
    }),
  );
});

const CASES: readonly (readonly [text: string, shape: string, ids: readonly string[]])[] = [
  ["250 2.0.0 Ok: queued as 4WX9Y21ABC", `250 2.0.0 Ok: queued as ${MARK}`, ["4WX9Y21ABC"]],
  ["550 5.1.1 <bob@example.net>: user unknown", `550 5.1.1 <${MARK}>: user unknown`, []],
  ["452 4.2.2 mailbox full", "452 4.2.2 mailbox full", []],
  ["250 OK 1762 d9443c01a7336-295123 - gsmtp", `250 OK ${MARK} ${MARK} - gsmtp`, ["d9443c01a7336-295123"]],
  ["421 mx1.example.net busy, try in 30 seconds", `421 ${MARK} busy, try in ${MARK} seconds`, []],
];
for (const [text, shape, ids] of CASES)
  test(`what stays the same in "${text}"`, () => {
    const shaped = shapeOf(text);
    assert.equal(shaped.shape, shape);
    assert.deepEqual(idsIn(shaped.parts), ids);
  });

test("the case of letters makes no other hash, the kind does", () => {
  assert.equal(hashOf(1, "Ann@Example.NET"), hashOf(1, "ann@example.net"));
  assert.notEqual(hashOf(1, "ann"), hashOf(2, "ann"));
});
