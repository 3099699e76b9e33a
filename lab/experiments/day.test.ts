/** The day in short: some hours of a small part of the company, with the first bad hour in them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Day, runDay } from "./day.ts";
import { dayPlot } from "./day-plot.ts";

const run = (): Promise<Day> => runDay("1", { share: 0.002, hours: 16 });

test("a day's mail arrives, its node's books balance, and one seed is one day", async () => {
  const day = await run();
  assert.equal(day.balances, true);
  assert.deepEqual(day.violations, []);
  const gmail = day.figures.houses.find(({ house }) => house === "gmail");
  assert.ok(gmail && gmail.handed > 10, JSON.stringify(gmail));
  for (const { handed, arrived, house } of day.figures.houses) assert.ok(arrived <= handed, house);
  const [handed, arrived] = [day.figures.hours, day.figures.hours].map((hours, n) =>
    hours.reduce((sum, one) => sum + (n === 0 ? one.handed : one.arrived), 0),
  );
  assert.ok((arrived ?? 0) > 0.85 * (handed ?? 0), `${arrived} of ${handed}`);
  assert.match(day.figures.csv, /^hour,receiver,handed,arrived,p95 ms\n0,gmail,/);
  assert.equal(day.figures.csv.trim().split("\n").length, 1 + 24 * day.figures.houses.length);
  assert.equal(dayPlot(day.figures.hours).match(/<rect /g)?.length, 1 + 2 * 24);
  assert.equal((await run()).hash, day.hash);
});
