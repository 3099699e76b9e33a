/**
 * A newcomer's first minutes on the real program: the link that its start printed, a password, mail that is relayed,
 * waits, bounces and is refused; and the story of each in the panel, to the millisecond what the API tells.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { freePort } from "../outside/free-port.ts";
import { type Program, startProgram, until } from "../outside/program.ts";
import { type Sink, startSink } from "../outside/sink.ts";
import { letter, Talk } from "../outside/talk.ts";
import { accessible, noSidewaysScroll, openBrowser, openTab, type Tab } from "./browser.ts";
import { press, settled, shows, skip } from "./scene.ts";

interface Told {
  readonly recipients: readonly {
    readonly line: string;
    readonly cause: string | null;
    readonly now: { readonly k: string };
    readonly totalMs: number;
    readonly parts: readonly { readonly ms: number }[];
    readonly steps: readonly { readonly text: string }[];
  }[];
}

/** The browser's, as `openTab` sets it. */
const ZONE = "Europe/Berlin";

let sink: Sink;
let program: Program;
let base: string;
let browser: Browser;
let tab: Tab;

before(async () => {
  if (skip) return;
  sink = await startSink({
    onRcpt: (line) =>
      line.includes("nobody@")
        ? "550 5.1.1 <nobody@dest.example>: Recipient address rejected: User unknown"
        : line.includes("full@")
          ? "452 4.2.2 <full@dest.example>: mailbox is over its quota"
          : undefined,
  });
  const port = await freePort();
  base = `http://127.0.0.1:${port}`;
  program = await startProgram({ upstreamPort: sink.port, args: ["--http", `127.0.0.1:${port}`] });
  browser = await openBrowser();
  tab = await openTab(browser, base, { allow: /status of 401/ });
});

after(async () => {
  await tab?.[Symbol.asyncDispose]();
  await browser?.close();
  await program?.[Symbol.asyncDispose]();
  await sink?.[Symbol.asyncDispose]();
});

async function send(to: string, marker: string): Promise<string> {
  using talk = await Talk.greeted(program.port);
  return await talk.mail("anna@client.example", [to], letter(marker));
}

async function came(id: string, is: (story: Told) => boolean): Promise<Told> {
  return await until(`the story of ${id}`, async () => {
    const story = (await program.api(`/api/v1/messages/${id}?zone=${ZONE}`)) as Told;
    return is(story) && story;
  });
}

function stands(state: string): (story: Told) => boolean {
  return ({ recipients }) => recipients.every(({ now }) => now.k === state);
}

async function assertShown(page: Page, id: string, { recipients: [told] }: Told): Promise<void> {
  assert.ok(told);
  await page.goto(`/#/messages/${id}`);
  await settled(page);
  const heading = page.locator("#page h1");
  if (told.now.k === "queued") {
    // It grows older while one looks.
    assert.ok(told.cause);
    await heading
      .filter({ hasText: /^Queued for full@dest\.example/ })
      .filter({ hasText: told.cause })
      .waitFor();
    return;
  }
  await heading.filter({ hasText: told.line }).waitFor();
  assert.equal((await page.locator("#page h1").innerText()).replace(/\s+/g, " ").trim(), told.line);
  if (told.now.k === "refused") return; // it took no time
  assert.equal(await page.locator("[data-total]").getAttribute("data-total"), String(told.totalMs));
  const parts = await page.locator("[data-ms]").evaluateAll((all) => all.map((one) => Number((one as HTMLElement).dataset["ms"])));
  assert.deepEqual(
    parts,
    told.parts.map(({ ms }) => ms),
  );
  for (const { text } of told.steps) await shows(page, text);
}

test("the link of the first start sets a password and leads in", { skip }, async () => {
  const { page } = tab;
  const link = /http:\/\/\S+\/#\/first\/\S+/.exec(program.said.join("\n"))?.[0];
  assert.ok(link, program.said.join("\n"));
  await page.goto(link);
  await page.getByLabel("Name").fill("ann");
  await page.getByLabel("Password").fill("a long way to Tipperary");
  await press(page, /Set the password/);
  await shows(page, "Setting up");
  await page.goto("/#/now");
  await shows(page, /^Mail is flowing/);
});

const SENT: readonly (readonly [what: string, to: string, is: (story: Told) => boolean])[] = [
  ["relayed", "bob@dest.example", stands("relayed")],
  ["bounced", "nobody@dest.example", stands("bounced")],
  ["waiting", "full@dest.example", ({ recipients }) => recipients[0]?.cause?.includes("452") === true],
];
for (const [what, to, is] of SENT)
  test(`the story of ${what} mail in the panel is the one that the API tells`, { skip }, async () => {
    const { page } = tab;
    const id = await send(to, what);
    await assertShown(page, id, await came(id, is));
    await accessible(page, `story of ${what} mail`);
  });

test("what is pasted from a server's log is found: an address, and a refusal by its reference", { skip }, async () => {
  const { page } = tab;
  await page.goto("/#/now");
  await settled(page);
  await page.getByRole("searchbox", { name: "Search" }).fill("nobody@dest.example");
  await page.keyboard.press("Enter");
  await shows(page, "nobody@dest.example");
  await page.locator("table.mail tbody tr").filter({ hasText: "nobody@dest.example" }).first().waitFor();
  assert.equal(program.cli("suppressions", "add", "left@dest.example", "--why", "operator").code, 0);
  using talk = await Talk.greeted(program.port);
  await talk.ask("MAIL FROM:<anna@client.example>", 250);
  const refused = await talk.ask("RCPT TO:<left@dest.example>", "5");
  const reference = /\b([0-9A-Z]{16})\b/.exec(refused.lines.join(" "))?.[1] ?? "";
  await assertShown(page, reference, await came(reference, stands("refused")));
});

test("every page of a real node opens, is accessible, and fits a phone", { skip }, async () => {
  await using phone = await openTab(browser, base, { width: 400, height: 800, allow: /status of 401/ });
  await phone.page.goto("/#/now");
  await phone.page.getByLabel("Name").fill("ann");
  await phone.page.getByLabel("Password").fill("a long way to Tipperary");
  await press(phone.page, "Sign in");
  await shows(phone.page, /^Mail is flowing/);
  const settings = ["profile", "users", "keys", "webhooks", "retention", "revisions", "audit"].map((name) => `settings/${name}`);
  for (const where of ["now", "messages", "holds", "destinations", "destinations/suppressed", "setup/sources", ...settings]) {
    await phone.page.goto(`/#/${where}`);
    await settled(phone.page);
    await accessible(phone.page, where);
    await noSidewaysScroll(phone.page, where);
    await tab.page.goto(`/#/${where}`);
    await settled(tab.page);
    await accessible(tab.page, `${where}, wide`);
  }
  phone.clean();
  tab.clean();
});
