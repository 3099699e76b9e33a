/** Who may do what, and what is set: secrets are shown once, each save is a revision, and the audit has both. */
import assert from "node:assert/strict";
import { PASSWORD } from "./panel-house.ts";
import { press, scenario, settled, shows } from "./scene.ts";

scenario("somebody is let in: the password is shown once, and a reload does not have it", { rows: 3 }, async ({ page, open }) => {
  await open("#/settings/users");
  await page.getByLabel("Name").fill("abe");
  await page.getByLabel("Role").selectOption("abuse");
  await press(page, "Add user");
  const once = page.getByRole("region", { name: "Password of abe" });
  const secret = (await once.locator("[data-secret]").textContent())?.trim() ?? "";
  assert.ok(secret.length >= 12, "a password that cannot be guessed");
  await page.reload();
  await settled(page);
  await page.getByRole("cell", { name: "abe", exact: true }).waitFor();
  assert.equal(await page.getByText(secret).count(), 0);
});

scenario(
  "a key's token is shown once and works; deleting it asks for the password again",
  { rows: 3, allow: /status of 428/ },
  async ({ page, open, house }) => {
    await open("#/settings/keys");
    await page.getByLabel("What it is for").fill("billing");
    await press(page, "Make key");
    const token = (await page.locator("[data-secret]").textContent())?.trim() ?? "";
    const asked = (): Promise<Response> => fetch(`${house.base}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await asked()).status, 200);
    await press(page, "I have it");
    house.house.pass(11 * 60_000);
    await press(page, "Delete billing");
    await press(page.getByRole("dialog", { name: "Delete billing?" }), "Delete key billing");
    const again = page.getByRole("dialog", { name: "Is it you?" });
    await again.getByLabel("Password").fill(PASSWORD);
    await press(again, "It is me");
    await shows(page, "billing is useless now.");
    assert.equal((await asked()).status, 401);
  },
);

scenario(
  "settings are seen before they are saved, differ by revision, and roll back; the audit has both",
  { rows: 3 },
  async ({ page, open }) => {
    await open("#/settings/revisions");
    const file = page.getByLabel("Settings as a file");
    await file.fill("retention:\n  days: 60\n");
    await press(page, "See the effect");
    const effect = page.getByRole("region", { name: "Effect" });
    await shows(effect, "Saving would change:");
    await effect.getByRole("cell", { name: /days: 60/ }).waitFor();
    await effect.getByLabel("Note, for the record").fill("asked by the auditor");
    await press(effect, /^Save 1 change/);
    await shows(page, /^Revision 2 is in force/);
    await press(page, "Roll back to 1");
    await press(effect, "Roll back to 1");
    await shows(page, /^Revision 3 is in force/);
    await page.locator("summary").filter({ hasText: /^2 / }).click();
    await page
      .getByRole("cell", { name: /days: 60/ })
      .first()
      .waitFor();
    await open("#/settings/audit");
    await shows(page, "The record is whole");
    for (const what of ["applySettings", "rollbackSettings"])
      await page
        .getByRole("cell", { name: new RegExp(what) })
        .first()
        .waitFor();
  },
);

scenario("a webhook is added, tried, paused and deleted", { rows: 3 }, async ({ page, open }) => {
  await open("#/settings/webhooks");
  await shows(page, /^Nobody is told of events yet/);
  await page.getByLabel("Name").fill("crm");
  await page.getByLabel("Address").fill("https://crm.example/fairlead");
  await press(page, "Add webhook");
  await page.getByRole("region", { name: "Signing secret of crm" }).waitFor();
  await press(page, "I have it");
  await press(page, "Test crm");
  await shows(page, "crm answered 204 in 12 ms.");
  await press(page, "Change crm");
  await press(page, "Pause");
  await shows(page, "paused by a person");
  await press(page, "Change crm");
  await press(page, "Delete");
  await press(page.getByRole("dialog"), "Delete webhook crm");
  await shows(page, /^Nobody is told of events yet/);
});

scenario("forgetting an address asks first and says how much was forgotten", { rows: 3 }, async ({ page, open }) => {
  await open("#/settings/retention");
  await page.getByLabel(/address/i).fill("j.doe@gmail.com");
  await press(page, /^Forget/);
  await press(page.getByRole("dialog"), /^Forget/);
  await shows(page, "2 deliveries no longer name it.");
});

scenario("the password changes, and a wrong old one is said", { rows: 3, allow: /status of 401/ }, async ({ page, open }) => {
  await open("#/settings/profile");
  await page.getByLabel("Now").fill("not the old one");
  await page.getByLabel("New").fill("four random words here");
  await press(page, "Change the password");
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Now").fill(PASSWORD);
  await press(page, "Change the password");
  await shows(page, /^Your password is changed/);
});

scenario(
  "an operator is offered no users and no keys, and told why at their address",
  { as: "operator", rows: 3 },
  async ({ page, open }) => {
    await open("#/settings");
    assert.equal(await page.getByRole("link", { name: /^(Users|Keys)$/ }).count(), 0);
    await open("#/settings/users");
    await shows(page, "Not for your role");
    await shows(page, "You are operator. An owner can change that.");
  },
);
