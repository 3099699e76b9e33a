/** Proves that each rule says what it is for, that names are never taken for words, and that nothing makes it throw. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PROVIDERS } from "./providers.ts";
import { sequencesOf } from "./reading/phrase.ts";
import { diagnose, diagnoseFault, diagnoseText } from "./replies.ts";
import { SPECIFIC, VAGUE } from "./rules/order.ts";

const RULES = [...SPECIFIC, ...VAGUE];

for (const rule of RULES)
  test(`${rule.id} reads its example: ${rule.example}`, () => {
    const speaker = PROVIDERS.find(({ key, family }) => rule.of !== undefined && [key, family].includes(rule.of));
    assert.ok(rule.of === undefined || speaker !== undefined, `there is no provider ${rule.of}`);
    const found = diagnoseText(rule.example, speaker === undefined ? {} : { host: `mx.${speaker.hosts[0]}` });
    assert.equal(found.class, rule.class, `${found.rule} spoke`);
    if (rule.of !== undefined) assert.equal(found.rule, rule.id);
  });

test("no phrase comes down to a single word when its optional ones are left out", () => {
  for (const { id, says = [] } of RULES)
    for (const phrase of says.filter((said) => said.includes(" ")))
      for (const { elements } of sequencesOf(phrase)) assert.ok(elements.length > 1, `${id}: ${phrase}`);
});

test("rules have different ids", () => {
  assert.equal(new Set(RULES.map(({ id }) => id)).size, RULES.length);
});

const cases = [
  ["450 4.7.1 Greylisted, please try again in 300 seconds", { class: "grey", waitSeconds: 300 }],
  ["451 4.7.1 Greylisting in action, retry in 00:04:59", { class: "grey", waitSeconds: 299 }],
  ["554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", { class: "list", zone: "zen.spamhaus.org" }],
  ["550 5.1.1 <spam-full@example.org>: Recipient address rejected: User unknown", { class: "badrcpt" }],
  ["552 5.2.2 <virus@example.org> mailbox full", { class: "full" }],
] as const;
for (const [text, want] of cases) test(text, () => assert.partialDeepStrictEqual(diagnoseText(text, {}), want));

test("a code that one provider uses in its own way means nothing of the kind elsewhere", () => {
  const reply = { code: 550, enhanced: "5.7.515", text: "refused" };
  assert.equal(diagnose(reply, { host: "x.olc.protection.outlook.com" }).class, "auth");
  assert.notEqual(diagnose(reply, { host: "mx.example.org" }).rule, "microsoft-auth");
});

test("what is not recognised is said to be, and gives no advice", () => {
  const found = diagnose({ code: 554, text: "xyzzy" }, {});
  assert.ok(found.confidence < 0.5);
  assert.equal(found.remedy.text, "");
});

test("what is said before any message was spoken of is nothing that its sender could mend", () => {
  const reply = { code: 554, text: "no mail service here" };
  assert.equal(diagnose(reply, { stage: "rcpt" }).remedy.who, "sender");
  assert.deepEqual(diagnose(reply, { stage: "banner" }).remedy, { who: "nobody", text: "" });
  assert.equal(diagnoseFault({ code: "protocol", text: "" }, "ehlo", {}).remedy.who, "receiver");
});

test("any text gets an answer", () => {
  fc.assert(fc.property(fc.string({ maxLength: 400 }), (text) => diagnoseText(text, {}).confidence <= 1));
});

for (const [code, stage, want, permanent] of [
  ["size", "mail", "size", true],
  ["8bit", "mail", "proto", true],
  ["null-mx", "dns", "badrcpt", true],
  ["dns", "dns", "dns", false],
  ["ECONNREFUSED", "connect", "network", false],
  ["TIMEOUT", "dot", "network", false],
  ["tls-unauthorized", "tls", "tls", false],
  ["ECONNRESET", "tls", "tls", false],
] as const)
  test(`our own fault ${code} at ${stage} is ${want}`, () => {
    const found = diagnoseFault({ code, text: "" }, stage, { host: "mx.example.org" });
    assert.deepEqual([found.class, found.permanent], [want, permanent]);
    assert.doesNotMatch(found.cause + found.remedy.text, /\{/);
  });
