/**
 * Two addresses and the system's own, as receivers see them: each message leaves from the address that was chosen for its
 * sender, says that address's name, and comes back from it after greylisting and after a crash.
 */
import assert from "node:assert/strict";
import type { Habit } from "../../lab/world/receivers.ts";
import type { Mail } from "../../lab/world/senders.ts";
import type { World } from "../../lab/world/world.ts";
import type { EgressName } from "../../src/model/egress.ts";
import { barePlan, type ChoiceRule, readChoiceRule, type Way, type WayPlan } from "../../src/relay/egress/egress.ts";
import { NODE, NodeUnderTest } from "./node-under-test.ts";
import { HOUR } from "./scene.ts";
import { seeded } from "./seeded.ts";

const [ONE, TWO] = ["198.51.100.31", "198.51.100.32"];
const way = (name: string, ip4: string, state: Way["state"] = "in-use"): Way => ({
  ...{ is: "address", state },
  egress: { name: name as EgressName, helo: `${name}.example.net`, ip4 },
});
const NAMES: Readonly<Record<string, string>> = { [ONE]: "out1.example.net", [TWO]: "out2.example.net", [NODE.ip]: "relay.example.net" };

function rule(text: string): ChoiceRule {
  const read = readChoiceRule(text);
  assert.ok(!("fault" in read));
  return read;
}

interface Seen {
  readonly mailFrom: string;
  readonly ip: string;
  readonly helo: string;
}

/** Notes from where each message is tried; with `grey`, refuses the first try of each. */
function watcher(grey: boolean): { readonly habit: Habit; readonly seen: Seen[] } {
  const seen: Seen[] = [];
  const habit: Habit = {
    rcpt: (_, { mailFrom, ip, helo }) => {
      const again = seen.some((one) => one.mailFrom === mailFrom);
      seen.push({ mailFrom, ip, helo });
      return grey && !again ? { say: "451 4.7.1 Greylisted, please come back in 300 seconds" } : undefined;
    },
  };
  return { habit, seen };
}

async function sendFrom(world: World, plan: Partial<WayPlan>, senders: readonly string[], grey = false) {
  const { habit, seen } = watcher(grey);
  const receiver = await world.receiver("example.org", "192.0.2.2", [habit]);
  const node = new NodeUnderTest(world, { plan: { ...barePlan("relay.example.net"), ...plan }, ips: [ONE, TWO] });
  await node.start();
  const source = world.source("www.shop.example", "203.0.113.1", NODE);
  const mails = senders.map((mailFrom, n): Mail => ({ id: `m${n}`, mailFrom, recipients: ["x@example.org"] }));
  await world.clock.during(source.sendAll(mails));
  return { node, receiver, seen };
}

const SENDERS = Array.from({ length: 12 }, (_, n) => `s${n}@shop.example`);
const placesOf = (seen: readonly Seen[], mailFrom: string): Set<string> =>
  new Set(seen.filter((one) => one.mailFrom === mailFrom).map(({ ip }) => ip));

seeded("a rule's mail leaves from its pool's address, and says that address's name", ["1", "2"], async (world) => {
  const plan = {
    ways: [way("out1", ONE), way("out2", TWO)],
    pools: ["out1", "out2"].map((name) => ({
      name: name === "out1" ? "default" : "other",
      members: [{ name: name as EgressName, weight: 1 }],
    })),
    rules: [rule("header X-Stream=other -> other"), rule("from tickets.example -> other")],
  };
  const { receiver, seen } = await sendFrom(world, plan, [...SENDERS, "a@tickets.example"]);
  await world.clock.runFor(HOUR);
  assert.equal(receiver.taken.length, SENDERS.length + 1);
  for (const { mailFrom, ip, helo } of seen) {
    assert.equal(ip, mailFrom === "a@tickets.example" ? TWO : ONE, mailFrom);
    assert.equal(helo, NAMES[ip]);
  }
});

seeded("greylisted mail comes back from the address where it began, whatever crashed meanwhile", ["1", "2", "3"], async (world) => {
  const plan = { ways: [way("out1", ONE), way("out2", TWO)], rules: [] };
  const { node, receiver, seen } = await sendFrom(world, plan, SENDERS, true);
  await world.clock.runFor(60_000);
  node.crash();
  await node.start();
  await world.clock.runFor(2 * HOUR);
  assert.equal(receiver.taken.length, SENDERS.length);
  assert.ok(seen.length >= 2 * SENDERS.length);
  for (const mailFrom of SENDERS) assert.equal(placesOf(seen, mailFrom).size, 1, `${mailFrom} left from ${[...placesOf(seen, mailFrom)]}`);
  for (const { ip, helo } of seen) assert.equal(helo, NAMES[ip]);
  assert.deepEqual([...new Set(seen.map(({ ip }) => ip))].sort(), [ONE, TWO], "both have their share");
});

seeded("where no address is in use mail leaves from where the system chooses", ["1"], async (world) => {
  const { receiver, seen } = await sendFrom(world, { ways: [way("out1", ONE, "out"), way("out2", TWO, "draining")] }, SENDERS);
  await world.clock.runFor(HOUR);
  assert.equal(receiver.taken.length, SENDERS.length);
  assert.deepEqual([...new Set(seen.map(({ ip }) => ip))], [NODE.ip]);
});
