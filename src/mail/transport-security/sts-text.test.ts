/** RFC 8461 §3: which records announce a policy, which texts are one, which hosts it names. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isListed, matchesName, readStsPolicy, readStsRecord } from "./sts-text.ts";

for (const [records, id] of [
  [["v=STSv1; id=20160831085700Z;"], "20160831085700Z"],
  [["v=STSv1;id=1"], "1"],
  [["v=spf1 -all", "v=STSv1; id=7; more=x"], "7"],
  [["v=STSv1 ; x=y ; id = 7 ;"], "7"],
  [["v=STSv1; id=1;", "v=STSv1; id=2;"], undefined],
  [["v=STSv1;"], undefined],
  [["v=STSv10; id=1"], undefined],
  [[" v=STSv1; id=1"], undefined],
  [[`v=STSv1; id=${"a".repeat(33)};`], undefined],
  [["v=STSv1; id=a-b;"], undefined],
  [[], undefined],
] as const)
  test(`${JSON.stringify(records)} announces ${id ?? "nothing"}`, () => assert.equal(readStsRecord(records), id));

const GOOD =
  "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmx: backupmx.example.com\r\nmax_age: 604800\r\n";

test("the RFC's own example", () => {
  const read = readStsPolicy(GOOD);
  assert.ok(read.ok);
  const { lines, ...policy } = read.policy;
  assert.deepEqual(policy, { mode: "enforce", mx: ["mail.example.com", "*.example.net", "backupmx.example.com"], maxAgeMs: 604_800_000 });
  assert.equal(lines.length, 6);
});

for (const [name, text, want] of [
  [
    "line ends as on unix, odd blanks, unknown fields, names in capitals",
    "version:STSv1 \nmode:\ttesting\nmx : MX.Example.COM.\nmax_age: 1\nx.y-z: ü",
    true,
  ],
  ["of what stands twice the first counts", "version: STSv1\nmode: none\nmode: enforce\nmax_age: 1", true],
  ["no mx", "version: STSv1\nmode: enforce\nmax_age: 1", "it names no mx"],
  ["no mx, mode none", "version: STSv1\nmode: none\nmax_age: 1", true],
  ["another version", GOOD.replace("STSv1", "STSv2"), "its version is not STSv1"],
  ["an unknown mode", GOOD.replace("enforce", "strict"), "it has no mode that is known"],
  ["no age", GOOD.replace("max_age", "maxage"), "it has no max_age in seconds"],
  ["an age that is none", GOOD.replace("604800", "-1"), "it has no max_age in seconds"],
  ["a page of HTML", "<!doctype html>\n<p>version: STSv1", 'the line "<!doctype html>" is no NAME: VALUE'],
  ["a wildcard inside", GOOD.replace("*.example.net", "mx.*.net"), 'the mx "mx.*.net" is no host name'],
  ["an address", GOOD.replace("*.example.net", "*"), 'the mx "*" is no host name'],
  ["nothing", "", "its version is not STSv1"],
] as const)
  test(`a policy: ${name}`, () => {
    const read = readStsPolicy(text);
    assert.equal(read.ok || read.why, want);
  });

test("a year is the longest that a policy holds", () => {
  const read = readStsPolicy(GOOD.replace("604800", "9999999999"));
  assert.equal(read.ok && read.policy.maxAgeMs, 31_557_600_000);
});

test("whatever stands there, reading it throws nothing", () => {
  const line = fc.constantFrom("version: STSv1", "mode: enforce", "mx: a.b", "max_age: 5", "mx: *.b", ":", "", "x");
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(line).map((lines) => lines.join("\n")),
      ),
      (text) => void readStsPolicy(text),
    ),
  );
});

for (const [pattern, name, want] of [
  ["mail.example.com", "mail.example.com", true],
  ["mail.example.com", "a.mail.example.com", false],
  ["*.example.net", "mx.example.net", true],
  ["*.example.net", "a.mx.example.net", false],
  ["*.example.net", "example.net", false],
  ["*.example.net", ".example.net", false],
] as const)
  test(`${pattern} ${want ? "names" : "does not name"} ${name}`, () => {
    assert.equal(matchesName(pattern, name), want);
    assert.equal(isListed({ mode: "enforce", mx: ["other.example", pattern], maxAgeMs: 1, lines: [] }, name), want);
  });
