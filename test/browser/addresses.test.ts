/** Addresses, pools and upstreams: added, changed, drained and removed, each with its undo; what is wrong is said in place. */
import assert from "node:assert/strict";
import { accessible } from "./browser.ts";
import { press, type Scene, scenario, shows } from "./scene.ts";

function names({ day }: Scene): readonly string[] {
  return day.node.ways.ways().map(({ name }) => name);
}

function stateOf({ day }: Scene, name: string): string | undefined {
  return day.node.ways.ways().find((one) => one.name === name)?.state;
}

scenario("addresses are listed with their name, pools and state; those of the file are changed there", {}, async ({ page, open }) => {
  await open("#/addresses");
  await shows(page, "Mail leaves by 2 addresses, 1 warming up.");
  const line = page.locator("tbody tr").filter({ hasText: "198.51.100.7" });
  await shows(line, "out2.example.net");
  await shows(line, "bulk ×1");
  await shows(line, "warming up");
  await shows(page.locator("tbody tr").filter({ hasText: "198.51.100.6" }), "set in the file");
  await page.getByRole("link", { name: "out2", exact: true }).click();
  await shows(page, /^out2: warming up; no mail waits for it\.$/);
});

scenario("an address is drained at once, given mail again, removed and brought back", {}, async (scene) => {
  const { page, open } = scene;
  await open("#/addresses");
  await press(page, "Change out2");
  await press(page, "Drain: no new mail");
  await shows(page, /^out2 gets no more new mail\./);
  assert.equal(stateOf(scene, "out2"), "draining");
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await shows(page, "It is as it was before.");
  assert.equal(stateOf(scene, "out2"), "warming");
});

scenario("an address is added with its state, and taken back", {}, async (scene) => {
  const { page, open } = scene;
  await open("#/addresses");
  await page.getByLabel("Name").fill("out3");
  await page.getByLabel("IPv4 address").fill("198.51.100.8");
  await page.getByLabel(/^HELO/).fill("out3.example.net");
  await shows(page, "./fairlead egress add out3 --ip4 198.51.100.8 --helo out3.example.net --state warming");
  await press(page, "Add out3");
  await shows(page, "Mail may leave by out3 now.");
  await shows(page, "Mail leaves by 3 addresses, 2 warming up.");
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await shows(page, "Mail leaves by 2 addresses, 1 warming up.");
  assert.deepEqual(names(scene).includes("out3"), false);
});

scenario("what is wrong with an address stands beside its field", { allow: /status of 4/ }, async (scene) => {
  const { page, open } = scene;
  await open("#/addresses");
  await page.getByLabel("Name").fill("Out 3");
  await page.getByLabel("IPv4 address").fill("198.51.100.8");
  await press(page, "Add Out 3");
  await shows(page.locator("label").filter({ hasText: "Name" }), /must be a name of small letters/);
  assert.equal(await page.getByLabel("Name").getAttribute("aria-invalid"), "true");
  await accessible(page, "an address that is not taken");
});

scenario("a pool is changed, and as it was again; one that a rule names stays", { allow: /status of 4/ }, async (scene) => {
  const { page, open, day } = scene;
  await open("#/addresses/pools");
  await shows(page, "There is 1 pool.");
  await shows(page, "class bulk -> bulk");
  const line = page.locator("tbody tr").filter({ hasText: "bulk" });
  await shows(line, /25 %/);
  await press(page, "Edit bulk");
  await page.getByLabel(/^Ways out/).fill("out2=1 ses=1");
  await press(page, "Save bulk");
  await shows(page, "The pool bulk is changed.");
  await shows(line, /50 %/);
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await shows(line, /25 %/);
  await press(page, "Remove bulk");
  await shows(page.locator(".toast"), /bulk/);
  assert.equal(day.node.ways.pools().length, 1);
});

scenario("an upstream shows what it has taken, is added, changed, removed and brought back", {}, async (scene) => {
  const { page, open } = scene;
  await open("#/addresses/upstreams");
  const line = page.locator("tbody tr").filter({ hasText: "smtp.ses.example:587" });
  await shows(line, "as fairlead");
  await shows(line, /of 50,000 in 24 h/);
  await page.getByLabel("Name").fill("backup");
  await page.getByLabel("Host").fill("mail.example.net");
  await page.getByLabel("At most a day").fill("1000");
  await press(page, "Add backup");
  await shows(page, "2 upstreams take mail.");
  await press(page, "Edit backup");
  await page.getByLabel("At most a day").fill("500");
  await press(page, "Save backup");
  await shows(page.locator("tbody tr").filter({ hasText: "mail.example.net" }), /of 500 in 24 h/);
  await press(page, "Remove backup");
  await shows(page, /^Mail leaves by backup no more/);
  await page.locator(".toast").filter({ hasText: "no more" }).getByRole("button", { name: "Undo" }).click();
  await shows(page, "2 upstreams take mail.");
  assert.ok(names(scene).includes("backup"));
  await press(page, "Remove ses");
  const dialog = page.getByRole("dialog", { name: "Remove ses?" });
  await shows(dialog, /^The password of fairlead is lost\./);
  await press(dialog, "Leave as it is");
  assert.ok(names(scene).includes("ses"));
});

scenario("which way a message would take is looked up, and sends nothing", {}, async ({ page, open }) => {
  await open("#/addresses/test");
  await page.getByLabel(/^To an address/).fill("j.doe@gmail.com");
  await press(page, "Look");
  await shows(page, /^Mail goes to gmail-smtp-in\.l\.google\.com, from default\.$/);
  await shows(page, /verified by MTA-STS/);
  await shows(page, /not tried: not named in the MTA-STS policy/);
  await open("#/addresses/test?to=x@nomail.example");
  await shows(page, /Nothing can be sent: it takes no mail at all/);
});

scenario("who may not steer sees the ways out and changes none", { as: "abuse" }, async ({ page, open }) => {
  for (const hash of ["#/addresses", "#/addresses/out2", "#/addresses/pools", "#/addresses/upstreams"]) {
    await open(hash);
    assert.equal(await page.getByRole("button", { name: /Add|Save|Change|Edit|Remove|Drain/ }).count(), 0, hash);
  }
});
