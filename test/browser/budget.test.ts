/** What the panel may weigh, and that a full list scrolls without holding up the page. Times are measured by `budget.ts`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fillList, scrollThrough, sizes, smoothness } from "./budget.ts";
import { scenario } from "./scene.ts";

const KB = 1024;
/** A page that stands still for so long is broken, however busy the machine is; what it takes when idle, budget.ts tells. */
const STILL_MS = 1000;

test("all scripts and styles together stay within what they may weigh", () => {
  const { all, start, style, largestPage } = sizes();
  assert.ok(all <= 120 * KB, `scripts weigh ${all}`);
  assert.ok(start <= 60 * KB, `the start page's scripts weigh ${start}`);
  assert.ok(style <= 14 * KB, `styles weigh ${style}`);
  assert.ok(largestPage <= 10 * KB, `a page's script weighs ${largestPage}`);
});

scenario(
  "a list of 1,000 rows ends there, offers the older ones, and scrolls without long tasks",
  { rows: 1000 },
  async ({ page, open }) => {
    await open("#/messages");
    const rows = await fillList(page);
    assert.ok(rows >= 950 && rows <= 1000, `${rows} rows`);
    const { longTasks } = await smoothness(page, () => scrollThrough(page));
    assert.deepEqual(
      longTasks.filter((ms) => ms > STILL_MS),
      [],
    );
  },
);
