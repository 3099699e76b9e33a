/** How much a visitor may ask, and that many visitors cost no more memory than the bound. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MonoMs } from "../../../base/clock.ts";
import { RateLimit, visitorOf } from "./rate.ts";

const at = (ms: number): MonoMs => ms as MonoMs;

test("a burst goes through, then as many as the rate lets in; others are not slowed by it", () => {
  const rate = new RateLimit();
  const passed = (ip: string, ms: number, tries: number): number =>
    Array.from({ length: tries }, () => rate.take(ip, at(ms))).filter((wait) => wait === undefined).length;
  assert.equal(passed("192.0.2.1", 0, 1000), 300);
  assert.equal(rate.take("192.0.2.1", at(0)), 1);
  assert.equal(passed("192.0.2.2", 0, 10), 10);
  assert.equal(passed("192.0.2.1", 1000, 1000), 50);
  assert.equal(passed("192.0.2.1", 60_000, 1000), 300, "a bucket does not fill beyond its size");
});

test("above the bound of visitors the one seen longest ago is forgotten", () => {
  const rate = new RateLimit();
  while (rate.take("192.0.2.1", at(0)) === undefined);
  for (let i = 0; i < 20_000; i++) rate.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, at(1));
  assert.equal(rate.size, 10_000);
  assert.equal(rate.take("192.0.2.1", at(2)), undefined);
});

const VISITORS = [
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:0001:0002::1", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
] as const;
for (const [ip, visitor] of VISITORS) test(`${ip} is the visitor ${visitor}`, () => assert.equal(visitorOf(ip), visitor));
