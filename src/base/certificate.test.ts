/** Proves the hand-written certificates by OpenSSL's reading of them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { selfSigned } from "./certificate.ts";
import type { WallMs } from "./clock.ts";
import { seededRandom, systemRandom } from "./random.ts";

const NOW = Date.UTC(2026, 10, 25, 12) as WallMs;

test("a certificate carries its host, signs itself and belongs to its key", () => {
  const { key, certificate } = selfSigned("relay.example.org", NOW, systemRandom);
  const read = new X509Certificate(certificate);
  assert.equal(read.checkHost("relay.example.org"), "relay.example.org");
  assert.equal(read.checkHost("other.example.org"), undefined);
  assert.equal(read.subject, "CN=relay.example.org");
  assert.ok(read.checkIssued(read));
  assert.ok(read.verify(read.publicKey));
  assert.ok(read.checkPrivateKey(createPrivateKey(key)));
  assert.equal(read.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
  assert.deepEqual(read.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
  assert.equal(read.validFromDate.getTime(), NOW - 86_400_000);
  assert.equal(read.validToDate.getTime(), NOW + 3_650 * 86_400_000);
});

test("addresses, long names and years after 2049 are written as RFC 5280 wants them", () => {
  assert.equal(new X509Certificate(selfSigned("192.0.2.7", NOW, systemRandom).certificate).checkIP("192.0.2.7"), "192.0.2.7");
  for (const ip of ["2001:db8::7", "::1", "fe80::1:0:0:2", "2001:db8:1:2:3:4:5:6"])
    assert.ok(new X509Certificate(selfSigned(ip, NOW, systemRandom).certificate).checkIP(ip), ip);
  const long = `${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.example.org`;
  assert.equal(new X509Certificate(selfSigned(long, NOW, systemRandom).certificate).checkHost(long), long);
  const later = Date.UTC(2045, 0, 1) as WallMs;
  assert.equal(new X509Certificate(selfSigned("h.example", later, systemRandom).certificate).validToDate.getUTCFullYear(), 2054);
});

test("serial numbers are positive and short whatever chance gives", () => {
  for (let i = 0; i < 40; i++)
    assert.match(
      new X509Certificate(selfSigned("h.example", NOW, seededRandom(`serial ${i}`)).certificate).serialNumber,
      /^[0-9A-F]{2,32}$/,
    );
});

test("OpenSSL verifies it as its own root", (t) => {
  if (spawnSync("openssl", ["version"]).error) return t.skip("openssl is not installed");
  const folder = mkdtempSync(join(tmpdir(), "fairlead-certificate-"));
  const file = join(folder, "certificate.pem");
  writeFileSync(file, selfSigned("relay.example.org", NOW, systemRandom).certificate);
  const at = String(NOW / 1000);
  const run = spawnSync(
    "openssl",
    [
      "verify",
      "-x509_strict",
      "-check_ss_sig",
      "-purpose",
      "sslserver",
      "-verify_hostname",
      "relay.example.org",
      "-attime",
      at,
      "-CAfile",
      file,
      file,
    ],
    { encoding: "utf8" },
  );
  rmSync(folder, { recursive: true });
  assert.equal(run.stdout.trim(), `${file}: OK`, run.stderr);
});
