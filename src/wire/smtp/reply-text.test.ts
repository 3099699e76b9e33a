import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatLines, formatReply } from "./reply-text.ts";

/** Any UTF-16 at all; fast-check's own unit "binary" takes seconds to prepare. */
const anything = (maxLength = 40): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 0, max: 0xffff })), { maxLength })
    .map((codes) => String.fromCharCode(...codes));

test("a reply is code, enhanced code, text", () => {
  assert.equal(formatReply({ code: 250, enhanced: "2.0.0", text: "ok" }), "250 2.0.0 ok\r\n");
  assert.equal(formatReply({ code: 220, text: "mx.example ESMTP Fairlead" }), "220 mx.example ESMTP Fairlead\r\n");
});

test("whatever the text, lines are ASCII, at most 512 octets, and only the last has a blank behind the code", () => {
  fc.assert(
    fc.property(anything(2_000), (text) => {
      const lines = formatReply({ code: 550, enhanced: "5.7.1", text }).split("\r\n");
      assert.equal(lines.pop(), "");
      for (const [i, line] of lines.entries()) {
        assert.match(line, i < lines.length - 1 ? /^550-5\.7\.1 [ -~]*$/ : /^550 5\.7\.1 [ -~]*$/);
        assert.ok(line.length + 2 <= 512);
      }
    }),
  );
});

test("long text is broken at blanks and loses none of its words", () => {
  const text = Array.from({ length: 300 }, (_, i) => `word${i}`).join(" ");
  const lines = formatReply({ code: 451, enhanced: "4.3.0", text }).trimEnd().split("\r\n");
  assert.equal(lines.map((line) => line.slice("451-4.3.0 ".length)).join(" "), text);
});

test("several lines are joined by hyphens", () => {
  assert.equal(formatLines(250, ["a", "b"]), "250-a\r\n250 b\r\n");
});
