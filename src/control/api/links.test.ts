/** Keys that open a story: only those that were made, for as long as they last. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Clock, systemClock, type WallMs } from "../../base/clock.ts";
import { keyAt, type MessageKey } from "../../model/ids.ts";
import { LINK_MS, openLinks, revokedInMemory } from "./links.ts";

const NOW = Date.parse("2026-03-03T09:52:00Z") as WallMs;

function linksAt(time: { now: number }, fill = 7, most?: number) {
  const clock: Clock = { ...systemClock, wall: () => time.now as WallMs };
  return openLinks(Buffer.alloc(32, fill), revokedInMemory(clock, most), clock);
}

test("a key of 16 characters opens its message and no other", () => {
  const links = linksAt({ now: NOW });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: (LINK_MS - 1) * 4096 - 1 }), (before) => {
      const message = (keyAt(NOW) - before) as MessageKey;
      const made = links.make(message);
      return made !== undefined && /^[\w-]{16}$/.test(made.key) && links.open(made.key) === message;
    }),
  );
});

test("a key that differs in any character, or is another node's, opens nothing", () => {
  const links = linksAt({ now: NOW });
  const key = links.make(keyAt(NOW))?.key ?? "";
  for (let i = 0; i < key.length; i++)
    for (const letter of "Aaz09-_") {
      const other = key.slice(0, i) + letter + key.slice(i + 1);
      if (other !== key) assert.equal(links.open(other), undefined, other);
    }
  assert.equal(linksAt({ now: NOW }, 8).open(key), undefined);
});

test("a key ends 30 days after its message was accepted, and is not made for an older one", () => {
  const time = { now: NOW as number };
  const links = linksAt(time);
  const key = links.make(keyAt(NOW))?.key ?? "";
  time.now = NOW + LINK_MS - 1;
  assert.equal(links.open(key), keyAt(NOW));
  time.now = NOW + LINK_MS;
  assert.deepEqual([links.open(key), links.make(keyAt(NOW))], [undefined, undefined]);
});

test("of what was taken back the oldest message goes first when the list is full", () => {
  const links = linksAt({ now: NOW }, 7, 2);
  const messages = [0, 1, 2].map((ms) => keyAt((NOW - ms) as WallMs));
  for (const message of messages) links.revoke(message);
  assert.deepEqual(
    messages.map((message) => links.open(links.make(message)?.key ?? "") !== undefined),
    [false, false, true],
  );
});

for (const key of ["", "short", "x".repeat(17), "////////////////", "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ", "________________"])
  test(`${JSON.stringify(key)} is no key`, () => assert.equal(linksAt({ now: NOW }).open(key), undefined));
