/** Chance that is fit for secrets is given out once, whatever its length, and a seed repeats its stream. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom, systemRandom } from "./random.ts";

test("no bytes are given out twice, across the pool's end too", () => {
  const given = Array.from({ length: 5000 }, () => Buffer.from(systemRandom.bytes(16)).toString("hex"));
  assert.equal(new Set(given).size, given.length);
  assert.ok(given.every((text) => text.length === 32 && !/^0+$/.test(text)));
});

test("what is given out stays what it was, and is as long as was asked", () => {
  const first = systemRandom.bytes(32);
  const copy = Uint8Array.from(first);
  for (let n = 0; n < 2000; n++) systemRandom.bytes(512);
  assert.deepEqual(first, copy);
  for (const length of [0, 1, 511, 512, 513, 70_000]) assert.equal(systemRandom.bytes(length).length, length);
});

test("a seed and a label give the same stream again, and another label another", () => {
  const stream = (label: string): readonly number[] => {
    const random = seededRandom("seed").fork(label);
    return Array.from({ length: 20 }, () => random.next());
  };
  assert.deepEqual(stream("a"), stream("a"));
  assert.notDeepEqual(stream("a"), stream("b"));
});
