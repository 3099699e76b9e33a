/** Real chains, made by OpenSSL's command where it is there, and our own certificates: what is read of them, and who may have issued whom. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, createPublicKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { selfSigned } from "./certificate.ts";
import { certificateFields } from "./certificate-fields.ts";
import { systemClock } from "./clock.ts";
import { readChain } from "./peer-chain.ts";
import { systemRandom } from "./random.ts";

const own = new X509Certificate(selfSigned("Relay.Example.org", systemClock.wall(), systemRandom).certificate);

test("our own certificate: its key's octets, its name in small letters, its path length", () => {
  const fields = certificateFields(own.raw);
  assert.ok(fields);
  assert.deepEqual(Buffer.from(fields.publicKey), own.publicKey.export({ type: "spki", format: "der" }));
  assert.deepEqual([fields.names, fields.pathLength, fields.bound], [["relay.example.org"], 0, false]);
  const [only, ...more] = readChain([own.raw], []);
  assert.equal(more.length, 0);
  assert.deepEqual([only?.signedByNext, only?.until], [false, own.validToDate.getTime()]);
});

test("an authority that was not shown completes the chain, if it issued its end", () => {
  const other = new X509Certificate(selfSigned("other.example.org", systemClock.wall(), systemRandom).certificate);
  assert.equal(readChain([own.raw], [other.raw]).length, 1);
  assert.equal(readChain([own.raw], [own.raw]).length, 1, "itself is no authority above it");
});

test("whatever the octets, reading them ends and throws nothing", () => {
  const cut = fc.nat(own.raw.length).map((at) => own.raw.subarray(0, at));
  const bent = fc.tuple(fc.nat(own.raw.length - 1), fc.nat(255)).map(([at, octet]) => {
    const copy = Buffer.from(own.raw);
    copy[at] = octet;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(cut, bent, fc.uint8Array({ maxLength: 200 })), (der) => {
      certificateFields(der);
      readChain([der], [der]);
    }),
  );
});

const skip = spawnSync("openssl", ["version"]).status === 0 ? false : "needs openssl";

/** A root, an authority below it that may issue servers only, and one below that which it must not have made; each with a server. */
function authorities(): (name: string) => Buffer {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-chain-"));
  const run = (...args: string[]): void => {
    const { status, stderr } = spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  };
  const make = (name: string, issuer: string | undefined, extensions: string): void => {
    writeFileSync(join(folder, `${name}.ext`), extensions);
    run(
      "req",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.csr`,
    );
    const by = issuer === undefined ? ["-signkey", `${name}.key`] : ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`, "-CAcreateserial"];
    run("x509", "-req", "-in", `${name}.csr`, ...by, "-days", "2", "-extfile", `${name}.ext`, "-out", `${name}.pem`);
  };
  const ca = "basicConstraints=critical,CA:TRUE";
  make("root", undefined, ca);
  make("issuing", "root", `${ca},pathlen:0`);
  make("server", "issuing", "subjectAltName=DNS:MX.Example.org,DNS:*.example.net,IP:192.0.2.1\nextendedKeyUsage=serverAuth");
  make("client", "issuing", "extendedKeyUsage=clientAuth");
  make("deep", "issuing", ca);
  make("below", "deep", "subjectAltName=DNS:mx.example.org");
  make("named", "root", `${ca}\nnameConstraints=critical,permitted;DNS:example.com`);
  make("outside", "named", "subjectAltName=DNS:mx.example.org");
  make("nobody", "server", "subjectAltName=DNS:mx.example.org");
  const read = new Map(
    ["root", "issuing", "server", "client", "deep", "below", "named", "outside", "nobody"].map((name) => [
      name,
      new X509Certificate(readFileSync(join(folder, `${name}.pem`))).raw,
    ]),
  );
  rmSync(folder, { recursive: true });
  return (name) => read.get(name) ?? Buffer.alloc(0);
}

test("who issued whom, and may", { skip }, () => {
  const der = authorities();
  const signed = (...names: string[]): boolean[] => readChain(names.map(der), []).map(({ signedByNext }) => signedByNext);
  for (const [chain, want, why] of [
    ["server issuing root", [true, true, false], "as it should be"],
    ["server root", [false, false], "another authority of the same root"],
    ["client issuing", [false, false], "no server's certificate"],
    ["below deep issuing root", [true, false, true, false], "deep must not be an authority: issuing may have none below it"],
    ["outside named root", [false, false, false], "names that the authority is bound to are not looked at: no rather than yes"],
    ["nobody server", [false, false], "a server is no authority"],
  ] as const)
    assert.deepEqual(signed(...chain.split(" ")), want, `${chain}: ${why}`);
  const [leaf, above] = readChain([der("server")], [der("root"), der("issuing")]);
  assert.deepEqual(leaf?.names, ["mx.example.org", "*.example.net"]);
  assert.deepEqual([leaf?.signedByNext, above && Buffer.from(above.bytes).equals(der("issuing"))], [true, true]);
  const key = createPublicKey(new X509Certificate(der("server")).publicKey.export({ type: "spki", format: "pem" }));
  const digest = (octets: Uint8Array | undefined): string =>
    createHash("sha256")
      .update(octets ?? "")
      .digest("hex");
  assert.equal(digest(leaf?.publicKey), digest(key.export({ type: "spki", format: "der" })));
});
