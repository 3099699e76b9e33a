/** Which addresses a route leads to, and which answers end a delivery. RFC 5321 §5.1, RFC 7505. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../base/random.ts";
import type { Answer, Mx, Resolver } from "../../base/resolver.ts";
import { DEFAULT_EGRESS, type Egress, type EgressName } from "../../model/egress.ts";
import { findHosts } from "./hosts.ts";
import type { Route } from "./route.ts";

const NONE = { status: "nodata" } as const;
const ok = <T>(...records: T[]): Answer<T> => ({ status: "ok", records });
const mx = (preference: number, host: string): Mx => ({ preference, host });

const resolver = (zone: { mx?: Record<string, Answer<Mx>>; a?: Record<string, Answer<string>> }): Resolver => ({
  mx: async (domain) => zone.mx?.[domain] ?? { status: "nxdomain" },
  addresses: async (host) => zone.a?.[host] ?? { status: "nxdomain" },
});
const system: Egress = { name: DEFAULT_EGRESS, helo: "relay.example.net" };
const route: Route = { is: "mx", domain: "example.org", port: 25, from: system };
const find = (zone: Parameters<typeof resolver>[0], own: string[] = [], seed = "1") =>
  findHosts(route, resolver(zone), seededRandom(seed), new Set(own));

test("mail hosts come in order of preference, each with all its addresses", async () => {
  const hosts = await find({
    mx: { "example.org": ok(mx(20, "b.example"), mx(10, "a.example")) },
    a: { "a.example": ok("192.0.2.1", "2001:db8::1"), "b.example": ok("192.0.2.2") },
  });
  assert.ok(hosts.is === "found");
  assert.deepEqual(
    hosts.addresses.map((a) => `${a.host} ${a.ip}`),
    ["a.example 192.0.2.1", "a.example 2001:db8::1", "b.example 192.0.2.2"],
  );
});

test("domains whose hosts stand in the same order share a name for them, whatever the numbers", async () => {
  const a = { "a.example": ok("192.0.2.1"), "b.example": ok("192.0.2.2"), "c.example": ok("192.0.2.3") };
  const nameOf = async (...records: Mx[]): Promise<string> => {
    const hosts = await find({ mx: { "example.org": ok(...records) }, a });
    return hosts.is === "found" ? hosts.mx : hosts.is;
  };
  assert.equal(await nameOf(mx(5, "b.example"), mx(5, "a.example"), mx(9, "c.example")), "a.example,b.example>c.example");
  assert.equal(await nameOf(mx(20, "c.example"), mx(10, "a.example"), mx(10, "b.example")), "a.example,b.example>c.example");
  assert.equal(await nameOf(mx(10, "c.example"), mx(20, "a.example"), mx(20, "b.example")), "c.example>a.example,b.example");
});

test("hosts of equal preference are shuffled, so that load spreads", async () => {
  const zone = {
    mx: { "example.org": ok(mx(10, "a.example"), mx(10, "b.example")) },
    a: { "a.example": ok("192.0.2.1"), "b.example": ok("192.0.2.2") },
  };
  const firsts = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const hosts = await find(zone, [], String(seed));
    if (hosts.is === "found") firsts.add(hosts.addresses[0]?.host ?? "");
  }
  assert.deepEqual([...firsts].sort(), ["a.example", "b.example"]);
});

test("both families take turns, so that one which does not work here keeps no host out of reach", async () => {
  const six = Array.from({ length: 6 }, (_, i) => `2001:db8::${i + 1}`);
  const zone = { mx: { "example.org": ok(mx(1, "a.example")) }, a: { "a.example": ok(...six, "192.0.2.1", "192.0.2.2") } };
  const hosts = await find(zone);
  assert.ok(hosts.is === "found");
  assert.deepEqual(
    hosts.addresses.map(({ ip }) => ip.includes(":")),
    [false, true, false, true, true],
  );
});

test("a null MX beside others is a mistake, and not an end", async () => {
  const zone = { mx: { "example.org": ok(mx(0, ""), mx(10, "a.example")) }, a: { "a.example": ok("192.0.2.1") } };
  const hosts = await find(zone);
  assert.ok(hosts.is === "found" && hosts.addresses.length === 1);
});

test("mail to an address literal is not sent, and nobody is asked", async () => {
  const asked: string[] = [];
  const listening: Resolver = {
    mx: async (domain) => (asked.push(domain), NONE),
    addresses: async (host) => (asked.push(host), NONE),
  };
  const hosts = await findHosts({ ...route, domain: "[192.0.2.1]" }, listening, seededRandom("1"), new Set());
  assert.ok(hosts.is === "none" && hosts.fault.code === "no-domain");
  assert.deepEqual(asked, []);
});

test("a domain without MX but with an address is its own mail host", async () => {
  const hosts = await find({ mx: { "example.org": NONE }, a: { "example.org": ok("192.0.2.9") } });
  assert.ok(hosts.is === "found" && hosts.addresses[0]?.host === "example.org");
});

test("a failed look-up is no answer: the lane waits, nothing bounces", async () => {
  assert.equal((await find({ mx: { "example.org": { status: "fail", why: "SERVFAIL" } } })).is, "unknown");
  assert.equal((await find({ mx: { "example.org": NONE }, a: { "example.org": { status: "fail", why: "timeout" } } })).is, "unknown");
  assert.equal(
    (await find({ mx: { "example.org": ok(mx(1, "a.example")) }, a: { "a.example": { status: "fail", why: "timeout" } } })).is,
    "unknown",
  );
});

for (const [what, zone, code] of [
  ["a domain that does not exist", {}, "no-domain"],
  ["a null MX", { mx: { "example.org": ok(mx(0, "")) } }, "null-mx"],
  ["mail hosts without addresses", { mx: { "example.org": ok(mx(1, "a.example")) }, a: { "a.example": NONE } }, "no-address"],
] as const) {
  test(`${what} ends the delivery`, async () => {
    const hosts = await find(zone);
    assert.ok(hosts.is === "none");
    assert.equal(hosts.fault.code, code);
  });
}

test("loopback, private and link-local targets are never dialled by MX", async () => {
  for (const ip of [
    "127.0.0.1",
    "10.1.2.3",
    "172.20.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "224.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b::1",
    "2002:7f00:1::1",
    "2002:a00::",
    "fec0::1",
    "100::1",
  ]) {
    const hosts = await find({ mx: { "example.org": ok(mx(1, "a.example")) }, a: { "a.example": ok(ip) } });
    assert.ok(hosts.is === "none" && hosts.fault.code === "loop", ip);
  }
});

test("our own address ends the list: hosts of a worse preference would bring the mail back", async () => {
  const zone = {
    mx: { "example.org": ok(mx(10, "a.example"), mx(20, "us.example"), mx(30, "c.example")) },
    a: { "a.example": ok("192.0.2.1"), "us.example": ok("198.51.100.7"), "c.example": ok("192.0.2.3") },
  };
  const hosts = await find(zone, ["198.51.100.7"]);
  assert.ok(hosts.is === "found");
  assert.deepEqual(
    hosts.addresses.map((a) => a.ip),
    ["192.0.2.1"],
  );
  assert.equal((await find(zone, ["192.0.2.1"])).is, "none");
});

test("where a better host could not be looked up, our own place in the list ends nothing", async () => {
  const zone = {
    mx: { "example.org": ok(mx(10, "a.example"), mx(20, "us.example")) },
    a: { "a.example": { status: "fail", why: "SERVFAIL" } as const, "us.example": ok("192.0.2.1", "198.51.100.7") },
  };
  assert.equal((await find(zone, ["198.51.100.7"])).is, "unknown");
});

test("an address is tried once, however many names and records lead to it", async () => {
  const zone = {
    mx: { "example.org": ok(mx(10, "a.example"), mx(20, "b.example"), mx(20, "b.example")) },
    a: { "a.example": ok("192.0.2.1", "192.0.2.1"), "b.example": ok("192.0.2.1", "192.0.2.2") },
  };
  const hosts = await find(zone);
  assert.ok(hosts.is === "found");
  assert.deepEqual(
    hosts.addresses.map(({ ip }) => ip),
    ["192.0.2.1", "192.0.2.2"],
  );
});

test("at most five addresses are tried", async () => {
  const many = Array.from({ length: 20 }, (_, i) => `192.0.2.${i + 1}`);
  const hosts = await find({ mx: { "example.org": ok(mx(1, "a.example")) }, a: { "a.example": ok(...many) } });
  assert.ok(hosts.is === "found" && hosts.addresses.length === 5);
});

test("an upstream goes where the operator says, this machine included", async () => {
  const upstream = { host: "127.0.0.1", port: 2600, tls: "opportunistic" } as const;
  const hosts = await findHosts({ is: "upstream", upstream }, resolver({}), seededRandom("1"), new Set(["127.0.0.1"]));
  const policy = { domain: "127.0.0.1", key: "open", demand: "opportunistic" };
  assert.deepEqual(hosts, { is: "found", addresses: [{ host: "127.0.0.1", ip: "127.0.0.1", port: 2600 }], mx: "127.0.0.1", policy });
});

test("an egress dials the families that it has, and for want of one nothing is returned", async () => {
  const four: Egress = { name: "out1" as EgressName, helo: "out1.example.net", ip4: "198.51.100.1" };
  const from = (egress: Egress, ...ips: string[]) => {
    const zone = { mx: { "example.org": ok(mx(1, "a.example")) }, a: { "a.example": ok(...ips) } };
    return findHosts({ ...route, from: egress }, resolver(zone), seededRandom("1"), new Set());
  };
  const both = await from(four, "192.0.2.1", "2001:db8::1", "2001:db8::2");
  assert.ok(both.is === "found");
  assert.deepEqual(
    both.addresses.map(({ ip }) => ip),
    ["192.0.2.1"],
  );
  assert.deepEqual(await from(four, "2001:db8::1"), {
    is: "unknown",
    fault: { code: "family", text: "out1 has no IPv6 address, and the mail hosts of example.org no other" },
  });
});
