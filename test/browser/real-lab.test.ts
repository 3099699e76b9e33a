/**
 * A newcomer's minute with `up --lab`, in the browser: the real program in its simulated internet, its banner, its buttons,
 * and stories that say what they did.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { freePort } from "../outside/free-port.ts";
import { ROOT } from "../outside/program.ts";
import { accessible, noSidewaysScroll, openBrowser, openTab, type Tab } from "./browser.ts";
import { press, settled, shows, skip } from "./scene.ts";

/** The lab's minutes pass in seconds, but this machine may be busy. */
const HAPPENS_WITHIN_MS = 90_000;

let data: string;
let program: ChildProcess;
let browser: Browser;
let tab: Tab;

/** Resolves with the link of the first start, once it is ready. */
function linkOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    child.once("close", (code) => reject(new Error(`ended with ${code}; it said:\n${said.join("\n")}`)));
    if (child.stdout === null) return reject(new Error("no output"));
    createInterface({ input: child.stdout }).on("line", (line) => {
      said.push(line);
      const link = /http:\/\/\S+\/#\/first\/\S+/.exec(line)?.[0];
      if (link !== undefined) resolve(link);
    });
  });
}

before(async () => {
  if (skip) return;
  data = mkdtempSync(join(tmpdir(), "fairlead-lab-"));
  const port = await freePort();
  const args = ["up", "--lab", "--seed", "7", "--data", join(data, "lab"), "--http", `127.0.0.1:${port}`];
  program = spawn(join(ROOT, "fairlead"), args, { stdio: ["ignore", "pipe", "ignore"] });
  const link = await linkOf(program);
  browser = await openBrowser();
  tab = await openTab(browser, `http://127.0.0.1:${port}`, { allow: /status of 401/ });
  tab.page.setDefaultTimeout(HAPPENS_WITHIN_MS);
  await tab.page.goto(link);
  await tab.page.getByLabel("Name").fill("ann");
  await tab.page.getByLabel("Password").fill("a long way to Tipperary");
  await press(tab.page, /Set the password/);
  await shows(tab.page, "Setting up");
});

after(async () => {
  await tab?.[Symbol.asyncDispose]();
  await browser?.close();
  if (program?.exitCode === null) {
    program.kill("SIGKILL");
    await new Promise((resolve) => program.once("close", resolve));
  }
  if (data !== undefined) rmSync(data, { recursive: true, force: true });
});

test("every page says that the internet is simulated, and mail flows there", { skip }, async () => {
  const { page } = tab;
  await page.goto("/#/now");
  await settled(page);
  await shows(page.getByRole("region", { name: "Simulated internet" }), /SIMULATED internet\. Nothing leaves this machine\./);
  await shows(page, /^Mail is flowing/);
  await page.waitForFunction(() => document.title.startsWith("SIMULATED: "));
  await accessible(page, "Now in the lab");
  await noSidewaysScroll(page, "Now in the lab");
});

test("Gmail is made to throttle: the lane is slowed, and a message's story says why it waits", { skip }, async () => {
  const { page } = tab;
  await page.goto("/#/lab");
  await settled(page);
  await press(page, /^Make (Gmail|Google) throttle$/);
  await shows(page, /\b421 4\.7\.28\b/);
  await page.goto("/#/destinations/google");
  await settled(page);
  await shows(page.locator(".tree"), /421 4\.7\.28|messages a minute/);
  await page.goto("/#/messages?q=provider:Google%20state:queued%20since:30d");
  await settled(page);
  await page.locator("table.mail tbody tr").first().locator("a[data-row], a").first().click();
  await page.waitForURL(/#\/messages\/[0-9A-Z]{16}/);
  await settled(page);
  await shows(page, /4\.7\.28/);
  await accessible(page, "a story of the lab");
});

test("a receiver's TLS is broken and mended by buttons", { skip }, async () => {
  const { page } = tab;
  await page.goto("/#/lab");
  await settled(page);
  await press(page, /^Break TLS of /);
  await page
    .getByRole("button", { name: /^Mend (?!everything)/ })
    .first()
    .waitFor();
  await press(page, "Mend everything");
  await shows(page, "All is well in the simulated internet.");
  await accessible(page, "the lab");
  tab.clean();
});
