/**
 * The figures that people see and the ledger that counts every row are made apart: whatever receivers, an operator and
 * kill -9 do, they agree.
 */
import assert from "node:assert/strict";
import * as habits from "../../lab/world/habits.ts";
import type { World } from "../../lab/world/world.ts";
import { silentLog } from "../../src/base/log.ts";
import { openTraffic, type Traffic } from "../../src/control/metrics/traffic.ts";
import type { SiteKey } from "../../src/model/ids.ts";
import { EVERYTHING } from "../../src/model/view.ts";
import type { LedgerCounts } from "../../src/store/spool/spool.ts";
import { NODE, NodeUnderTest } from "./node-under-test.ts";
import { seeded } from "./seeded.ts";

const MINUTE = 60_000;
const MESSAGES = 120;
const ANN = { kind: "operator", id: "ann" } as const;
/** A commit and its telling are some milliseconds apart. */
const TRIES = 50;

async function receivers(world: World): Promise<readonly string[]> {
  await world.receiver("good.example", "192.0.2.1");
  await world.receiver("grey.example", "192.0.2.2", [habits.greylists(5 * MINUTE)]);
  await world.receiver("no.example", "192.0.2.3", [habits.refuses(/^u[0-4]/)]);
  await world.receiver("rough.example", "192.0.2.4", [habits.resetsAfterDot(0.2), habits.hangsUpMidway(0.1)]);
  await world.receiver("shop.example", "192.0.2.9");
  world.network.weather("192.0.2.5", { connect: "refused" });
  await world.receiver("away.example", "192.0.2.5");
  return ["good.example", "grey.example", "no.example", "rough.example", "away.example", "gone.example"];
}

function send(world: World, domains: readonly string[], forMs: number): void {
  const random = world.random.fork("mail");
  const source = world.source("www.shop.example", "203.0.113.1", NODE);
  for (let n = 0; n < MESSAGES; n++) {
    const to = Array.from(
      { length: 1 + Math.floor(random.next() * 3) },
      (_, i) => `u${n % 10}-${i}@${domains[Math.floor(random.next() * domains.length)]}`,
    );
    world.clock.after(random.next() * forMs, () => void source.send({ id: `m${n}`, mailFrom: "a@shop.example", recipients: to }));
  }
}

/** Orders on whatever is there just now; each hold is undone a quarter of an hour later. */
function steer(world: World, node: NodeUnderTest, forMs: number): void {
  const random = world.random.fork("operator");
  for (let n = 1; n <= 8; n++) {
    const verb = (["hold", "discard", "bounce", "retry"] as const)[n % 4] ?? "hold";
    const recipientDomain = ["grey.example", "away.example", "rough.example"][Math.floor(random.next() * 3)] ?? "";
    world.clock.after(random.next() * forMs, () => {
      if (!node.running) return;
      void node.pipeline.actions.run({ verb, selector: { recipientDomain }, action: n, by: ANN, dryRun: false });
      if (verb === "hold")
        world.clock.after(15 * MINUTE, () => node.running && void node.pipeline.actions.undo(verb, n, { action: 100 + n, by: ANN }));
    });
  }
}

function watch(world: World, node: NodeUnderTest): Traffic {
  return openTraffic({
    clock: world.clock,
    log: silentLog,
    onEvents: (listener) => node.spool.onEvents(listener),
    journal: node.spool,
    siteFor: (domain) => `mx:${domain}` as SiteKey,
  });
}

async function counted(world: World, node: NodeUnderTest): Promise<LedgerCounts> {
  const { byEvents, balances, drift } = await world.clock.during(node.spool.ledger());
  assert.ok(balances, drift.join("; "));
  const [counts] = byEvents.values();
  return counts ?? { accepted: 0, queued: 0, held: 0, delivered: 0, relayed: 0, bounced: 0, expired: 0, discarded: 0 };
}

async function agree(world: World, node: NodeUnderTest, traffic: Traffic, when: string): Promise<LedgerCounts> {
  for (let left = TRIES; ; left--) {
    const ledger = await counted(world, node);
    const told = { ...traffic.hour(EVERYTHING).counts, ...traffic.standing(EVERYTHING) };
    if (left === 0 || JSON.stringify(Object.entries(told).sort()) === JSON.stringify(Object.entries(ledger).sort())) {
      assert.deepEqual(told, ledger, when);
      return ledger;
    }
    await world.clock.runFor(20);
  }
}

seeded("figures and ledger agree at every moment, also after a crash", ["1", "2", "3"], async (world) => {
  const node = new NodeUnderTest(world);
  const domains = await receivers(world);
  await node.start();
  const before = watch(world, node);
  send(world, domains, 40 * MINUTE);
  steer(world, node, 40 * MINUTE);
  for (let minute = 5; minute <= 20; minute += 5) {
    await world.clock.runFor(5 * MINUTE);
    await agree(world, node, before, `after ${minute} minutes`);
  }
  before[Symbol.dispose]();
  node.crash();
  await world.clock.runFor(MINUTE);
  await node.start();
  const traffic = watch(world, node);
  await world.clock.during(traffic.refilled);
  await agree(world, node, traffic, "after the crash");
  await world.clock.runFor(30 * MINUTE);
  const counts = await agree(world, node, traffic, "at the end");
  assert.ok(counts.delivered > 50 && counts.bounced > 5 && counts.queued > 0 && counts.discarded + counts.held > 0, JSON.stringify(counts));
  const sites = traffic.providers([]);
  assert.equal(
    sites.reduce((sum, { deliveredPerHour }) => sum + deliveredPerHour, 0),
    counts.delivered,
    "each delivery has a destination",
  );
});
