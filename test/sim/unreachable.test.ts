/**
 * A domain whose hosts cannot be found or reached, and an upstream that is not what it should be: mail waits there, and
 * no message is blamed for it, unless the domain itself says that it takes none.
 */
import assert from "node:assert/strict";
import { offering, refuses } from "../../lab/world/habits.ts";
import type { World } from "../../lab/world/world.ts";
import type { Upstream } from "../../src/relay/deliver/deliver.ts";
import { NODE } from "./node-under-test.ts";
import { HOUR, kinds, MINUTE, scene } from "./scene.ts";
import { seeded } from "./seeded.ts";

const names: readonly (readonly [string, (world: World) => void, string])[] = [
  ["a domain that does not exist", (world) => world.resolver.set("example.org", "NXDOMAIN"), "bounced"],
  ["a null MX", (world) => world.resolver.set("example.org", { MX: ["0 ."] }), "bounced"],
  ["SERVFAIL", (world) => world.resolver.set("example.org", "SERVFAIL"), "waits"],
  ["a name server that does not answer", (world) => world.resolver.set("example.org", "TIMEOUT"), "waits"],
  ["an MX that has no address", (world) => world.resolver.set("example.org", { MX: ["10 nowhere.example"] }), "bounced"],
  [
    "an MX on a private address",
    (world) => (world.resolver.set("in.example", { A: ["10.0.0.1"] }), world.resolver.set("example.org", { MX: ["10 in.example"] })),
    "bounced",
  ],
  [
    "an MX that is this very node",
    (world) => (world.resolver.set("in.example", { A: [NODE.ip] }), world.resolver.set("example.org", { MX: ["10 in.example"] })),
    "bounced",
  ],
];
for (const [name, set, want] of names)
  seeded(`mail for ${name}: ${want}`, ["1"], async (world) => {
    const { home, send, events } = await scene(world);
    set(world);
    await send();
    await world.clock.runFor(HOUR);
    assert.equal(home.taken.length, want === "bounced" ? 1 : 0);
    const all = kinds(await events());
    assert.equal(all.includes("bounced"), want === "bounced", all.join(" "));
  });

seeded("mail waits for a name server that fails for an hour, and then leaves by itself", ["1", "2"], async (world) => {
  const { receiver, send } = await scene(world);
  world.resolver.set("example.org", "SERVFAIL");
  await send();
  await world.clock.runFor(HOUR);
  world.resolver.set("example.org", { MX: ["10 mx1.example.org"] });
  await world.clock.runFor(40 * MINUTE);
  assert.equal(receiver.taken.length, 1);
});

for (const weather of [{ connect: "refused" }, { connect: "black hole" }, { connect: "unreachable" }, { dark: true }] as const)
  seeded(`a host that is ${JSON.stringify(weather)} for two hours costs nothing but the wait`, ["1"], async (world) => {
    const { receiver, send, events } = await scene(world);
    world.network.weather("192.0.2.2", weather);
    for (let n = 0; n < 5; n++) await send();
    await world.clock.runFor(2 * HOUR);
    world.network.weather("192.0.2.2", {});
    await world.clock.runFor(40 * MINUTE);
    assert.equal(receiver.taken.length, 5);
    assert.ok(receiver.connections <= 5, "the waiting mail shares connections");
    const all = await events();
    assert.ok(all.some((event) => event.kind === "lane" && !event.open));
    assert.equal(kinds(all).filter((kind) => kind === "deferred").length, 0, "a lane's fault is not a message's attempt");
  });

seeded(
  "a lane that is tried again stays in trouble until its host is heard, and no longer than mail waits there",
  ["1", "2"],
  async (world) => {
    const { node, receiver, send } = await scene(world);
    world.network.weather("192.0.2.2", { connect: "black hole" });
    await send();
    const seen = new Set<string>();
    const lane = () => node.pipeline.dispatch.lanes().find(({ site }) => site === "mx:example.org");
    await world.clock.runUntil(() => lane()?.trouble !== undefined, 10 * MINUTE);
    const since = lane()?.trouble?.since;
    for (let n = 0; n < 400; n++) {
      seen.add(lane()?.state.is ?? "");
      assert.equal(lane()?.trouble?.since, since, "without a gap, and since the first failure");
      await world.clock.runFor(3_000);
    }
    assert.deepEqual([...seen].sort(), ["closed", "open"], "it was looked at while it was being tried, too");
    receiver.habits = [refuses(/./)];
    world.network.weather("192.0.2.2", {});
    await world.clock.runUntil(() => receiver.connections > 0, HOUR);
    await world.clock.runFor(MINUTE);
    assert.equal(lane()?.trouble, undefined, "a refusal is an answer");
  },
);

seeded("a second MX takes the mail while the first is away", ["1"], async (world) => {
  const { receiver, send } = await scene(world);
  const backup = await world.receiver("example.org", "192.0.2.3", [], { preference: 20 });
  world.network.weather("192.0.2.2", { connect: "refused" });
  await send();
  await world.clock.runFor(MINUTE);
  assert.deepEqual([receiver.taken.length, backup.taken.length], [0, 1]);
});

seeded("expiry does not need an attempt: mail behind a host that never answers is given up, too", ["1"], async (world) => {
  const { home, send, events } = await scene(world);
  world.network.weather("192.0.2.2", { connect: "black hole" });
  await send();
  await world.clock.runFor(72 * HOUR + 3 * MINUTE);
  assert.deepEqual(
    home.taken.map((one) => /^Subject: (\w+)/m.exec(one.content.toString())?.[1]),
    ["Delayed", "Not"],
  );
  assert.equal(kinds(await events()).filter((kind) => kind === "expired").length, 1);
});

const UPSTREAM: Upstream = { host: "mx1.example.org", port: 25, tls: "required", login: { user: "u", password: "secret" } };

seeded("through an upstream, mail for every domain is relayed, over TLS with its own name and after a login", ["1", "2"], async (world) => {
  const { receiver, send, events } = await scene(world, [offering("STARTTLS", "AUTH")], UPSTREAM);
  receiver.login = { user: "u", password: "secret" };
  world.network.weather("192.0.2.2", { certificate: ["mx1.example.org"] });
  await send({ recipients: ["x@anywhere.example", "y@elsewhere.example"] });
  await world.clock.runFor(5_000);
  assert.deepEqual(
    receiver.taken.map((one) => [one.recipients, one.tls]),
    [[["x@anywhere.example", "y@elsewhere.example"], true]],
  );
  assert.deepEqual(kinds(await events()), ["accepted", "relayed", "relayed"]);
});

const unfit: readonly (readonly [string, string[], Upstream])[] = [
  ["another's certificate", ["mx1.example.com"], UPSTREAM],
  ["a wrong password", ["mx1.example.org"], { ...UPSTREAM, login: { user: "u", password: "wrong" } }],
];
for (const [name, certificate, upstream] of unfit)
  seeded(`an upstream with ${name} gets nothing; the mail waits, and no message is blamed`, ["1"], async (world) => {
    const { receiver, home, send, events } = await scene(world, [offering("STARTTLS", "AUTH")], upstream);
    receiver.login = { user: "u", password: "secret" };
    world.network.weather("192.0.2.2", { certificate });
    await send();
    await world.clock.runFor(3 * HOUR);
    assert.deepEqual([receiver.taken.length, home.taken.length], [0, 0]);
    assert.deepEqual(kinds(await events()), ["accepted"]);
  });
