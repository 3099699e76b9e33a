/** The big world's receivers, lists, people and troubles, heard by a plain SMTP client. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HouseName } from "./houses/house.ts";
import { NUMBERS } from "./numbers.ts";
import { DAY, HOUR, MINUTE, NODE, STRANGER, stage } from "./stage.ts";

test("the same seed is the same world; each house takes mail, knows its mailboxes and says so in its own words", async () => {
  const { world, big, send } = await stage();
  const domains: readonly (readonly [HouseName, string, RegExp])[] = [
    ["gmail", "gmail.com", /^550-5\.1\.1 /],
    ["outlook", "outlook.com", /^550 5\.5\.0 /],
    ["yahoo", "yahoo.com", /^554 delivery error: dd/],
    ["exim", "webhost-1.example", /^550 No Such User/],
  ];
  for (const [house, domain, unknown] of domains) {
    assert.match(await send(house, `kim@${domain}`), /^250/, house);
    assert.match(await send(house, `gone-1@${domain}`), unknown);
  }
  assert.equal(big.state.find(({ name }) => name === "gmail")?.counts.inbox, 1);
  assert.deepEqual(
    big.state.map(({ name, taken }) => [name, taken]).filter(([, taken]) => taken === 1),
    domains.map(([house]) => [house, 1]),
  );
  const again = await stage();
  for (const [house, domain] of domains) {
    await again.send(house, `kim@${domain}`);
    await again.send(house, `gone-1@${domain}`);
  }
  assert.equal(again.world.chronicle.count, world.chronicle.count);
});

test("G: a stranger is paced by standing squared, waits a quarter of an hour, then twice as long; a warm address is not", async () => {
  const { world, send } = await stage();
  assert.match(await send("gmail", "kim@gmail.com", { from: NODE.ip, times: 100 }), /^250/);
  let n = 0;
  while ((await send("gmail", "kim@gmail.com", { from: STRANGER })).startsWith("250")) n++;
  assert.ok(n >= 20 && n < 40, `${n} are saved up`);
  assert.match(await send("gmail", "kim@gmail.com", { from: STRANGER }), /^421-4\.7\.28 .*unusual rate/);
  await world.clock.runFor(16 * MINUTE);
  assert.match(await send("gmail", "kim@gmail.com", { from: STRANGER }), /^250/);
  while ((await send("gmail", "kim@gmail.com", { from: STRANGER })).startsWith("250"));
  await world.clock.runFor(16 * MINUTE);
  assert.match(await send("gmail", "kim@gmail.com", { from: STRANGER }), /^421-4\.7\.28/);
  await world.clock.runFor(16 * MINUTE);
  assert.match(await send("gmail", "kim@gmail.com", { from: STRANGER }), /^250/);
});

test("G: no PTR, no login of the domain, a bad name: each is refused with its code; spam lands in junk without a word", async () => {
  const strict = { ...NUMBERS, gmail: { ...NUMBERS.gmail, wantsAuthentication: true } };
  const { world, big, send } = await stage({}, strict);
  assert.match(await send("gmail", "kim@gmail.com", { from: "198.51.100.200" }), /^550-5\.7\.25 /);
  assert.match(await send("gmail", "kim@gmail.com"), /^550-5\.7\.26 /);
  world.resolver.add("shop-1.example", { TXT: [`v=spf1 ip4:${NODE.ip} -all`] });
  assert.match(await send("gmail", "kim@gmail.com"), /^250/);
  assert.match(await send("gmail", "kim@gmail.com", { fields: ["X-Lab-Kind: spam"] }), /^250/);
  assert.deepEqual(big.houses.get("gmail")?.counts, { inbox: 1, junk: 1, complaints: 0, bounces: 0 });
  big.houses.get("gmail")?.standing.known(STRANGER, 0, 5_000, DAY);
  assert.match(await send("gmail", "kim@gmail.com", { from: STRANGER }), /^550-5\.7\.1 .*very low reputation/);
  big.houses.get("gmail")?.standing.known(STRANGER, 0.15, 50_000, DAY);
  assert.match(await send("gmail", "kim@gmail.com", { from: STRANGER }), /^421-4\.7\.0 /);
});

test("O: a new address waits half an hour and gets a hundred a day; guessing names, and a place on a list, end it", async () => {
  const { world, big, send } = await stage();
  const outlook = { from: STRANGER };
  assert.match(await send("outlook", "kim@outlook.com", outlook), /^451 4\.7\.500 /);
  await world.clock.runFor(31 * MINUTE);
  assert.match(await send("outlook", "kim@outlook.com", { ...outlook, times: 60 }), /^250/);
  assert.match(await send("outlook", "kim@outlook.com", outlook), /^451 4\.7\.650 /);
  await world.clock.runFor(HOUR);
  assert.match(await send("outlook", "kim@outlook.com", { ...outlook, times: 42 }), /^451 4\.7\.500 /);
  assert.match(await send("outlook", "gone-1@outlook.com", { times: 20 }), /^550 5\.5\.0/);
  assert.match(await send("outlook", "kim@outlook.com"), /^550 SC-002 /);
  await world.clock.runFor(HOUR);
  assert.match(await send("outlook", "kim@outlook.com"), /^250/);
  big.troubles.make({ is: "listed", list: "fast", ip: NODE.ip });
  assert.match(await send("outlook", "kim@outlook.com"), /^550 5\.7\.1 .*S3150/);
});

test("O and Y report complaints: a report comes to the node's own mail host, and too many close the door for hours", async () => {
  const loud = { ...NUMBERS, people: { ...NUMBERS.people, reports: { ...NUMBERS.people.reports, bulk: 1 }, reportsAfterMs: MINUTE } };
  const { world, big, send } = await stage({ returnDomain: "bounce.example.net", feedbackTo: "fbl@bounce.example.net" }, loud);
  const taken: string[] = [];
  const node = world.process("node", [NODE.ip]);
  await node.network.listen(NODE, (pipe) => {
    pipe.open({
      data: (bytes) => {
        const text = Buffer.from(bytes).toString();
        taken.push(text);
        for (const line of text.split("\r\n").slice(0, -1))
          if (/^(EHLO|MAIL|RCPT)/.test(line) || line === ".") pipe.write(Buffer.from("250 ok\r\n"));
          else if (line === "DATA") pipe.write(Buffer.from("354 go on\r\n"));
          else if (line === "QUIT") pipe.end();
      },
      ...{ drain: () => {}, end: () => {}, close: () => {} },
    });
    pipe.write(Buffer.from("220 node\r\n"));
  });
  const bulk = { fields: ["X-Lab-Kind: bulk"] };
  assert.match(await send("outlook", "kim@outlook.com", bulk), /^250/);
  await world.clock.runFor(2 * HOUR);
  const text = taken.join("");
  assert.match(text, /RCPT TO:<fbl@bounce\.example\.net>/);
  assert.match(text, /Feedback-Type: abuse[^]*Original-Rcpt-To: <kim@outlook\.com>/);
  assert.equal(big.post.counts.sent, 1);
  await send("yahoo", "kim@yahoo.com", bulk);
  await world.clock.runFor(30 * MINUTE);
  assert.match(await send("yahoo", "kim@yahoo.com"), /^421 4\.7\.0 \[TSS04\]/);
  await world.clock.runFor(4 * HOUR);
  await send("yahoo", "kim@yahoo.com", bulk);
  await world.clock.runFor(30 * MINUTE);
  assert.match(await send("yahoo", "kim@yahoo.com"), /^553 5\.7\.2 \[TSS09\]/);
});
