/**
 * The whole pipeline in virtual time, one behaviour a test: when it tries again, when it tells the sender, when it gives
 * up, and what it does when nobody can know whether a message arrived.
 */
import assert from "node:assert/strict";
import { defersUntil, greylists, hangsUpMidway, offering, refuses, resetsAfterDot, stallsAfterDot } from "../../lab/world/habits.ts";
import type { Habit, Receiver } from "../../lab/world/receivers.ts";
import type { HandOver, Mail, Source } from "../../lab/world/senders.ts";
import type { World } from "../../lab/world/world.ts";
import type { EventBody } from "../../src/model/event.ts";
import type { Upstream } from "../../src/relay/deliver/deliver.ts";
import { allEvents } from "./accounts.ts";
import { NODE, NodeUnderTest } from "./node-under-test.ts";
import { seeded } from "./seeded.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NEVER = Number.MAX_SAFE_INTEGER;

interface Scene {
  readonly world: World;
  readonly node: NodeUnderTest;
  readonly source: Source;
  /** Of example.org. */
  readonly receiver: Receiver;
  /** Of shop.example, where reports go. */
  readonly home: Receiver;
  send(mail?: Partial<Mail>): Promise<HandOver>;
  /** Kinds of the events so far, of deliveries and of all else. */
  events(): Promise<EventBody[]>;
}

async function scene(world: World, habits: readonly Habit[] = [], upstream?: Upstream): Promise<Scene> {
  const receiver = await world.receiver("example.org", "192.0.2.2", habits);
  const home = await world.receiver("shop.example", "192.0.2.9");
  const source = world.source("www.shop.example", "203.0.113.1", NODE);
  const node = new NodeUnderTest(world, upstream && { upstream });
  await node.start();
  let n = 0;
  const send = (mail: Partial<Mail> = {}): Promise<HandOver> =>
    world.clock.during(source.send({ id: `m${++n}`, mailFrom: "a@shop.example", recipients: ["x@example.org"], ...mail }));
  const events = async (): Promise<EventBody[]> => {
    node.crash();
    return await node.inspect(async (spool) => (await allEvents(spool)).map((event) => event.body));
  };
  return { world, node, source, receiver, home, send, events };
}

const kinds = (events: readonly EventBody[]): string[] => events.map((event) => event.kind).filter((kind) => kind !== "lane");

/** Notes when it is asked, reacts as it is told. */
function watched(habit: Habit, world: World): { habit: Habit; at: number[] } {
  const at: number[] = [];
  const start = world.clock.mono();
  return {
    at,
    habit: {
      ...habit,
      rcpt: (address, visit) => {
        at.push(world.clock.mono() - start);
        return habit.rcpt?.(address, visit);
      },
    },
  };
}

seeded("a message is delivered within a second, once", ["1", "2"], async (world) => {
  const { receiver, send, events } = await scene(world);
  const result = await send();
  assert.match(result.is === "taken" ? result.reply : "", /^250 2\.0\.0 .*[0-9A-Z]{16}/);
  await world.clock.runFor(1_000);
  assert.equal(receiver.taken.length, 1);
  assert.match(
    receiver.taken[0]?.content.toString() ?? "",
    /^Received: from www\.shop\.example \(\[203\.0\.113\.1\]\) by relay\.example\.net/,
  );
  assert.deepEqual(receiver.violations, []);
  assert.deepEqual(kinds(await events()), ["accepted", "delivered"]);
});

seeded(
  "refused for now, a message is tried again after 1, 5, 15, 30 min, 1, 2 h and then each 4 h; told of at 4 h, given up after 3 d",
  ["1", "2"],
  async (world) => {
    const asked = watched(defersUntil(NEVER as never), world);
    const { home, send, events } = await scene(world, [asked.habit]);
    await send();
    await world.clock.runFor(4 * HOUR - MINUTE);
    assert.equal(home.taken.length, 0);
    await world.clock.runFor(3 * MINUTE);
    assert.match(
      home.taken[0]?.content.toString() ?? "",
      /^Subject: Delayed: x@example\.org\r[^]*\r\nAction: delayed\r\nStatus: 4\.\d\.\d\r/m,
    );
    await world.clock.runFor(68 * HOUR - 4 * MINUTE);
    assert.equal(home.taken.length, 1, "it is told once");
    await world.clock.runFor(4 * MINUTE);
    const expired = home.taken[1]?.content.toString() ?? "";
    assert.match(expired, /^Subject: Not delivered: x@example\.org\r[^]*\r\nAction: failed\r\nStatus: 4\.\d\.\d\r/m);
    assert.equal(home.taken[1]?.mailFrom, "");
    const waits = asked.at.slice(1).map((at, n) => (at - (asked.at[n] ?? 0)) / MINUTE);
    const want = [1, 5, 15, 30, 60, 120, ...waits.slice(6).map(() => 240)];
    waits.forEach((wait, n) =>
      assert.ok(Math.abs(wait - (want[n] ?? 0)) <= (want[n] ?? 0) * 0.1 + 0.1, `wait ${n + 1} is ${wait} min, not ${want[n]}`),
    );
    assert.ok(waits.length > 20);
    const tries = asked.at.length;
    await world.clock.runFor(24 * HOUR);
    assert.equal(asked.at.length, tries, "nothing more after it was given up");
    const all = kinds(await events());
    assert.equal(all.filter((kind) => kind === "expired").length, 1);
    assert.equal(all.filter((kind) => kind === "deferred").length, tries);
  },
);

seeded("greylisting is passed at the next try, with one copy", ["1", "2"], async (world) => {
  const { receiver, send, events } = await scene(world, [greylists(MINUTE / 2)]);
  await send();
  await world.clock.runFor(10 * MINUTE);
  assert.equal(receiver.taken.length, 1);
  assert.deepEqual(kinds(await events()), ["accepted", "deferred", "delivered"]);
});

for (const kept of [true, false])
  seeded(
    `cut off past the final dot (${kept ? "kept" : "lost"} there), it goes once more after 15 min and is marked as possibly twice`,
    ["1", "2"],
    async (world) => {
      let cut = false;
      const habit: Habit = {
        dot: () => {
          if (cut) return undefined;
          cut = true;
          return { reset: true, keeps: kept };
        },
      };
      const asked = watched(habit, world);
      const { receiver, send, events } = await scene(world, [asked.habit]);
      await send();
      await world.clock.runFor(14 * MINUTE);
      assert.equal(asked.at.length, 1, "not before 15 min");
      await world.clock.runFor(3 * MINUTE);
      assert.equal(receiver.taken.length, kept ? 2 : 1);
      const all = await events();
      assert.deepEqual(kinds(all), ["accepted", "in-doubt", "delivered"]);
      const last = all.at(-1);
      assert.equal(last?.kind === "delivered" && last.possiblyTwice, true);
    },
  );

seeded("cut off past the final dot twice, it is held for a person: there is no third copy", ["1"], async (world) => {
  const { receiver, send, events } = await scene(world, [{ dot: () => ({ reset: true, keeps: true }) }]);
  await send();
  await world.clock.runFor(24 * HOUR);
  assert.equal(receiver.taken.length, 2);
  assert.deepEqual(kinds(await events()), ["accepted", "in-doubt", "held"]);
});

seeded("in doubt, it goes to the same of several hosts again", ["1", "2", "3", "4"], async (world) => {
  const { receiver, send } = await scene(world);
  const second = await world.receiver("example.org", "192.0.2.3");
  let cut: Receiver | undefined;
  for (const one of [receiver, second])
    one.habits = [
      {
        dot: () => {
          if (cut) return undefined;
          cut = one;
          return { reset: true, keeps: true };
        },
      },
    ];
  await send();
  await world.clock.runFor(HOUR);
  assert.equal(cut?.taken.length, 2);
});

seeded("nine minutes of silence at the dot are waited for; other mail to the host does not wait", ["1"], async (world) => {
  let first = true;
  const habit: Habit = {
    dot: () => {
      const slow = first;
      first = false;
      return slow ? { say: "250 2.0.0 at last", afterMs: 9 * MINUTE, keeps: true } : undefined;
    },
  };
  const { receiver, send, events } = await scene(world, [habit]);
  await send();
  await world.clock.runFor(5_000);
  await send();
  await world.clock.runFor(5_000);
  assert.equal(receiver.taken.length, 2, "the second took another connection");
  await world.clock.runFor(10 * MINUTE);
  assert.deepEqual(kinds(await events()), ["accepted", "accepted", "delivered", "delivered"]);
});

seeded("eleven minutes of silence are in doubt", ["1"], async (world) => {
  const { send, events } = await scene(world, [stallsAfterDot(1, 11 * MINUTE)]);
  await send();
  await world.clock.runFor(12 * MINUTE);
  assert.deepEqual(kinds(await events()), ["accepted", "in-doubt"]);
});

seeded("a user who does not exist is reported at once, the other recipients get their mail", ["1", "2"], async (world) => {
  const { receiver, home, send, events } = await scene(world, [refuses(/^no@/)]);
  await send({ recipients: ["x@example.org", "no@example.org", "y@example.org"] });
  await world.clock.runFor(5_000);
  assert.deepEqual(
    receiver.taken.map((one) => one.recipients),
    [["x@example.org", "y@example.org"]],
  );
  const report = home.taken[0]?.content.toString() ?? "";
  assert.match(
    report,
    /^To: <a@shop\.example>\r[^]*\r\nFinal-Recipient: rfc822; no@example\.org\r\nAction: failed\r\nStatus: 5\.1\.1\r\nRemote-MTA: dns; mx1\.example\.org\r\n/m,
  );
  assert.equal(home.taken[0]?.mailFrom, "");
  assert.deepEqual(kinds(await events()).sort(), ["accepted", "accepted", "bounced", "delivered", "delivered", "delivered"]);
});

const silent: readonly (readonly [string, Partial<Mail>, string])[] = [
  ["mail with the null path", { mailFrom: "" }, "null sender"],
  ["NOTIFY=NEVER", { rcptParameters: " NOTIFY=NEVER" }, "not wanted"],
];
for (const [name, mail, fate] of silent)
  seeded(`${name} is never reported on`, ["1"], async (world) => {
    const { home, send, events } = await scene(world, [refuses(/./)]);
    await send(mail);
    await world.clock.runFor(HOUR);
    assert.equal(home.taken.length, 0);
    const bounced = (await events()).find((event) => event.kind === "bounced");
    assert.equal(bounced?.kind === "bounced" && bounced.dsn, fate);
  });

seeded("a success is reported where it was asked for and the next host does not do so", ["1"], async (world) => {
  const { receiver, home, send } = await scene(world, [{ without: ["DSN"] }]);
  await send({ rcptParameters: " NOTIFY=SUCCESS" });
  await world.clock.runFor(5_000);
  assert.equal(receiver.taken.length, 1);
  assert.match(home.taken[0]?.content.toString() ?? "", /\r\nAction: relayed\r\nStatus: 2\./);
  receiver.habits = [];
  await world.clock.runFor(HOUR);
  await send({ rcptParameters: " NOTIFY=SUCCESS" });
  await world.clock.runFor(5_000);
  assert.equal(receiver.taken.length, 2);
  assert.equal(home.taken.length, 1, "the wish was passed on");
});

seeded("a report that is refused is not reported on", ["1"], async (world) => {
  const { home, send, events } = await scene(world, [refuses(/./)]);
  home.habits = [refuses(/./)];
  await send();
  await world.clock.runFor(HOUR);
  assert.deepEqual(kinds(await events()), ["accepted", "bounced", "accepted", "bounced"]);
});

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

seeded("hosts that hang up midway decide nothing: all mail arrives, once", ["1", "2"], async (world) => {
  const { receiver, send, events } = await scene(world, [hangsUpMidway(0.4)]);
  for (let n = 0; n < 20; n++) await send({ recipients: [`u${n}@example.org`, `v${n}@example.org`] });
  await world.clock.runFor(12 * HOUR);
  const copies = receiver.taken.flatMap((one) => one.recipients).sort();
  assert.equal(copies.length, 40);
  assert.equal(new Set(copies).size, 40);
  assert.equal(kinds(await events()).filter((kind) => kind === "in-doubt").length, 0);
});

seeded(
  "a drain finishes open transactions and starts none; the next life delivers the rest, nothing is in doubt",
  ["1", "2", "3"],
  async (world) => {
    const { node, source, receiver, events } = await scene(world, [
      { dot: (_, visit) => ({ say: "250 2.0.0 slowly", afterMs: 2_000 + 3_000 * visit.random.next() }) },
    ]);
    const results: HandOver[] = [];
    for (let n = 0; n < 30; n++)
      void source
        .send({ id: `d${n}`, mailFrom: "a@shop.example", recipients: [`u${n}@example.org`] })
        .then((result) => results.push(result));
    await world.clock.runFor(3_000);
    await node.stop();
    const first = receiver.taken.length;
    const taken = results.filter((one) => one.is === "taken").length;
    assert.ok(first > 0 && first < taken, `${first} of ${taken}`);
    await world.clock.runFor(HOUR);
    assert.equal(receiver.taken.length, first, "a stopped node is silent");
    await node.start();
    await world.clock.runFor(HOUR);
    assert.equal(receiver.taken.length, taken);
    assert.equal(kinds(await events()).filter((kind) => kind === "in-doubt").length, 0);
  },
);

seeded("killed past the final dot, a message is sent again only after 15 min, and is marked", ["1", "2"], async (world) => {
  const { node, receiver, send, events } = await scene(world, [{ dot: () => ({ say: "250 2.0.0 slowly", afterMs: MINUTE, keeps: true }) }]);
  await send();
  await world.clock.runUntil(() => receiver.taken.length === 1, MINUTE);
  node.crash();
  await world.clock.runFor(1_000);
  await node.start();
  await world.clock.runFor(14 * MINUTE);
  assert.equal(receiver.taken.length, 1);
  await world.clock.runFor(3 * MINUTE);
  assert.equal(receiver.taken.length, 2);
  const last = (await events()).at(-1);
  assert.equal(last?.kind === "delivered" && last.possiblyTwice, true);
});

seeded("a killed node's queue is delivered by its next life, once", ["1", "2"], async (world) => {
  const { node, receiver, send } = await scene(world);
  world.network.weather("192.0.2.2", { connect: "refused" });
  for (let n = 0; n < 10; n++) await send();
  node.crash();
  world.network.weather("192.0.2.2", {});
  await node.start();
  await world.clock.runFor(HOUR);
  assert.equal(receiver.taken.length, 10);
});

seeded("a disk that fails a write costs no acknowledged message", ["1", "2"], async (world) => {
  const { node, receiver, send } = await scene(world);
  node.store.failNextBatch("SPOOL_IO");
  const refused = await send();
  assert.match(refused.is === "refused" ? refused.reply : refused.is, /^451 /);
  node.store.failNextBatch("SPOOL_FULL");
  const full = await send();
  assert.match(full.is === "refused" ? full.reply : full.is, /^452 /);
  assert.equal((await send()).is, "taken");
  await world.clock.runFor(HOUR);
  assert.equal(receiver.taken.length, 1);
});

seeded("resets past the dot by chance: each copy beyond the first is marked", ["1", "2"], async (world) => {
  const { receiver, send, events } = await scene(world, [resetsAfterDot(0.3)]);
  for (let n = 0; n < 30; n++) await send({ recipients: [`u${n}@example.org`] });
  await world.clock.runFor(24 * HOUR);
  const copies = receiver.taken.flatMap((one) => one.recipients);
  const all = await events();
  const marked = all.filter((event) => (event.kind === "delivered" && event.possiblyTwice) || event.kind === "held").length;
  assert.ok(copies.length - new Set(copies).size <= marked);
  assert.ok(marked > 3);
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

seeded("a wall clock that jumps a week ahead expires nothing at once, and alarms", ["1"], async (world) => {
  const { receiver, home, send, events } = await scene(world);
  world.network.weather("192.0.2.2", { connect: "refused" });
  await send();
  await world.clock.runFor(90_000);
  world.clock.stepWall(7 * 24 * HOUR);
  await world.clock.runFor(40_000);
  assert.deepEqual([receiver.taken.length, home.taken.length], [0, 0]);
  const all = await events();
  assert.ok(all.some((event) => event.kind === "alarm" && event.code === "clock-jump"));
  assert.ok(!all.some((event) => event.kind === "expired"));
});

seeded("an order that meets an attempt under way leaves it alone and says so; there is one report", ["1"], async (world) => {
  const { node, home, source, events } = await scene(world, [{ rcpt: () => ({ say: "550 5.1.1 no such user", afterMs: 10_000 }) }]);
  void source.send({ id: "m1", mailFrom: "a@shop.example", recipients: ["x@example.org"] });
  await world.clock.runFor(5_000);
  const order = { verb: "retry", selector: {}, action: 1, by: { kind: "operator", id: "ada" }, dryRun: false } as const;
  const tally = await world.clock.during(node.pipeline.actions.run(order));
  assert.deepEqual([tally.matched, tally.done, tally.skipped.length], [1, 0, 1]);
  await world.clock.runFor(HOUR);
  assert.equal(home.taken.length, 1);
  assert.deepEqual(kinds(await events()), ["accepted", "bounced", "accepted", "delivered"]);
});
