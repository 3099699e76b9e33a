/** Where a webhook may lead: a name that means one thing and resolves to another reaches nothing that is not public. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer, Resolver } from "../../base/resolver.ts";
import { isPublic, reach } from "./target.ts";

function resolving(answer: Answer<string>): Resolver {
  return { mx: async () => ({ status: "nodata" }), addresses: async () => answer };
}

const to = (...records: string[]): Resolver => resolving({ status: "ok", records });
const TENANT = { private: false };
const OWNER = { private: true };
const URL_OF = new URL("https://crm.example/in");

const PUBLIC = ["1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "2606:4700::1111", "2001:4860:4860::8888", "::ffff:8.8.8.8"];
const PRIVATE = ["127.0.0.1", "127.9.9.9", "::1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd12::1", "::ffff:10.0.0.1"];
const NEVER = [
  ...["169.254.169.254", "fe80::1", "0.0.0.0", "::", "255.255.255.255", "224.0.0.1", "240.0.0.1", "ff02::1", "192.0.0.192"],
  ...["192.0.2.1", "198.18.0.1", "203.0.113.9", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "2001:0:1::1", "2001:db8::1"],
  ...["::ffff:a9fe:a9fe", "::7f00:1", "fec0::1", "", "no address", "fe80::1%eth0", "127.0.0.1.example"],
];

for (const ip of PUBLIC)
  test(`${ip} is anybody's to reach`, async () => {
    assert.ok(isPublic(ip));
    assert.ok((await reach(URL_OF, TENANT, to(ip))).ok);
  });

for (const ip of PRIVATE)
  test(`${ip} is for the owner who means it`, async () => {
    assert.ok(!isPublic(ip));
    assert.deepEqual(await reach(URL_OF, TENANT, to(ip)), { ok: false, why: "crm.example leads to an address that is not public" });
    assert.ok((await reach(URL_OF, OWNER, to(ip))).ok);
  });

for (const ip of NEVER)
  test(`"${ip}" is for nobody`, async () => {
    assert.ok(!isPublic(ip));
    for (const may of [TENANT, OWNER]) assert.equal((await reach(URL_OF, may, to(ip))).ok, false);
  });

test("one address among good ones that may not be reached is enough against it", async () => {
  for (const records of [
    ["1.1.1.1", "10.0.0.1"],
    ["2606:4700::1111", "169.254.169.254"],
  ])
    assert.equal((await reach(URL_OF, TENANT, to(...records))).ok, false);
});

test("what is connected to is what was looked at", async () => {
  const target = await reach(URL_OF, TENANT, to("1.1.1.1", "::ffff:8.8.8.8"));
  assert.deepEqual(target, { ok: true, addresses: ["1.1.1.1", "8.8.8.8"] });
});

test("http leads to this machine and nowhere else, whatever its name promised", async () => {
  assert.ok((await reach(new URL("http://localhost/in"), OWNER, to("127.0.0.1", "::1"))).ok);
  for (const ip of ["10.0.0.1", "1.1.1.1"])
    assert.deepEqual(await reach(new URL("http://localhost/in"), OWNER, to(ip)), {
      ok: false,
      why: "http leads off this machine; use https",
    });
});

test("a host is asked for as DNS knows it", async () => {
  const asked: string[] = [];
  const resolver: Resolver = {
    mx: async () => ({ status: "nodata" }),
    addresses: async (host) => {
      asked.push(host);
      return { status: "ok", records: ["1.1.1.1"] };
    },
  };
  for (const url of ["https://[2606:4700::1111]:8443/x", "https://CRM.example./x", "https://0x7f.1/"])
    await reach(new URL(url), TENANT, resolver);
  assert.deepEqual(asked, ["2606:4700::1111", "crm.example", "127.0.0.1"]);
});

test("no address is told in words", async () => {
  const whys = [
    [resolving({ status: "nxdomain" }), "there is no host crm.example"],
    [resolving({ status: "nodata" }), "crm.example has no address"],
    [resolving({ status: "fail", why: "ESERVFAIL 10.0.0.53" }), "the address of crm.example could not be looked up"],
    [to(), "crm.example has no address"],
  ] as const;
  for (const [resolver, why] of whys) assert.deepEqual(await reach(URL_OF, TENANT, resolver), { ok: false, why });
});
