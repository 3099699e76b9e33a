/** Equal values, equal texts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson } from "./canonical-json.ts";

test("the order of names does not matter, that of items does", () => {
  assert.equal(canonicalJson({ b: [2, { d: 1, c: null }], a: "x", e: undefined }), '{"a":"x","b":[2,{"c":null,"d":1}]}');
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
});

test("what is read back has the same text again", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => canonicalJson(JSON.parse(canonicalJson(value))) === canonicalJson(value)));
});
