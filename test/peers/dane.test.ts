/**
 * The whole of DANE on loopback: unbound checks a zone that is signed here, our resolver believes it, a mail host shows real
 * certificates, and what it publishes decides. And MTA-STS at the same host, for which a trusted root is missing.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type CertificatePair, selfSigned } from "../../src/base/certificate.ts";
import { systemClock, type WallMs } from "../../src/base/clock.ts";
import type { Endpoint, Listener, Pipe } from "../../src/base/network.ts";
import { systemRandom } from "../../src/base/random.ts";
import { serverContext, systemNetwork } from "../../src/base/system-network.ts";
import { readStsPolicy, type StsPolicy } from "../../src/mail/transport-security/transport-security.ts";
import { DEFAULT_EGRESS } from "../../src/model/egress.ts";
import { type HostAddress, type Link, type LinkFault, link, Transport } from "../../src/relay/deliver/deliver.ts";
import { openStubResolver, type StubResolver } from "../../src/wire/dns/stub-resolver.ts";
import { needs } from "../debian.ts";
import { freePort } from "../outside/free-port.ts";

const skip = needs("unbound", "ldnsutils");
const folder = mkdtempSync(join(tmpdir(), "fairlead-dane-"));
const ZONE = "signed.test";
const YEAR_MS = 365 * 86_400_000;

const hosts = ["good", "other", "old", "broken", "none"] as const;
type HostName = (typeof hosts)[number];
const HOST = (name: HostName): string => `${name}.${ZONE}`;

/** `old` ended a year ago, and has another host's name. */
const pairs: Readonly<Record<HostName, CertificatePair>> = {
  ...{ good: made("good"), other: made("other"), broken: made("broken"), none: made("none") },
  old: selfSigned("elsewhere.test", (systemClock.wall() - 11 * YEAR_MS) as WallMs, systemRandom),
};

function made(name: HostName): CertificatePair {
  return selfSigned(HOST(name), systemClock.wall(), systemRandom);
}

/** 3 1 1, computed by node and not by what is tested. */
function tlsaOf({ certificate }: CertificatePair): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return `3 1 1 ${createHash("sha256").update(key).digest("hex")}`;
}

let unbound: ChildProcess | undefined;
let place: Endpoint;
let resolver: StubResolver;
const listeners = new Map<HostName, Listener>();
const network = systemNetwork(systemClock);

before(async () => {
  if (skip) return;
  for (const name of hosts) listeners.set(name, await network.listen({ ip: "127.0.0.1", port: 0 }, (pipe) => serve(pipe, name)));
  signZone();
  place = { ip: "127.0.0.1", port: await freePort() };
  writeFileSync(join(folder, "unbound.conf"), unboundConf());
  unbound = spawn("unbound", ["-d", "-c", join(folder, "unbound.conf")], { stdio: "ignore" });
  resolver = openStubResolver(
    { network, clock: systemClock, random: systemRandom },
    { servers: () => [place], validating: [], hosts: () => [] },
  );
  for (let tries = 0; tries < 100 && (await resolver.ask(ZONE, "NS")).status !== "ok"; tries++) await systemClock.sleep(100);
});

after(async () => {
  resolver?.[Symbol.dispose]();
  unbound?.kill();
  for (const listener of listeners.values()) await listener.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The TLSA records of `broken` are changed after they were signed. */
function signZone(): void {
  const run = (program: string, ...args: string[]): string => execFileSync(program, args, { cwd: folder, encoding: "utf8" }).trim();
  const lines = [
    `${ZONE}. 300 IN SOA ns.${ZONE}. h.${ZONE}. 1 3600 600 86400 60`,
    `${ZONE}. 300 IN NS ns.${ZONE}.`,
    `ns.${ZONE}. 300 IN A 127.0.0.1`,
  ];
  const published: Readonly<Record<string, string>> = {
    ...{ good: tlsaOf(pairs.good), other: tlsaOf(pairs.good), old: tlsaOf(pairs.old), broken: tlsaOf(pairs.broken) },
  };
  for (const [name, tlsa] of Object.entries(published)) lines.push(`${portName(name as HostName)}. 300 IN TLSA ${tlsa}`);
  writeFileSync(join(folder, ZONE), `${lines.join("\n")}\n`);
  const key = run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", ZONE);
  run("ldns-signzone", ZONE, key);
  writeFileSync(join(folder, `${ZONE}.key`), readFileSync(join(folder, `${key}.key`)));
  const file = join(folder, `${ZONE}.signed`);
  const digest = tlsaOf(pairs.broken).slice(6);
  const signed = readFileSync(file, "utf8");
  assert.ok(signed.includes(digest));
  writeFileSync(file, signed.replace(digest, digest.replace(/./g, "a")));
}

function portName(name: HostName): string {
  return `_${listeners.get(name)?.local.port}._tcp.${HOST(name)}`;
}

function unboundConf(): string {
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
  module-config: "validator iterator"
  local-zone: "test." nodefault
  trust-anchor-file: "${ZONE}.key"
remote-control:
  control-enable: no
auth-zone:
  name: "${ZONE}"
  zonefile: "${ZONE}.signed"
  for-downstream: no
  for-upstream: yes
  fallback-enabled: no
`;
}

/** As much of a mail host as a connection needs to be ready. */
function serve(pipe: Pipe, name: HostName): void {
  const context = serverContext(pairs[name]);
  const say = (text: string): void => void pipe.write(Buffer.from(`${text}\r\n`));
  pipe.open({
    data: (bytes) => {
      const line = Buffer.from(bytes).toString("latin1");
      if (line.startsWith("EHLO")) say("250-here\r\n250 STARTTLS");
      else if (line.startsWith("STARTTLS")) {
        say("220 go");
        pipe.startTls({ server: context }).catch(() => {}); // a client that does not like the certificate leaves
      } else if (line.startsWith("QUIT")) {
        say("221 bye");
        pipe.end();
      }
    },
    drain: () => {},
    end: () => pipe.end(),
    close: () => {},
  });
  say("220 here");
}

async function linked(name: HostName, sts?: StsPolicy): Promise<Link | LinkFault> {
  const listener = listeners.get(name);
  assert.ok(listener);
  const broken = { has: () => false, add: () => {} };
  const transport = new Transport({ clock: systemClock, resolver, dane: true, demand: () => "opportunistic", broken });
  const address: HostAddress = { host: HOST(name), ip: "127.0.0.1", port: listener.local.port, daneNames: [HOST(name)] };
  const from = { name: DEFAULT_EGRESS, helo: "relay.example.net" };
  const target = {
    route: { is: "mx", domain: ZONE, port: address.port, from } as const,
    ...{ addresses: [address], policy: transport.policyFor(ZONE, true, sts), dnsMs: 0 },
  };
  const closed = Promise.withResolvers<void>();
  let ready: Link | undefined;
  const source = {
    ready: (made: Link, connection: { quit(): void }): void => {
      ready = made;
      connection.quit();
    },
    ...{ next: () => undefined, closed: () => closed.resolve() },
  };
  const settings = {
    ...{ helo: "relay.example.net", ownAddresses: new Set<string>(), connectTimeoutMs: 5_000, maxTransactions: 1, idleMs: 1_000 },
    timeouts: { banner: 5_000, command: 5_000, dataBlock: 5_000, finalDot: 5_000 },
  };
  const ports = { network, resolver, clock: systemClock, random: systemRandom, transport };
  const result = await link(target, source, ports, settings, new AbortController().signal);
  if (!result.ok) return result.fault;
  await closed.promise;
  assert.ok(ready);
  return ready;
}

const enforced = readStsPolicy(`version: STSv1\nmode: enforce\nmx: *.${ZONE}\nmax_age: 86400\n`);

for (const [name, sts, want] of [
  ["good", false, "dane dane"],
  ["old", false, "dane dane"], // 3 1 1: out of its time, another name, and in order
  ["other", false, "tls dane-mismatch"],
  ["broken", false, "dns tlsa-lookup"],
  ["none", false, "none undefined"],
  ["none", true, "tls tls-untrusted"],
  ["good", true, "dane dane"],
  ["other", true, "tls dane-mismatch"],
] as const)
  test(`${name}${sts ? " under an MTA-STS policy" : ""}: ${want}`, { skip }, async () => {
    assert.ok(enforced.ok);
    const came = await linked(name, sts ? enforced.policy : undefined);
    const is = "tls" in came ? `${came.tls?.verified} ${came.tls?.rule}` : "is" in came ? faultIn(came) : "in clear";
    assert.equal(is, want, JSON.stringify(came));
  });

function faultIn(fault: LinkFault): string {
  return fault.is === "no-mail" ? fault.is : `${fault.stage} ${fault.fault?.code}`;
}
