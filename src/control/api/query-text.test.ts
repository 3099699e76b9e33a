/** What a typed query means, and what it says of what it cannot mean. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { WallMs } from "../../base/clock.ts";
import { idOf, keyAt, type NodeNumber } from "../../model/ids.ts";
import { parseQuery } from "./query-text.ts";

/** Tue 3 March 2026, 10:52 in Berlin. */
const NOW = Date.parse("2026-03-03T09:52:00Z") as WallMs;
const DAY = 86_400_000;
const ID = idOf(keyAt(NOW), 1 as NodeNumber);
const utc = (text: string): number => Date.parse(text);

/** The query without the usual 24 hours. */
function meant(text: string, zone = "Europe/Berlin"): unknown {
  const read = parseQuery(text, NOW, zone);
  assert.ok(read.ok, read.ok ? "" : read.fault.text);
  const { ok: _, readable: __, query, ...rest } = read;
  const { since, ...others } = query;
  return { ...others, ...(since === NOW - DAY || since === undefined ? {} : { since }), ...rest };
}

const MEANS: readonly (readonly [text: string, query: unknown])[] = [
  ["", {}],
  ["to:@gmail.com", { to: ["@gmail.com"] }],
  ["TO:a@x.example,b@x.example", { to: ["a@x.example", "b@x.example"] }],
  ["from:<>", { from: [""] }],
  ["sender:shop3@srv7 source:srv7 tenant:hotel", { sender: ["shop3@srv7"], source: ["srv7"], tenant: ["hotel"] }],
  ['provider:"Microsoft 365",Google', { provider: ["Microsoft 365", "Google"] }],
  ["state:sent", { state: ["delivered", "relayed"] }],
  ["state:rejected", { state: ["refused", "bounced"] }],
  ["state:frozen", { state: ["held"] }],
  ["state:open", { state: ["queued", "held"] }],
  ["state:deferred", { state: ["queued"], sieve: { tried: true } }],
  ["state:deferred,queued", { state: ["queued"] }],
  ["-state:delivered", { not: { state: ["delivered"] } }],
  ["class:repip", { class: ["repIP"] }],
  ["code:550,5.1.1,fl-5203", { code: ["550", "5.1.1", "FL-5203"] }],
  ["192.0.2.7", { ip: ["192.0.2.7"] }],
  ["2001:db8::1", { ip: ["2001:db8::1"] }],
  ['why:greylisted reply:"unusual rate"', { reply: ["greylisted", "unusual rate"] }],
  ["-spamhaus", { not: { reply: ["spamhaus"] } }],
  ["a@x.example", { either: ["a@x.example"] }],
  ["<a@x.example>", { messageId: ["<a@x.example>"] }],
  ["-a@x.example", { not: { to: ["a@x.example"], from: ["a@x.example"] } }],
  ["since:3h", { since: NOW - 3 * 3_600_000 }],
  ["since:2026-03-01T10:00", { since: utc("2026-03-01T09:00:00Z") }],
  ["since:2026-03-01T10:00Z", { since: utc("2026-03-01T10:00:00Z") }],
  ["since:2026-03-01 until:2026-03-01", { since: utc("2026-02-28T23:00:00Z"), until: utc("2026-03-01T23:00:00Z") }],
  ["since:yesterday until:yesterday", { since: utc("2026-03-01T23:00:00Z"), until: utc("2026-03-02T23:00:00Z") }],
  ["until:2d", { since: NOW - 3 * DAY, until: NOW - 2 * DAY }],
  [`id:${ID}.2`, { since: NOW, until: NOW + 1, sieve: { messages: [keyAt(NOW)] } }],
  [ID.toLowerCase(), { since: NOW, until: NOW + 1, sieve: { messages: [keyAt(NOW)] } }],
  ["'; DROP TABLE delivery; --", { reply: ["';", "DROP", "TABLE", "delivery;", "--"] }],
];
for (const [text, query] of MEANS) test(`${JSON.stringify(text)} is understood`, () => assert.deepEqual(meant(text), query));

test("a day of a zone that changes its clocks is as long as it is there", () => {
  const { since, until } = meant("since:2026-03-29 until:2026-03-29") as { since: number; until: number };
  assert.equal(until - since, 23 * 3_600_000);
});

const FAULTS: readonly (readonly [text: string, at: number, says: RegExp, fix: RegExp])[] = [
  ["too:a@x.example", 0, /too: is no key/, /did you mean to:\?/],
  ["state:bounced sinse:3h", 14, /sinse: is no key/, /did you mean since:\?/],
  ["state:deliverd", 0, /deliverd is no state/, /did you mean delivered\?/],
  ["since:soon", 0, /since:soon is no time/, /since:3h/],
  ["-since:3h", 0, /cannot be negated/, /until:/],
  ["since:3h until:4h", 0, /until is not after since/, /./],
  ["to:", 0, /to: says nothing/, /without a blank/],
  ['reply:"unusual', 6, /not closed/, /two words/],
  ["to:a@x.example to:b@x.example", 0, /stands there twice/, /to:a@x\.example,b@x\.example/],
  ["a@x.example b@x.example", 12, /one bare address/, /from:a@x\.example to:b@x\.example/],
  ["ip:300.1.2.3", 0, /no IP address/, /^$/],
  ["x ".repeat(65), 128, /64 words/, /^$/],
  ["x".repeat(2001), 2000, /2000 characters/, /^$/],
];
for (const [text, at, says, fix] of FAULTS)
  test(`${JSON.stringify(text.slice(0, 40))} is refused in words`, () => {
    const read = parseQuery(text, NOW, "Europe/Berlin");
    assert.ok(!read.ok);
    assert.equal(read.fault.at, at);
    assert.match(read.fault.text, says);
    assert.match(read.fault.fix ?? "", fix);
  });

test("no text makes it throw, and each fault has words", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
      const read = parseQuery(text, NOW, "Europe/Berlin");
      return read.ok || (read.fault.text.length > 0 && read.fault.at <= text.length);
    }),
    { numRuns: 1000 },
  );
});
