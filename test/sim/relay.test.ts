/** The way of a message in virtual time: when it tries again, when it tells the sender, and when it gives up. */
import assert from "node:assert/strict";
import { defersUntil, greylists, refuses } from "../../lab/world/habits.ts";
import type { Mail } from "../../lab/world/senders.ts";
import { HOUR, kinds, MINUTE, scene, watched } from "./scene.ts";
import { seeded } from "./seeded.ts";

const NEVER = Number.MAX_SAFE_INTEGER;

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
