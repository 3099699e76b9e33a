/** What resolv.conf and hosts files say, and who is asked first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MonoMs } from "../../../base/clock.ts";
import { addressesAt, hostTableIn } from "./host-table.ts";
import { nameServersIn, Servers } from "./servers.ts";

const ips = (text: string): string[] => nameServersIn(text).map(({ ip }) => ip);
const NOW = 1_000 as MonoMs;

test("servers are those of resolv.conf, three at most; without any, this machine", () => {
  assert.deepEqual(ips("# nameserver 192.0.2.9\nsearch example.org\nnameserver 192.0.2.1\nnameserver\t2001:db8::1 \n"), [
    "192.0.2.1",
    "2001:db8::1",
  ]);
  assert.deepEqual(ips("nameserver nonsense\noptions rotate\n"), ["127.0.0.1"]);
  assert.deepEqual(ips("nameserver 192.0.2.1\n".repeat(9)).length, 3);
});

test("a server that was silent comes last for a minute, or until it answers", () => {
  const [a, b] = [
    { ip: "192.0.2.1", port: 53 },
    { ip: "192.0.2.2", port: 53 },
  ];
  const servers = new Servers(() => [a, b], []);
  assert.deepEqual(servers.inOrder(NOW), [a, b]);
  servers.silent([a], false, NOW);
  assert.deepEqual(servers.inOrder(NOW), [b, a]);
  assert.deepEqual(servers.inOrder((NOW + 60_000) as MonoMs), [a, b]);
  servers.silent([a], false, NOW);
  servers.answered(a);
  assert.deepEqual(servers.inOrder(NOW), [a, b]);
});

test("servers that left three questions in a row without an answer are down, until one answers", () => {
  const a = { ip: "192.0.2.1", port: 53 };
  const servers = new Servers(() => [a], []);
  for (let n = 0; n < 2; n++) servers.silent([a], true, NOW);
  assert.equal(servers.areDown, false);
  servers.silent([a], true, NOW);
  assert.equal(servers.areDown, true);
  servers.answered(a);
  assert.equal(servers.areDown, false);
});

test("whose word on DNSSEC counts: this machine's, and that of servers the operator named", () => {
  const servers = new Servers(() => [], ["192.0.2.1"]);
  const believed = (ip: string): boolean => servers.isBelieved({ ip, port: 53 });
  assert.deepEqual(["127.0.0.1", "127.0.0.53", "::1", "192.0.2.1", "192.0.2.2", "10.0.0.1"].map(believed), [
    ...[true, true, true],
    ...[true, false, false],
  ]);
});

const HOSTS = hostTableIn(
  "127.0.0.1 localhost # loop\n192.0.2.9\tSmart.Test alias.test\n2001:db8::9 smart.test\nnonsense smart.test\n#192.0.2.8 no.test",
);

test("tables answer before servers do, the first that has the name", () => {
  const override = new Map([["alias.test", ["198.51.100.1"]]]);
  assert.deepEqual(addressesAt("smart.test", [override, HOSTS]), ["192.0.2.9", "2001:db8::9"]);
  assert.deepEqual(addressesAt("alias.test", [override, HOSTS]), ["198.51.100.1"]);
  assert.equal(addressesAt("no.test", [override, HOSTS]), undefined);
  assert.deepEqual(addressesAt("2001:db8::5", []), ["2001:db8::5"]);
});

test("localhost is here, whatever a name server would say", () => {
  assert.deepEqual(addressesAt("localhost", [HOSTS]), ["127.0.0.1"]);
  assert.deepEqual(addressesAt("db.localhost", []), ["127.0.0.1", "::1"]);
});
