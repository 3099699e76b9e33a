/** From what a domain publishes to whether mail is sent: RFC 7672 and RFC 8461, on chains that OpenSSL would show. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import type { PeerCertificate, TlsHandshake } from "../../base/network.ts";
import type { Tlsa } from "../../base/resolver.ts";
import { matchDane, usableTlsa } from "./dane.ts";
import { type DomainPolicy, type HostRule, policyKey, ruleFor, type StsPolicy, type TlsaFound, verdictOn } from "./transport-security.ts";

const NOW = 1_000_000 as WallMs;
const HOST = "mx.example.org";

function certificate(name: string, more: Partial<PeerCertificate> = {}): PeerCertificate {
  return {
    ...{ bytes: Buffer.from(`certificate ${name}`), publicKey: Buffer.from(`key ${name}`), names: [HOST] },
    ...{ from: 0 as WallMs, until: (2 * NOW) as WallMs, signedByNext: true },
    ...more,
  };
}

const OVER = { until: (NOW - 1) as WallMs };
const shown = (...chain: PeerCertificate[]): TlsHandshake => ({
  ...{ version: "TLSv1.3", cipher: "x", authorized: false },
  peer: { chain: () => chain, distrust: "SELF_SIGNED_CERT_IN_CHAIN" },
});
const LEAF = certificate("leaf");
const MIDDLE = certificate("middle", { names: [] });
const ROOT = certificate("root", { names: [], signedByNext: false });

/** `3 1 1 leaf`: made from the certificate of that name. */
function tlsa(text: string): Tlsa {
  const [usage = 0, selector = 0, matching = 0] = text.split(" ").map(Number);
  const octets = Buffer.from(`${selector === 0 ? "certificate" : "key"} ${text.split(" ")[3]}`);
  const data =
    matching === 0
      ? octets
      : createHash(matching === 1 ? "sha256" : "sha512")
          .update(octets)
          .digest();
  return { usage, selector, matching, data };
}

for (const [records, chain, want] of [
  ["3 1 1 leaf", [LEAF], "match"],
  ["3 0 1 leaf", [LEAF], "match"],
  ["3 1 2 leaf", [LEAF], "match"],
  ["3 1 0 leaf", [LEAF], "match"],
  ["3 0 0 leaf", [LEAF], "match"],
  ["3 1 1 other", [LEAF], "no match"],
  ["3 1 1 other, 3 1 1 leaf", [LEAF], "match"],
  // The key is all that counts (RFC 7672 §3.1.1): no name, no date, no chain.
  ["3 1 1 leaf", [certificate("leaf", { ...OVER, names: ["other.example"], signedByNext: false })], "match"],
  ["3 1 1 root", [LEAF, ROOT], "no match"],
  ["2 1 1 root", [LEAF, MIDDLE, ROOT], "match"],
  ["2 0 2 middle", [LEAF, MIDDLE, ROOT], "match"],
  ["2 1 1 root", [LEAF, { ...MIDDLE, signedByNext: false }, ROOT], "no match"],
  ["2 1 1 leaf", [LEAF, ROOT], "no match"],
  ["2 1 1 root", [certificate("leaf", OVER), ROOT], "expired"],
  ["2 1 1 root", [LEAF, { ...MIDDLE, ...OVER }, ROOT], "expired"],
  ["2 1 1 root", [certificate("leaf", { names: ["other.example"] }), ROOT], "other names"],
  ["2 1 1 root", [certificate("leaf", { names: ["*.example.org"] }), ROOT], "match"],
  ["2 1 1 root, 3 1 1 leaf", [certificate("leaf", OVER), ROOT], "match"],
  ["2 1 1 root", [], "no match"],
] as const)
  test(`${records} against ${chain.map(({ bytes }) => bytes.toString()).join(", ") || "nothing"}: ${want}`, () => {
    const usable = usableTlsa(records.split(", ").map(tlsa));
    assert.equal(matchDane(usable, { chain: () => chain }, [HOST], NOW), want);
  });

for (const [records, usable] of [
  ["0 0 1 leaf, 1 1 1 leaf, 4 1 1 leaf, 255 1 1 leaf", 0],
  ["3 2 1 leaf, 3 1 3 leaf", 0],
  ["3 1 1 leaf, 3 1 2 leaf", 1], // the stronger digest (RFC 7671 §9)
  ["3 1 1 leaf, 3 0 2 leaf, 3 1 0 leaf", 3],
] as const)
  test(`of ${records} ${usable} can be used`, () => assert.equal(usableTlsa(records.split(", ").map(tlsa)).length, usable));

test("a digest of the wrong length is no digest", () => {
  assert.deepEqual(
    usableTlsa([
      { usage: 3, selector: 1, matching: 1, data: Buffer.alloc(31) },
      { usage: 3, selector: 1, matching: 0, data: Buffer.alloc(0) },
    ]),
    [],
  );
});

const STS: StsPolicy = { mode: "enforce", mx: ["*.example.org"], maxAgeMs: 1, lines: [] };
const FOUND: TlsaFound = { is: "found", name: HOST, records: [tlsa("3 1 1 leaf")] };
const UNUSABLE: TlsaFound = { is: "found", name: HOST, records: [tlsa("1 1 1 leaf")] };
const NONE: TlsaFound = { is: "none" };
const FAILED: TlsaFound = { is: "failed", name: HOST, why: "SERVFAIL" };

for (const [name, found, more, want] of [
  ["nothing published", NONE, {}, "open"],
  ["TLSA", FOUND, {}, "dane"],
  ["TLSA and STS: DANE alone counts", FOUND, { sts: STS }, "dane"],
  ["TLSA that cannot be used", UNUSABLE, {}, "encrypted"],
  ["TLSA that cannot be used, and STS", UNUSABLE, { sts: STS }, "sts"],
  ["a look-up that failed", FAILED, {}, "unusable tlsa-lookup"],
  ["a look-up that failed, and STS", FAILED, { sts: STS }, "unusable tlsa-lookup"],
  ["STS", NONE, { sts: STS }, "sts"],
  ["STS that names other hosts", NONE, { sts: { ...STS, mx: ["mail.example.org"] } }, "unusable sts-not-listed"],
  ["STS that is only tried out", NONE, { sts: { ...STS, mode: "testing", mx: ["mail.example.org"] } }, "open"],
  ["the operator: encrypted", NONE, { demand: "encrypted" }, "encrypted"],
  ["the operator: required", NONE, { demand: "required" }, "named"],
  ["the operator: required, and TLSA", FOUND, { demand: "required" }, "dane"],
  ["the operator: required, and TLSA that cannot be used", UNUSABLE, { demand: "required" }, "named"],
  ["the operator: encrypted, and STS", NONE, { demand: "encrypted", sts: STS }, "sts"],
] as const)
  test(`${name}: ${want}`, () => {
    const policy: DomainPolicy = { domain: "example.org", key: "", demand: "opportunistic", ...more };
    const rule = ruleFor(policy, HOST, found);
    assert.equal(rule.is === "unusable" ? `unusable ${rule.fault.code}` : rule.is, want);
  });

const trusted = (leaf: PeerCertificate, distrust?: string): TlsHandshake => ({
  ...{ version: "TLSv1.3", cipher: "x", authorized: distrust === undefined && leaf.names.includes(HOST) },
  peer: { chain: () => [leaf, ROOT], ...(distrust !== undefined && { distrust }) },
});
const RESUMED: TlsHandshake = { version: "TLSv1.3", cipher: "x", authorized: false, resumed: true };
const DANE: HostRule = { is: "dane", records: [tlsa("3 1 1 leaf")], names: [HOST] };
const ENFORCED: HostRule = { is: "sts", policy: STS };
const NAMED: HostRule = { is: "named", by: "operator" };

for (const [name, rule, handshake, want] of [
  ["anything", { is: "open" }, shown(LEAF), "none"],
  ["a good certificate nobody asked for", { is: "open" }, trusted(LEAF), "webpki"],
  ["any certificate where TLS is asked for", { is: "encrypted", by: "dane" }, shown(LEAF), "none"],
  ["the key that is published", DANE, shown(LEAF), "dane"],
  ["another key, of a trusted root", DANE, trusted(certificate("other")), "dane-mismatch"],
  ["a resumed session under DANE", DANE, RESUMED, "dane-mismatch"],
  ["a trusted root's certificate under STS", ENFORCED, trusted(LEAF), "sts"],
  ["an unknown authority's under STS", ENFORCED, trusted(LEAF, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"), "tls-untrusted"],
  ["an old one under STS", ENFORCED, trusted(LEAF, "CERT_HAS_EXPIRED"), "tls-expired"],
  ["another host's under STS", ENFORCED, trusted(certificate("leaf", { names: ["www.example.org"] })), "tls-names"],
  ["a resumed session under STS", ENFORCED, RESUMED, "tls-untrusted"],
  ["a trusted root's for the operator", NAMED, trusted(LEAF), "webpki"],
  ["a self-signed one for the operator", NAMED, shown(LEAF), "tls-untrusted"],
  ["a resumed session for the operator", NAMED, RESUMED, "tls-untrusted"],
] as const)
  test(`${name}: ${want}`, () => {
    const verdict = verdictOn(rule, handshake, HOST, NOW);
    assert.equal(verdict.ok ? verdict.verified : verdict.fault.code, want);
  });

test("connections are shared by domains that ask for the same", () => {
  const other = { ...STS, mx: ["a.example", "b.example"] };
  assert.equal(policyKey("opportunistic", false, undefined), "open");
  assert.equal(policyKey("opportunistic", false, { ...STS, mode: "testing" }), "open");
  assert.equal(policyKey("opportunistic", true, undefined), "dane");
  assert.match(policyKey("required", true, STS), /^required\+dane\+sts:[0-9a-f]{12}$/);
  assert.equal(policyKey("opportunistic", false, other), policyKey("opportunistic", false, { ...other, mx: ["b.example", "a.example"] }));
  assert.notEqual(policyKey("opportunistic", false, other), policyKey("opportunistic", false, STS));
});
