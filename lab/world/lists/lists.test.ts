/** Blocklists: how addresses, domains and ranges come onto them, what their zones say, and how they come off. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Letter } from "../letter.ts";
import { NUMBERS } from "../numbers.ts";
import { DAY, HOUR, MINUTE } from "../stage.ts";
import { World } from "../world.ts";
import { Lists } from "./lists.ts";

const LETTER: Letter = { kind: "spam", header: "", messageId: "<1@x.example>", domain: "x.example", signed: false, hosts: [] };

function scene(): { world: World; lists: Lists; hit: (ip: string, times: number, letter?: Partial<Letter>) => void } {
  const world = new World("lists");
  const lists = new Lists(world, NUMBERS.lists);
  let n = 0;
  const hit = (ip: string, times: number, letter: Partial<Letter> = {}): void => {
    for (let k = 0; k < times; k++) lists.trapHit(ip, { ...LETTER, messageId: `<${++n}@x.example>`, ...letter }, "trap");
  };
  return { world, lists, hit };
}

function says(world: World, name: string): string | readonly unknown[] {
  const found = world.resolver.zone.say(name, "A");
  return found.is === "records" ? found.records.map((one) => ("ip" in one ? one.ip : "")) : found.is;
}

test("each list answers its test points, and lists nobody else", () => {
  const { world, lists } = scene();
  for (const list of lists.all) {
    const point = list === lists.domains ? "test" : "2.0.0.127";
    assert.deepEqual(says(world, `${point}.${list.zone}`), ["127.0.0.2"]);
    assert.equal(says(world, `1.0.0.127.${list.zone}`), "NXDOMAIN");
    assert.deepEqual(list.entries, []);
  }
});

test("fast: five trap hits in an hour list an address within minutes, with its reason; it stays three days after the last hit", async () => {
  const { world, lists, hit } = scene();
  hit("192.0.2.7", 4);
  await world.clock.runFor(10 * MINUTE);
  assert.equal(lists.fast.has("192.0.2.7"), false);
  hit("192.0.2.7", 1);
  await world.clock.runFor(90_000);
  assert.equal(lists.fast.has("192.0.2.7"), false, "it takes two minutes at least");
  await world.clock.runFor(7 * MINUTE);
  assert.deepEqual(says(world, "7.2.0.192.fast.lists.example"), ["127.0.0.2"]);
  const reason = world.resolver.zone.say("7.2.0.192.fast.lists.example", "TXT");
  const [text] = reason.is === "records" ? reason.records : [];
  assert.match(text?.type === "TXT" ? Buffer.concat(text.parts).toString() : "", /spam traps/);
  await world.clock.runFor(48 * HOUR);
  hit("192.0.2.7", 1);
  await world.clock.runFor(48 * HOUR);
  assert.equal(lists.fast.has("192.0.2.7"), true);
  await world.clock.runFor(25 * HOUR);
  assert.equal(says(world, "7.2.0.192.fast.lists.example"), "NXDOMAIN");
});

test("fast: asking takes ten minutes, the second time a day", async () => {
  const { world, lists, hit } = scene();
  hit("192.0.2.7", 6);
  await world.clock.runFor(10 * MINUTE);
  assert.equal(lists.askRemoval("fast", "192.0.2.7"), 10 * MINUTE);
  await world.clock.runFor(11 * MINUTE);
  assert.equal(lists.fast.has("192.0.2.7"), false);
  assert.equal(lists.askRemoval("fast", "192.0.2.7"), undefined, "it is not there");
  hit("192.0.2.7", 6);
  await world.clock.runFor(10 * MINUTE);
  assert.equal(lists.askRemoval("fast", "192.0.2.7"), DAY);
});

test("reports: three people and more than two of a hundred messages list an address for a day; ten of a thousand do not", async () => {
  const { world, lists } = scene();
  for (let n = 0; n < 1_000; n++) lists.mail("192.0.2.8");
  for (let n = 0; n < 100; n++) lists.mail("192.0.2.9");
  for (let n = 0; n < 10; n++) lists.complaint("192.0.2.8", `p${n}@x.example`);
  for (let n = 0; n < 5; n++) lists.complaint("192.0.2.9", "one@x.example");
  assert.deepEqual(lists.reports.entries, []);
  for (let n = 0; n < 2; n++) lists.complaint("192.0.2.9", `p${n}@x.example`);
  assert.deepEqual(
    lists.reports.entries.map(({ what }) => what),
    ["192.0.2.9"],
  );
  await world.clock.runFor(DAY + 2 * MINUTE);
  assert.deepEqual(lists.reports.entries, []);
});

test("domains: a link in three trapped messages from two addresses is listed", () => {
  const { world, lists, hit } = scene();
  hit("192.0.2.7", 5, { hosts: ["shop.bad.test"] });
  assert.deepEqual(lists.domains.entries, []);
  hit("192.0.2.8", 1, { hosts: ["shop.bad.test"] });
  assert.deepEqual(says(world, "shop.bad.test.domains.lists.example"), ["127.0.0.2"]);
});

test("ranges: more than four listed neighbours list their /24, and it goes with them", async () => {
  const { world, lists, hit } = scene();
  for (let n = 1; n <= 4; n++) hit(`192.0.2.${n}`, 6);
  await world.clock.runFor(10 * MINUTE);
  assert.equal(lists.ranges.has("192.0.2.200"), false);
  hit("192.0.2.5", 6);
  await world.clock.runFor(10 * MINUTE);
  assert.equal(lists.ranges.has("192.0.2.200"), true);
  assert.deepEqual(says(world, "200.2.0.192.ranges.lists.example"), ["127.0.0.2"]);
  lists.askRemoval("fast", "192.0.2.5");
  await world.clock.runFor(12 * MINUTE);
  assert.equal(lists.ranges.has("192.0.2.200"), false);
});

test("forms: twenty hits in a week, and no way off within three days of the last", async () => {
  const { world, lists, hit } = scene();
  hit("192.0.2.7", 20);
  assert.equal(lists.forms.has("192.0.2.7"), true);
  assert.equal(lists.askRemoval("forms", "192.0.2.7"), undefined);
  await world.clock.runFor(73 * HOUR);
  const waits = lists.askRemoval("forms", "192.0.2.7") ?? 0;
  assert.ok(waits >= 12 * HOUR && waits <= 24 * HOUR);
  await world.clock.runFor(DAY);
  assert.equal(lists.forms.has("192.0.2.7"), false);
});
