/** The whole relay with name servers on its network: what goes wrong with them makes mail wait, and never ends it. */
import assert from "node:assert/strict";
import { NAME_SERVERS, type World } from "../../lab/world/world.ts";
import { HOUR, kinds, MINUTE, scene } from "./scene.ts";
import { seeded } from "./seeded.ts";

function atServers(world: World, weather: Parameters<World["network"]["weather"]>[1]): void {
  for (const { ip } of NAME_SERVERS) world.network.weather(ip, weather);
}

seeded("mail finds its way by name servers, and asks them once", ["1", "2"], async (world) => {
  await world.openNameServers();
  const { receiver, send } = await scene(world);
  for (let n = 0; n < 20; n++) await send();
  await world.clock.runFor(MINUTE);
  assert.equal(receiver.taken.length, 20);
});

const ends: readonly (readonly [string, (world: World) => void])[] = [
  ["a domain that does not exist", (world) => world.resolver.set("example.org", "NXDOMAIN")],
  ["a null MX", (world) => world.resolver.set("example.org", { MX: ["0 ."] })],
  ["hosts without an address", (world) => world.resolver.set("example.org", { MX: ["10 nowhere.example"] })],
  ["a host on this network", (world) => world.resolver.set("mx1.example.org", { A: ["10.0.0.1"], AAAA: ["::ffff:127.0.0.1"] })],
];
for (const [what, set] of ends)
  seeded(`${what} ends mail at once`, ["1"], async (world) => {
    await world.openNameServers();
    const { home, send } = await scene(world);
    set(world);
    await send();
    await world.clock.runFor(MINUTE);
    assert.equal(home.taken.length, 1);
  });

const trouble: readonly (readonly [string, (world: World) => void, (world: World) => void])[] = [
  ["SERVFAIL for the domain", (world) => world.resolver.set("example.org", "SERVFAIL"), backAgain],
  ["silence for the domain", (world) => world.resolver.set("example.org", "TIMEOUT"), backAgain],
  ["SERVFAIL for its host", (world) => world.resolver.set("mx1.example.org", "SERVFAIL"), backAgain],
  ["a circle of aliases", (world) => world.resolver.set("example.org", { CNAME: ["example.org"] }), backAgain],
  ["name servers out of reach", (world) => atServers(world, { dark: true }), (world) => atServers(world, {})],
  ["half of all datagrams lost", (world) => atServers(world, { loss: 0.5 }), () => {}],
];

function backAgain(world: World): void {
  world.resolver.set("example.org", { MX: ["10 mx1.example.org"] });
  world.resolver.set("mx1.example.org", { A: ["192.0.2.2"] });
}

for (const [what, begin, end] of trouble)
  seeded(`${what} for two hours: mail waits, nothing is returned, and it leaves by itself afterwards`, ["1", "2"], async (world) => {
    await world.openNameServers();
    const { receiver, home, send, events } = await scene(world);
    begin(world);
    for (let n = 0; n < 3; n++) await send();
    await world.clock.runFor(2 * HOUR);
    assert.equal(home.taken.length, 0);
    end(world);
    await world.clock.runFor(40 * MINUTE);
    assert.equal(receiver.taken.length, 3);
    assert.deepEqual(
      kinds(await events())
        .filter((kind) => kind !== "accepted")
        .sort(),
      ["delivered", "delivered", "delivered"],
    );
  });

seeded("mail to a known domain goes on while no name server answers", ["1"], async (world) => {
  await world.openNameServers();
  const { receiver, send } = await scene(world);
  await send();
  await world.clock.runFor(MINUTE);
  atServers(world, { dark: true });
  await world.clock.runFor(3 * HOUR);
  await send();
  await world.clock.runFor(5 * MINUTE);
  assert.equal(receiver.taken.length, 2);
});

seeded("a domain with two thousand mail hosts gets its mail at the best of them", ["1"], async (world) => {
  await world.openNameServers();
  const { receiver, send } = await scene(world);
  const many = Array.from({ length: 2_000 }, (_, n) => `${20 + n} mx${n}.elsewhere.example`);
  world.resolver.set("example.org", { MX: [...many, "10 mx1.example.org"] });
  await send();
  await world.clock.runFor(MINUTE);
  assert.equal(receiver.taken.length, 1);
});
