import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeXtext, encodeXtext } from "./xtext.ts";

test("any text survives the way there and back", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => assert.equal(decodeXtext(encodeXtext(text)), text)));
});

test("what is written is one word of printable ASCII without an equals sign", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => assert.match(encodeXtext(text), /^[!-~]*$/)));
  assert.equal(encodeXtext("a=b+c d"), "a+3Db+2Bc+20d");
});

const malformed = ["a+", "a+3", "a+3g", "a=b", "a b", "tab\t", "é", "+FF", "+"];
for (const text of malformed) test(`${JSON.stringify(text)} is not xtext`, () => assert.equal(decodeXtext(text), undefined));
