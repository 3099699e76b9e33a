import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LineReader } from "./line-reader.ts";

function readAll(wire: string, size: number, auth = false): string[] {
  const reader = new LineReader();
  const found: string[] = [];
  for (let i = 0; i < wire.length; i += size) {
    const lent = Buffer.from(wire.slice(i, i + size), "latin1");
    for (let at = 0; at < lent.length; ) {
      at = reader.read(lent, at, auth);
      if (reader.line !== undefined) found.push(reader.line.toString("latin1"));
      else if (reader.fault !== undefined) found.push(`! ${reader.fault}`);
    }
    lent.fill(0);
  }
  return found;
}

test("lines are the same however they are cut", () => {
  const wire = fc
    .array(fc.constantFrom("NOOP", "\r\n", "\n", "\r", "x", "MAIL FROM:<a@b>\r\n"), { maxLength: 30 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(wire, fc.integer({ min: 1, max: 7 }), (text, size) => assert.deepEqual(readAll(text, size), readAll(text, 1_000))),
    { numRuns: 1_000 },
  );
});

test("a line with a bare LF is refused at once, and nothing in it is a line", () => {
  assert.deepEqual(readAll("A\nB\nC\r\nD\r\n", 100), ["! bare line feed", "D"]);
  assert.deepEqual(readAll("\nA\r\nD\r\n", 1), ["! bare line feed", "D"]);
  assert.deepEqual(readAll("A\r\nB\n", 2), ["A", "! bare line feed"]);
});

test("limits are 512 octets, 2,048 for MAIL, RCPT and XCLIENT, 12,288 for AUTH and in its exchange", () => {
  for (const [start, limit] of [
    ["NOOP ", 512],
    ["mail ", 2_048],
    ["RCPT ", 2_048],
    ["XCLIENT ", 2_048],
    ["AUTH ", 12_288],
  ] as const)
    for (const size of [3, 20_000]) {
      const fits = start + "x".repeat(limit - start.length - 2);
      assert.deepEqual(readAll(`${fits}\r\n`, size), [fits]);
      assert.deepEqual(readAll(`${fits}x\r\nNEXT\r\n`, size), ["! too long", "NEXT"]);
    }
  assert.equal(readAll(`${"x".repeat(12_286)}\r\n`, 100, true).length, 1);
  assert.deepEqual(readAll(`${"x".repeat(12_287)}\r\n`, 100, true), ["! too long"]);
});

test("a line without an end is given up", () => {
  assert.deepEqual(readAll("x".repeat(200_000), 1_000).slice(0, 2), ["! too long", "! endless"]);
});
