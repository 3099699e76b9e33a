/** Places are bounded, given back once, and handed on in order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Turnstile } from "./turnstile.ts";

test("who finds no place is called when one is free, first come, first served", () => {
  const called: string[] = [];
  const given: (() => void)[] = [];
  const turnstile = new Turnstile<string>(2, (who) => {
    called.push(who);
    given.push(turnstile.take(who) ?? assert.fail(`${who} is called and finds no place`));
  });
  const a = turnstile.take("a");
  const b = turnstile.take("b");
  assert.ok(a && b);
  assert.equal(turnstile.take("c"), undefined);
  assert.equal(turnstile.take("d"), undefined);
  assert.equal(turnstile.take("c"), undefined);
  assert.ok(turnstile.wanted);
  b();
  b(); // once is enough
  assert.deepEqual(called, ["c"]);
  assert.equal(turnstile.taken, 2);
  a();
  assert.deepEqual(called, ["c", "d"]);
  assert.ok(!turnstile.wanted);
});

test("who is called and needs no place any more lets the next have it", () => {
  const called: string[] = [];
  const turnstile = new Turnstile<string>(1, (who) => {
    called.push(who);
    if (who === "c") turnstile.take(who);
  });
  const a = turnstile.take("a");
  for (const who of ["b", "c", "d"]) assert.equal(turnstile.take(who), undefined);
  a?.();
  assert.deepEqual(called, ["b", "c"]);
  assert.deepEqual([turnstile.taken, turnstile.wanted], [1, true]);
});

test("who is called and gives his place back at once is followed by the next, not by himself within himself", () => {
  const called: string[] = [];
  let depth = 0;
  const turnstile = new Turnstile<string>(1, (who) => {
    depth++;
    assert.equal(depth, 1);
    called.push(who);
    turnstile.take(who)?.();
    depth--;
  });
  const first = turnstile.take("first");
  for (let n = 0; n < 5; n++) turnstile.take(`w${n}`);
  first?.();
  assert.deepEqual(called, ["w0", "w1", "w2", "w3", "w4"]);
  assert.equal(turnstile.taken, 0);
});

test("more places are given out at once; who has one keeps it when there are fewer", () => {
  const called: string[] = [];
  const turnstile = new Turnstile<string>(1, (who) => {
    called.push(who);
    turnstile.take(who);
  });
  for (const who of ["a", "b", "c"]) turnstile.take(who);
  turnstile.resize(2);
  assert.deepEqual([called, turnstile.taken], [["b"], 2]);
  turnstile.resize(1);
  assert.equal(turnstile.taken, 2);
});
