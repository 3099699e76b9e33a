import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readAddressList } from "./address-list.ts";

const cases: readonly (readonly [text: string, addresses: readonly string[], faults?: number])[] = [
  ["", []],
  ["  \r\n ", []],
  ["a@b.example", ["a@b.example"]],
  ["<a@b.example>", ["a@b.example"]],
  ["a@b.example, c@d.example", ["a@b.example", "c@d.example"]],
  ["a@b.example,,c@d.example,", ["a@b.example", "c@d.example"]], // RFC 5322 §4.4: empty elements
  ["root", ["root"]],
  ["Anna Roth <a@b.example>", ["a@b.example"]],
  ['"Roth, Anna" <a@b.example>, c@d.example', ["a@b.example", "c@d.example"]],
  ['"Anna \\"the\\" Roth" <a@b.example>', ["a@b.example"]],
  ["J. R. Doe <a@b.example>", ["a@b.example"]],
  ["a@b.example (Anna)", ["a@b.example"]],
  ["a@b.example (Anna (the, first) Roth)", ["a@b.example"]],
  ["a@b.example (a \\) parenthesis), c@d.example", ["a@b.example", "c@d.example"]],
  ["(hi) a (x) @ (y) b.example (z)", ["a@b.example"]],
  ["a . b @ c . example", ["a.b@c.example"]], // obs-local-part, obs-domain
  ["Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", ["pete@silly.test"]], // RFC 5322 A.5
  [
    "A Group(Some people)\r\n :Chris Jones <c@(Chris's host.)public.example>,\r\n joe@example.org,\r\n John <jdoe@one.test> (my dear friend); (the end of the group)",
    ["c@public.example", "joe@example.org", "jdoe@one.test"],
  ],
  ["Undisclosed recipients:;", []],
  ["(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", []],
  ["A Group:a@b.example;, c@d.example", ["a@b.example", "c@d.example"]],
  ["Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example", ["mary@example.net", "jdoe@test.example"]],
  ["<@a.test,@b.test:mary@example.net>, x@y.example", ["mary@example.net", "x@y.example"]],
  ['"two words"@b.example', ['"two words"@b.example']],
  ['"plain"@b.example', ["plain@b.example"]],
  ['"a.b"@c.example', ["a.b@c.example"]],
  ['"a@b"@c.example', ['"a@b"@c.example']],
  ['"a\\\\b"@c.example', ['"a\\\\b"@c.example']],
  ['""@c.example', ['""@c.example']],
  ["a@[192.0.2.1]", ["a@[192.0.2.1]"]],
  ["a@[IPv6:2001:db8::1]", ["a@[IPv6:2001:db8::1]"]],
  ["=?utf-8?Q?J=C3=B6rg?= <j@b.example>", ["j@b.example"]],
  ["=?utf-8?Q?Roth,_Anna?= <j@b.example>", ["j@b.example"]],
  ["=?iso-8859-1?b?SvZyZw==?= =?utf-8?q?x?= <j@b.example>, k@b.example", ["j@b.example", "k@b.example"]],
  ["Jörg Bücher <jörg@bücher.example>", ["jörg@bücher.example"]],
  ["a@b.example; c@d.example", ["a@b.example", "c@d.example"]], // Outlook
  ["a@b.example\r\n\t,\r\n c@d.example", ["a@b.example", "c@d.example"]],
  ["first..last@b.example", ["first..last@b.example"]], // docomo.ne.jp gave such addresses out
  ["a.@b.example", ["a.@b.example"]],
  ["a@b.example.", ["a@b.example"]],
  ["info@shop.example <info@shop.example>", ["info@shop.example"]],
  ["user+tag=x@b.example", ["user+tag=x@b.example"]],
  ["Company: Support <a@b.example>", ["a@b.example"]],
  // What is wrong, and what is still read beside it.
  ["<>", [], 1],
  ["Anna Roth", [], 1],
  ["Anna Roth, a@b.example", ["a@b.example"], 1],
  ["<a@b.example, c@d.example", ["c@d.example"], 1],
  ["a@b.example>", [], 1],
  ["a@b.example> x", [], 1],
  ["<a@b.example> x, c@d.example", ["c@d.example"], 1],
  ['"unclosed <a@b.example>', [], 1],
  ["a@b.example (unclosed, c@d.example", [], 1],
  ["@b.example", [], 1],
  ["a@", [], 1],
  ["a@.example", [], 1],
  ["a@b..example", [], 1],
  ["a@b@c.example", [], 1],
  ["a b@c.example", [], 1],
  ['a@"b".example', [], 1],
  ["a@[192.0.2.1", [], 1],
  ["a@[x]y", [], 1],
  ["a\\b@c.example", [], 1],
  ["a\u0000b@c.example", [], 1],
  [`${"(".repeat(100)}${")".repeat(100)} a@b.example`, [], 1],
];
for (const [text, addresses, faults = 0] of cases)
  test(`${JSON.stringify(text.slice(0, 70))} holds ${addresses.join(" and ") || "nobody"}${faults ? " and a fault" : ""}`, () => {
    const read = readAddressList(text);
    assert.deepEqual(
      read.mailboxes.map(({ address }) => address),
      addresses,
      JSON.stringify(read),
    );
    assert.equal(read.faults.length, faults, JSON.stringify(read.faults));
  });

test("names lose their quotes and keep their words", () => {
  const { mailboxes } = readAddressList(
    '"Roth, Anna" <a@b.example>, =?utf-8?q?J=C3=B6rg?= B. <j@b.example>, (only a comment) <c@b.example>',
  );
  assert.deepEqual(
    mailboxes.map(({ name }) => name),
    ["Roth, Anna", "=?utf-8?q?J=C3=B6rg?= B.", undefined],
  );
});

test("what was printed is read back, whatever the local part", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !/[\r\n]/.test(text)),
          fc.domain(),
        ),
        { maxLength: 5 },
      ),
      (pairs) => {
        const text = pairs.map(([local, domain]) => `"${local.replace(/["\\]/g, "\\$&")}"@${domain}`).join(",\r\n ");
        const first = readAddressList(text);
        assert.equal(first.mailboxes.length, pairs.length);
        assert.deepEqual(readAddressList(first.mailboxes.map(({ address }) => address).join(", ")).mailboxes, first.mailboxes);
      },
    ),
  );
});

test("no text makes it throw, loop, or hand out a line end", () => {
  const piece = fc.constantFrom(
    "a",
    "@",
    ".",
    "<",
    ">",
    '"',
    "(",
    ")",
    "\\",
    ",",
    ";",
    ":",
    "[",
    "]",
    " ",
    "\r\n ",
    "=?u?q?",
    "?=",
    "ö",
    "b.example",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      for (const { address } of readAddressList(pieces.join("")).mailboxes) assert.match(address, /^[^\r\n]+$/);
    }),
    { numRuns: 500 },
  );
});

test("a long hostile list takes linear time", () => {
  for (const piece of ["(", "<", '"', "a@b.example,", "<@a,", "x:", "@a,", "\\(", "[", "=?", "a.", "> "])
    for (const before of ["", "<", "<@b,", `${"a ".repeat(50_000)}@`])
      assert(readAddressList(before + piece.repeat(40_000 / piece.length)));
});
