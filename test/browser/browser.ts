/**
 * A browser for the panel's tests: Debian's chromium, headless, offline but for this machine. What a page says on its
 * console, and every breach of its content policy, fails the test that opened it.
 */
import assert from "node:assert/strict";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";

const EXECUTABLE = "/usr/bin/chromium";
const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
  "--host-resolver-rules=MAP elsewhere.example 127.0.0.1",
];
/** Both cores may be busy with other tests. */
const WITHIN_MS = 20_000;

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  /** Where the browser's clock stands still; its own if not given. */
  readonly at?: number;
  /** What the console may say here, because the test makes it say so. */
  readonly allow?: RegExp;
}

export interface Tab extends AsyncDisposable {
  readonly page: Page;
  /** What was asked and not answered yet: why a page waits. The live feed is always among it. */
  unanswered(): readonly string[];
  /** Nothing wrong was said so far. */
  clean(): void;
}

export async function openTab(browser: Browser, base: string, options: PageOptions = {}): Promise<Tab> {
  const { width = 1280, height = 900, dark = false, allow, at } = options;
  const context = await browser.newContext({
    baseURL: base,
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    timezoneId: "Europe/Berlin",
    locale: "en-GB",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(WITHIN_MS);
  if (at !== undefined) await context.clock.setFixedTime(at); // its timers run on
  const page = await context.newPage();
  const said: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") said.push(message.text());
  });
  page.on("pageerror", (error) => said.push(error.stack ?? error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !/^(data|blob|about):/.test(request.url())) said.push(`asked another host: ${request.url()}`);
  });
  const asked = new Set<string>();
  page.on("request", (request) => asked.add(request.url()));
  page.on("requestfinished", (request) => asked.delete(request.url()));
  page.on("requestfailed", (request) => asked.delete(request.url()));
  return {
    page,
    unanswered: () => [...asked],
    clean: () =>
      assert.deepEqual(
        said.filter((line) => allow?.test(line) !== true),
        [],
      ),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Runs axe on what stands there now: WCAG 2.2 A and AA, and its own best practices. @throws with each finding. */
export async function accessible(page: Page, where: string): Promise<void> {
  // Evaluated by the debugger, not as an element of the page: the content policy stays as it is.
  const found = await page.evaluate(`${axe.source}; axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ": " + nodes.map((node) => node.target.join(" ") + " " + node.failureSummary).join(" | ")))`);
  assert.deepEqual(found, [], `axe at ${where}`);
}

/** Nothing is wider than the window. */
export async function noSidewaysScroll(page: Page, where: string): Promise<void> {
  const wide = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("body *")]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && element.closest("pre, .hidden, svg") === null)
      .map((element) => `${element.tagName}.${element.className}`)
      .slice(0, 5),
  );
  const [scroll, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok((scroll ?? 0) <= (window ?? 0), `${where} is ${scroll} px wide in a window of ${window}: ${wide.join(", ")}`);
}
