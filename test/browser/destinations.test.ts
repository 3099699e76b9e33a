/** Destinations: what limits each, who set it, and orders that are done at once and taken back as easily. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { press, type Scene, scenario, settled, shows } from "./scene.ts";

const GOOGLE = "#/destinations/google";

/** What ann ordered. */
function orders({ day }: Scene) {
  return day.node.limits.table.list({ ended: true }).filter(({ by }) => by.id === "ann");
}

async function unfold(page: Page): Promise<void> {
  await page.getByText("Cap it, or send it another way").click();
}

scenario("a provider's page says what limits it, from the way out to the domain, and marks what holds", {}, async ({ page, open }) => {
  await open(GOOGLE);
  await shows(page, /^Google: 3,902 wait, the oldest for 50 min/);
  const tree = page.getByRole("list", { name: /^Limits of gmail\.com/ });
  await shows(tree, "Leaving by default");
  await shows(tree, /at most 20 connections/);
  await shows(tree, /at most 600 messages a minute/);
  await shows(tree, /your configuration: limits\.google in the configuration/);
  const law = tree.locator(".card").filter({ hasText: "at most 40 messages a minute" });
  await shows(law, /because 421 4\.7\.28 unusual rate/);
  await shows(law, /Undo: the pace from before comes back; this cause cannot bring it back for 1 h\./);
  assert.ok((await tree.getByText("▸ holds").count()) >= 2);
});

scenario("what the receiver's answers decided is undone, and the page shows what holds then", {}, async ({ page, open, day }) => {
  await open(GOOGLE);
  const tree = page.getByRole("list", { name: /^Limits of gmail\.com/ });
  await tree.getByRole("button", { name: /^Undo/ }).click();
  await shows(page, /^Taken back: no limit, as before\./);
  await tree.getByText(/at most 40 messages a minute/).waitFor({ state: "detached" });
  assert.equal(day.node.limits.laws.size, 0);
});

scenario("a provider is paused at once, shown as a card with its end, and let go by its undo", {}, async (scene) => {
  const { page, open } = scene;
  await open(GOOGLE);
  await press(page, "Pause Google");
  await press(page, /^until .* \(1h\)$/);
  await shows(page, /^Google is paused\. 3,902 wait\./);
  await shows(page, /pause google --until 1h/);
  assert.deepEqual(
    orders(scene).map(({ scope, change, by }) => [scope, change.is, by.id]),
    [[{ provider: "google" }, "pause", "ann"]],
  );
  await shows(page.locator(".tree .card"), /because paused by hand/);
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await shows(page, /^Taken back: google is no longer paused\./);
  await page.locator(".tree .card").filter({ hasText: "paused by hand" }).waitFor({ state: "detached" });
  assert.notEqual(orders(scene)[0]?.undoneAt, undefined);
});

scenario("a resume ends the pause, and tries with one message what the answers have paused", {}, async (scene) => {
  const { page, open, day } = scene;
  await open(GOOGLE);
  await press(page, "Pause Google");
  await press(page, "until it is undone");
  await shows(page, /Mind: it has no end, and mail that waits too long is returned all the same\./);
  await press(page, "Resume, with one message first");
  await shows(page, /^Google opens with one message; 3,902 wait and follow at 40 a minute\./);
  assert.deepEqual(day.node.limits.probed, ["gmail.com"]);
  assert.notEqual(orders(scene)[0]?.undoneAt, undefined);
});

scenario("a cap says its command before it is given, and what an undo brings after", {}, async (scene) => {
  const { page, open } = scene;
  await open(GOOGLE);
  await unfold(page);
  await page.getByLabel("At most").fill("25");
  await shows(page, /override add google --limit perMinute --max 25 --cause/);
  await press(page, "Cap Google");
  await shows(page, /^google: at most 25 messages a minute\./);
  const card = page.locator(".tree .card").filter({ hasText: "at most 25 messages a minute" });
  await shows(card, /by ann since/);
  await shows(card, /^Undo: /);
  await open("#/destinations/orders");
  await shows(page, "2 orders about limits are in force.");
  await page.locator("#page .card").filter({ hasText: "at most 25" }).getByRole("button", { name: /^Undo/ }).click();
  await shows(page, "1 order about limits is in force.");
  await press(page, "Those that ended in the last 30 days too");
  await shows(page, /at most 25 messages a minute on google, because ordered by hand/);
  const learned = page.locator("#page .card").filter({ hasText: "at most 2 connections" });
  await shows(learned, /451 too many connections/);
  await shows(learned, /^Undo: what holds without it holds again; this cause cannot bring it back for 1 h\.$/);
  await learned.getByRole("button", { name: /^Undo/ }).click();
  await shows(page, /undone .* by ann; this cause cannot bring it back before/);
});

scenario("another way out says beforehand how many would move", {}, async (scene) => {
  const { page, open } = scene;
  await open(GOOGLE);
  await unfold(page);
  await page.getByLabel("Leave by").selectOption("out2");
  await shows(page, /^3,902 would move\. Mind: receivers judge an address they do not know/);
  await press(page, "Reroute Google");
  await shows(page, /^google: sent by out2\./);
  assert.deepEqual(orders(scene)[0]?.change, { is: "reroute", to: "out2" });
});

scenario("one site of a provider has its own page, and orders there are about it alone", {}, async (scene) => {
  const { page, open } = scene;
  await open(GOOGLE);
  await page.getByRole("link", { name: "gmail.com", exact: true }).first().click();
  await settled(page);
  await shows(page, /^gmail\.com at Google: closed, 12 wait\./);
  await press(page, "Pause gmail.com");
  await press(page, /\(30m\)$/);
  await shows(page, /^gmail\.com is paused\./);
  assert.deepEqual(orders(scene)[0]?.scope, { domain: "gmail.com" });
});

scenario("lanes are listed with who set what holds, and undone there", {}, async ({ page, open }) => {
  await open("#/destinations/lanes");
  await shows(page, "1 lane is slowed or closed.");
  const line = page.locator("tbody tr").filter({ hasText: "3,899" });
  await shows(line, "its answers");
  await line.getByRole("button", { name: /^Undo/ }).click();
  await shows(page, /^Taken back/);
  await open("#/destinations");
  await shows(page.locator("tbody tr").filter({ hasText: "Google" }), /set by its answers/);
});

scenario("who may not steer sees what holds and is offered no orders", { as: "abuse" }, async ({ page, open }) => {
  await open(GOOGLE);
  await shows(page, /421 4\.7\.28 unusual rate/);
  for (const hash of [GOOGLE, "#/destinations/lanes", "#/destinations/orders"]) {
    await open(hash);
    assert.equal(await page.getByRole("button", { name: /Pause|Resume|Cap|Reroute|Undo/ }).count(), 0, hash);
  }
});

scenario("on a phone a provider is paused in three taps, and the undo stays", { width: 400, height: 800 }, async ({ page, open }) => {
  await open(GOOGLE);
  await press(page, "Pause Google");
  await press(page, /\(1h\)$/);
  await shows(page, /^Google is paused/);
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await shows(page, /^Taken back/);
});
