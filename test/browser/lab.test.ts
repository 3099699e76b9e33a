/** The simulated internet in the panel: every page says that it is one, and its buttons make trouble and mend it. */
import assert from "node:assert/strict";
import { press, type Scene, scenario, shows } from "./scene.ts";

function lab({ house }: Scene) {
  return house.house.desk.lab?.state() ?? assert.fail("no lab");
}

scenario("the banner tells the time there, stops it, and leads to what just happened", { lab: true, rows: 3 }, async (scene) => {
  const { page, open } = scene;
  await open("#/now");
  const banner = page.getByRole("region", { name: "Simulated internet" });
  await shows(banner, "SIMULATED internet. Nothing leaves this machine.");
  await shows(banner, /^\d\d:\d\d:\d\d, ×20$/);
  await press(banner, "Pause");
  await shows(banner, /, stands still$/);
  assert.equal(lab(scene).paused, true);
  await press(banner, "Go on");
  await shows(banner, /, ×20$/);
  await shows(banner, /Google takes 60 messages an hour from now on\./);
  await banner.getByRole("link", { name: "Show me" }).click();
  await shows(page, /^Google: 3,902 wait/);
  assert.match(await page.title(), /^SIMULATED: Google/);
});

scenario("each button makes its trouble, shows where to see it, and mends it", { lab: true, rows: 3 }, async (scene) => {
  const { page, open } = scene;
  await open("#/lab");
  await shows(page, "All is well in the simulated internet.");
  const buttons = [
    ["Make Google throttle", "throttle", "google"],
    ["Kill a host of Google", "kill", "google"],
    ["Break DNS of Google", "dns", "google"],
    ["Break TLS of bank.example", "tls", "bank.example"],
  ] as const;
  for (const [name, what, at] of buttons) {
    await press(page, name);
    await shows(page, "1 thing goes wrong in the simulated internet.");
    await shows(page, new RegExp(`: ${what}, by order\\.`));
    assert.deepEqual(
      lab(scene).troubles.map((trouble) => [trouble.what, trouble.at]),
      [[what, at]],
    );
    await press(page, /^Mend (Google|bank\.example)$/);
    await shows(page, "All is well in the simulated internet.");
  }
});

scenario("trouble is made where one wants it, mended by its notice, and all of it at once", { lab: true, rows: 3 }, async (scene) => {
  const { page, open } = scene;
  await open("#/lab");
  await page.getByLabel("Where").selectOption("bank.example");
  assert.equal(await page.getByRole("button", { name: /throttle/ }).count(), 0);
  await press(page, "Kill a host of bank.example");
  await shows(page, /^bank\.example: kill, by order\./);
  await page.locator(".toast").getByRole("button", { name: "Undo" }).first().click();
  await shows(page, "All is well in the simulated internet.");
  await press(page, "Break DNS of bank.example");
  await page.getByLabel("Where").selectOption("google");
  await press(page, "Make Google throttle");
  await shows(page, "2 things go wrong in the simulated internet.");
  await press(page, "Mend everything");
  await shows(page, "All is well in the simulated internet.");
});

scenario("its speed is set, and its seed and its model are told", { lab: true, rows: 3 }, async (scene) => {
  const { page, open } = scene;
  await open("#/lab");
  await press(page, "×5 speed");
  await shows(page.getByRole("region", { name: "Simulated internet" }), /, ×5$/);
  assert.equal(lab(scene).speed, 5);
  await shows(page.locator(".toast"), "./fairlead lab speed 5");
  await shows(page, /^Seed 7: .* our model of real ones\./);
  await shows(page, "4 things are still to come.");
});

scenario("who reads only sees what goes on there and makes no trouble", { lab: true, as: "abuse", rows: 3 }, async ({ page, open }) => {
  await open("#/lab");
  await shows(page, /40 servers hand over mail of 1,500 senders/);
  assert.equal(await page.getByRole("button", { name: /throttle|Kill|Break|Mend|Pause|Go on/ }).count(), 0);
});

scenario("a node in the real internet says how to start a simulated one", { rows: 3 }, async ({ page, open }) => {
  await open("#/lab");
  await shows(page, "./fairlead up --lab");
  assert.equal(await page.getByRole("region", { name: "Simulated internet" }).count(), 0);
});
