/** What changes while one looks: rows change in place, new ones are counted, and an end of the feed is said. */
import assert from "node:assert/strict";
import { ago, MEMORY_NOW } from "./panel-house.ts";
import { press, scenario, shows } from "./scene.ts";

const TAKEN = { code: 250, enhanced: "2.0.0", text: "OK" };
const AT = { host: "mx.example.org", ip: "192.0.2.25", stage: "dot", times: { dot: 12 }, nth: 1 } as const;

scenario("a row changes in place, and newer ones are counted until asked for", { rows: 3 }, async ({ page, open, id, day }) => {
  await open("#/messages");
  await page.locator(".live.blue").waitFor();
  const row = page.locator(`tr[data-name="${id(day.late)}.0"]`);
  await row.getByText("queued").waitFor();
  const above = await row.evaluate((it) => (it as HTMLTableRowElement).rowIndex);
  day.node.settle({ message: day.late, rcpt: 0 }, { kind: "delivered", attempt: AT, reply: TAKEN, possiblyTwice: false });
  await row.getByText("delivered").waitFor();
  assert.equal(await row.evaluate((it) => (it as HTMLTableRowElement).rowIndex), above);
  const fresh = { acceptedAt: ago(0.1), from: "new@shop1.example", sender: "wp@shop1", source: "srv12" };
  day.node.add({ ...fresh, to: [{ address: "brand-new@example.org", state: "queued" }] });
  await shows(page, "1 newer · press .");
  assert.equal(await page.getByText("brand-new@example.org").count(), 0);
  await page.keyboard.press(".");
  await shows(page, "brand-new@example.org");
});

scenario("counts in the navigation and on the first page follow", { rows: 3 }, async ({ page, open, day }) => {
  await open("#/now");
  const held = page.getByRole("link", { name: /^held/ }).filter({ visible: true });
  await held.getByText("33").waitFor();
  for (const message of day.held.slice(0, 3))
    day.node.settle({ message, rcpt: 0 }, { kind: "discarded", why: "by a person", by: { kind: "operator", id: "ann" } });
  await held.getByText("30").waitFor();
  await page.getByRole("navigation", { name: "Pages" }).getByText("30").waitFor();
});

/** A tab that is hidden holds no feed; one that is shown again opens it anew. */
function setVisibility(state: string): void {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}

scenario(
  "a feed that ends is said with its time, and what is shown catches up when it is back",
  { rows: 3, allow: /ERR_|Failed to load/ },
  async (scene) => {
    const { page, open, day, id } = scene;
    await open("#/messages");
    await page.locator(".live.blue").waitFor();
    await page.route("**/api/v1/live", (route) => route.abort());
    await page.evaluate(setVisibility, "hidden");
    await page.evaluate(setVisibility, "visible");
    await page.clock.setFixedTime(MEMORY_NOW + 60_000);
    await shows(page, "Live updates stopped 10:52:00; trying again");
    day.node.settle({ message: day.late, rcpt: 0 }, { kind: "delivered", attempt: AT, reply: TAKEN, possiblyTwice: false });
    await page.unroute("**/api/v1/live");
    await page.locator(".live.blue").waitFor();
    await page
      .locator(`tr[data-name="${id(day.late)}.0"]`)
      .getByText("delivered")
      .waitFor();
  },
);

scenario("a list that one comes back to shows what was done meanwhile", { rows: 3 }, async ({ page, open, id, day }) => {
  await open("#/messages");
  const row = page.locator(`tr[data-name="${id(day.late)}.0"]`);
  await row.getByText("queued").waitFor();
  await row.getByRole("link").click();
  await page.locator(".story-head").waitFor();
  await press(page, "Hold");
  await shows(page, /^Held for/);
  await page.goBack();
  await row.getByText("held", { exact: true }).waitFor();
});
