/**
 * Days of traffic against receivers with bad habits, with a disk that fails now and then and a node that is killed at
 * random moments. Whatever happens, the books must balance: see accounts.ts.
 */
import assert from "node:assert/strict";
import * as habits from "../../lab/world/habits.ts";
import { World } from "../../lab/world/world.ts";
import type { Random } from "../../src/base/random.ts";
import { type Handed, type Reckoning, reckon } from "./accounts.ts";
import { NODE, NodeUnderTest } from "./node-under-test.ts";
import { seeded } from "./seeded.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** More than one part of the spool (256 KiB). */
const LARGE: readonly string[] = Array.from({ length: 5_000 }, (_, n) => `.line ${n} of a large message, seventy characters or so of it`);

/** Six domains, from good to bad. */
async function receivers(world: World): Promise<readonly string[]> {
  const reset = habits.resetsAfterDot(0.05);
  await world.receiver("good.example", "192.0.2.1");
  await world.receiver("grey.example", "192.0.2.2", [habits.greylists(5 * MINUTE), habits.without("CHUNKING")]);
  await world.receiver("slow.example", "192.0.2.3", [
    habits.stallsAfterDot(0.02, 11 * MINUTE),
    habits.limitsRate(10),
    habits.limitsRecipients(2),
  ]);
  await world.receiver("rough.example", "192.0.2.4", [
    reset,
    habits.hangsUpMidway(0.1),
    habits.resetsAtConnect(0.1),
    habits.limitsTransactions(3),
  ]);
  await world.receiver("rough.example", "192.0.2.5", [reset, habits.refuses(/^no/)]);
  await world.receiver("old.example", "192.0.2.6", [
    habits.without("PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "DSN", "SIZE", "ENHANCEDSTATUSCODES"),
    habits.refuses(/^no/),
  ]);
  await world.receiver("tls.example", "192.0.2.7", [habits.offering("STARTTLS"), reset]);
  await world.receiver("shop.example", "192.0.2.9", [habits.hangsUpMidway(0.05)]);
  world.network.weather("192.0.2.7", { brokenTls: true });
  return ["good.example", "grey.example", "slow.example", "rough.example", "old.example", "tls.example", "gone.example"];
}

/** Sources hand over `count` messages at random times; what is refused for now or lost comes again as a new hand-over. */
function traffic(world: World, domains: readonly string[], count: number, forMs: number): Handed[] {
  const random = world.random.fork("traffic");
  const sources = Array.from({ length: 4 }, (_, n) => world.source(`www${n}.shop.example`, `203.0.113.${n + 1}`, NODE));
  const handed: Handed[] = [];
  for (let n = 0; n < count; n++) {
    const source = pick(random, sources);
    const recipients = new Set<string>();
    for (let r = random.next() < 0.2 ? 1 + Math.floor(random.next() * 5) : 1; r > 0; r--)
      recipients.add(`${random.next() < 0.1 ? "no" : "u"}${Math.floor(random.next() * 50)}@${pick(random, domains)}`);
    const notify = random.next() < 0.1 ? { rcptParameters: " NOTIFY=SUCCESS,FAILURE" } : {};
    const mailFrom = random.next() < 0.05 ? "" : `a${Math.floor(random.next() * 8)}@shop.example`;
    const hand = async (attempt: number): Promise<void> => {
      const chance = random.next();
      const more =
        chance < 0.03
          ? { body: LARGE }
          : chance < 0.05
            ? { dies: "content" as const }
            : chance < 0.06
              ? { dies: "before content" as const }
              : {};
      const one: Handed = { mail: { id: `m${n}-${attempt}`, mailFrom, recipients: [...recipients], ...notify, ...more } };
      handed.push(one);
      one.result = await source.send(one.mail);
      const again = one.result.is === "lost" || (one.result.is === "refused" && one.result.reply.startsWith("4"));
      if (again && attempt < 5) world.clock.after(2 * MINUTE, () => void hand(attempt + 1));
    };
    world.clock.after(random.next() * forMs, () => void hand(1));
  }
  return handed;
}

/** Hosts come and go, names fail, the disk refuses a write. */
function trouble(world: World, node: NodeUnderTest, times: number, forMs: number): void {
  const random = world.random.fork("trouble");
  const weathers = [{ connect: "refused" }, { connect: "black hole" }, { dark: true }, { bytesPerMs: 0.5 }, { latencyMs: 2_000 }] as const;
  for (let n = 0; n < times; n++) {
    const ip = `192.0.2.${1 + Math.floor(random.next() * 6)}`;
    const weather = pick(random, weathers);
    const lasts = random.next() * 3 * HOUR;
    world.clock.after(random.next() * forMs, () => {
      world.network.weather(ip, weather);
      world.clock.after(lasts, () => world.network.weather(ip, {}));
    });
    world.clock.after(random.next() * forMs, () => node.store.failNextBatch(random.next() < 0.5 ? "SPOOL_IO" : "SPOOL_FULL"));
  }
}

/** A person steers, at random: orders on whatever is there just now. */
function operator(world: World, node: NodeUnderTest, orders: number, forMs: number): void {
  const random = world.random.fork("operator");
  const by = { kind: "operator", id: "ada" } as const;
  for (let n = 1; n <= orders; n++) {
    const verb = pick(random, ["hold", "release", "retry", "retry", "bounce", "discard"] as const);
    const selector = random.next() < 0.5 ? { recipientDomain: pick(random, ["slow.example", "rough.example", "grey.example"]) } : {};
    world.clock.after(random.next() * forMs, () => {
      if (!node.running) return;
      const { actions } = node.pipeline;
      world.chronicle.note("ada", `${verb} ${JSON.stringify(selector)}`);
      actions.run({ verb, selector, action: n, by, dryRun: false }).catch(() => {}); // a failing disk may refuse an order
      if (verb === "hold")
        world.clock.after(HOUR, () => node.running && node.pipeline.actions.undo(verb, n, { action: 1_000 + n, by }).catch(() => {}));
      if (verb === "discard") world.clock.after(HOUR, () => node.running && node.pipeline.actions.finishDiscard(n, by).catch(() => {}));
    });
  }
}

/** Lives `forMs` with this many deaths at random moments, a fifth of them orderly, and then as long as mail may wait. */
async function live(world: World, node: NodeUnderTest, deaths: number, forMs: number): Promise<void> {
  const random = world.random.fork("deaths");
  const moments = Array.from({ length: deaths }, () => random.next() * forMs).sort((a, b) => a - b);
  await node.start();
  const start = world.clock.mono();
  for (const moment of moments) {
    await world.clock.runFor(Math.max(0, start + moment - world.clock.mono()));
    if (random.next() < 0.2) await node.stop(5_000);
    else node.crash();
    await world.clock.runFor(random.next() * 5_000);
    await node.start();
  }
  await world.clock.runFor(Math.max(0, start + forMs - world.clock.mono()));
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random.next() * from.length)] as T;
}

interface Storm {
  readonly messages: number;
  readonly deaths: number;
  readonly troubles: number;
  readonly orders: number;
  readonly forMs: number;
}

async function weatherStorm(world: World, storm: Storm): Promise<Reckoning> {
  const domains = await receivers(world);
  const node = new NodeUnderTest(world);
  const handed = traffic(world, domains, storm.messages, storm.forMs);
  trouble(world, node, storm.troubles, storm.forMs);
  operator(world, node, storm.orders, storm.forMs);
  await live(world, node, storm.deaths, storm.forMs);
  await world.clock.runFor(3 * DAY + 3 * HOUR); // whatever waits is given up by then, and its report is delivered
  node.crash();
  const reckoning = await node.inspect((spool) => reckon(world, spool, handed));
  if (process.env["FAIRLEAD_SIM_SHOW"] !== undefined) console.error(world.seed, reckoning.counts, `${world.clock.turns} turns`);
  return reckoning;
}

const STORMS: readonly (readonly [string, Storm, readonly string[]])[] = [
  ["three days of bad receivers", { messages: 250, deaths: 0, troubles: 10, orders: 0, forMs: 3 * DAY }, ["1"]],
  ["a day with 40 deaths and an operator", { messages: 250, deaths: 40, troubles: 10, orders: 40, forMs: DAY }, ["1"]],
  [
    "ten minutes with a death every ten seconds and an operator",
    { messages: 300, deaths: 60, troubles: 4, orders: 15, forMs: 10 * MINUTE },
    ["1", "2"],
  ],
];
for (const [name, storm, seeds] of STORMS)
  seeded(
    `${name}: every acknowledged message is delivered once, marked, reported or held, and the ledger balances`,
    seeds,
    async (world) => {
      const { wrong, counts } = await weatherStorm(world, storm);
      assert.deepEqual(wrong, []);
      assert.equal(counts["unfinished"] ?? 0, 0, JSON.stringify(counts));
      assert.ok((counts["delivered"] ?? 0) > storm.messages / 3 && (counts["bounced"] ?? 0) > 0, JSON.stringify(counts));
    },
  );

seeded("the same seed is the same history of the whole pipeline", ["5"], async (world) => {
  const storm = { messages: 60, deaths: 10, troubles: 3, orders: 5, forMs: HOUR };
  const first = await weatherStorm(world, storm);
  const again = new World(world.seed);
  assert.deepEqual(await weatherStorm(again, storm), first);
  assert.equal(again.chronicle.hash, world.chronicle.hash);
});
