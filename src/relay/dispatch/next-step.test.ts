/** From an attempt's result to the delivery's next state. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import type { QueuedDelivery } from "../../model/delivery.ts";
import type { MessageKey, SenderKey, SiteKey, TenantId } from "../../model/ids.ts";
import type { AttemptFacts, RecipientResult } from "../../model/outcome.ts";
import { nextStep } from "./next-step.ts";
import { DEFAULT_RETRY } from "./schedule.ts";

const NOW = Date.UTC(2026, 2, 3) as WallMs;
const MINUTE = 60_000;
const attempt: AttemptFacts = { host: "mx.example", ip: "192.0.2.1", stage: "dot", times: {}, nth: 1 };
const context = { now: NOW, relayed: false, retry: DEFAULT_RETRY, random: seededRandom("x") };

const delivery = (more: Partial<QueuedDelivery> = {}): QueuedDelivery => ({
  ref: { message: 1 as MessageKey, rcpt: 0 },
  version: 4,
  dueAt: NOW,
  expiresAt: (NOW + 72 * 60 * MINUTE) as WallMs,
  attempts: 0,
  site: "mx:example.org" as SiteKey,
  tenant: "t" as TenantId,
  sender: "s" as SenderKey,
  class: "normal",
  mailFrom: "a@example.com",
  address: "b@example.org",
  domain: "example.org",
  bytes: 100,
  body: "7bit",
  smtpUtf8: false,
  delayTold: false,
  ...more,
});

const step = (result: RecipientResult, more: Partial<QueuedDelivery> = {}, relayed = false) =>
  nextStep(delivery(more), 5, result, attempt, { ...context, relayed });
const reply = (code: number, text = "", enhanced?: string) => ({ code, text, ...(enhanced && { enhanced }) });

test("a yes ends the delivery: delivered by a mail host, relayed by an upstream", () => {
  const ok: RecipientResult = { is: "accepted", reply: reply(250, "ok") };
  const direct = step(ok);
  assert.ok(direct.is === "change" && direct.change.to === "delivered" && direct.change.version === 5);
  const upstream = step(ok, {}, true);
  assert.ok(upstream.is === "change" && upstream.change.to === "relayed");
});

test("a yes after a doubt is marked as possibly twice", () => {
  const done = step({ is: "accepted", reply: reply(250) }, { sentAt: (NOW - 15 * MINUTE) as WallMs });
  assert.ok(
    done.is === "change" && done.change.to === "delivered" && done.change.event.kind === "delivered" && done.change.event.possiblyTwice,
  );
});

test("a permanent refusal bounces with the receiver's own status", () => {
  const end = step({ is: "refused", reply: reply(550, "no such user", "5.1.1"), permanent: true });
  assert.ok(end.is === "bounce");
  const { diagnosis, ...rest } = end;
  assert.deepEqual(rest, { is: "bounce", why: "550 5.1.1 no such user", reply: reply(550, "no such user", "5.1.1"), status: "5.1.1" });
  assert.deepEqual([diagnosis.class, diagnosis.permanent], ["badrcpt", true]);
});

test("a greylisting host is asked again when it said, a little later, and not by the schedule", () => {
  const later = step({ is: "refused", reply: reply(450, "Greylisted, please try again in 300 seconds", "4.7.1"), permanent: false });
  assert.ok(later.is === "change" && later.change.to === "queued" && later.change.event.kind === "deferred");
  assert.equal(later.change.event.diagnosis?.class, "grey");
  const wait = (later.change.dueAt - NOW) / 1000;
  assert.ok(wait > 300 && wait < 335, `${wait} s`);
});

for (const [attempts, minutes] of [
  [0, 1],
  [1, 5],
  [2, 15],
  [3, 30],
  [4, 60],
  [5, 120],
  [6, 240],
  [40, 240],
] as const) {
  test(`after ${attempts + 1} temporary refusals the next attempt is in ${minutes} min, give or take a tenth`, () => {
    const later = step({ is: "refused", reply: reply(451, "later"), permanent: false }, { attempts });
    assert.ok(later.is === "change" && later.change.to === "queued");
    assert.equal(later.change.attempts, attempts + 1);
    const wait = (later.change.dueAt - NOW) / MINUTE;
    assert.ok(wait >= minutes * 0.9 && wait <= minutes * 1.1, `${wait} min`);
    assert.equal(later.change.sentAt, null);
  });
}

test("what was sent without an answer waits 15 min, remembers its host, and keeps its doubt", () => {
  const doubt = step({ is: "in-doubt", fault: { code: "ECONNRESET", text: "the connection broke" } });
  assert.ok(doubt.is === "change" && doubt.change.to === "queued");
  assert.equal(doubt.change.dueAt, NOW + 15 * MINUTE);
  assert.equal(doubt.change.sentAt, NOW);
  assert.equal(doubt.change.lastHost, "mx.example");
});

test("a second doubt is held for a person: a third copy helps nobody", () => {
  const twice = step({ is: "in-doubt", fault: { code: "ECONNRESET", text: "" } }, { sentAt: (NOW - 15 * MINUTE) as WallMs });
  assert.ok(twice.is === "change" && twice.change.to === "held");
});

test("a temporary refusal does not end an earlier doubt", () => {
  const sentAt = (NOW - 15 * MINUTE) as WallMs;
  const later = step({ is: "refused", reply: reply(451), permanent: false }, { sentAt });
  assert.ok(later.is === "change" && later.change.to === "queued" && later.change.sentAt === sentAt);
});

test("mail taken back, or left over by a full transaction, is due at once and not counted", () => {
  for (const code of ["taken-back", "too-many-recipients"]) {
    const again = step({ is: "failed", fault: { code, text: "" }, permanent: false }, { attempts: 2 });
    assert.ok(again.is === "change" && again.change.to === "queued");
    assert.deepEqual([again.change.attempts, again.change.dueAt], [2, NOW]);
  }
});

test("failures without a reply get RFC 3463's status for their kind", () => {
  for (const [code, status] of [
    ["size", "5.3.4"],
    ["no-domain", "5.1.2"],
    ["null-mx", "5.1.10"],
    ["loop", "5.4.6"],
    ["smtputf8", "5.6.7"],
    ["8bit", "5.6.3"],
    ["requiretls", "5.7.30"],
    ["requiretls-unverified", "5.7.10"],
  ] as const) {
    const end = step({ is: "failed", fault: { code, text: code }, permanent: true });
    assert.ok(end.is === "bounce" && end.status === status, code);
  }
});
