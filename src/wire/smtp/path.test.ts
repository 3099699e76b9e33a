import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalDomain, formatPath, isAddress, readPath } from "./path.ts";

/** Any UTF-16 at all; fast-check's own unit "binary" takes seconds to prepare. */
const anything = (maxLength = 40): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 0, max: 0xffff })), { maxLength })
    .map((codes) => String.fromCharCode(...codes));

const long = "a".repeat(64);
const accepted = [
  // text, address, domain
  ["<>", "", ""],
  ["<a@example.org>", "a@example.org", "example.org"],
  ["<A.b@EXAMPLE.org>", "A.b@EXAMPLE.org", "example.org"],
  [" <a@b>", "a@b", "b"],
  ["<postmaster>", "postmaster", ""],
  ["a@example.org", "a@example.org", "example.org"],
  ["<.a..b.@docomo.example>", ".a..b.@docomo.example", "docomo.example"],
  ['<"a b>@\\"c"@example.org>', '"a b>@\\"c"@example.org', "example.org"],
  ["<@r.example,@s.example:a@example.org>", "a@example.org", "example.org"],
  ["<a@[192.0.2.1]>", "a@[192.0.2.1]", "[192.0.2.1]"],
  ["<a@[IPv6:2001:DB8::1]>", "a@[IPv6:2001:DB8::1]", "[ipv6:2001:db8::1]"],
  ["<jürgen@bücher.example>", "jürgen@bücher.example", "xn--bcher-kva.example"],
  [`<${long}${long}@example.org>`, `${long}${long}@example.org`, "example.org"],
  ["<a%b!c@my_host.example>", "a%b!c@my_host.example", "my_host.example"],
] as const;
for (const [text, address, domain] of accepted)
  test(`${text.slice(0, 60)} is read`, () => {
    const read = readPath(`${text} SIZE=1`);
    assert.ok(read.ok);
    assert.equal(read.path.address, address);
    assert.equal(read.path.domain, domain);
    assert.equal(read.end, text.length);
  });

const refused = [
  ["", "malformed"],
  ["<", "malformed"],
  ["<a@b", "malformed"],
  ["a@b>", "malformed"],
  ["<a@@b>", "malformed"],
  ["<@b>", "malformed"],
  ["<a@>", "malformed"],
  ["<a b@c>", "malformed"],
  ["<a@b>x", "malformed"],
  ["<<a@b>>", "malformed"],
  ["<@r.example:>", "malformed"],
  ["<@r.example>", "malformed"],
  ["root", "malformed"],
  ['<"a@b>', "malformed"],
  ['<"a\\', "malformed"],
  ["<a\u0000@b>", "malformed"],
  ['<"a\nb"@c>', "malformed"],
  ["<a@[]>", "malformed"],
  ["<a@[1.2.3.4>", "malformed"],
  ["<a@b..c>", "bad domain"],
  ["<a@.b>", "bad domain"],
  [`<a@${long}.example>`.replace("a@", "a@x"), "bad domain"],
  [`<${long}${long}${long}${long}@example.org>`, "too long"],
] as const;
for (const [text, fault] of refused)
  test(`${JSON.stringify(text.slice(0, 60))} is ${fault}`, () => assert.deepEqual(readPath(text), { ok: false, fault }));

test("256 octets with brackets are read, 257 are too long", () => {
  const domain = "@example.org";
  const address = (octets: number) => "x".repeat(octets - 2 - domain.length) + domain;
  assert.ok(readPath(`<${address(256)}>`).ok);
  assert.deepEqual(readPath(`<${address(257)}>`), { ok: false, fault: "too long" });
});

test("octets are counted, not characters", () => {
  assert.deepEqual(readPath(`<${"ü".repeat(125)}@example.org>`), { ok: false, fault: "too long" });
});

test("an address that was read is written back and read again as the same", () => {
  const address = fc.oneof(
    fc.emailAddress(),
    anything(30).map((text) => `"${text}"@example.org`),
  );
  fc.assert(
    fc.property(address, (text) => {
      const read = readPath(`<${text}>`);
      if (!read.ok) return;
      assert.ok(isAddress(text));
      assert.deepEqual(readPath(formatPath(read.path.address)), read);
    }),
  );
});

test("no text makes the reader throw or read past its end", () => {
  fc.assert(
    fc.property(anything(), (text) => {
      const read = readPath(text);
      if (read.ok) assert.ok(read.end <= text.length);
    }),
  );
});

test("a line end cannot be written into a path", () => {
  assert.throws(() => formatPath("a@b>\r\nDATA"), TypeError);
  assert.equal(isAddress("a@b>\r\nDATA"), false);
  assert.equal(isAddress("a@b> SIZE=1 <x"), false);
});

test("a domain is lower case and in A-labels", () => {
  assert.equal(canonicalDomain("BÜCHER.Example"), "xn--bcher-kva.example");
  assert.equal(canonicalDomain("a".repeat(64)), undefined);
  assert.equal(canonicalDomain(`${"a.".repeat(127)}ab`), undefined);
});
