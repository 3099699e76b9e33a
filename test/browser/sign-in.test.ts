/** The way in and out: the first link, the password, a session that ends while the page stands open. */
import assert from "node:assert/strict";
import type { WallMs } from "../../src/base/clock.ts";
import { codeOfStep, stepAt } from "../../src/control/logins/totp.ts";
import { MEMORY_NOW, PASSWORD } from "./panel-house.ts";
import { press, type Scene, scenario, settled, shows } from "./scene.ts";

/** A browser itself writes an answer of 401 to its console. */
const UNKNOWN = /status of 401/;
const STEP_MS = 30_000;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

async function signIn({ page }: Scene, name: string, password: string): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await press(page, "Sign in");
}

scenario(
  "the first link sets a password, leads to the checklist, and is used up by that alone",
  { as: null, allow: UNKNOWN },
  async (scene) => {
    const { page, house } = scene;
    const { code } = (await house.house.desk.logins?.makeFirstCode()) ?? assert.fail();
    await page.goto(`/#/first/${code}`);
    await shows(page, "Welcome. Choose your login.");
    await page.reload();
    await shows(page, "Welcome. Choose your login."); // opening it twice uses nothing up
    await page.getByLabel("Name").fill("olga");
    await page.getByLabel("Password").fill("short");
    await press(page, /Set the password/);
    assert.equal(await page.locator("input:invalid").count(), 1);
    await page.getByLabel("Password").fill(PASSWORD);
    await press(page, /Set the password/);
    await shows(page, "Setting up");
    await page.getByRole("link", { name: /^Now/ }).first().click();
    await shows(page, "Mail is flowing. 2 things need you.");
    await page.goto(`/?again#/first/${code}`);
    await shows(page, "This link is used up");
    await shows(page, "./fairlead login-link");
  },
);

scenario("a wrong password is said, and the right one leads to the page of the address", { as: null, allow: UNKNOWN }, async (scene) => {
  const { page, house, id, day } = scene;
  await house.house.session("owner", undefined, "ann");
  await page.goto(`/#/messages/${id(day.late)}`);
  await signIn(scene, "ann", "not the password");
  await page
    .getByRole("alert")
    .filter({ hasText: /wrong|password/i })
    .waitFor();
  await signIn(scene, "ann", PASSWORD);
  await shows(page, /^Queued for j\.doe@gmail\.com/);
});

scenario("a session that ends leads to the sign-in and back to the same page", { allow: UNKNOWN }, async (scene) => {
  const { page, house } = scene;
  await scene.open("#/messages?q=state:held");
  for (const session of (await house.house.desk.logins?.sessions("ann")) ?? [])
    await house.house.desk.logins?.endSession("ann", session.id);
  await page
    .getByRole("link", { name: /^Holds/ })
    .first()
    .click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await signIn(scene, "ann", PASSWORD);
  await shows(page, "33 held in 2 groups.");
});

scenario("signing out ends the session on the node", { allow: UNKNOWN }, async (scene) => {
  const { page } = scene;
  await scene.open("#/now");
  await press(page, /^ann/);
  await press(page, "Sign out");
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
});

scenario("with a second factor the code is asked for after the password", { as: null, allow: UNKNOWN }, async (scene) => {
  const { page, house } = scene;
  await house.house.session("owner", undefined, "ann");
  await scene.open("#/settings/profile");
  await signIn(scene, "ann", PASSWORD);
  await press(page, "Set up an authenticator");
  await page.getByRole("img", { name: "The secret as a QR code" }).waitFor();
  const secret = (await page.locator("[data-secret]").textContent())?.trim() ?? "";
  assert.match(secret, /^[A-Z2-7 ]{16,}$/);
  const codeShown = page.getByLabel("Code that it shows");
  await codeShown.fill("000000");
  await press(page, "Turn it on");
  await page.getByRole("alert").waitFor();
  await codeShown.fill(codeOf(secret, 0));
  await press(page, "Turn it on");
  await shows(page, /^The second factor is on/);
  await press(page, /^ann/);
  await press(page, "Sign out");
  await signIn(scene, "ann", PASSWORD);
  const code = page.getByLabel("Code from your authenticator");
  await code.waitFor();
  house.house.pass(STEP_MS); // a code counts once
  await code.fill(codeOf(secret, STEP_MS));
  await press(page, "Sign in");
  await shows(page, "Your profile");
});

scenario("what one person saw and did is not shown to whoever signs in next", { rows: 3, allow: UNKNOWN }, async (scene) => {
  const { page, open, house, id, day } = scene;
  await house.house.session("tenant-read", "mueller-hosting", "mia");
  await open(`#/messages/${id(day.late)}`);
  await press(page, "Hold");
  await shows(page, /^Held 1:/);
  await open("#/messages");
  const row = page.locator(`tr[data-name="${id(day.late)}.0"]`);
  await row.waitFor();
  await press(page, /^ann/);
  await press(page, "Sign out");
  await signIn(scene, "mia", PASSWORD);
  await page.locator(".toasts").waitFor({ state: "attached" });
  await settled(page);
  assert.equal(await page.locator(".toast").count(), 0);
  await page.locator("table.mail, .empty").first().waitFor();
  assert.equal(await row.count(), 0);
});

/** As an authenticator shows it, so long after the house's clock began. */
function codeOf(secret: string, afterMs: number): string {
  const bits = [...secret.replaceAll(" ", "")].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const bytes = Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
  return codeOfStep(bytes, stepAt((MEMORY_NOW + afterMs) as WallMs));
}
