/**
 * What a message asks of TLS, through a whole node: with REQUIRETLS it goes to a verified host that promises the same, to the
 * second where the first does not, and comes back where none does; a report goes whatever TLS comes to, and is not counted.
 */
import assert from "node:assert/strict";
import { offering } from "../../lab/world/habits.ts";
import { tlsaFor } from "../../lab/world/sim-certificates.ts";
import type { World } from "../../lab/world/world.ts";
import type { TlsWish } from "../../src/model/message.ts";
import type { TlsSession } from "../../src/model/tls-session.ts";
import { NODE, NodeUnderTest } from "./node-under-test.ts";
import { HOUR, kinds, MINUTE } from "./scene.ts";
import { seeded } from "./seeded.ts";

const [FIRST, SECOND] = ["192.0.2.2", "192.0.2.3"];
const GOOD = (host: string) => ({ names: [host], by: "a trusted root" }) as const;

interface Came {
  readonly kinds: readonly string[];
  readonly why: string;
  readonly hosts: readonly string[];
  readonly sessions: readonly TlsSession[];
}

/** One message to example.org, which has two hosts, and what became of it after a while: the node's own, or one with this field. */
async function sent(
  world: World,
  asks: TlsWish | { readonly field: string },
  setUp: (world: World) => void,
  after = 5 * MINUTE,
): Promise<Came> {
  const first = await world.receiver("example.org", FIRST, [offering("STARTTLS")]);
  const second = await world.receiver("example.org", SECOND, [offering("STARTTLS", "REQUIRETLS")], { preference: 20 });
  world.network.weather(FIRST, { certificate: GOOD(first.name) });
  world.network.weather(SECOND, { certificate: GOOD(second.name) });
  setUp(world);
  const sessions: TlsSession[] = [];
  const node = new NodeUnderTest(world, { transport: { seen: sessions } });
  await node.start();
  const compose = (): Uint8Array => Buffer.from("Subject: hello\r\n\r\nhello\r\n");
  if (typeof asks === "string")
    await world.clock.during(node.pipeline.ownMail.send({ mailFrom: "a@relay.example.net", to: ["x@example.org"], tls: asks, compose }));
  else {
    const source = world.source("www.shop.example", "203.0.113.1", NODE);
    await world.clock.during(source.send({ id: "m1", mailFrom: "a@shop.example", recipients: ["x@example.org"], fields: [asks.field] }));
  }
  await world.clock.runFor(after);
  const [key] = await world.clock.during(node.spool.messagesOf("x@example.org", 1));
  assert.ok(key !== undefined);
  const bodies = (await world.clock.during(node.spool.eventsOf(key))).map(({ body }) => body);
  const last = bodies.at(-1);
  assert.deepEqual([...first.violations, ...second.violations], []);
  return {
    kinds: kinds(bodies),
    why: last !== undefined && "why" in last ? last.why : "",
    hosts: [first, second].filter(({ taken }) => taken.length > 0).map(({ name }) => name),
    sessions,
  };
}

const signed = (world: World): void => {
  world.resolver.sign("example.org");
};

seeded("REQUIRETLS goes to the host that promises it, past one that does not", ["1"], async (world) => {
  const { kinds: happened, hosts } = await sent(world, "required", signed);
  assert.deepEqual(happened, ["accepted", "delivered"]);
  assert.equal(hosts.length, 1);
  assert.match(hosts[0] ?? "", /2/);
});

seeded("REQUIRETLS comes back where no host promises it", ["1"], async (world) => {
  const came = await sent(world, "required", (there) => {
    signed(there);
    for (const receiver of there.receivers) receiver.habits = [offering("STARTTLS")];
  });
  assert.deepEqual(came.kinds, ["accepted", "bounced"]);
  assert.match(came.why, /REQUIRETLS support required/);
});

seeded("REQUIRETLS comes back where nothing vouches for the hosts' names", ["1"], async (world) => {
  const came = await sent(world, "required", () => {});
  assert.deepEqual([came.kinds, came.hosts], [["accepted", "bounced"], []]);
  assert.match(came.why, /encryption needed/);
});

seeded("REQUIRETLS waits while a host that may be good enough cannot be reached", ["1"], async (world) => {
  const came = await sent(
    world,
    "required",
    (there) => {
      signed(there);
      there.network.weather(SECOND, { connect: "refused" });
    },
    HOUR,
  );
  assert.ok(!came.kinds.includes("bounced") && !came.kinds.includes("delivered"), came.kinds.join(" "));
});

/** No certificate of theirs is one that their TLSA records allow. */
const wrongDane = (there: World): void => {
  signed(there);
  for (const { name } of there.receivers)
    there.resolver.add(`_25._tcp.${name}`, { TLSA: [tlsaFor({ names: ["another.example"], by: "itself" })] });
};

seeded("TLS-Required: No goes against DANE that does not hold", ["1"], async (world) => {
  const came = await sent(world, { field: "TLS-Required: No" }, wrongDane);
  assert.deepEqual(came.kinds, ["accepted", "delivered"]);
});

seeded("a TLS-Required that says something else asks for nothing", ["1"], async (world) => {
  const came = await sent(world, { field: "TLS-Required: perhaps" }, wrongDane);
  assert.ok(!came.kinds.includes("delivered"), came.kinds.join(" "));
  assert.deepEqual(
    came.sessions.map(({ outcome }) => outcome.is),
    came.sessions.map(() => "validation-failure"),
  );
  assert.ok(came.sessions.length > 0);
});

seeded("a TLS report is delivered against DANE that does not hold, and its session is not counted", ["1"], async (world) => {
  const came = await sent(world, "report", wrongDane);
  assert.deepEqual(came.kinds, ["accepted", "delivered"]);
  assert.deepEqual(came.sessions, []);
});
