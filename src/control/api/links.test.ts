/** Keys that open a story: only those that were made, for as long as they last. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Clock, systemClock, type WallMs } from "../../base/clock.ts";
import { keyAt, type MessageKey } from "../../model/ids.ts";
import { LINK_DAYS, openLinks } from "./links.ts";

const LINK_MS = LINK_DAYS * 86_400_000;
const NOW = Date.parse("2026-03-03T09:52:00Z") as WallMs;

function linksAt(time: { now: number }, fill = 7) {
  const clock: Clock = { ...systemClock, wall: () => time.now as WallMs };
  const times = new Map<MessageKey, number>();
  const revocations = {
    times: async (message: MessageKey) => times.get(message) ?? 0,
    revoke: async (message: MessageKey) => times.size < 3 && times.set(message, (times.get(message) ?? 0) + 1) !== undefined,
  };
  return openLinks(Buffer.alloc(32, fill), revocations, clock);
}

test("a key of 16 characters opens its message and no other", async () => {
  const links = linksAt({ now: NOW });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: (LINK_MS - 1) * 4096 - 1 }), async (before) => {
      const message = (keyAt(NOW) - before) as MessageKey;
      const made = await links.make(message);
      return made !== undefined && /^[\w-]{16}$/.test(made.key) && (await links.open(made.key))?.message === message;
    }),
  );
});

test("a key that differs in any character, or is another node's, opens nothing", async () => {
  const links = linksAt({ now: NOW });
  const key = (await links.make(keyAt(NOW)))?.key ?? "";
  for (let i = 0; i < key.length; i++)
    for (const letter of "Aaz09-_") {
      const other = key.slice(0, i) + letter + key.slice(i + 1);
      if (other !== key) assert.equal(await links.open(other), undefined, other);
    }
  assert.equal(await linksAt({ now: NOW }, 8).open(key), undefined);
});

test("a key ends 30 days after its message was accepted, and is not made for an older one", async () => {
  const time = { now: NOW as number };
  const links = linksAt(time);
  const key = (await links.make(keyAt(NOW)))?.key ?? "";
  time.now = NOW + LINK_MS - 1;
  assert.deepEqual(await links.open(key), { message: keyAt(NOW), until: NOW + LINK_MS });
  time.now = NOW + LINK_MS;
  assert.deepEqual([await links.open(key), await links.make(keyAt(NOW))], [undefined, undefined]);
});

test("what was taken back opens nothing; a key made afterwards is another one and does", async () => {
  const links = linksAt({ now: NOW });
  const message = keyAt(NOW);
  const before = (await links.make(message))?.key ?? "";
  assert.equal(await links.revoke(message), true);
  assert.equal(await links.open(before), undefined);
  const later = (await links.make(message))?.key ?? "";
  assert.notEqual(later, before);
  assert.equal((await links.open(later))?.message, message);
  assert.equal(await links.revoke(message), true);
  for (const key of [before, later]) assert.equal(await links.open(key), undefined);
});

for (const key of ["", "short", "x".repeat(17), "////////////////", "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ", "________________"])
  test(`${JSON.stringify(key)} is no key`, async () => assert.equal(await linksAt({ now: NOW }).open(key), undefined));
