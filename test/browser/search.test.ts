/** The one box and the list: whatever is pasted is found or explained, and the list keeps what its reader had. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { type Scene, scenario, settled, shows } from "./scene.ts";

async function paste(page: Page, text: string): Promise<void> {
  await page.getByRole("searchbox", { name: "Search" }).fill(text);
  await page.keyboard.press("Enter");
}

const PASTED: readonly (readonly [what: string, text: (scene: Scene) => string, heading: RegExp, address: RegExp])[] = [
  ["an id", ({ id, day }) => id(day.late), /^Queued for j\.doe@gmail\.com/, /^#\/messages\/\w{16}/],
  ["a Message-ID", () => "<invoice-4711@hotel-lux.example>", /^Queued for j\.doe@gmail\.com/, /^#\/messages\/\w{16}/],
  ["an address", () => "bbo@gmail.com", /^Messages$/, /^#\/messages\?q=bbo%40gmail\.com/],
  [
    "a line of Exim's log",
    ({ id, day }) =>
      `2026-03-03 10:09:50 1uX4bc-000000001zq-0abc => j.doe@gmail.com R=smarthost T=to_smarthost C="250 2.0.0 accepted as ${id(day.late)}"`,
    /^Queued for j\.doe@gmail\.com/,
    /^#\/messages\/\w{16}/,
  ],
  [
    "a line of Postfix's log",
    ({ id, day }) =>
      `Mar  3 10:09:50 srv12 postfix/smtp[811]: 4Zabc12: to=<j.doe@gmail.com>, relay=relay.example.net[192.0.2.1]:587, dsn=2.0.0, status=sent (250 2.0.0 accepted as ${id(day.late)})`,
    /^Queued for j\.doe@gmail\.com/,
    /^#\/messages\/\w{16}/,
  ],
  ["a query", () => "state:held to:@example.org", /^Messages$/, /^#\/messages\?q=state%3Aheld/],
  ["a code", () => "FL-5203", /^FL-5203:/, /^#\/find/],
  [
    "a receiver's reply",
    () => "550-5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate",
    /./,
    /^#\/find/,
  ],
  ["what is nowhere", () => "0000000000000000 no such thing", /^No trace of/, /^#\/find|^#\/messages/],
];

for (const [what, text, heading, address] of PASTED)
  scenario(`pasted into the box, ${what} leads where it belongs`, { rows: 3 }, async (scene) => {
    const { page } = scene;
    await scene.open("#/now");
    await paste(page, text(scene));
    await page.waitForURL((url) => address.test(url.hash));
    await settled(page);
    await page.locator("#page h1").filter({ hasText: heading }).waitFor();
  });

scenario("a reply is explained with its class, how sure, and what to do", { rows: 3 }, async ({ page, open }) => {
  await open("#/now");
  await paste(
    page,
    "550-5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate",
  );
  await shows(page, /auth · sure 0\.\d\d/);
  await shows(page, "What to do");
});

scenario("what was pasted stands in the address, so that it can be sent to a colleague", { rows: 3 }, async ({ page, open, id, day }) => {
  await open("#/find?text=FL-5203");
  await shows(page, /^FL-5203: /);
  await open(`#/find?text=${id(day.late)}`);
  await shows(page, /^Queued for j\.doe@gmail\.com/);
  await page.goBack();
  await shows(page, /^FL-5203: /);
});

scenario("an address that left no trace is told what was tried, how far back, and the next step", { rows: 3 }, async ({ page, open }) => {
  await open("#/messages?q=to:nobody@nowhere.example%20state:queued");
  await shows(page, /No trace of .*since 2 Mar 10:52/);
  await shows(page, "Tried to, state.");
  await shows(page, "exigrep nobody@nowhere.example /var/log/exim_mainlog");
  await page.getByRole("link", { name: "state:queued", exact: true }).click();
  await page.waitForURL(/q=to%3Anobody%40nowhere\.example$/);
});

scenario("filters are words in the address: picked, counted, removed", { rows: 3 }, async ({ page, open }) => {
  await open("#/messages");
  await page.getByRole("button", { name: "+ held" }).click();
  await page.waitForURL(/q=state%3Aheld/);
  await settled(page);
  assert.equal(await page.locator("table.mail tbody tr").count(), 33);
  await page.getByRole("link", { name: /^bounced 1?/ }).waitFor();
  await page.getByRole("button", { name: "Remove state:held" }).click();
  await page.waitForURL(/#\/messages$/);
});

scenario("scrolling brings the older rows, and Back keeps the place", { rows: 300 }, async ({ page, open }) => {
  await open("#/messages");
  assert.equal(await page.locator("table.mail tbody tr").count(), 50);
  const row = page.locator("table.mail tbody tr").nth(240);
  await page.waitForFunction(() => {
    scrollTo(0, document.body.scrollHeight);
    return document.querySelectorAll("table.mail tbody tr").length > 240;
  });
  await row.scrollIntoViewIfNeeded();
  const [before, name] = [await page.evaluate(() => scrollY), await row.getAttribute("data-name")];
  assert.ok(before > 3000, `scrolled to ${before}`);
  await row.getByRole("link").click();
  await page.locator(".story-head").waitFor();
  await page.goBack();
  await page.locator(`tr[data-name="${name}"]`).waitFor();
  await page.waitForFunction((at) => Math.abs(scrollY - at) < 100, before);
});

scenario("what is wrong with a query is said, with what was meant", { rows: 3, allow: /status of 400/ }, async ({ page, open }) => {
  await open("#/messages?q=form:ann@example.org");
  await page.getByRole("alert").filter({ hasText: "from" }).waitFor();
});
