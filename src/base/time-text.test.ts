import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "./clock.ts";
import { durationText, nextClockTime, parseDuration, shortDuration, zoneClock } from "./time-text.ts";

const durations = [
  [0, "0 ms", "0s"],
  [640, "640 ms", "0s"],
  [999.4, "999 ms", "0s"],
  [1840, "1.84 s", "1s"],
  [8200, "8.2 s", "8s"],
  [9999, "9.99 s", "9s"],
  [42_900, "42 s", "42s"],
  [724_000, "12 min 04 s", "12m"],
  [2_520_000, "42 min", "42m"],
  [2_530_000, "42 min 10 s", "42m"],
  [11_520_000, "3 h 12 min", "3h"],
  [187_200_000, "2 d 4 h", "2d"],
  [-5, "0 ms", "0s"],
] as const;
for (const [ms, long, short] of durations)
  test(`${ms} ms reads ${long}, in a column ${short}`, () => {
    assert.equal(durationText(ms), long);
    assert.equal(shortDuration(ms), short);
  });

const written = [
  ["2h", 7_200_000],
  ["30min", 1_800_000],
  ["30m", 1_800_000],
  ["1h30m", 5_400_000],
  ["1 h 30 min", 5_400_000],
  ["90s", 90_000],
  ["500ms", 500],
  ["1.5d", 129_600_000],
  ["2W", 1_209_600_000],
  ["0s", 0],
  ["", undefined],
  ["2", undefined],
  ["2 parsecs", undefined],
  ["-2h", undefined],
  ["h2", undefined],
  ["9999999999999999999d", undefined],
] as const;
for (const [text, ms] of written) test(`${JSON.stringify(text)} is ${ms} ms`, () => assert.equal(parseDuration(text), ms));

test("a clock shows the date only where the day differs in its own zone", () => {
  const now = Date.parse("2026-03-03T23:30:00Z") as WallMs; // 4 March in Berlin
  const before = Date.parse("2026-03-03T22:59:59Z") as WallMs; // 3 March in both
  assert.equal(zoneClock("UTC").minutes(before, now), "22:59");
  assert.equal(zoneClock("Europe/Berlin").minutes(before, now), "3 Mar 23:59");
  assert.equal(zoneClock("Europe/Berlin").moment(before, now), "3 Mar 23:59:59");
  assert.equal(zoneClock("UTC").minutes(Date.parse("2025-09-01T00:00:00Z") as WallMs, now), "1 Sep 2025 00:00");
  assert.equal(zoneClock("Europe/Berlin").name(now), "CET");
});

const clocks = [
  ["12:00", "Europe/Berlin", "2026-03-03T09:52:00Z", "2026-03-03T11:00:00.000Z"],
  ["10:52", "Europe/Berlin", "2026-03-03T09:52:30Z", "2026-03-04T09:52:00.000Z"], // now is not ahead
  ["9:00", "Europe/Berlin", "2026-03-03T09:52:00Z", "2026-03-04T08:00:00.000Z"],
  ["12:00", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T10:00:00.000Z"], // clocks go forward that night
  ["12:00", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T11:00:00.000Z"], // and back
  ["2:30", "Europe/Berlin", "2026-03-28T12:00:00Z", undefined], // left out on that day
  ["00:15", "Asia/Kathmandu", "2026-03-03T09:52:00Z", "2026-03-03T18:30:00.000Z"],
  ["24:00", "UTC", "2026-03-03T09:52:00Z", undefined],
  ["12:60", "UTC", "2026-03-03T09:52:00Z", undefined],
  ["noon", "UTC", "2026-03-03T09:52:00Z", undefined],
] as const;
for (const [text, zone, now, next] of clocks)
  test(`${text} in ${zone}, asked at ${now}, is ${next}`, () => {
    const found = nextClockTime(text, zone, Date.parse(now) as WallMs);
    assert.equal(found === undefined ? undefined : new Date(found).toISOString(), next);
  });

test("a zone that nobody knows is UTC, and says so", () => {
  const clock = zoneClock("Mars/Olympus");
  assert.equal(clock.name(0 as WallMs), "UTC");
  assert.equal(clock.seconds(0 as WallMs), "00:00:00");
});
