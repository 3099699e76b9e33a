/** Where this machine's resolver gets servers and names from, and that an edit of those files counts. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { World } from "../../lab/world/world.ts";
import type { Endpoint } from "../base/network.ts";
import { openNameServer, Zone } from "../wire/dns/name-server.ts";
import { openLookUps } from "./look-ups.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-look-ups-"));
after(() => rmSync(folder, { recursive: true }));

const ONE: Endpoint = { ip: "192.0.2.53", port: 53 };
const OTHER: Endpoint = { ip: "192.0.2.54", port: 5353 };

async function house(): Promise<World> {
  const world = new World("look-ups");
  for (const [at, ip] of [
    [ONE, "198.51.100.1"],
    [OTHER, "198.51.100.2"],
  ] as const) {
    const zone = new Zone("example", { "a.example": { A: [ip] }, "b.example": { A: [ip] } });
    await openNameServer({ network: world.network.machine(at.ip, [at.ip]), clock: world.clock }, at, [zone]);
  }
  return world;
}

test("servers and hosts come from the system's files, as they are at the time", async () => {
  const world = await house();
  const files = { resolvConf: join(folder, "resolv.conf"), hosts: join(folder, "hosts") };
  writeFileSync(files.resolvConf, "nameserver 192.0.2.53\n");
  const ports = { network: world.network.machine("client", ["198.51.100.9"]), clock: world.clock, random: world.random };
  const dns = { servers: [], validating: [], hosts: new Map([["mine.example", ["10.0.0.1"]]]) };
  using resolver = openLookUps({ dns }, ports, files);
  const addresses = async (name: string): Promise<unknown> => {
    const answer = await world.clock.during(resolver.addresses(name));
    return answer.status === "ok" ? answer.records : answer.status;
  };
  assert.deepEqual(await addresses("a.example"), ["198.51.100.1"]);
  assert.deepEqual(await addresses("mine.example"), ["10.0.0.1"]);
  writeFileSync(files.hosts, "10.0.0.2 b.example mine.example\n");
  await world.clock.runFor(6_000);
  assert.deepEqual(await addresses("b.example"), ["10.0.0.2"]);
  assert.deepEqual(await addresses("mine.example"), ["10.0.0.1"], "the configuration wins");
  unlinkSync(files.hosts);
  unlinkSync(files.resolvConf);
  await world.clock.runFor(6_000);
  assert.deepEqual(await addresses("b.example"), "fail", "without a resolv.conf this machine is asked, where nobody answers");
});

test("servers of the configuration stand instead of the system's", async () => {
  const world = await house();
  const ports = { network: world.network.machine("client", ["198.51.100.9"]), clock: world.clock, random: world.random };
  const dns = { servers: [OTHER], validating: [], hosts: new Map<string, string[]>() };
  using resolver = openLookUps({ dns }, ports, { resolvConf: join(folder, "nothing"), hosts: join(folder, "nothing") });
  assert.deepEqual(await world.clock.during(resolver.addresses("a.example")), {
    status: "ok",
    records: ["198.51.100.2"],
    authentic: false,
  });
});
