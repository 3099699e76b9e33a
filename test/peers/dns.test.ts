/**
 * Real programs on both sides: our name server asked by `dig` and by unbound, our resolver asking unbound, which validates a
 * zone that is signed here and one whose signature is broken.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { systemClock } from "../../src/base/clock.ts";
import type { Endpoint } from "../../src/base/network.ts";
import { systemRandom } from "../../src/base/random.ts";
import { systemNetwork } from "../../src/base/system-network.ts";
import { type NameServer, openNameServer, Zone } from "../../src/wire/dns/name-server.ts";
import { openStubResolver, type StubResolver } from "../../src/wire/dns/stub-resolver.ts";
import { needs } from "../debian.ts";
import { freePort } from "../outside/free-port.ts";

const skip = needs("bind9-dnsutils", "unbound", "ldnsutils");
const ports = { network: systemNetwork(systemClock), clock: systemClock, random: systemRandom };
const folder = mkdtempSync(join(tmpdir(), "fairlead-dns-"));

const ZONE = new Zone("ours.test", {
  "ours.test": { MX: ["10 mx.ours.test", "20 backup.ours.test"], TXT: ["v=spf1 -all"], NS: ["ns.ours.test"] },
  "mx.ours.test": { A: ["192.0.2.25"], AAAA: ["2001:db8::25"] },
  "www.ours.test": { CNAME: ["mx.ours.test"] },
  "null.ours.test": { MX: ["0 ."] },
  "broken.ours.test": "SERVFAIL",
  "big.ours.test": { A: Array.from({ length: 4_000 }, (_, n) => `10.${n >> 12}.${(n >> 6) & 63}.${n & 63}`) },
  "*.list.ours.test": { A: ["127.0.0.2"] },
  "_25._tcp.mx.ours.test": { TLSA: [`3 1 1 ${"0b9f".repeat(16)}`] },
});

let server: NameServer;
let unbound: ChildProcess | undefined;
let place: Endpoint;
let resolver: StubResolver;

before(async () => {
  if (skip) return;
  server = await openNameServer(ports, { ip: "127.0.0.1", port: 0 }, [ZONE]);
  place = { ip: "127.0.0.1", port: await freePort() };
  signedZone();
  writeFileSync(join(folder, "unbound.conf"), unboundConf());
  unbound = spawn("unbound", ["-d", "-c", join(folder, "unbound.conf")], { stdio: "ignore" });
  resolver = openStubResolver(ports, { servers: () => [place], validating: [], hosts: () => [] });
  for (let tries = 0; tries < 100 && (await resolver.ask("ours.test", "NS")).status !== "ok"; tries++) await systemClock.sleep(100);
});

after(async () => {
  resolver?.[Symbol.dispose]();
  unbound?.kill();
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** `signed.test`, and the same with an address changed after it was signed. */
function signedZone(): void {
  const run = (program: string, ...args: string[]): string => execFileSync(program, args, { cwd: folder, encoding: "utf8" }).trim();
  for (const zone of ["signed.test", "forged.test"]) {
    const soa = `${zone}. 300 IN SOA ns.${zone}. h.${zone}. 1 3600 600 86400 60`;
    const lines = [soa, `${zone}. 300 IN NS ns.${zone}.`, `ns.${zone}. 300 IN A 127.0.0.1`, `${zone}. 300 IN MX 10 mx.${zone}.`];
    lines.push(`mx.${zone}. 300 IN A 192.0.2.77`, `_25._tcp.mx.${zone}. 300 IN TLSA 3 1 1 ${"ab".repeat(32)}`);
    writeFileSync(join(folder, zone), `${lines.join("\n")}\n`);
    const key = run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone);
    run("ldns-signzone", zone, key);
    writeFileSync(join(folder, `${zone}.key`), readFileSync(join(folder, `${key}.key`)));
    if (zone === "forged.test") {
      const signed = readFileSync(join(folder, `${zone}.signed`), "utf8");
      writeFileSync(join(folder, `${zone}.signed`), signed.replace("192.0.2.77", "192.0.2.66"));
    }
  }
  assert.ok(readdirSync(folder).includes("signed.test.signed"));
}

function unboundConf(): string {
  const zones = ["signed.test", "forged.test"];
  return `server:
  interface: ${place.ip}@${place.port}
  use-syslog: no
  verbosity: 0
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  do-ip6: no
  do-not-query-localhost: no
  use-caps-for-id: yes
  module-config: "validator iterator"
  local-zone: "test." nodefault
  domain-insecure: "ours.test"
${zones.map((zone) => `  trust-anchor-file: "${zone}.key"`).join("\n")}
  local-zone: "local.test." static
  local-data: "local.test. 120 IN MX 5 mx.local.test."
remote-control:
  control-enable: no
stub-zone:
  name: "ours.test"
  stub-addr: ${server.local.ip}@${server.local.port}
${zones.map((zone) => `auth-zone:\n  name: "${zone}"\n  zonefile: "${zone}.signed"\n  for-downstream: no\n  for-upstream: yes\n  fallback-enabled: no`).join("\n")}
`;
}

/** Our server runs in this process: it must not be waited for with the event loop held. */
async function dig(...words: string[]): Promise<string> {
  const args = [`@${server.local.ip}`, "-p", String(server.local.port), "+tries=1", "+time=5", ...words];
  return (await promisify(execFile)("dig", args, { maxBuffer: 1 << 24 })).stdout;
}

const digs: readonly (readonly [words: string, said: readonly RegExp[]])[] = [
  ["ours.test MX", [/status: NOERROR/, /flags: qr aa rd;/, /10 mx\.ours\.test\./, /20 backup\.ours\.test\./, /udp: 1232/]],
  ["ours.test MX +noedns", [/status: NOERROR/, /ANSWER: 2/]],
  ["ours.test MX +tcp", [/ANSWER: 2/, /\(TCP\)/]],
  ["www.ours.test AAAA", [/CNAME\s+mx\.ours\.test\./, /AAAA\s+2001:db8::25/]],
  ["gone.ours.test A", [/status: NXDOMAIN/, /AUTHORITY: 1/, /SOA\s+ns\.ours\.test\. hostmaster\.ours\.test\./]],
  ["mx.ours.test TXT", [/status: NOERROR/, /ANSWER: 0, AUTHORITY: 1/]],
  ["null.ours.test MX", [/MX\s+0 \.$/m]],
  ["9.9.list.ours.test A", [/A\s+127\.0\.0\.2/]],
  ["_25._tcp.mx.ours.test TLSA", [/TLSA\s+3 1 1 0B9F/]],
  ["broken.ours.test A", [/status: SERVFAIL/]],
  ["example.com A", [/status: REFUSED/]],
  ["ours.test ANY", [/HINFO\s+"RFC8482" ""/]],
  ["ours.test AXFR", [/Transfer failed|status: NOTIMP/]],
  ["big.ours.test A +ignore", [/flags: qr aa tc/, /ANSWER: 0/]],
  ["big.ours.test A", [/Truncated, retrying in TCP mode/, /ANSWER: 4000/]],
  ["ours.test CH TXT", [/status: REFUSED/]],
  ["ours.test MX +edns=1 +noednsneg", [/status: BADVERS/]],
  ["ours.test MX +opcode=STATUS", [/status: NOTIMP/]],
];
for (const [words, said] of digs)
  test(`dig ${words}`, { skip }, async () => {
    const text = await dig(...words.split(" "));
    for (const form of said) assert.match(text, form);
    assert.doesNotMatch(text, /malformed|WARNING: .*garbage|parse error/i);
  });

test("by way of unbound our zone comes back as it is", { skip }, async () => {
  const mx = await resolver.mx("ours.test");
  assert.ok(mx.status === "ok");
  assert.deepEqual(mx.records, [
    { preference: 10, host: "mx.ours.test" },
    { preference: 20, host: "backup.ours.test" },
  ]);
  assert.equal(mx.authentic, false, "nobody signed it");
  const addresses = await resolver.addresses("www.ours.test");
  assert.deepEqual(addresses.status === "ok" && addresses.records, ["192.0.2.25", "2001:db8::25"]);
  assert.deepEqual(await resolver.mx("null.ours.test"), { status: "ok", records: [{ preference: 0, host: "" }], authentic: false });
});

test("no such name, no such record and no answer are three things to unbound as well", { skip }, async () => {
  assert.equal((await resolver.mx("gone.ours.test")).status, "nxdomain");
  assert.equal((await resolver.mx("mx.ours.test")).status, "nodata");
  assert.deepEqual(await resolver.mx("broken.ours.test"), { status: "fail", why: "SERVFAIL from 127.0.0.1" });
});

test("four thousand addresses come over TCP, and sixty-four are kept", { skip }, async () => {
  const many = await resolver.ask("big.ours.test", "A");
  assert.ok(many.status === "ok", JSON.stringify(many));
  assert.equal(many.records.length, 64);
});

test("unbound's own data", { skip }, async () => {
  const mx = await resolver.mx("local.test");
  assert.deepEqual(mx.status === "ok" && mx.records, [{ preference: 5, host: "mx.local.test" }]);
});

test("what a zone signed is authentic; what was changed afterwards is no answer", { skip }, async () => {
  const tlsa = await resolver.ask("_25._tcp.mx.signed.test", "TLSA");
  assert.ok(tlsa.status === "ok" && tlsa.authentic);
  assert.deepEqual([tlsa.records[0]?.usage, tlsa.records[0]?.data.length], [3, 32]);
  const mx = await resolver.mx("signed.test");
  assert.ok(mx.status === "ok" && mx.authentic);
  assert.equal((await resolver.mx("gone.signed.test")).status, "nxdomain");
  const forged = await resolver.addresses("mx.forged.test");
  assert.equal(forged.status, "fail", JSON.stringify(forged));
});
