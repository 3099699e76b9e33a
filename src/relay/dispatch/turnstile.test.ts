/** Places are bounded, given back once, and handed on in order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Turnstile } from "./turnstile.ts";

test("who finds no place is called when one is free, first come, first served", () => {
  const called: string[] = [];
  const turnstile = new Turnstile<string>(2, (who) => called.push(who));
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
  assert.equal(turnstile.taken, 1);
  assert.ok(turnstile.take("c"));
  a();
  assert.deepEqual(called, ["c", "d"]);
  assert.ok(!turnstile.wanted);
});
