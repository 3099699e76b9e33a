/** The panel without a mouse. */
import assert from "node:assert/strict";
import { press, scenario, settled, shows } from "./scene.ts";

scenario("the palette goes to pages, does what the page can do, and gives the focus back", { rows: 3 }, async ({ page, open }) => {
  await open("#/now");
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: /Go to a page/ });
  await field.waitFor();
  await field.fill("hol");
  await page.keyboard.press("Enter");
  await shows(page, "33 held in 2 groups.");
  await page.keyboard.press("Control+k");
  await field.fill("dark");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.documentElement.dataset["theme"] === "dark");
  await page.keyboard.press("Control+k");
  await field.fill("bbo@gmail.com");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=bbo%40gmail\.com/);
  await page.keyboard.press("Control+k");
  await field.waitFor();
  await page.keyboard.press("Escape");
  await field.waitFor({ state: "detached" });
});

scenario("j and k walk the rows, Enter opens, and the new page's heading has the focus", { rows: 3 }, async ({ page, open }) => {
  await open("#/messages?q=state:queued");
  const focused = (): Promise<string | null> => page.evaluate(() => document.activeElement?.closest("tr")?.dataset["name"] ?? null);
  const names = await page.locator("tr[data-name]").evaluateAll((all) => all.map((row) => (row as HTMLElement).dataset["name"]));
  await page.keyboard.press("j");
  assert.equal(await focused(), names[0]);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  assert.equal(await focused(), names[2]);
  await page.keyboard.press("k");
  assert.equal(await focused(), names[1]);
  await page.keyboard.press("y");
  await shows(page, "Copied the id.");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), names[1]);
  await page.keyboard.press("Enter");
  await page.locator(".story-head").waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === "H1");
});

scenario("g and a letter goes to a page; / to the box; Escape leaves it", { rows: 3 }, async ({ page, open }) => {
  await open("#/now");
  for (const [key, heading] of [
    ["m", "Messages"],
    ["h", /held in 2 groups/],
    ["d", /deliveries wait\.$/],
    ["u", "Setting up"],
    ["t", "Your profile"],
    ["n", /^Mail is flowing/],
  ] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await page.locator("#page h1").filter({ hasText: heading }).waitFor();
  }
  await page.keyboard.press("/");
  const box = page.getByRole("searchbox", { name: "Search" });
  assert.ok(await box.evaluate((it) => it === document.activeElement));
  await page.keyboard.type("gm?"); // no key does anything while a field has the focus
  assert.equal(await box.inputValue(), "gm?");
  await page.keyboard.press("Escape");
  assert.ok(await box.evaluate((it) => it !== document.activeElement));
});

scenario("? shows all keys and turns them off; Escape closes it", { rows: 3 }, async ({ page, open }) => {
  await open("#/now");
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await help.waitFor();
  await help.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "detached" });
  await page.keyboard.press("?");
  await page.keyboard.press("g");
  await page.keyboard.press("h");
  assert.equal(await help.count(), 0);
  assert.match(page.url(), /#\/now/);
});

scenario("the first Tab is a way past the navigation", { rows: 3 }, async ({ page, open }) => {
  await open("#/now");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to the page");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "page");
  assert.match(page.url(), /#\/now/);
});

scenario("a dialog gives the focus back to where it was", { rows: 3 }, async ({ page, open }) => {
  await open("#/settings/users");
  await settled(page);
  await page.getByRole("button", { name: /^ann/ }).focus();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: /Go to a page/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement?.textContent?.startsWith("ann"));
});

scenario("from a notice to a held account's release in three taps on a phone", { rows: 3, width: 400, height: 800 }, async (scene) => {
  const { page, open } = scene;
  await open("#/now");
  await page.getByRole("link", { name: "Review", exact: true }).click();
  await page.getByRole("link", { name: "Review shop3@srv7" }).click();
  await press(page, "Release 25 first");
  await shows(page, /^Released 25:/);
  await press(page, "Undo");
  await shows(page, "shop3@srv7: 32 held.");
});
