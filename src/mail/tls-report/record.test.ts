/** Proves that a record's wishes are read as RFC 8460 §3 says, and that nothing in one reaches into a command or header. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PLACES_MOST, readReportRequest } from "./record.ts";
import { reportRecordName } from "./tls-report.ts";

const mail = (address: string) => ({ by: "mail" as const, address });
const post = (url: string) => ({ by: "post" as const, url });

const asked = [
  ["the RFC's first example", "v=TLSRPTv1;rua=mailto:reports@example.com", [mail("reports@example.com")]],
  [
    "the RFC's second example",
    "v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt",
    [post("https://reporting.example.com/v1/tlsrpt")],
  ],
  [
    "several places, spaces around commas",
    "v=TLSRPTv1; rua=mailto:a@example.com , https://x.example/y,mailto:b@example.com;",
    [mail("a@example.com"), post("https://x.example/y"), mail("b@example.com")],
  ],
  ["unknown fields before and after", "v=TLSRPTv1; foo=bar; rua=mailto:a@example.com; p=none", [mail("a@example.com")]],
  ["percent-encoding in an address", "v=TLSRPTv1; rua=mailto:a%21b@example.com", [mail("a!b@example.com")]],
  ["headers asked of the mail are not given", "v=TLSRPTv1; rua=mailto:a@example.com?subject=hello", [mail("a@example.com")]],
  [
    "a scheme that is not known stands beside one that is",
    "v=TLSRPTv1; rua=ftp://x.example/,mailto:a@example.com",
    [mail("a@example.com")],
  ],
  ["a scheme in capitals", "v=TLSRPTv1; rua=MAILTO:a@example.com", [mail("a@example.com")]],
] as const;

for (const [what, text, to] of asked)
  test(`${what}: ${text}`, () => {
    assert.deepEqual(readReportRequest([text]), { is: "asked", to });
  });

const not = [
  ["no record", [], "none"],
  ["another's record", ["v=spf1 -all"], "none"],
  ["a version in the wrong case", ["v=tlsrptv1; rua=mailto:a@example.com"], "none"],
  ["a later version", ["v=TLSRPTv12; rua=mailto:a@example.com"], "none"],
  ["two records", ["v=TLSRPTv1; rua=mailto:a@example.com", "v=TLSRPTv1; rua=mailto:b@example.com"], "none"],
  ["no rua", ["v=TLSRPTv1;"], "unusable"],
  ["an empty rua", ["v=TLSRPTv1; rua="], "unusable"],
  ["plain http", ["v=TLSRPTv1; rua=http://x.example/"], "unusable"],
  ["an address without a domain", ["v=TLSRPTv1; rua=mailto:postmaster"], "unusable"],
  ["a line break in an address", ["v=TLSRPTv1; rua=mailto:a%0d%0aRCPT@example.com"], "unusable"],
  ["a broken percent sign", ["v=TLSRPTv1; rua=mailto:%zz@example.com"], "unusable"],
  ["a password in a URL", ["v=TLSRPTv1; rua=https://u:p@x.example/"], "unusable"],
] as const;

for (const [what, records, is] of not)
  test(`${what} asks for nothing`, () => {
    assert.equal(readReportRequest(records).is, is);
  });

test("one record among others that are not ours counts", () => {
  const read = readReportRequest(["some-verification=1", "v=TLSRPTv1; rua=mailto:a@example.com"]);
  assert.deepEqual(read, { is: "asked", to: [mail("a@example.com")] });
});

test("places beyond the bound are left out", () => {
  const many = Array.from({ length: 20 }, (_, i) => `mailto:a${i}@example.com`);
  const read = readReportRequest([`v=TLSRPTv1; rua=${many.join(",")}`]);
  assert.equal(read.is === "asked" && read.to.length, PLACES_MOST);
});

test("whatever a record holds, an address fits between angle brackets and a URL is https", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary-ascii", maxLength: 80 }), (junk) => {
      const read = readReportRequest([`v=TLSRPTv1; rua=mailto:${junk},https://${junk},mailto:a${junk}@example.com`]);
      if (read.is !== "asked") return;
      for (const place of read.to)
        if (place.by === "mail") assert.match(place.address, /^[^\s<>"(),:;\\[\]\p{Cc}]+@[a-z0-9.-]+$/iu);
        else assert.equal(new URL(place.url).protocol, "https:");
    }),
  );
});

test("the record stands at _smtp._tls", () => {
  assert.equal(reportRecordName("example.org"), "_smtp._tls.example.org");
});
