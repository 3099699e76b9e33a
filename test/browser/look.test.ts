/** Every page, light and dark, at a desk and on a phone: nothing for axe to find, nothing wider than its window. */
import assert from "node:assert/strict";
import { EVERYTHING } from "../../src/model/view.ts";
import { accessible, noSidewaysScroll } from "./browser.ts";
import { type Scene, scenario, settled } from "./scene.ts";

/** The account that looks taken over. */
async function groupOf({ day }: Scene): Promise<string> {
  const group = (await day.node.holds(EVERYTHING)).find(({ sender }) => sender === "shop3@srv7");
  return `#/holds/${encodeURIComponent(group?.key ?? assert.fail("nothing of it is held"))}`;
}

async function pages(scene: Scene): Promise<readonly string[]> {
  const { id, day } = scene;
  return [
    ...["#/now", "#/messages", "#/messages?q=to:nobody@nowhere.example", `#/messages/${id(day.late)}`, `#/messages/${id(day.many)}`],
    ...["#/holds", await groupOf(scene), "#/destinations", "#/destinations/google"],
    ...["google/gmail.com", "lanes", "orders", "tls", "suppressed"].map((under) => `#/destinations/${under}`),
    ...["profile", "users", "keys", "webhooks", "revisions", "retention", "actions", "audit"].map((tab) => `#/settings/${tab}`),
    ...["", "/out2", "/pools", "/upstreams", "/test?to=j.doe@gmail.com"].map((under) => `#/addresses${under}`),
    ...["#/setup", "#/setup/sources", "#/find", "#/nonsense"],
  ];
}

/** Colours do not depend on width, nor widths on colours: two views see all of both, the others what has most in it. */
const VIEWS = [
  { name: "light, at a desk", width: 1280, dark: false, all: true },
  { name: "dark, at a desk", width: 1280, dark: true, all: false },
  { name: "light, on a phone", width: 400, height: 800, dark: false, all: false },
  { name: "dark, on a phone", width: 400, height: 800, dark: true, all: true },
];
const FULLEST = /^#\/(now|messages\/[^?]+|destinations\/google|holds\/.+|addresses)$/;

for (const { name, all, ...view } of VIEWS)
  scenario(`${all ? "every page" : "what has most in it"} is accessible and fits: ${name}`, { ...view, rows: 12 }, async (scene) => {
    for (const hash of (await pages(scene)).filter((one) => all || FULLEST.test(one))) {
      await scene.open(hash);
      for (const fold of await scene.page.locator("details:not([open]) > summary").all()) await fold.click().catch(() => undefined);
      await settled(scene.page);
      await accessible(scene.page, `${hash}, ${name}`);
      await noSidewaysScroll(scene.page, `${hash}, ${name}`);
    }
  });

scenario("at 320 px, which is 400 % zoom, nothing scrolls sideways", { width: 320, height: 640, rows: 12 }, async (scene) => {
  for (const hash of await pages(scene)) {
    await scene.open(hash);
    await noSidewaysScroll(scene.page, hash);
  }
});

scenario("the ways in are accessible too", { as: null, rows: 1, allow: /status of 401/ }, async ({ page, house }) => {
  for (const hash of ["#/now", "#/first/nonsense", `#/first/${(await house.house.desk.logins?.makeFirstCode())?.code}`]) {
    await page.goto(`/?${encodeURIComponent(hash)}${hash}`);
    await page.locator("h1").first().waitFor();
    await settled(page);
    await accessible(page, hash);
  }
});

for (const dark of [false, true])
  scenario(
    `in a simulated internet every page says so, ${dark ? "dark" : "light"}`,
    { dark, lab: true, width: 400, rows: 3 },
    async ({ page, open }) => {
      for (const hash of ["#/now", "#/lab", "#/settings/profile"]) {
        await open(hash);
        await page
          .getByRole("region", { name: "Simulated internet" })
          .getByText(/SIMULATED internet/)
          .waitFor();
        assert.match(await page.title(), /^SIMULATED: /);
        await accessible(page, `${hash} in the lab`);
        await noSidewaysScroll(page, `${hash} in the lab`);
      }
    },
  );

scenario("what hangs over a page is accessible: menu, palette, keys, question, toast", { rows: 12 }, async (scene) => {
  const { page, open } = scene;
  await open("#/now");
  await page.getByRole("button", { name: /^ann/ }).click();
  await accessible(page, "the menu");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").waitFor();
  await accessible(page, "the palette");
  await page.keyboard.press("Escape");
  await page.getByRole("combobox").waitFor({ state: "detached" });
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await accessible(page, "the keys");
  await page.keyboard.press("Escape");
  await open(await groupOf(scene));
  await page.getByRole("button", { name: /^Release all/ }).click();
  await page.getByRole("dialog").waitFor();
  await accessible(page, "the question");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Release 25/ }).click();
  await page.locator(".toast").waitFor();
  await accessible(page, "the toast");
});
