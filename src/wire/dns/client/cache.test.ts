/** How long answers are believed, what serves beyond its end, and what goes when there is no room. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MonoMs } from "../../../base/clock.ts";
import type { DnsRecord } from "../message/records.ts";
import { Cache, type Known } from "./cache.ts";

const MOST = 100_000;
const at = (seconds: number): MonoMs => (seconds * 1000) as MonoMs;
const A: DnsRecord = { name: "example.org", ttl: 60, type: "A", ip: "192.0.2.1" };
const FOUND = { status: "ok", records: [A], authentic: false } as const;
const NXDOMAIN = { status: "nxdomain" } as const;

const lives: readonly (readonly [string, Exclude<Known, { status: "fail" }>, number | undefined, number])[] = [
  ["what was found with TTL 0", FOUND, 0, 30],
  ["what was found for an hour", FOUND, 3_600, 3_600],
  ["what was found for a month", FOUND, 2_600_000, 86_400],
  ["a no for ten minutes", NXDOMAIN, 600, 600],
  ["a no for a day", NXDOMAIN, 86_400, 3_600],
  ["a no for nothing", NXDOMAIN, 0, 30],
  ["a no without a lifetime", NXDOMAIN, undefined, 0],
];
for (const [what, known, ttl, seconds] of lives)
  test(`${what} is believed for ${seconds} s`, () => {
    const cache = new Cache(MOST);
    cache.keep("A example.org", known, ttl, at(100));
    if (seconds > 0) assert.deepEqual(cache.look("A example.org", at(100 + seconds - 1))?.known, known);
    assert.equal(cache.look("A example.org", at(100 + seconds)), undefined);
  });

test("while no server answers, what was found before serves for a day beyond its end", () => {
  const cache = new Cache(MOST);
  cache.keep("A example.org", FOUND, 60, at(0));
  assert.deepEqual(cache.failed("A example.org", "SERVFAIL", true, at(61)), { known: FOUND, stale: true });
  assert.equal(cache.look("A example.org", at(65))?.stale, true, "and for a moment without asking again");
  assert.equal(cache.look("A example.org", at(67)), undefined);
  assert.equal(cache.failed("A example.org", "SERVFAIL", true, at(86_000)).stale, true);
  assert.deepEqual(cache.failed("A example.org", "SERVFAIL", true, at(86_461)), {
    known: { status: "fail", why: "SERVFAIL" },
    stale: false,
  });
});

test("a no that is old serves nobody, nor does what vouches for keys", () => {
  const cache = new Cache(MOST);
  cache.keep("A gone.example", NXDOMAIN, 60, at(0));
  assert.equal(cache.failed("A gone.example", "x", true, at(61)).known.status, "fail");
  cache.keep("TLSA mx.example", FOUND, 60, at(0));
  assert.equal(cache.failed("TLSA mx.example", "x", false, at(61)).known.status, "fail");
});

test("a failure is remembered for five seconds, and a new answer ends it", () => {
  const cache = new Cache(MOST);
  cache.failed("A example.org", "x", true, at(0));
  assert.equal(cache.look("A example.org", at(4))?.known.status, "fail");
  assert.equal(cache.look("A example.org", at(5)), undefined);
  cache.failed("A example.org", "x", true, at(6));
  cache.keep("A example.org", FOUND, 60, at(7));
  assert.deepEqual(cache.look("A example.org", at(8)), { ...cache.look("A example.org", at(8)), known: FOUND, stale: false });
});

test("above its octets what was not used for longest goes", () => {
  const cache = new Cache(2_000);
  for (const name of ["a", "b", "c", "d"]) cache.keep(`A ${name}`, FOUND, 60, at(0));
  cache.look("A a", at(1));
  cache.keep("A e", FOUND, 60, at(1));
  const left = ["a", "b", "c", "d", "e"].filter((name) => cache.look(`A ${name}`, at(2)));
  assert.ok(left.includes("a") && left.includes("e") && !left.includes("b"), left.join());
  assert.ok(cache.octets <= 2_000);
  const before = cache.octets;
  for (const name of ["a", "e"]) cache.keep(`A ${name}`, FOUND, 60, at(3));
  assert.equal(cache.octets, before, "replacing counts once");
});

test("an answer larger than all of it is not kept", () => {
  const cache = new Cache(1_000);
  cache.keep("A a", FOUND, 60, at(0));
  cache.keep("A b", { ...FOUND, records: Array(64).fill(A) }, 60, at(0));
  assert.equal(cache.look("A b", at(1)), undefined);
  assert.ok(cache.look("A a", at(1)));
});
