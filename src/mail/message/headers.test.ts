import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fromLatin1, fromUtf8 } from "../../base/bytes.ts";
import { type Field, HEADER_BYTES, HEADER_FIELDS, type Headers, readHeaders } from "./headers.ts";

const read = (text: string): Headers => readHeaders(fromLatin1(text));
const some = (field: Field | undefined): Field => field ?? assert.fail("no such field");
const names = (headers: Headers): string[] => Array.from({ length: headers.size }, (_, n) => headers.name(some(headers.field(n))));

test("fields are found by name in any case, with folded values unfolded", () => {
  const headers = read("Subject: one\r\n two\r\n\tthree\r\nMESSAGE-id:<a@b>\r\n\r\nbody: not a field\r\n");
  assert.equal(headers.text("subject"), "one two\tthree");
  assert.equal(headers.text("Message-ID"), "<a@b>");
  assert.equal(headers.has("body"), false);
  assert.equal(headers.ended, "empty line");
});

test("offsets cut the field out with its folded lines, and the body begins after the empty line", () => {
  const text = "A: 1\r\n 2\r\nB: 3\r\n\r\nhello";
  const headers = read(text);
  const a = some(headers.first("a"));
  assert.equal(text.slice(a.start, a.end), "A: 1\r\n 2\r\n");
  assert.equal(text.slice(headers.end), "\r\nhello");
  assert.equal(text.slice(headers.bodyAt), "hello");
});

test("duplicates are counted and kept in order", () => {
  const headers = read("Received: c\r\nReceived: b\r\nX: y\r\nRECEIVED: a\r\n\r\n");
  assert.equal(headers.count("received"), 3);
  assert.deepEqual(
    headers.all("received").map((f) => headers.value(f)),
    ["c", "b", "a"],
  );
  assert.equal(headers.value(some(headers.last("received"))), "a");
  assert.equal(headers.last("none"), undefined);
});

const endings = [
  ["A: 1\r\nno colon here\r\nB: 2\r\n", "malformed line", ["A"], "no colon here\r\nB: 2\r\n"],
  ["A: 1\r\n: no name\r\n", "malformed line", ["A"], ": no name\r\n"],
  ["A: 1\r\nsp ace: 2\r\n", "malformed line", ["A"], "sp ace: 2\r\n"],
  ["A: 1\r\nh\xe9: 2\r\n", "malformed line", ["A"], "h\xe9: 2\r\n"],
  [" leading blank: 1\r\n", "malformed line", [], " leading blank: 1\r\n"],
  ["From a@b Mon Jan  1 00:00:00 2024\r\nA: 1\r\n", "malformed line", [], "From a@b Mon Jan  1 00:00:00 2024\r\nA: 1\r\n"],
  ["A : 1\r\nB\t: 2\r\n\r\n", "empty line", ["A", "B"], ""],
  ["A: 1\n\nB: 2\n", "empty line", ["A"], "B: 2\n"],
  ["\r\nbody", "empty line", [], "body"],
  ["", "end of bytes", [], ""],
  ["A: 1", "end of bytes", ["A"], ""],
  ["A", "malformed line", [], "A"],
  ["A: 1\r\n \r\nB: 2\r\n", "end of bytes", ["A", "B"], ""],
] as const;
for (const [text, ended, want, body] of endings)
  test(`${JSON.stringify(text)} ends at: ${ended}`, () => {
    const headers = read(text);
    assert.equal(headers.ended, ended);
    assert.deepEqual(names(headers), want);
    assert.equal(text.slice(headers.bodyAt), body);
  });

test("a value is UTF-8 where it is well-formed and latin1 where it is not", () => {
  const utf8 = readHeaders(fromUtf8("Subject: Grüße\r\n\r\n"));
  assert.equal(utf8.text("subject"), "Grüße");
  assert.equal(read("Subject: Gr\xfc\xdfe\r\n\r\n").text("subject"), "Grüße");
});

test("reading stops at the bounds: fields, and bytes", () => {
  const many = read("A: 1\r\n".repeat(HEADER_FIELDS + 1));
  assert.equal(many.size, HEADER_FIELDS);
  assert.equal(many.ended, "too many fields");
  const long = read(`A: 1\r\nB: ${"x".repeat(HEADER_BYTES)}\r\nC: 2\r\n`);
  assert.equal(long.ended, "too long");
  assert.deepEqual(names(long), ["A"]);
  const folds = read(`A: 1\r\nB:${"\r\n x".repeat(HEADER_BYTES / 4)}\r\nC: 2\r\n`);
  assert.equal(folds.ended, "too long");
  assert.equal(folds.size, 1);
});

test("any bytes are read to fields that tile the header without gaps", () => {
  const soup = fc.array(fc.constantFrom("A", "Subject", ":", " ", "\t", "\r\n", "\n", "\r", "\0", "\xff", "x: y\r\n"), { maxLength: 60 });
  fc.assert(
    fc.property(soup, (parts) => {
      const headers = read(parts.join(""));
      let at = 0;
      for (let n = 0; n < headers.size; n++) {
        const field = some(headers.field(n));
        assert.equal(field.start, at);
        assert.ok(field.start < field.nameEnd && field.nameEnd < field.valueAt && field.valueAt <= field.end);
        assert.match(headers.name(field), /^[!-9;-~]+$/);
        at = field.end;
      }
      assert.equal(headers.end, at);
      assert.ok(headers.bodyAt >= at && headers.bodyAt <= headers.bytes.length);
    }),
  );
});
