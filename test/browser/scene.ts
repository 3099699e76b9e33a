/**
 * A scenario in the browser: a house with one invented Tuesday behind the real HTTP door, somebody signed in, and a page.
 * With FAIRLEAD_SHOTS=FOLDER a scenario that fails leaves a picture there. It fails too when the page said anything on its console, broke its content policy, or asked another host.
 */
import { after, test } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { textOf } from "../../src/base/fault.ts";
import { idOf, type MessageKey } from "../../src/model/ids.ts";
import type { Role } from "../../src/model/view.ts";
import { needs } from "../debian.ts";
import { openBrowser, openTab, type PageOptions } from "./browser.ts";
import { type Around, MEMORY_NOW, openPanelHouse, type PanelHouse } from "./panel-house.ts";
import { type Tuesday, tuesday } from "./tuesday.ts";

export const skip = needs("chromium");

export interface SceneOptions extends PageOptions, Around {
  /** Who is signed in; nobody if null, an owner if not given. */
  readonly as?: Exclude<Role, "link"> | null;
  readonly tenant?: string;
  /** Ordinary delivered mail besides the told ones. */
  readonly rows?: number;
}

export interface Scene extends AsyncDisposable {
  readonly page: Page;
  readonly house: PanelHouse;
  readonly day: Tuesday;
  id(key: MessageKey): string;
  /** Goes to a page of the panel, as `#/now`, and waits until it shows. */
  open(hash: string): Promise<void>;
  /** @throws with what the page said that it should not have. */
  clean(): void;
  unanswered(): readonly string[];
}

let browser: Promise<Browser> | undefined;
after(async () => (await browser)?.close());

/** Named as a sentence; skipped aloud where there is no browser. */
export function scenario(name: string, options: SceneOptions, play: (scene: Scene) => Promise<void>): void {
  test(name, { skip }, async () => {
    await using scene = await openScene(options);
    try {
      await play(scene);
    } catch (thrown) {
      const folder = process.env["FAIRLEAD_SHOTS"];
      if (folder !== undefined) await scene.page.screenshot({ path: `${folder}/${name.replace(/\W+/g, "-")}.png` });
      throw new Error(`${textOf(thrown)}\nunanswered: ${scene.unanswered().join(" ")}`, { cause: thrown });
    } finally {
      scene.clean(); // what the console said explains a failure, too
    }
  });
}

export async function openScene(options: SceneOptions): Promise<Scene> {
  const { as = "owner", tenant, rows } = options;
  const day = tuesday(rows);
  browser ??= openBrowser();
  await using stack = new AsyncDisposableStack();
  const house = stack.use(await openPanelHouse(day.node, options));
  const tab = stack.use(await openTab(await browser, house.base, { at: MEMORY_NOW, ...options }));
  if (as !== null) await signIn(house, tab.page, as, tenant);
  const kept = stack.move();
  return {
    ...{ page: tab.page, house, day },
    id: (key) => idOf(key, day.node.number),
    open: (hash) => openPage(tab.page, hash),
    ...{ clean: tab.clean, unanswered: tab.unanswered },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function signIn({ house, base }: PanelHouse, page: Page, role: Exclude<Role, "link">, tenant: string | undefined): Promise<void> {
  const { headers } = await house.session(role, tenant, tenant === undefined ? "ann" : `ann-of-${tenant}`);
  const [name = "", value = ""] = (headers["cookie"] ?? "").split("=", 2);
  await page.context().addCookies([{ name, value, url: base, httpOnly: true, sameSite: "Strict" }]);
}

async function openPage(page: Page, hash: string): Promise<void> {
  await page.goto(`/${hash}`);
  await settled(page);
}

/** The page has a heading and nothing in it loads any more. */
export async function settled(page: Page): Promise<void> {
  await page.locator("#page h1, .lone:not(.late) h1").first().waitFor();
  await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
}

/** Waits until this text shows. */
export async function shows(where: Page | Locator, text: string | RegExp): Promise<void> {
  await where.getByText(text).filter({ visible: true }).first().waitFor();
}

/** Presses a button or follows a link by its name. */
export async function press(where: Page | Locator, name: string | RegExp): Promise<void> {
  await where
    .getByRole("button", { name, exact: typeof name === "string" })
    .filter({ visible: true })
    .first()
    .click();
}
