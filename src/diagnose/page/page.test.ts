/** The pages behind links: what they say, that strangers' text stays text, and that they stay small. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { idOf, type NodeNumber } from "../../model/ids.ts";
import { CODES } from "../codes/codes.ts";
import { at, attempt, HOUR, KEY, MINUTE, NO_MAILBOX, reply, type Specimen, specimen } from "../story/specimens.ts";
import { tellStory } from "../story/story.ts";
import { codePage, gonePage, PAGE_BYTES, PAGE_CSS, storyPage } from "./page.ts";

const LOOK = { stylesheet: "/assets/page.css", zone: "Europe/Berlin", now: at(HOUR) };

function pageOf(made: Specimen, more: Partial<Parameters<typeof storyPage>[1]> = {}): string {
  const asked = { id: idOf(KEY, 1 as NodeNumber), now: at(HOUR), zone: LOOK.zone, closed: new Map(), eyes: "tenant" as const };
  return storyPage(tellStory(specimen(made), asked), { ...LOOK, ...more });
}

const bounced = (text: string): NonNullable<Specimen["events"]> => [
  [
    900,
    {
      ...{ kind: "bounced", attempt: attempt({ dns: 100, rcpt: 800 }), reply: reply(550, "5.1.1", text), diagnosis: NO_MAILBOX },
      ...{ why: "refused", dsn: "sent", by: { kind: "dispatch", id: "retry" } },
    },
  ],
];

const cases: Readonly<Record<string, string>> = {
  bounced: pageOf({ events: bounced("no such user"), envelope: { messageId: "<1@hotel-lux.example>" } }, { until: at(720 * HOUR) }),
  held: pageOf(
    { open: { state: "held", why: "inner" } },
    { actions: [{ label: "Release it", to: "/s/KEY/release", says: "It goes out in 10 s.", fields: { token: "t1" } }] },
  ),
  code: codePage(CODES.find(({ code }) => code === "FL-5203") ?? assert.fail(), LOOK),
  gone: gonePage(LOOK),
};
for (const [name, page] of Object.entries(cases))
  test(`the page ${name}`, () => {
    const file = new URL(`golden/${name}.html`, import.meta.url);
    if (process.env["FAIRLEAD_REWRITE"]) writeFileSync(file, page);
    assert.equal(page, readFileSync(file, "utf8"), `golden/${name}.html`);
  });

/** Tags as they would be read, each with its attributes. */
function tagsOf(page: string): readonly string[] {
  return page.match(/<[^>]*>/g) ?? [];
}

test("without actions there is nothing to press, and never a script, inline style or foreign load", () => {
  for (const [name, page] of Object.entries(cases)) {
    assert(page.startsWith('<!doctype html>\n<html lang="en">'), name);
    assert.doesNotMatch(page, /<script|<style|\sstyle=|\son\w+=|<img|<iframe|javascript:/i, name);
    assert.equal(page.match(/<h1>/g)?.length, 1, name);
    assert.equal(page.match(/<table>/g)?.length ?? 0, page.match(/<caption>/g)?.length ?? 0, name);
    assert.equal(page.includes("<form"), name === "held", name);
  }
  for (const tag of tagsOf(cases["held"] ?? "").filter((tag) => tag.startsWith("<form"))) assert.match(tag, /method="post"/);
});

test("strangers' text cannot become markup, wherever it stands", () => {
  const evil = `"><script>alert(1)</script><img src=x onerror='x'>\u202egnp.exe&amp;`;
  const page = pageOf({ to: [evil], events: bounced(evil), envelope: { mailFrom: evil, messageId: evil } });
  assert.doesNotMatch(page, /<script|<img|\u202e/);
  assert(page.includes("&lt;script&gt;") && page.includes("&amp;amp;"));
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
      const plain = tagsOf(pageOf({ to: ["a@b.example"], events: bounced("x"), envelope: { mailFrom: "x" } }));
      const wild = tagsOf(pageOf({ to: ["a@b.example"], events: bounced(`x${text}`), envelope: { mailFrom: `x${text}` } }));
      assert.deepEqual(wild, plain);
    }),
  );
});

test("no page passes 15 KB: long replies are cut, many tries and recipients counted", () => {
  const long = "ä<&>".repeat(500);
  const tries = Array.from({ length: 60 }, (_, i): NonNullable<Specimen["events"]>[number] => [
    i * MINUTE,
    {
      kind: "deferred",
      attempt: attempt({ rcpt: 10 }),
      reply: reply(450, "4.2.0", long),
      dueAt: at(i * MINUTE),
      attempts: i,
      counted: true,
    },
  ]);
  const busy = pageOf({ events: tries, open: {} });
  assert(Buffer.byteLength(busy) <= PAGE_BYTES, String(Buffer.byteLength(busy)));
  assert.match(busy, /do not fit on this page|36 more/);
  const many = pageOf({ to: Array.from({ length: 1000 }, (_, i) => `r${i}@example.org`) });
  assert(Buffer.byteLength(many) <= PAGE_BYTES, String(Buffer.byteLength(many)));
  assert.match(many, /Your message to 1,000 recipients/);
  assert.match(many, /And \d+ more recipients/);
  assert(Buffer.byteLength(PAGE_CSS) <= 4096);
});

test("the end of a link looks the same whatever its reason", () => {
  const nobody = storyPage(
    { ...tellStory(specimen({ to: [] }), { id: idOf(KEY, 1 as NodeNumber), now: at(0), zone: "UTC", closed: new Map() }) },
    LOOK,
  );
  assert.equal(nobody, gonePage(LOOK));
});

test("what must be known before everything else stands above it, on every page", () => {
  const look = { ...LOOK, notice: "SIMULATED <internet>" };
  for (const page of [pageOf({}, look), codePage(CODES[0] ?? assert.fail(), look), gonePage(look)])
    assert.match(page, /<body><p class="notice">SIMULATED &lt;internet&gt;<\/p><main>/);
});
