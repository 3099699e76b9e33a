/** The story of a message: why it was late, in parts that add up; what can be done; and how it changes while one looks. */
import assert from "node:assert/strict";
import { ago } from "./panel-house.ts";
import { press, type Scene, scenario, settled, shows } from "./scene.ts";

scenario("a late message says why, since when, what comes next, and where the time went", {}, async ({ page, open, id, day }) => {
  await open(`#/messages/${id(day.late)}`);
  await shows(page, /^Queued for j\.doe@gmail\.com for 42 min.* Nothing to do\.$/);
  const parts = await page.locator("[data-ms]").evaluateAll((all) => all.map((one) => Number((one as HTMLElement).dataset["ms"])));
  const total = Number(await page.locator("[data-total]").getAttribute("data-total"));
  assert.equal(
    parts.reduce((sum, part) => sum + part, 0),
    total,
  );
  await shows(page, /Google limits mail from this address \(sure 0\.97\)/);
  assert.equal(await page.locator(".quote").count(), 2);
  await page.getByText("Dialogue").first().click();
  await shows(page, /S: 220 mx\.google\.com ESMTP/);
});

scenario("what a receiver refused for good names the remedy and who can act", {}, async ({ page, open, id, day }) => {
  await open(`#/messages/${id(day.bounced)}`);
  await shows(page, /^Bounced for bbo@gmail\.com/);
  await shows(page, /Check the spelling/);
});

scenario("holding a message is undone by one key", {}, async ({ page, open, id, day, house }) => {
  await open(`#/messages/${id(day.late)}`);
  await press(page, "Hold");
  await shows(page, /^Held for j\.doe@gmail\.com/);
  await shows(page, `./fairlead hold ${id(day.late)}`);
  assert.equal(house.node.open.find((row) => row.ref.message === day.late)?.state, "held");
  await page.locator("#page h1").focus();
  await page.keyboard.press("u");
  await shows(page, /^Queued for j\.doe@gmail\.com/);
  assert.equal(house.node.open.find((row) => row.ref.message === day.late)?.state, "queued");
});

scenario("what cannot be taken back is asked first, with effect, number and object", {}, async ({ page, open, id, day, house }) => {
  await open(`#/messages/${id(day.late)}`);
  await press(page, "End it");
  await press(page, "Bounce to the sender");
  const dialog = page.getByRole("dialog", { name: "Bounce this message?" });
  await dialog.waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  assert.equal(house.node.commands.length, 0);
  await press(page, "End it");
  await press(page, "Bounce to the sender");
  await press(dialog, "Bounce 1 message");
  await shows(page, /^Bounced 1:/);
});

scenario("a story that stands open grows by itself when its message goes out", {}, async ({ page, open, id, day }) => {
  await open(`#/messages/${id(day.late)}`);
  await page.locator(".live.blue").waitFor();
  const gone = { code: 250, enhanced: "2.0.0", text: "OK" };
  day.node.settle({ message: day.late, rcpt: 0 }, { kind: "delivered", attempt: delivered, reply: gone, possiblyTwice: false });
  await shows(page, /^Delivered for j\.doe@gmail\.com/);
});

const delivered = { host: "mx.example.org", ip: "192.0.2.25", stage: "dot", times: { dot: 12 }, nth: 1 } as const;

scenario("of several recipients each has its own story and address", {}, async ({ page, open, id, day }) => {
  await open(`#/messages/${id(day.many)}.2`);
  await shows(page, /^Held for c@example\.org/);
  await shows(page, "Recipients (3 of 3)");
  await page.getByRole("link", { name: "b@example.org" }).click();
  await shows(page, /^Queued for b@example\.org/);
});

scenario("the tenant's link shows the story without JavaScript, and none once it is revoked", { allow: /status of 404/ }, async (scene) => {
  const { page, open, id, day, house } = scene;
  await open(`#/messages/${id(day.late)}`);
  await press(page, "Tenant link");
  await press(page, "Make and copy");
  await shows(page, /^Copied the tenant's link/);
  const url = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  assert.match(url.pathname, /^\/s\/[\w-]{16}$/);
  const plain = await page.context().browser()?.newContext({ javaScriptEnabled: false });
  if (plain === undefined) assert.fail("no browser");
  const other = await plain.newPage();
  const answer = await other.goto(house.base + url.pathname);
  assert.equal(answer?.status(), 200);
  const text = (await other.locator("body").textContent()) ?? "";
  assert.match(text, /j\.doe@gmail\.com/);
  assert.equal(await other.locator("script").count(), 0);
  await press(page, "Tenant link");
  await press(page, "Make all useless");
  await shows(page, /All links to this message are useless/);
  assert.equal((await other.reload())?.status(), 404);
  await plain.close();
});

scenario("on paper the folds are open, the controls gone, and it says from where and by whom", {}, async ({ page, open, id, day }) => {
  await open(`#/messages/${id(day.late)}`);
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => void dispatchEvent(new Event("beforeprint")));
  await shows(page, /S: 220 mx\.google\.com ESMTP/);
  await shows(page, /Message-ID/);
  await shows(page, /printed .* by ann/);
  assert.equal(await page.locator("nav, .top, button").filter({ visible: true }).count(), 0);
});

scenario("the page copies as text fit for a ticket", {}, async ({ page, open, id, day }) => {
  await open(`#/messages/${id(day.late)}`);
  await page.keyboard.press("c");
  await shows(page, "Copied this page as text.");
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, /Queued for j\.doe@gmail\.com/);
  assert.match(text, /as of 2026-03-03T09:52:00/);
});

scenario("an id that is nowhere is said calmly", { allow: /status of 40[04]/ }, async ({ page, open }: Scene) => {
  await open(`#/messages/0000000000000000`);
  await settled(page);
  await page.locator(".empty, .problem").waitFor();
});

scenario("a message that is rerouted goes the named way", {}, async ({ page, open, id, day, house }) => {
  await open(`#/messages/${id(day.late)}`);
  await press(page, "Reroute");
  await press(page.getByRole("dialog"), "gmail.com");
  await shows(page, /^Rerouted 1:/);
  assert.equal(house.node.commands.at(-1)?.verb, "reroute");
  assert.ok(house.node.open.every((row) => row.acceptedAt < ago(0)));
});
