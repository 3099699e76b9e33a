/** What people can do about webhooks: make, change, pause, tell again, try; and what they hear of others'. */
import assert from "node:assert/strict";
import type { TenantId } from "../../model/ids.ts";
import { EVERYTHING, type View } from "../../model/view.ts";
import type { Refusal } from "../api/node-face.ts";
import { answer, inHouse, upTo } from "./hook-house.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const ACME: View = { sees: "tenant", tenant: "acme" as TenantId };

inHouse("it is told again from an event that a person names, as something new", async (house) => {
  const { clock, http, journal } = house;
  await house.addHook("crm");
  journal.fill(150);
  await clock.runFor(SECOND);
  assert.deepEqual(await house.hooks.replay(EVERYTHING, "crm", 100), { ok: true, cursor: 100 });
  await clock.runFor(SECOND);
  assert.deepEqual(http.seqs(), [...upTo(150), ...upTo(150, 101)]);
  const ids = http.got.map(({ headers }) => headers["webhook-id"]);
  assert.equal(new Set(ids).size, 3, "else a receiver that remembers ids would drop it");
  const beyond = await house.hooks.replay(EVERYTHING, "crm", 151);
  assert.ok(!beyond.ok && beyond.refusal.code === "bad-value");
});

inHouse("what was under way when a person told it again counts for nothing", async (house) => {
  const { clock, http, journal } = house;
  await house.addHook("crm");
  journal.fill(10);
  await clock.runFor(255);
  assert.equal(http.open, 1);
  await house.hooks.replay(EVERYTHING, "crm", 5);
  await clock.runFor(SECOND);
  assert.deepEqual(http.seqs(), [...upTo(10), ...upTo(10, 6)]);
});

inHouse("disabled it is told nothing, and afterwards what it missed", async (house) => {
  await house.addHook("crm");
  await house.hooks.set(EVERYTHING, "crm", { enabled: false });
  house.journal.fill(3);
  await house.clock.runFor(HOUR);
  assert.equal(house.http.got.length, 0);
  const { enabled, state } = await house.record("crm");
  assert.deepEqual([enabled, state.is, state.why, state.behind], [false, "stopped", "a person disabled it; events wait", 3]);
  assert.deepEqual(house.hooks.standings(), []);
  await house.hooks.set(EVERYTHING, "crm", { enabled: true });
  await house.clock.runFor(SECOND);
  assert.deepEqual(house.http.seqs(), [1, 2, 3]);
});

inHouse("a test is one marked event, whatever the state, and changes nothing", async (house) => {
  const { clock, http, journal } = house;
  await house.addHook("crm");
  await house.hooks.set(EVERYTHING, "crm", { enabled: false });
  const good = await clock.during(house.hooks.test(EVERYTHING, "crm"));
  assert.deepEqual(good, { ok: true, result: { ok: true, status: 204, ms: 20 } });
  assert.deepEqual(http.got[0]?.told, {
    ...{ node: "n1", first: 0, last: 0 },
    events: [
      {
        ...{ seq: 0, at: "2026-03-03T12:00:00.000Z", id: null, rcpt: null },
        body: { kind: "test", text: "sent by a person, to see whether it arrives" },
      },
    ],
  });
  http.answers = () => answer(503, "busy");
  const both = await clock.during(Promise.all([house.hooks.test(EVERYTHING, "crm"), house.hooks.test(EVERYTHING, "crm")]));
  assert.deepEqual(
    both.map((one) => one.ok && one.result.why),
    ["busy", "another test is under way; try again"],
  );
  assert.equal((await house.record("crm")).state.cursor, journal.newest);
});

inHouse("what the settings say of webhooks is followed: applied, changed, removed", async (house) => {
  const { clock, http, journal } = house;
  const effect = await house.apply("webhooks: {crm: {url: 'https://crm.example/in'}}");
  assert.match(effect.join("\n"), /shown this once: whsec_/);
  journal.fill(1);
  await clock.runFor(SECOND);
  assert.deepEqual(http.seqs(), [1]);
  await house.apply("webhooks: {crm: {url: 'https://crm.example/other', kinds: [held]}}");
  journal.fill(1);
  journal.add({ kind: "held", why: "x", by: { kind: "operator", id: "ann" } });
  await clock.runFor(SECOND);
  assert.deepEqual(http.got.at(-1)?.url, "https://crm.example/other");
  assert.deepEqual(http.seqs(), [1, 3]);
  await house.apply("webhooks: {}");
  journal.fill(1);
  await clock.runFor(SECOND);
  assert.equal(http.got.length, 2);
  await house.apply("webhooks: {crm: {url: 'https://crm.example/in'}}");
  await clock.runFor(SECOND);
  assert.equal(http.got.length, 2, "one that comes again begins at what is newest then");
  assert.deepEqual(await house.hooks.list(ACME), []);
});

inHouse("what cannot be is refused in words, and leaves nothing behind", async (house) => {
  await house.apply("tenants: {acme: {}, hotel: {}}");
  await house.addHook("crm");
  const make = async (hook: Partial<Parameters<typeof house.hooks.add>[1]>, view: View = EVERYTHING): Promise<string> => {
    const added = await house.hooks.add(view, { name: "x", url: "https://x.example", kinds: [], private: false, ...hook });
    return added.ok ? "made" : `${added.refusal.code}: ${added.refusal.text}`;
  };
  assert.equal(await make({ name: "crm" }), "exists: the name crm is taken");
  assert.equal(await make({ name: "a b" }), "bad-value: a b is no name for a webhook");
  assert.equal(await make({ kinds: ["bouncd"] }), "bad-value: the webhook's kinds has bouncd, and there is no such kind of event");
  assert.equal(
    await make({ url: "http://x.example" }),
    "bad-value: the webhook's url is not encrypted: everybody on the way could read it",
  );
  assert.equal(
    await make({ url: "https://u:p@x.example" }),
    "bad-value: the webhook's url is not an http or https address without a password",
  );
  for (const url of ["https://127.1/x", "https://localhost:8443", "https://[::1]/", "https://2130706433/"])
    assert.match(await make({ url }), /url leads to this machine$/, url);
  assert.equal(await make({ url: "https://localhost" }, ACME), "bad-value: the webhook's url leads to this machine");
  assert.equal(await make({ tenant: "acne" as TenantId }), "bad-value: there is no tenant acne");
  assert.deepEqual(
    (await house.hooks.list(EVERYTHING)).map(({ name }) => name),
    ["crm"],
  );
  for (const n of upTo(4)) assert.equal(await make({ name: `acme${n}` }, ACME), "made");
  assert.equal(await make({ name: "acme5" }, ACME), "bad-value: acme has 4 webhooks, and may have no more");
  for (const n of upTo(32, 6)) assert.equal(await make({ name: `own${n}` }), "made");
  assert.equal(await make({ name: "own33" }), "bad-value: there are 32 webhooks, and no more are told");
});

inHouse("whoever means it lets a webhook lead to this machine, and takes that back; a tenant's never does", async (house) => {
  const { clock, http, journal } = house;
  await house.apply("tenants: {acme: {}}");
  const url = "http://127.0.0.1:9000/in";
  const here = { name: "here", url, kinds: [], private: false };
  const against = async (
    order: Promise<{ readonly ok: boolean; readonly refusal?: Refusal }>,
  ): Promise<readonly (string | undefined)[]> => {
    const { ok, refusal } = await order;
    return ok ? [] : [refusal?.text, refusal?.fix];
  };
  const local = ["the webhook's url leads to this machine", "if that is meant, an owner says so: --private, in the API private: true"];
  assert.deepEqual(await against(house.hooks.add(EVERYTHING, here)), local);
  const owned = ["the webhook's private is not for a tenant's webhook", "leave it out"];
  assert.deepEqual(await against(house.hooks.add(EVERYTHING, { ...here, private: true, tenant: "acme" as TenantId })), owned);
  assert.deepEqual(await against(house.hooks.add(ACME, { ...here, private: true })), owned);
  assert.deepEqual(await against(house.hooks.add(EVERYTHING, { ...here, private: true })), []);
  assert.equal((await house.record("here")).private, true);
  journal.fill(1);
  await clock.runFor(SECOND);
  assert.deepEqual(http.seqs(url), [1]);
  assert.deepEqual(await against(house.hooks.set(EVERYTHING, "here", { private: false })), local, "as long as it leads here");
  assert.deepEqual(await against(house.hooks.set(EVERYTHING, "here", { url: "https://here.example/in", private: false })), []);
  assert.deepEqual(house.settings.get("webhook", "here")?.value, { url: "https://here.example/in" });
  assert.deepEqual(await against(house.hooks.set(EVERYTHING, "here", { url, private: true })), []);
  assert.deepEqual(await against(house.hooks.set(EVERYTHING, "here", { enabled: false })), []);
  assert.equal((await house.record("here")).private, true, "what is not spoken of stays");
});

// Until 2026-11-25 the second took back what the first had done.
inHouse("two who change one webhook at the same time both have their way", async (house) => {
  await house.addHook("crm");
  const both = await Promise.all([
    house.hooks.set(EVERYTHING, "crm", { enabled: false }),
    house.hooks.set(EVERYTHING, "crm", { url: "https://crm.example/other" }),
  ]);
  assert.deepEqual(
    both.map(({ ok }) => ok),
    [true, true],
  );
  assert.partialDeepStrictEqual(await house.record("crm"), { enabled: false, url: "https://crm.example/other" });
});

inHouse("of another tenant's webhook nobody hears", async (house) => {
  const HOTEL: View = { sees: "tenant", tenant: "hotel" as TenantId };
  const hook = { name: "hotelhook", url: "https://hotel.example", kinds: [], private: false, tenant: "acme" as TenantId };
  const made = await house.hooks.add(HOTEL, hook);
  assert.ok(made.ok && made.webhook.tenant === "hotel", "a tenant makes its own only");
  assert.equal((await house.apply("sources: {}")).length, 0, "and settings that name a tenant know it");
  for (const view of [ACME, { sees: "message", message: 1 as never } as const]) {
    assert.deepEqual(await house.hooks.list(view), []);
    const none = { ok: false, refusal: { code: "not-found", text: "there is no webhook hotelhook" } };
    assert.deepEqual(await house.hooks.set(view, "hotelhook", { enabled: false }), none);
    assert.deepEqual(await house.hooks.remove(view, "hotelhook"), none);
    assert.deepEqual(await house.hooks.replay(view, "hotelhook", 0), none);
    assert.deepEqual(await house.hooks.test(view, "hotelhook"), none);
  }
  assert.equal((await house.hooks.list(HOTEL)).length, 1);
  assert.ok((await house.hooks.remove(HOTEL, "hotelhook")).ok);
  assert.equal((await house.hooks.list(EVERYTHING)).length, 0);
});
