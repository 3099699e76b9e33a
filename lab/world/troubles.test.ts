/** What goes wrong in the world by order, and is set right again; and the habits of small receivers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HOUR, MINUTE, NODE, STRANGER, stage } from "./stage.ts";

test("a throttled house takes so many an hour and defers the rest; afterwards it is as before", async () => {
  const { world, big, send } = await stage();
  const { id } = big.troubles.make({ is: "throttle", house: "gmail", perHour: 60 });
  assert.match(await send("gmail", "kim@gmail.com", { times: 3 }), /^250/);
  assert.match(await send("gmail", "kim@gmail.com"), /^421 4\.7\.28/);
  await world.clock.runFor(5 * MINUTE);
  assert.match(await send("gmail", "kim@gmail.com"), /^250/);
  assert.deepEqual(
    big.troubles.now.map(({ trouble }) => trouble.is),
    ["throttle"],
  );
  big.troubles.make({ is: "throttle", house: "gmail", perHour: 1 });
  assert.equal(big.troubles.now.length, 1, "another limit takes its place");
  assert.equal(big.troubles.end(id), false);
  big.troubles.endAll();
  assert.match(await send("gmail", "kim@gmail.com", { times: 50 }), /^250/);
  assert.deepEqual(big.troubles.now, []);
});

test("hosts die and come back; two troubles at one address end each for itself", async () => {
  const { world, big, send } = await stage();
  const ip = big.houses.get("yahoo")?.hosts[0]?.ip ?? "";
  const dead = big.troubles.make({ is: "host dies", house: "yahoo" });
  const broken = big.troubles.make({ is: "tls breaks", house: "yahoo" });
  big.troubles.end(dead.id);
  assert.equal(world.network.weatherAt(ip).brokenTls, true);
  assert.equal(world.network.weatherAt(ip).dark, undefined);
  assert.match(await send("yahoo", "kim@yahoo.com"), /^250/);
  big.troubles.end(broken.id);
  assert.equal(world.network.weatherAt(ip).brokenTls, undefined);
  const one = big.troubles.make({ is: "host dies", house: "gmail", host: "gmail-smtp-in.l.google.com" });
  assert.equal(await send("gmail", "kim@gmail.com"), "lost");
  big.troubles.end(one.id);
  assert.match(await send("gmail", "kim@gmail.com"), /^250/);
});

test("a domain's DNS fails and is what it was; what the world does not have is said", async () => {
  const { world, big } = await stage();
  const { id } = big.troubles.make({ is: "dns fails", domain: "gmail.com" });
  assert.deepEqual(await world.clock.during(world.resolver.mx("gmail.com")), { status: "fail", why: "SERVFAIL" });
  big.troubles.end(id);
  const found = await world.clock.during(world.resolver.mx("gmail.com"));
  assert.deepEqual(found.status === "ok" && found.records.map(({ host }) => host), [
    "gmail-smtp-in.l.google.com",
    "alt1.gmail-smtp-in.l.google.com",
  ]);
  assert.throws(() => big.troubles.make({ is: "dns fails", domain: "nowhere.test" }), /no domain nowhere\.test/);
  assert.throws(() => big.troubles.make({ is: "host dies", house: "gmail", host: "mx9" }), /no host mx9; it has gmail-smtp-in/);
  assert.deepEqual(big.troubles.now, []);
});

test("P greylists by network, sender and recipient, and names the list that it believes", async () => {
  const { world, big, send } = await stage();
  assert.match(await send("postfix", "kim@company-1.example"), /^450 4\.2\.0 .*Greylisted/);
  await world.clock.runFor(5 * MINUTE);
  assert.match(await send("postfix", "kim@company-1.example", { from: STRANGER }), /^250/, "the same /24");
  assert.match(await send("postfix", "lea@company-1.example"), /^450/);
  big.troubles.make({ is: "listed", list: "reports", ip: NODE.ip });
  assert.match(await send("postfix", "kim@company-1.example"), /^554 5\.7\.1 .*blocked using reports\.lists\.example/);
});

test("E asks the sender's host: good, unknown, not to be found out; and refuses junk senders in its own words", async () => {
  const { world, big, send } = await stage();
  big.home.habits = [{ rcpt: (address) => (address.startsWith("fake") ? { say: "550 5.1.1 nobody" } : undefined) }];
  assert.match(await send("exim", "kim@webhost-1.example"), /^250/);
  assert.match(await send("exim", "kim@webhost-1.example", { mailFrom: "fake@shop-1.example" }), /^550 Sender verify failed/);
  assert.match(await send("exim", "kim@webhost-1.example", { mailFrom: "kim@nowhere.test" }), /^550 Sender verify failed/);
  world.network.weather("192.0.2.10", { connect: "refused" });
  assert.match(await send("exim", "kim@webhost-1.example", { mailFrom: "new@shop-1.example" }), /^451 /);
  assert.match(await send("exim", "kim@webhost-1.example"), /^250/, "what was found out is remembered");
  big.troubles.make({ is: "listed", list: "forms", ip: NODE.ip });
  assert.match(await send("exim", "kim@webhost-1.example"), /^550 "JunkMail rejected - .*forms\.lists\.example/);
});

test("A takes everything, and reports to the sender who is not there", async () => {
  const { world, big, send } = await stage();
  assert.match(await send("late", "gone-1@late-1.example"), /^250/);
  await world.clock.runFor(11 * MINUTE);
  const [report] = big.home.taken;
  assert.equal(report?.mailFrom, "");
  assert.match(report?.content.toString() ?? "", /Final-Recipient: rfc822; gone-1@late-1\.example\r\nAction: failed\r\nStatus: 5\.1\.1/);
});

test("a full mailbox is deferred three times and then refused", async () => {
  const { send } = await stage();
  assert.match(await send("gmail", "full-1@gmail.com", { times: 3 }), /^452-4\.2\.2/);
  assert.match(await send("gmail", "full-1@gmail.com"), /^552-5\.2\.2/);
});

test("customers send by the hours of the day, and twice the same from one seed", async () => {
  const halfDay = async (): Promise<{ readonly night: number; readonly all: number; readonly hash: string }> => {
    const kinds = new Set<string>();
    const { world, big } = await stage({ traffic: { share: 0.02, handed: (_, kind) => kinds.add(kind) } });
    big.traffic.start();
    await world.clock.runFor(3 * HOUR);
    const day = big.traffic.messages;
    await world.clock.runFor(9 * HOUR);
    const evening = big.traffic.messages;
    await world.clock.runFor(3 * HOUR);
    big.traffic.stop();
    for (const kind of ["person", "app", "forwardedSpam"]) assert.ok(kinds.has(kind), kind);
    assert.ok(day > 2 * (big.traffic.messages - evening), `${day} in the morning, ${big.traffic.messages - evening} at night`);
    return { night: big.traffic.messages - evening, all: big.traffic.messages, hash: world.chronicle.hash };
  };
  assert.deepEqual(await halfDay(), await halfDay());
});
