/** Content is the same however it is cut, and the same as a slow, obvious reading of the rules makes it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BareLines, Framing } from "./content-reader.ts";
import { ContentReader } from "./content-reader.ts";

const nasty = fc
  .array(fc.constantFrom("\r", "\n", ".", "\r\n", "\r\n.", "a", "bc", "\0", "\xe9"), { maxLength: 30 })
  .map((parts) => parts.join(""));
const cuts = fc.array(fc.nat(), { maxLength: 8 });

function pieces(wire: Buffer, at: readonly number[]): Buffer[] {
  const places = [0, ...at.map((cut) => cut % (wire.length + 1)).sort((a, b) => a - b), wire.length];
  return places.slice(1).map((end, i) => wire.subarray(places[i], end));
}

function read(wire: string, at: readonly number[], framing: Framing, bare: BareLines) {
  const reader = new ContentReader(framing, bare);
  const content: Buffer[] = [];
  let left = 0;
  for (const piece of pieces(Buffer.from(wire, "latin1"), at)) {
    const lent = Buffer.from(piece);
    const stop = reader.ended ? 0 : reader.read(lent, 0, lent.length);
    content.push(Buffer.from(reader.take() ?? []));
    lent.fill(0);
    left += piece.length - stop;
  }
  if (framing !== "dots") {
    reader.finish();
    content.push(Buffer.from(reader.take() ?? []));
  }
  return { content: Buffer.concat(content).toString("latin1"), left, ended: reader.ended, facts: reader.facts() };
}

/** RFC 5321 §4.1.1.4 and §4.5.2, by searching text. */
function expected(wire: string, bare: BareLines) {
  const framed = `\r\n${wire}`;
  const end = framed.indexOf("\r\n.\r\n");
  const unstuffed = framed
    .slice(0, end + 2)
    .replaceAll("\r\n.", "\r\n")
    .slice(2);
  return { content: bare === "normalise" ? unstuffed.replace(/\r+\n|\r+|\n/g, "\r\n") : unstuffed, left: framed.length - end - 5 };
}

for (const bare of ["normalise", "refuse"] as const) {
  test(`DATA ends at CRLF . CRLF and nowhere else, however it is cut (${bare})`, () => {
    fc.assert(
      fc.property(nasty, nasty, cuts, (before, behind, at) => {
        const wire = `${before}\r\n.\r\n${behind}`;
        const got = read(wire, at, "dots", bare);
        const want = expected(wire, bare);
        assert.deepEqual([got.content, got.left, got.ended], [want.content, want.left, true]);
        assert.equal(got.facts.bytes, got.content.length);
        if (bare === "normalise") assert.equal(got.facts.longestLine, Math.max(...got.content.split("\r\n").map((line) => line.length)));
      }),
      { numRuns: 1_000 },
    );
  });
}

test("the facts do not depend on the cuts", () => {
  fc.assert(
    fc.property(nasty, cuts, fc.constantFrom<BareLines>("normalise", "refuse"), (text, at, bare) => {
      const wire = `${text}\r\n.\r\n`;
      const { content, facts } = read(wire, at, "dots", bare);
      assert.deepEqual(facts, read(wire, [], "dots", bare).facts);
      assert.deepEqual([facts.hasNul, facts.eightBit], [content.includes("\0"), content.includes("\xe9")]);
      assert.equal(facts.bareLines > 0, /\r(?!\n)|(?<!\r)\n/.test(expected(wire, "refuse").content));
    }),
    { numRuns: 1_000 },
  );
});

test("what a client stuffs is what was meant", () => {
  const lines = fc.array(fc.stringMatching(/^[.a\xe9 ]*$/));
  fc.assert(
    fc.property(lines, cuts, (all, at) => {
      const meant = all.map((line) => `${line}\r\n`).join("");
      const wire = all.map((line) => `${line.startsWith(".") ? "." : ""}${line}\r\n`).join("");
      assert.equal(read(`${wire}.\r\n`, at, "dots", "refuse").content, meant);
    }),
  );
});

test("chunks may be cut at every octet", () => {
  const wire = "Subject: x\r\n\r\n.\r\na\nb\rc\r\r\n..\r\n.\r\nend";
  const want = wire.replace(/\r+\n|\r+|\n/g, "\r\n").concat("\r\n");
  for (let first = 0; first <= wire.length; first++)
    for (let second = first; second <= wire.length; second++) {
      const got = read(wire, [first, second], "chunks", "normalise");
      assert.equal(got.content, want, `cut at ${first} and ${second}`);
    }
});

test("binary content is not looked at", () => {
  fc.assert(
    fc.property(nasty, cuts, (wire, at) => {
      const { content, facts } = read(wire, at, "binary", "refuse");
      assert.equal(content, wire);
      assert.deepEqual([facts.bareLines, facts.hasNul, facts.eightBit], [0, wire.includes("\0"), wire.includes("\xe9")]);
    }),
  );
});

test("content that needs no change is handed on as a view of what came", () => {
  const reader = new ContentReader("dots", "refuse");
  const input = Buffer.from("Subject: x\r\n\r\nhello\r\n");
  reader.read(input, 0, input.length);
  assert.equal(reader.take(), input);
});

test("a line longer than 1,000 octets is reported by its length", () => {
  const { facts } = read(`short\r\n${"x".repeat(5_000)}\r\n.\r\n`, [2_000], "dots", "refuse");
  assert.equal(facts.longestLine, 5_000);
});
