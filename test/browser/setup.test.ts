/** From nothing to mail that flows: sources with their values to paste, and addresses that are no longer written to. */
import assert from "node:assert/strict";
import { press, type Scene, scenario, settled, shows } from "./scene.ts";

scenario("a new source comes with its password, once, and the lines for Postfix and Exim", { rows: 3 }, async ({ page, open, day }) => {
  await open("#/setup/sources");
  await page.getByLabel(/^Name/).fill("web1");
  await shows(page, "./fairlead source add web1 --login web1");
  await press(page, "Add web1");
  const values = page.getByRole("region", { name: "Values for web1" });
  const password = (await values.locator("[data-secret]").textContent())?.trim() ?? assert.fail();
  await values.getByText("Postfix, main.cf").click();
  const postfix = (await values.locator("pre").first().textContent()) ?? "";
  assert.match(postfix, /^relayhost = \[127\.0\.0\.1\]:2525$/m);
  assert.match(postfix, new RegExp(`^smtp_sasl_password_maps = static:web1:${password}$`, "m"));
  await values.getByText("Exim", { exact: true }).click();
  const exim = (await values.locator("pre").nth(1).textContent()) ?? "";
  assert.match(exim, /route_list = \* 127\.0\.0\.1::2525/);
  assert.match(exim, new RegExp(`client_send = \\^web1\\^${password}`));
  await press(page, "I have the password");
  await page.getByRole("link", { name: "web1", exact: true }).waitFor();
  assert.equal(await page.getByText(password).count(), 0);
  assert.ok(day.node.known.some(({ name }) => name === "web1"));
});

scenario("a source set in the configuration file is not offered for removal; another is, with its effect", { rows: 3 }, async (scene) => {
  const { page, open } = scene;
  await open("#/setup/sources");
  await page.getByRole("row", { name: /srv12/ }).getByText("set by flag or file").waitFor();
  await press(page, "Remove app");
  const dialog = page.getByRole("dialog", { name: "Remove app?" });
  await shows(dialog, /gets 535 from now on/);
  await press(dialog, "Remove app");
  await shows(page, "app may no longer send.");
  await page.getByRole("link", { name: "app", exact: true }).waitFor({ state: "hidden" });
});

scenario("the checklist ticks by what the node has seen", { rows: 3 }, async ({ page, open }) => {
  await open("#/setup");
  for (const step of ["It takes mail", "Somebody may send", "A source was seen", "A message went out"]) await shows(page, step);
});

scenario("the checklist stays ticked over a restart, after which no source was seen yet", { rows: 3 }, async ({ page, open, day }) => {
  for (const [i, { seenAt: _, ...source }] of day.node.known.entries()) day.node.known[i] = source;
  await open("#/setup");
  await shows(page, "A source was seen");
  await shows(page, /\d+ accepted so far; none since the node was started/);
});

async function suppress({ page }: Scene, address: string): Promise<void> {
  await page.getByLabel("Write no more to").fill(address);
  await press(page, "Add");
  await shows(page, `${address} is no longer written to.`);
}

scenario("an address is suppressed and written to again, each with its undo", { rows: 3 }, async (scene) => {
  const { page, open } = scene;
  await open("#/destinations/suppressed");
  await shows(page, "No address is suppressed.");
  await suppress(scene, "ann@example.org");
  await shows(page, "1 address is no longer written to.");
  await press(page, "Remove ann@example.org");
  await shows(page, "ann@example.org is written to again.");
  await shows(page, "No address is suppressed.");
  await page.getByRole("region", { name: "What was just done" }).getByRole("button", { name: "Undo" }).last().click();
  await shows(page, "1 address is no longer written to.");
});

scenario(
  "a file of addresses is imported, what is wrong in it is named by line, and the list is searched",
  { rows: 3 },
  async ({ page, open }) => {
    await open("#/destinations/suppressed");
    const csv = "address,why\nann@example.org,complaint\nnot an address,badrcpt\nbob@example.net,unsubscribe\n";
    await page.getByLabel("Import CSV").setInputFiles({ name: "old.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
    await press(page.getByRole("dialog"), "Import 4 lines");
    await shows(page, /^2 added, 1 skipped, the first in line 3/);
    await page.getByLabel("Part of the address").fill("example.net");
    await press(page, "Find");
    await settled(page);
    await page
      .getByRole("cell", { name: /bob@example\.net/ })
      .first()
      .waitFor();
    await page
      .getByRole("cell", { name: /ann@example\.org/ })
      .first()
      .waitFor({ state: "hidden" });
  },
);
