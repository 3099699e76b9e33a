/** What the panel shows of the last hour: true to the events that were, each tenant's own, and bounded. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import type { SiteKey } from "../../model/ids.ts";
import { EVERYTHING } from "../../model/view.ts";
import { acceptedAt, attempt, diagnosis, event, STREAM_START, stream } from "./event-stream.ts";
import { calm, deferred, delivered, key, lane, of } from "./watched-traffic.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test("the hour's counts are those of its events, for all and for each tenant", async () => {
  for (const seed of ["one", "two", "three"]) {
    const { traffic, clock, say } = await calm();
    const events = stream(seed, 400);
    for (let at = 0; at < events.length; at += 11) say(events.slice(at, at + 11));
    await clock.runFor(50 * MINUTE);
    const tenantOf = new Map(
      events.flatMap(({ ref, body }) => (body.kind === "accepted" && ref ? [[ref.message, body.envelope.tenant]] : [])),
    );
    for (const view of [EVERYTHING, of("default"), of("hosting-a"), of("hosting-b")]) {
      const mine = events.filter(
        ({ ref }) => view.sees === "all" || (view.sees === "tenant" && ref && tenantOf.get(ref.message) === view.tenant),
      );
      const count = (kind: string): number => mine.filter(({ body }) => body.kind === kind).length;
      const accepted = mine.reduce((sum, { body }) => sum + (body.kind === "accepted" ? body.envelope.recipients.length : 0), 0);
      const { counts, latency, steps } = traffic.hour(view);
      assert.deepEqual(counts, {
        ...{ accepted, delivered: count("delivered"), relayed: 0 },
        ...{ bounced: count("bounced"), expired: count("expired"), discarded: count("discarded") },
      });
      assert.equal(latency.n, count("delivered"));
      assert.equal(steps.length, 60);
      assert.equal(
        steps.reduce((sum, step) => sum + step.accepted, 0),
        accepted,
      );
      assert.equal(
        steps.reduce((sum, step) => sum + step.settled, 0),
        accepted,
        "all of the stream is settled",
      );
      for (const [i, { at }] of steps.entries()) assert.equal(at, (Math.floor(clock.wall() / MINUTE) - 59 + i) * MINUTE);
    }
  }
});

test("who is nobody's tenant, and the holder of a link, see nothing", async () => {
  const { traffic, say } = await calm();
  say(stream("views", 50));
  for (const view of [of("stranger"), { sees: "message", message: key(0) } as const]) {
    const { counts, latency } = traffic.hour(view);
    assert.deepEqual(Object.values(counts), [0, 0, 0, 0, 0, 0]);
    assert.deepEqual(latency, { n: 0 });
  }
});

test("what is older than an hour is gone, also when nothing happened since", async () => {
  const { traffic, clock, say } = await calm();
  say([acceptedAt(STREAM_START, key(1), "default", ["a@small.example"]), delivered(STREAM_START + 900, key(1))]);
  await clock.runFor(59 * MINUTE);
  assert.equal(traffic.hour(EVERYTHING).counts.delivered, 1);
  assert.equal(traffic.providers([])[0]?.deliveredPerHour, 1);
  await clock.runFor(2 * MINUTE);
  assert.equal(traffic.hour(EVERYTHING).counts.delivered, 0);
  assert.deepEqual(traffic.providers([]), []);
});

test("the rate is told within the first minute, and falls when no more comes", async () => {
  const { traffic, clock, say } = await calm();
  await clock.runFor(10_000);
  say(Array.from({ length: 30 }, (_, n) => acceptedAt(clock.wall(), key(n), "default", ["a@small.example"])));
  say([delivered(clock.wall(), key(0)), delivered(clock.wall(), key(1))]);
  assert.deepEqual(traffic.flow(), { inPerMinute: 30, outPerMinute: 2 });
  await clock.runFor(80_000);
  assert.deepEqual(traffic.flow(), { inPerMinute: 15, outPerMinute: 1 });
  await clock.runFor(40_000);
  assert.deepEqual(traffic.flow(), { inPerMinute: 0, outPerMinute: 0 });
});

test("a clock that was set back a day counts on", async () => {
  const { traffic, clock, say } = await calm();
  say([acceptedAt(STREAM_START, key(1), "default", ["a@small.example"])]);
  clock.stepWall(-24 * HOUR);
  const at = STREAM_START - 24 * HOUR;
  say([acceptedAt(at, key(1, at), "default", ["b@small.example"]), delivered(at, key(1, at))]);
  assert.deepEqual(traffic.hour(EVERYTHING).counts.accepted, 1);
  assert.equal(traffic.hour(EVERYTHING).counts.delivered, 1);
});

test("destinations stand under who runs them: by domain, by the hosts that answer, else under their own name", async () => {
  const { traffic, say } = await calm();
  const to = ["a@gmail.com", "b@firm.example", "c@small.example", "d@other.example"];
  say(to.map((address, n) => acceptedAt(STREAM_START, key(n), "default", [address])));
  say([delivered(STREAM_START, key(1), "aspmx.l.google.com"), delivered(STREAM_START, key(2), "mx.small.example")]);
  const rows = traffic.providers([lane("mx:gmail.com", { queued: 3 }), lane("mx:other.example", { queued: 1 })]);
  assert.deepEqual(
    rows.map(({ key: name, provider, queued, deliveredPerHour, sites }) => [name, provider, queued, deliveredPerHour, sites]),
    [
      ["google", "Google", 3, 1, 2],
      ["other.example", "other.example", 1, 0, 1],
      ["small.example", "small.example", 0, 1, 1],
    ],
  );
  assert.equal(traffic.operatorOf("mx:firm.example" as SiteKey).key, "google");
  assert.equal(traffic.operatorOf("upstream:smtp.gmail.com:587" as SiteKey).key, "smtp.gmail.com:587");
  assert.equal(traffic.operatorOf("upstream:smtp-relay.google.com:587" as SiteKey).name, "Google");
});

test("the answers of a quarter of an hour, and the oldest that waits", async () => {
  const { traffic, clock, say } = await calm();
  for (let n = 0; n < 6; n++) say([acceptedAt(STREAM_START + n, key(n, STREAM_START + n), "default", [`u${n}@small.example`])]);
  const host = "mx.small.example";
  say([deferred(STREAM_START, key(0), host, "slow down")]);
  await clock.runFor(14 * MINUTE);
  const now = clock.wall();
  const refused = { code: 550, enhanced: "5.1.1", text: "unknown" };
  const by = { kind: "dispatch", id: "refused" } as const;
  say([
    delivered(now, key(0)),
    event(now, key(1, STREAM_START + 1), {
      kind: "bounced",
      attempt: attempt(host),
      reply: refused,
      diagnosis: diagnosis("badrcpt"),
      why: "",
      dsn: "sent",
      by,
    }),
    event(now, key(2, STREAM_START + 2), { kind: "held", why: "a person", by }),
    event(now, key(3, STREAM_START + 3), { kind: "bounced", why: "a person", dsn: "sent", by }),
  ]);
  const [row] = traffic.providers([lane("mx:small.example", { queued: 2 })]);
  assert.deepEqual(row?.answers, { ok: 1, later: 1, no: 1 }, "what was not attempted was not answered");
  assert.equal(row?.oldestAt, STREAM_START + 4, "held and settled mail waits for nobody");
  await clock.runFor(5 * MINUTE);
  assert.deepEqual(traffic.providers([lane("mx:small.example", { queued: 2 })])[0]?.answers, { ok: 1, later: 0, no: 1 });
});

test("what stands now is counted as it changes, each tenant's own", async () => {
  const { traffic, say } = await calm();
  const by = { kind: "operator", id: "ann" } as const;
  say([
    acceptedAt(STREAM_START, key(1), "hosting-a", ["a@x.example", "b@x.example"]),
    acceptedAt(STREAM_START, key(2), "hosting-b", ["c@x.example"]),
  ]);
  const standing = (): unknown =>
    [EVERYTHING, of("hosting-a"), of("hosting-b"), of("stranger")].map((view) => Object.values(traffic.standing(view) ?? {}));
  assert.deepEqual(standing(), [
    [3, 0],
    [2, 0],
    [1, 0],
    [0, 0],
  ]);
  say([event(STREAM_START, key(1), { kind: "held", why: "odd", by }), delivered(STREAM_START, key(2))]);
  assert.deepEqual(standing(), [
    [1, 1],
    [1, 1],
    [0, 0],
    [0, 0],
  ]);
  say([event(STREAM_START, key(1), { kind: "released", why: "fine", by })]);
  assert.deepEqual(standing(), [
    [2, 0],
    [2, 0],
    [0, 0],
    [0, 0],
  ]);
});

test("what limits a provider is told with its reason and its end", async () => {
  const { traffic, say } = await calm();
  say([acceptedAt(STREAM_START, key(1), "default", ["a@gmail.com"]), acceptedAt(STREAM_START, key(2), "default", ["a@googlemail.com"])]);
  const until = (STREAM_START + MINUTE) as WallMs;
  const closed = { state: "closed", why: "421 4.7.28 slow down", until } as const;
  const [row] = traffic.providers([lane("mx:gmail.com", { ...closed, queued: 1 }), lane("mx:googlemail.com", { queued: 1 })]);
  assert.deepEqual([row?.limit, row?.why, row?.opensAt], ["1 of 2 closed", closed.why, until]);
  const detail = traffic.provider("google", [lane("mx:googlemail.com", { queued: 9 }), lane("mx:gmail.com", { ...closed, queued: 1 })]);
  assert.deepEqual(
    detail?.sites.map(({ site, state }) => [site, state]),
    [
      ["mx:gmail.com", "closed"],
      ["mx:googlemail.com", "open"],
    ],
  );
  assert.equal(detail?.provider.queued, 10);
  assert.equal(detail?.steps.at(-1)?.accepted, 2);
  assert.equal(traffic.provider("nobody", []), undefined);
});

test("a provider that is slowed tells the rate of its ways together, and the reason", async () => {
  const { traffic } = await calm();
  const slow = { why: "421 4.7.28 slow down", perMinute: 8.4 };
  const open = lane("mx:googlemail.com", { queued: 2 });
  const [both] = traffic.providers([lane("mx:gmail.com", { ...slow, queued: 1 }), lane("mx:googlemail.com", { ...slow, queued: 2 })]);
  assert.deepEqual([both?.limit, both?.why, both?.opensAt], ["16.8 a minute", slow.why, undefined]);
  assert.equal(traffic.providers([lane("mx:gmail.com", { ...slow, queued: 1 }), open])[0]?.limit, "8.4 a minute, 1 of 2 ways");
});

test("a pause after answers is no attempt of its own, one after a refused connection is", async () => {
  const { traffic, say } = await calm();
  const lanes = [lane("mx:small.example", { queued: 1 })];
  const paused = { kind: "lane", site: "mx:small.example", open: false, why: "421 slow down", pace: { connections: 1, cuts: 1 } } as const;
  say([{ at: STREAM_START, body: paused }]);
  assert.equal(traffic.providers(lanes)[0]?.answers.later, 0);
  say([{ at: STREAM_START, body: { ...paused, dialogue: "S: 421 slow down" } }]);
  assert.equal(traffic.providers(lanes)[0]?.answers.later, 1);
});

test("replies that differ in numbers, ids and addresses are one, most frequent first", async () => {
  const { traffic, say } = await calm();
  const host = "gmail-smtp-in.l.google.com";
  const texts = [
    "Our system has detected an unusual rate from 192.0.2.7 x1y2z3.44 - gsmtp",
    "Our system has detected an unusual rate from 192.0.2.99 a9b8c7.11 - gsmtp",
    "192.0.2.7: Try again later, u17@gmail.com is busy",
  ];
  for (const [n, text] of texts.entries())
    say([acceptedAt(STREAM_START, key(n), "default", [`u${n}@gmail.com`]), deferred(STREAM_START, key(n), host, text)]);
  assert.deepEqual(
    traffic.provider("google", [])?.replies.map(({ text, class: what, count, remedy }) => [text, what, count, remedy]),
    [
      ["421 4.7.28 Our system has detected an unusual rate from … - gsmtp", "rate", 2, "see to rate"],
      ["421 4.7.28 Try again later, … is busy", "rate", 1, "see to rate"],
    ],
  );
});

test("strangers' names do not make it grow, and all of their mail is counted", async () => {
  const { traffic, clock, say } = await calm();
  for (let n = 0; n < 6_000; n++) {
    const letters = [...String(n)].map((digit) => "abcdefghij"[Number(digit)]).join("");
    say([
      acceptedAt(STREAM_START, key(n), `tenant-${n}`, [`u@d${n}.example`]),
      deferred(STREAM_START, key(n), `mx.d${n}.example`, `no room for ${letters}`),
    ]);
  }
  const rows = traffic.providers([]);
  assert.equal(rows.length, 500);
  assert.equal(
    rows.reduce((sum, { answers }) => sum + answers.later, 0),
    6_000,
  );
  assert.equal(rows.filter(({ key: name }) => name === "others").length, 1);
  assert.equal(traffic.hour(EVERYTHING).counts.accepted, 6_000);
  await clock.runFor(2 * HOUR);
  const at = clock.wall();
  say([acceptedAt(at, key(1, at), "new", ["u@new.example"])]);
  assert.equal(traffic.hour(of("new")).counts.accepted, 1, "places of quiet ones are given to the next");
  say([delivered(at, key(5)), delivered(at, key(1, at))]);
  assert.equal(traffic.hour(of("new")).counts.delivered, 1, "and what belonged to who stood there is not theirs");
});

test("after its end it counts no more", async () => {
  const { traffic, say } = await calm();
  traffic[Symbol.dispose]();
  say(stream("late", 5));
  assert.equal(traffic.hour(EVERYTHING).counts.accepted, 0);
});
