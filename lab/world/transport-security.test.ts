/** What the simulated internet shows of TLS and of signed names. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Pipe, TlsHandshake } from "../../src/base/network.ts";
import { tlsaFor } from "./sim-certificates.ts";
import { World } from "./world.ts";

/** A client's end and a server's, between two machines. */
async function pair(world: World): Promise<readonly [client: Pipe, server: Pipe]> {
  const a = world.network.machine("a", ["192.0.2.1"]);
  const b = world.network.machine("b", ["192.0.2.2"]);
  const accepted = Promise.withResolvers<Pipe>();
  await b.listen({ ip: "192.0.2.2", port: 25 }, accepted.resolve);
  const connected = await world.clock.during(a.connect({ host: "192.0.2.2", port: 25, timeoutMs: 1000 }));
  assert.ok(connected.ok);
  const ends = [connected.pipe, await accepted.promise] as const;
  for (const end of ends) end.open({ data: () => {}, drain: () => {}, end: () => {}, close: () => {} });
  return ends;
}

test("what a host's certificate says of it, and that a session taken up again says nothing", async () => {
  const certificate = { names: ["*.example.org"], by: { authority: "House CA" } } as const;
  const kept: Uint8Array[] = [];
  const shake = async (session?: Uint8Array): Promise<TlsHandshake> => {
    const world = new World("tls");
    const [client, server] = await pair(world);
    world.network.weather("192.0.2.2", { certificate });
    const as = { serverName: "mx.example.org", keep: (one: Uint8Array) => void kept.push(one), ...(session && { session }) };
    const both = Promise.all([server.startTls({ server: {} as never }), client.startTls({ client: as })]);
    const [, handshake] = await world.clock.during(both);
    await world.clock.runFor(10);
    return handshake;
  };
  const { peer, authorized, resumed } = await shake();
  assert.deepEqual([authorized, resumed, peer?.distrust], [false, undefined, "SELF_SIGNED_CERT_IN_CHAIN"]);
  assert.deepEqual(
    peer?.chain().map(({ names, signedByNext }) => [names, signedByNext]),
    [
      [["*.example.org"], true],
      [[], false],
    ],
  );
  assert.match(tlsaFor(certificate, { usage: 2, selector: 0, matching: 2 }), /^2 0 2 [0-9a-f]{128}$/);
  const second = await shake(kept[0]);
  assert.deepEqual([second.resumed, second.authorized, second.peer], [true, false, undefined]);
});

test("what is signed is authentic as far as a chain of names goes, by itself and by way of name servers", async () => {
  const world = new World("signed");
  const { resolver, clock } = world;
  resolver.set("example.org", { MX: ["10 mx.example.org"] });
  resolver.set("mx.example.org", { CNAME: ["host.example.net"] });
  resolver.set("host.example.net", { A: ["192.0.2.3"] });
  resolver.set("_25._tcp.mx.example.org", { TLSA: [`3 1 1 ${"ab".repeat(32)}`] });
  resolver.set("_mta-sts.example.org", { TXT: ["v=STSv1; id=1;"] });
  resolver.sign("example.org");
  for (const live of [false, true]) {
    if (live) await world.openNameServers();
    const seen = world.process(`node ${live}`, [live ? "192.0.2.10" : "192.0.2.11"]).resolver;
    const authentic = async (asked: Promise<{ readonly status: string; readonly authentic?: boolean }>) => {
      const answer = await clock.during(asked);
      return answer.status === "ok" ? answer.authentic : answer.status;
    };
    assert.equal(await authentic(seen.mx("example.org")), true);
    assert.equal(await authentic(seen.addresses("mx.example.org")), false, "the name that it leads to is not signed");
    assert.equal(await authentic(seen.addresses("host.example.net")), false);
    assert.equal(await authentic(seen.tlsa("_25._tcp.mx.example.org")), true);
    assert.equal(await authentic(seen.tlsa("_25._tcp.host.example.net")), "nxdomain");
    const [txt, alias] = [await clock.during(seen.txt("_mta-sts.example.org")), await clock.during(seen.addresses("mx.example.org"))];
    assert.deepEqual(txt.status === "ok" && txt.records, ["v=STSv1; id=1;"]);
    assert.equal(alias.name, "host.example.net");
  }
  resolver.stripsSignatures = true;
  const stripped = await clock.during(resolver.mx("example.org"));
  assert.equal(stripped.status === "ok" && stripped.authentic, false);
});
