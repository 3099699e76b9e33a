/** Which way mail takes, and what becomes of a way that does not work, is new, or is used up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_EGRESS, type EgressName } from "../../model/egress.ts";
import type { SenderKey, SiteKey, TenantId } from "../../model/ids.ts";
import { type Route, type RouteQuestion, siteOf } from "../deliver/deliver.ts";
import { address, HOSTNAME, pool, rule, stage, upstreamWay } from "./stage.ts";

const upstream = { host: "relay.example", port: 587, tls: "required" } as const;
const [one, two, three] = [address("out1", "198.51.100.1"), address("out2", "198.51.100.2"), address("out3", "198.51.100.3")];
const ask = (question: Partial<RouteQuestion> = {}): RouteQuestion => ({
  ...{ domain: "example.org", tenant: "default" as TenantId, sender: "shop@www" as SenderKey, mailFrom: "a@shop.example" },
  ...question,
});
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test("without ways out mail goes by MX from where the system chooses, or to the upstream", () => {
  const bare = stage({}).ways;
  const route = { is: "mx", domain: "example.org", port: 25, from: { name: DEFAULT_EGRESS, helo: HOSTNAME } };
  assert.deepEqual(bare.routeFor(ask()).route, route);
  const relayed = stage({ upstream, byDomain: new Map([["special.example", { ...upstream, host: "other.example" }]]) }).ways;
  assert.deepEqual(relayed.routeFor(ask()).route, { is: "upstream", upstream });
  const { route: special } = relayed.routeFor(ask({ domain: "special.example" }));
  assert.ok(special.is === "upstream" && special.upstream.host === "other.example");
});

test("a stored site leads back to its route, and a way that is gone to none", () => {
  const { ways } = stage({ ways: [one, upstreamWay("ses")], upstream, pools: [pool("default", "out1", "ses")] });
  const names = ["out1", "ses", DEFAULT_EGRESS] as EgressName[];
  const routes = names.map((name) => ways.routeVia(name, "example.org")).filter((route) => route !== undefined);
  assert.equal(routes.length, names.length);
  for (const route of [...routes, { is: "upstream", upstream } satisfies Route]) assert.deepEqual(ways.routeOf(siteOf(route)), route);
  assert.deepEqual(
    routes.map(siteOf).map((site) => ways.nameOf(site)),
    names,
  );
  const gone = stage({}).ways;
  for (const site of ["mx:example.org|out1", "upstream:ses.example.com:587"]) assert.equal(gone.routeOf(site as SiteKey), undefined);
});

test("addresses that no pool names are the default pool, and a sender keeps its own", () => {
  const { ways } = stage({ ways: [one, two, three] });
  const site = siteOf(ways.routeFor(ask()).route);
  assert.match(site, /^mx:example\.org\|out[123]$/);
  for (let n = 0; n < 10; n++) assert.equal(siteOf(ways.routeFor(ask({ fresh: true })).route), site);
  const used = new Set(
    Array.from({ length: 50 }, (_, n) => ways.routeFor(ask({ sender: `s${n}@www` as SenderKey }))).map(({ route }) => siteOf(route)),
  );
  assert.equal(used.size, 3);
});

test("rules choose a pool in order, and say so", () => {
  const { ways } = stage({
    ways: [one, two, three],
    pools: [pool("default", "out1"), pool("bulk", "out2"), pool("clean", "out3")],
    rules: [rule("header X-Stream=receipts -> clean"), rule("class bulk and provider google -> bulk"), rule("sender risky@www -> bulk")],
  });
  const cases: readonly [Partial<RouteQuestion>, string, RegExp][] = [
    [{}, "out1", /^no rule fits, so the default pool: out1 of the pool default for shop@www$/],
    [{ class: "bulk", domain: "gmail.com" }, "out2", /^the rule "class bulk and provider google -> bulk": out2/],
    [{ class: "bulk" }, "out1", /no rule fits/],
    [{ sender: "risky@www" as SenderKey }, "out2", /^the rule "sender risky@www -> bulk"/],
    [
      { header: (name) => (name === "X-Stream" ? " Receipts " : undefined), class: "bulk", domain: "gmail.com" },
      "out3",
      /^the rule "header/,
    ],
  ];
  for (const [question, name, why] of cases) {
    const routed = ways.routeFor(ask(question));
    assert.equal(ways.nameOf(siteOf(routed.route)), name);
    assert.match(routed.why, why);
  }
});

test("a pool whose ways are all taken out of use gives its mail to the default pool, and that to the system", () => {
  const rules = [rule("class bulk -> bulk")];
  const plan = { pools: [pool("default", "out1"), pool("bulk", "out2")], rules };
  const draining = stage({ ...plan, ways: [one, address("out2", "198.51.100.2", { state: "draining" })] }).ways;
  const routed = draining.routeFor(ask({ class: "bulk" }));
  assert.equal(draining.nameOf(siteOf(routed.route)), "out1");
  assert.match(routed.why, /the pool bulk has no way out in use; the default pool: out1/);
  assert.notEqual(draining.routeOf("mx:example.org|out2" as SiteKey), undefined, "what waits for it still leaves by it");
  const out = stage({ ...plan, ways: [address("out1", "198.51.100.1", { state: "out" })], rules: [] }).ways;
  assert.equal(out.nameOf(siteOf(out.routeFor(ask()).route)), DEFAULT_EGRESS);
  assert.equal(out.routeOf("mx:example.org|out1" as SiteKey), undefined, "what waits for it goes another way");
});

test("a way that is meant for some domains carries no others' mail", () => {
  const { ways } = stage({
    ways: [upstreamWay("ses", { forDomains: ["shop.example"] }), address("out1", "198.51.100.1")],
    pools: [pool("default", "ses"), pool("other", "out1")],
  });
  const named = (question: Partial<RouteQuestion>): string | undefined => ways.nameOf(siteOf(ways.routeFor(ask(question)).route));
  const from = (text: string): Partial<RouteQuestion> => ({ header: (name) => (name === "From" ? text : undefined) });
  assert.equal(named({}), "ses");
  assert.equal(named(from("Shop <news@mail.shop.example>")), "ses");
  assert.equal(named(from("Other <a@other.example>")), DEFAULT_EGRESS);
  assert.equal(named({ mailFrom: "" }), DEFAULT_EGRESS);
  assert.equal(named({ mailFrom: "", fromDomain: "shop.example" }), "ses");
  assert.match(ways.routeFor(ask(from("a@other.example"))).why, /no way out of the pool default is meant for mail from other\.example/);
});

test("an address that this machine does not have is told at once and gone round, until it is there", () => {
  const { ways, news, absent, pass } = stage({ ways: [one, two] });
  const mine = ways.nameOf(siteOf(ways.routeFor(ask()).route));
  absent.add(mine === "out1" ? "198.51.100.1" : "198.51.100.2");
  ways.look();
  const [told] = news;
  assert.ok(told?.is === "broken" && told.name === mine && told.to !== mine);
  assert.match(told.why, /^this machine does not have the address 198\.51\.100\.[12]$/);
  const routed = ways.routeFor(ask({ fresh: true }));
  assert.notEqual(ways.nameOf(siteOf(routed.route)), mine);
  assert.match(routed.why, /because of out[12]: this machine does not have the address/);
  pass(10_000);
  absent.clear();
  ways.look();
  assert.deepEqual(news.at(-1), { is: "works", name: mine });
  assert.equal(ways.nameOf(siteOf(ways.routeFor(ask({ fresh: true })).route)), mine);
});

test("an upstream that answers no more is gone round, and tried with one message before it is used again", () => {
  const { ways, news, now, pass } = stage({
    ways: [upstreamWay("cheap", { cost: 1 }), upstreamWay("dear", { cost: 2 })],
    pools: [pool("default", "cheap", "dear")],
  });
  const name = (): string | undefined => ways.nameOf(siteOf(ways.routeFor(ask({ fresh: true })).route));
  const cheap = "upstream:cheap.example.com:587" as SiteKey;
  const unusable = { is: "unusable", stage: "auth", code: "535", text: "535 5.7.8 no such login" } as const;
  assert.equal(name(), "cheap");
  ways.onOutcome(cheap, unusable);
  assert.equal(name(), "cheap", "once is the weather");
  ways.onOutcome(cheap, unusable);
  assert.equal(name(), "dear");
  assert.partialDeepStrictEqual(news, [
    { is: "broken", name: "cheap", place: "cheap.example.com:587", to: "dear", why: unusable.text, until: now() + 60_000 },
  ]);
  pass(60_000);
  assert.deepEqual([name(), name()], ["cheap", "dear"], "one message tries it");
  ways.onOutcome(cheap, unusable);
  pass(119_000);
  assert.equal(name(), "dear");
  pass(1000);
  assert.equal(name(), "cheap");
  ways.onOutcome(cheap, { is: "answered", host: "cheap.example.com", code: 250 });
  assert.deepEqual([name(), name()], ["cheap", "cheap"]);
  assert.equal(news.at(-1)?.is, "works");
});

test("what a receiver says of one message says nothing against an upstream; 421 does", () => {
  const { ways, news } = stage({ ways: [upstreamWay("ses")], pools: [pool("default", "ses")] });
  const ses = "upstream:ses.example.com:587" as SiteKey;
  const says = (code: number): void => ways.onOutcome(ses, { is: "answered", host: "ses.example.com", code, class: "sysbusy" });
  for (const code of [550, 451, 421, 550, 421]) says(code);
  assert.equal(news.length, 0);
  says(421);
  assert.equal(news[0]?.is, "broken");
});

test("an upstream's quota counts what was given to it, rolls with the hour, and outlives a restart", () => {
  const plan = {
    ways: [upstreamWay("small", { perHour: 3, cost: 1 }), upstreamWay("large", { cost: 5 })],
    pools: [pool("default", "small", "large")],
  };
  const first = stage(plan);
  const small = "upstream:small.example.com:587" as SiteKey;
  const name = (of: typeof first): string | undefined => of.ways.nameOf(siteOf(of.ways.routeFor(ask({ fresh: true })).route));
  assert.deepEqual([name(first), name(first), name(first), name(first)], ["small", "small", "small", "large"]);
  assert.match(
    first.ways.routeFor(ask({ fresh: true })).why,
    /large of the pool default for shop@www, because of small: it takes 3 messages an hour/,
  );
  assert.equal(first.ways.quotaLeft(small)?.left, 3, "nothing has left yet");
  for (let n = 0; n < 3; n++) first.ways.onOutcome(small, { is: "answered", host: "small.example.com", code: 250 });
  const left = first.ways.quotaLeft(small);
  assert.ok(left?.left === 0 && left.until > first.now() && left.until <= first.now() + HOUR);
  assert.equal(left.why, "small takes 3 messages an hour");
  const again = stage(plan, first.ways.changes(), first.now());
  assert.equal(name(again), "large");
  again.pass(HOUR);
  assert.equal(name(again), "small");
  assert.deepEqual(
    stage(plan, [{ key: "quota small", value: '{"hour":1}' }]).ways.quotaLeft(small)?.left,
    3,
    "a row nobody can read counts nothing",
  );
});

test("above a new address's ceiling mail leaves by a warm one of the pool; without one it waits for tomorrow", () => {
  const warming = address("new", "198.51.100.9", { state: "warming" });
  const both = stage({ ways: [warming, one], pools: [pool("default", "new=1000000", "out1")] });
  const toGmail = ask({ domain: "gmail.com", fresh: true });
  const counts = Map.groupBy(
    Array.from({ length: 300 }, () => both.ways.nameOf(siteOf(both.ways.routeFor(toGmail).route))),
    (name) => name,
  );
  assert.deepEqual([counts.get("new" as EgressName)?.length, counts.get("out1" as EgressName)?.length], [200, 100]);
  assert.match(
    both.ways.routeFor(toGmail).why,
    /out1 of the pool default for shop@www, because of new: it is new to google, and 200 messages a day/,
  );
  assert.equal(
    both.ways.nameOf(siteOf(both.ways.routeFor(ask({ domain: "yahoo.com", fresh: true })).route)),
    "new",
    "each provider has its own",
  );
  const alone = stage({ ways: [warming] });
  for (let n = 0; n < 201; n++) alone.ways.routeFor(toGmail);
  assert.match(alone.ways.routeFor(toGmail).why, /though none of them has room: it is new to google.*; it waits$/);
  const site = "mx:gmail.com|new" as SiteKey;
  for (let n = 0; n < 200; n++) alone.ways.onOutcome(site, { is: "answered", host: "gmail-smtp-in.l.google.com", code: 250 });
  assert.deepEqual(alone.ways.quotaLeft(site), {
    ...{ left: 0, until: alone.now() + DAY, why: "new is new to google: 200 messages a day" },
  });
  alone.pass(DAY);
  assert.equal(alone.ways.quotaLeft(site)?.left, 360);
  assert.equal(alone.ways.quotaLeft("mx:gmail.com" as SiteKey), undefined);
});

test("a provider that objects to a new address gets less of its mail at once", () => {
  const { ways, news } = stage({ ways: [address("new", "198.51.100.9", { state: "warming" })] });
  const site = "mx:gmail.com|new" as SiteKey;
  const says = (objection?: "rate" | "repIP"): void =>
    ways.onOutcome(site, {
      is: "answered",
      host: "gmail-smtp-in.l.google.com",
      code: objection ? 421 : 250,
      ...(objection && { class: objection }),
    });
  says("rate");
  assert.equal(news.length, 0, "once may be anything");
  says("rate");
  assert.deepEqual(news, [{ is: "stepped back", name: "new", provider: "google", from: 200, to: 200 }]);
});

test("mail moves to another address for an address's bad name alone, once, to one that is warm, meant for it and without it", () => {
  const { ways, pass } = stage({
    ways: [
      one,
      address("cold", "198.51.100.8", { state: "warming" }),
      address("theirs", "198.51.100.7", { forDomains: ["other.example"] }),
      two,
    ],
    pools: [pool("default", "out1", "cold", "theirs", "out2")],
  });
  const delivery = { site: "mx:gmail.com|out1" as SiteKey, domain: "gmail.com", mailFrom: "a@shop.example" };
  const move = (objection: Parameters<typeof ways.moveFor>[1]["class"], moved = false) =>
    ways.moveFor(delivery, { class: objection, upstream: false }, moved);
  assert.deepEqual(move("list"), { is: "to", name: "out2", why: "the receiver objects to out1, and not to out2" });
  assert.equal(move("list", true).is, "stay");
  for (const never of ["rate", "grey", "repDom", "auth", "content", "policy", "badrcpt", "full", "network", "other"] as const)
    assert.equal(move(never).is, "stay", never);
  assert.equal(move("rate").why, "a rate limit is never answered from another address");
  ways.onOutcome("mx:gmail.com|out2" as SiteKey, { is: "answered", host: "mx.google.com", code: 550, class: "repIP" });
  assert.equal(move("list").is, "stay", "it is objected to as well");
  pass(4 * HOUR);
  assert.equal(move("list").is, "to");
  assert.equal(ways.moveFor({ ...delivery, site: "mx:gmail.com" as SiteKey }, { class: "list", upstream: false }, false).is, "stay");
});
