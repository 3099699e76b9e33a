/**
 * Measures what docs/panel.md promises: sizes, the first page with an empty cache, and a list of 1,000 rows that is
 * scrolled while it changes. `node test/browser/budget.ts` prints a line a figure; other work on the machine shows in them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { idOf } from "../../src/model/ids.ts";
import { openBrowser, openTab } from "./browser.ts";
import { builtPanel, MEMORY_NOW, openPanelHouse } from "./panel-house.ts";
import { tuesday } from "./tuesday.ts";

const ROUNDS = 5;
const ROWS = 1000;

/** Octets after gzip, by kind of file. */
export function sizes(): { readonly all: number; readonly start: number; readonly style: number; readonly largestPage: number } {
  const folder = join(builtPanel(), "assets");
  const page = readFileSync(join(folder, "../index.html"), "utf8");
  const packed = readdirSync(folder)
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => ({ name, octets: gzipSync(readFileSync(join(folder, name)), { level: 9 }).length }));
  const sum = (of: (name: string) => boolean): number => packed.reduce((total, { name, octets }) => total + (of(name) ? octets : 0), 0);
  const script = (name: string): boolean => name.endsWith(".js");
  const first = (name: string): boolean => page.includes(name);
  return {
    all: sum(script),
    start: sum((name) => script(name) && first(name)),
    style: sum((name) => name.endsWith(".css")),
    largestPage: Math.max(
      ...packed.filter(({ name }) => script(name) && !first(name) && !name.startsWith("plot-")).map(({ octets }) => octets),
    ),
  };
}

/** Tasks over 50 ms and the frames' lengths while `work` runs in the page. */
export async function smoothness(
  page: Page,
  work: () => Promise<void>,
): Promise<{ readonly longTasks: number[]; readonly frames: number[] }> {
  await page.evaluate(() => {
    const seen = { longTasks: [] as number[], frames: [] as number[], on: true };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => seen.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: "longtask",
    });
    let last = performance.now();
    const frame = (now: number): void => {
      seen.frames.push(now - last);
      last = now;
      if (seen.on) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await work();
  return page.evaluate(() => {
    const { seen } = window as unknown as { readonly seen: { longTasks: number[]; frames: number[]; on: boolean } };
    seen.on = false;
    return { longTasks: seen.longTasks, frames: seen.frames };
  });
}

/** Scrolls from top to bottom a screen's third a frame. */
export async function scrollThrough(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const step = (): void => {
          scrollBy(0, innerHeight / 3);
          if (scrollY + innerHeight >= document.body.scrollHeight - 1) resolve();
          else requestAnimationFrame(step);
        };
        scrollTo(0, 0);
        requestAnimationFrame(step);
      }),
  );
}

/** All rows that a page shows at most. */
export async function fillList(page: Page): Promise<number> {
  await page.waitForFunction((most) => {
    scrollTo(0, document.body.scrollHeight);
    return document.querySelectorAll("table.mail tbody tr").length >= most;
  }, ROWS - 50);
  return page.locator("table.mail tbody tr").count();
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function say(what: string, value: number, unit: string, bound?: number): void {
  process.stdout.write(
    `${what.padEnd(52)}${value.toFixed(unit === "KB" ? 1 : 0).padStart(8)} ${unit}${bound === undefined ? "" : `   (at most ${bound})`}\n`,
  );
}

async function measure(): Promise<void> {
  const { all, start, style, largestPage } = sizes();
  say("scripts, gzip", all / 1024, "KB", 120);
  say("scripts of the start page, gzip", start / 1024, "KB", 60);
  say("largest further page, gzip", largestPage / 1024, "KB");
  say("styles, gzip", style / 1024, "KB", 14);
  await using stack = new AsyncDisposableStack();
  const day = tuesday(ROWS);
  const house = stack.use(await openPanelHouse(day.node));
  const { headers } = await house.house.session("owner", undefined, "ann");
  const [name = "", value = ""] = (headers["cookie"] ?? "").split("=", 2);
  const browser = await openBrowser();
  stack.defer(() => browser.close());
  const paints: number[] = [];
  const shown: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await using tab = await openTab(browser, house.base); // a new context: nothing cached
    await tab.page.context().addCookies([{ name, value, url: house.base }]);
    await tab.page.goto("/#/now");
    await tab.page.locator(".figures").waitFor();
    const [paint, now] = await tab.page.evaluate(() => [
      performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
      performance.now(),
    ]);
    paints.push(paint ?? 0);
    shown.push(now ?? 0);
  }
  say("first page, empty cache: first paint, median", percentile(paints, 0.5), "ms", 500);
  say("first page, empty cache: figures shown, median", percentile(shown, 0.5), "ms", 1000);
  await using tab = await openTab(browser, house.base, { at: MEMORY_NOW });
  await tab.page.context().addCookies([{ name, value, url: house.base }]);
  await tab.page.goto("/#/messages");
  await tab.page.locator("table.mail").waitFor();
  say("rows in the list", await fillList(tab.page), "rows");
  const { longTasks, frames } = await smoothness(tab.page, () => scrollThrough(tab.page));
  say("scrolling: longest task over 50 ms", Math.max(0, ...longTasks), "ms", 50);
  say("scrolling: frame, 95th percentile", percentile(frames, 0.95), "ms", 17);
  const changing = await smoothness(tab.page, async () => {
    for (const message of day.held) {
      const by = { kind: "operator", id: "ann" } as const;
      day.node.settle({ message, rcpt: 0 }, { kind: "discarded", why: "measured", by });
    }
    await tab.page
      .locator(`tr[data-name="${idOf(day.held.at(-1) ?? day.late, day.node.number)}.0"]`)
      .getByText("discarded")
      .waitFor();
  });
  say("32 rows change: longest task over 50 ms", Math.max(0, ...changing.longTasks), "ms", 50);
}

if (process.argv[1] === import.meta.filename) await measure();
