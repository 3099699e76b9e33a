/** The throttle against somebody with many addresses, many names, or an account of their own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clock, systemClock, type WallMs } from "../../base/clock.ts";
import { LoginThrottle } from "./throttle.ts";

function throttled(): { throttle: LoginThrottle; pass(ms: number): void } {
  let now = 1_790_000_000_000;
  const clock: Clock = { ...systemClock, wall: () => now as WallMs };
  return { throttle: new LoginThrottle(clock), pass: (ms) => (now += ms) };
}

/** Addresses each in a network of its own, in one customer's /48. */
const spread = (n: number, site = "2001:db8:5"): string => `${site}:${n.toString(16)}::1`;

test("a flood of other names does not wash out the failures of the one that is guessed at", () => {
  const { throttle } = throttled();
  let from = 0;
  const ip = (): string => `10.${(from >> 16) & 255}.${(from >> 8) & 255}.${from++ & 255}`;
  const far = (): string => {
    from += 256; // another network each time
    return ip();
  };
  for (let n = 0; n < 5; n++) assert.equal(throttle.begin(far(), "ann"), 0);
  assert.equal(throttle.begin(far(), "ann"), 1000);
  for (let n = 0; n < 12_000; n++) throttle.begin(far(), `nobody${n}`);
  assert.equal(throttle.begin(far(), "ann"), 1000, "nothing of it is forgotten");
});

test("whoever has a /48 has not thirty guesses in each of its networks", () => {
  const { throttle } = throttled();
  let begun = 0;
  for (let n = 0; n < 1000; n++) if (throttle.begin(spread(n), `name${n}`) === 0) begun++;
  assert.equal(begun, 100);
  assert.equal(throttle.begin(spread(1, "2001:db8:6"), "somebody"), 0, "its neighbours are not held for it");
});

test("logging in to an account of one's own buys no guesses beyond what a network has", () => {
  const { throttle } = throttled();
  let begun = 0;
  for (let n = 0; n < 200; n++) {
    if (throttle.begin("192.0.2.7", `victim${n}`) > 0) break;
    begun++;
    if (throttle.begin("192.0.2.7", "eve") > 0) break;
    throttle.succeeded("192.0.2.7", "eve", true);
  }
  assert.equal(begun, 30);
});

test("where somebody is known from is not washed out by others who log in", () => {
  const { throttle } = throttled();
  throttle.begin("192.0.2.7", "ann");
  throttle.succeeded("192.0.2.7", "ann", true);
  for (let n = 0; n < 6000; n++) throttle.succeeded(spread(n), "eve", true);
  for (let n = 0; n < 10; n++) throttle.begin(`198.51.${n}.1`, "ann");
  assert.ok(throttle.begin("198.51.100.1", "ann") > 0);
  assert.equal(throttle.begin("192.0.2.7", "ann"), 0);
});

test("a right password whose code is still to come counts for nothing", () => {
  const { throttle } = throttled();
  for (let n = 0; n < 20; n++) {
    assert.equal(throttle.begin("192.0.2.7", "ann"), 0);
    throttle.succeeded("192.0.2.7", "ann", false);
  }
});

test("after an hour all is forgotten, also when the clock was set back", () => {
  const { throttle, pass } = throttled();
  for (let n = 0; n < 9; n++) throttle.begin(`192.0.${n}.1`, "ann");
  assert.ok(throttle.begin("192.0.100.1", "ann") > 0);
  pass(-3 * 3_600_000);
  assert.equal(throttle.begin("192.0.101.1", "ann"), 0);
  for (let n = 0; n < 9; n++) throttle.begin(`192.0.${n}.1`, "bob");
  pass(3_600_000);
  assert.equal(throttle.begin("192.0.102.1", "bob"), 0);
});

test("through a proxy on this machine a stranger's failures are not everybody's, and each name is still guarded", () => {
  const { throttle } = throttled();
  for (const ip of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
    throttle.begin(ip, "ann");
    throttle.succeeded(ip, "ann", true);
  }
  let begun = 0;
  for (let n = 0; n < 50; n++) if (throttle.begin("127.0.0.1", "ann") === 0) begun++;
  assert.equal(begun, 5);
  for (let n = 0; n < 200; n++) assert.equal(throttle.begin("127.0.0.1", `name${n}`), 0);
  for (let n = 0; n < 5; n++) throttle.begin("127.0.0.1", "");
  assert.equal(throttle.begin("127.0.0.1", ""), 1000, "nor is a code without a name");
});
