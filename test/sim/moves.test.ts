/**
 * What moves to another address on the whole relay, and what never does (R7): mail that fell to an address's own bad name moves
 * once; a rate limit, greylisting, an unknown mailbox and refused content stay where they are.
 */
import assert from "node:assert/strict";
import type { Habit } from "../../lab/world/receivers.ts";
import type { Mail } from "../../lab/world/senders.ts";
import type { World } from "../../lab/world/world.ts";
import type { Egress, EgressName } from "../../src/model/egress.ts";
import type { EventBody } from "../../src/model/event.ts";
import { barePlan, type Way, type WayPlan } from "../../src/relay/egress/egress.ts";
import { allEvents } from "./accounts.ts";
import { NODE, NodeUnderTest } from "./node-under-test.ts";
import { HOUR, MINUTE } from "./scene.ts";
import { seeded } from "./seeded.ts";

const [FIRST, SECOND] = ["198.51.100.25", "198.51.100.26"] as const;
const address = (name: string, ip4: string): Way => ({
  is: "address",
  egress: { name: name as EgressName, helo: `${name}.example.net`, ip4 } satisfies Egress,
  state: "in-use",
});
/** All mail is given to the first; the second is there for what moves. */
const TWO: WayPlan = {
  ...barePlan("relay.example.net"),
  ways: [address("first", FIRST), address("second", SECOND)],
  pools: [
    {
      name: "default",
      members: [
        { name: "first" as EgressName, weight: 1_000_000 },
        { name: "second" as EgressName, weight: 1e-6 },
      ],
    },
  ],
};
const refusesFrom = (ip: string, say: string): Habit => ({
  mail: (visit) => (visit.ip === ip ? { say, hangUp: say.startsWith("421") } : undefined),
});
const many = (count: number): Mail[] =>
  Array.from({ length: count }, (_, n) => ({ id: `w${n}`, mailFrom: "a@shop.example", recipients: [`u${n}@example.org`] }));
const kindsOf = (events: readonly EventBody[]): string[] =>
  events.map(({ kind }) => kind).filter((kind) => kind !== "lane" && kind !== "accepted");

interface Two {
  readonly node: NodeUnderTest;
  /** Addresses that messages were taken from, in order. */
  readonly takenFrom: readonly string[];
  send(mails: readonly Mail[]): Promise<unknown>;
  events(): Promise<readonly EventBody[]>;
}

async function twoAddresses(world: World, habits: readonly Habit[]): Promise<Two> {
  const takenFrom: string[] = [];
  const noting: Habit = { dot: (_, visit) => void takenFrom.push(visit.ip) };
  await world.receiver("example.org", "192.0.2.2", [...habits, noting]);
  await world.receiver("shop.example", "192.0.2.9");
  const source = world.source("www.shop.example", "203.0.113.1", NODE);
  const node = new NodeUnderTest(world, { plan: TWO, ips: [SECOND] });
  await node.start();
  const events = async (): Promise<readonly EventBody[]> => {
    node.crash();
    return await node.inspect(async (spool) => (await allEvents(spool)).map(({ body }) => body));
  };
  return { node, takenFrom, events, send: (mails) => world.clock.during(source.sendAll(mails)) };
}

seeded("mail whose address is listed moves once, to an address that is not, and its story has both", ["1"], async (world) => {
  const listed = "550 5.7.1 Service unavailable; Client host [198.51.100.25] blocked using zen.spamhaus.org";
  const { takenFrom, send, events } = await twoAddresses(world, [refusesFrom(FIRST, listed)]);
  await send(many(1));
  await world.clock.runFor(MINUTE);
  assert.deepEqual(takenFrom, [SECOND]);
  const all = await events();
  assert.deepEqual(kindsOf(all), ["deferred", "rerouted", "delivered"]);
  const move = all.find((event) => event.kind === "rerouted");
  assert.ok(move?.kind === "rerouted" && move.site === "mx:example.org|second");
});

seeded("where every address is listed, mail is tried from each once and then ends", ["1"], async (world) => {
  const listed = "550 5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org";
  const { takenFrom, send, events } = await twoAddresses(world, [refusesFrom(FIRST, listed), refusesFrom(SECOND, listed)]);
  await send(many(1));
  await world.clock.runFor(HOUR);
  assert.deepEqual(takenFrom, []);
  assert.deepEqual(kindsOf(await events()).slice(0, 3), ["deferred", "rerouted", "bounced"]);
});

for (const [what, say] of [
  ["a rate limit", "421 4.7.28 unusual rate of mail from your IP address"],
  ["greylisting", "451 4.7.1 greylisted, please try again in 5 minutes"],
  ["an unknown mailbox", "550 5.1.1 no such user"],
  ["refused content", "550 5.7.1 message content rejected as spam"],
] as const)
  seeded(`${what} is never answered from another address`, ["1"], async (world) => {
    const { takenFrom, send, events } = await twoAddresses(world, [refusesFrom(FIRST, say)]);
    await send(many(20));
    await world.clock.runFor(6 * HOUR);
    assert.ok(!takenFrom.includes(SECOND));
    const happened = new Set(kindsOf(await events()));
    assert.ok(happened.has("deferred") || happened.has("bounced"), "it was tried");
    assert.ok(!happened.has("rerouted"));
  });
