/** What a story says of the destination that its message waits for: closed, slowed, open again, and what of it made no difference. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { diagnoseFault } from "../../mail/replies/replies.ts";
import type { EventBody, FairleadEvent } from "../../model/event.ts";
import { idOf, type NodeNumber, type SiteKey } from "../../model/ids.ts";
import { at, deferred, KEY, MINUTE, record, SECOND, told, twice } from "./one-record.ts";
import { type ClosedSites, tellStory } from "./story.ts";

test("a closed destination is the cause, and its opening the next step", () => {
  const site = "upstream:mail.example.net:587" as SiteKey;
  const made = record("a@example.org", [deferred(2000, "slow down", 43 * MINUTE)], { site });
  const closed = new Map([[site, { why: "connect ECONNREFUSED 192.0.2.9:587", until: at(44 * MINUTE) }]]);
  const want =
    "Queued for a@example.org for 42 min 10 s: mail.example.net:587 is closed: connect ECONNREFUSED 192.0.2.9:587. Next attempt about 10:53. You: look whether mail.example.net:587 runs, is reached from here, and takes your login.";
  assert.equal(told(made, undefined, closed).line, want);
  assert.match(told(made, undefined, new Map([["other.example" as SiteKey, { why: "x" }]])).line, /said "450 4\.2\.0 slow down"/);
  const held = record("a@example.org", [], { site, state: "held", why: "x" });
  assert.match(told(held, undefined, closed).line, /^Held /);
});

test("a destination that is slowed says how fast mail goes there, since when and why; a tenant hears that it is slowed", () => {
  const site = "example.org" as SiteKey;
  const made = record("a@example.org", [], { site, dueAt: at(0), attempts: 0 });
  const closed: ClosedSites = new Map([[site, { why: "421 4.7.28 unusual rate", since: at(-8 * MINUTE), perMinute: 8.4 }]]);
  const want =
    "Queued for a@example.org for 42 min 10 s: example.org gets 8.4 messages a minute at most since 10:01: 421 4.7.28 unusual rate. Waits in line. Nothing to do.";
  assert.equal(told(made, undefined, closed).line, want);
  const asked = { id: idOf(KEY, 1 as NodeNumber), now: at(42 * MINUTE), zone: "Europe/Berlin", closed, eyes: "tenant" as const };
  const [tenant] = tellStory(made, asked).recipients;
  assert.match(tenant?.line ?? "", /is slowed since 10:01/);
  assert.doesNotMatch(tenant?.line ?? "", /8\.4|421/);
  const later = record("a@example.org", [deferred(2000, "slow down", 43 * MINUTE)], { site });
  assert.match(
    told(later, undefined, closed).line,
    /said "450 4\.2\.0 slow down"\. Next attempt/,
    "what its own attempt heard comes first",
  );
});

test("steps tell a pause and a resumption apart from closing and opening", () => {
  const pace = { perMinute: 8.4, ceiling: 11.4, connections: 1, cuts: 1 };
  const site = "example.org";
  const lanes: FairleadEvent[] = [
    { seq: 9, at: at(MINUTE), body: { kind: "lane", site, open: false, why: "421 slow down", until: at(2 * MINUTE), pace } },
    { seq: 10, at: at(2 * MINUTE), body: { kind: "lane", site, open: true, why: "time to try one message" } },
    { seq: 11, at: at(2 * MINUTE), body: { kind: "lane", site, open: true, why: "a message was taken again", pace } },
  ];
  const steps = told({ ...record("a@example.org", []), lanes }).steps.map(({ text }) => text);
  assert.deepEqual(steps.slice(1), [
    "example.org paused: 421 slow down; until 10:11",
    "example.org opened: time to try one message",
    "example.org goes on: a message was taken again",
  ]);
});

test("a destination that is away opens by itself; one that refuses us needs what its refusal says", () => {
  const site = "mx:example.org" as SiteKey;
  const made = record("a@example.org", [], { site });
  const closed = new Map([[site, { why: "closed", until: at(44 * MINUTE) }]]);
  assert.match(told(made, undefined, closed).line, /Next attempt about 10:53\. Nothing to do\.$/);
  const diagnosis = {
    ...({ class: "repIP", scope: "ip", permanent: false, rule: "x", confidence: 0.95, cause: "it distrusts this address" } as const),
    remedy: { who: "operator", text: "ask for delisting" },
  } as const;
  const lanes: FairleadEvent[] = [
    { seq: 9, at: at(MINUTE), body: { kind: "lane", site: "mx:example.org", open: false, why: "554 no", diagnosis } },
  ];
  assert.match(told({ ...made, lanes }, undefined, closed).line, /\. You: ask for delisting\.$/);
});

test("an upstream that takes no login is the operator's matter, not the sender's", () => {
  const site = "upstream:mail.example.net:587" as SiteKey;
  const fault = { code: "auth-not-offered", text: "the host offers no AUTH" };
  const diagnosis = diagnoseFault(fault, "auth", { stage: "auth", upstream: true, host: "mail.example.net" });
  const closed = new Map([[site, { why: "the host offers no AUTH", until: at(44 * MINUTE) }]]);
  const lanes: FairleadEvent[] = [
    { seq: 9, at: at(MINUTE), body: { kind: "lane", site, open: false, why: "the host offers no AUTH", diagnosis } },
  ];
  const { line } = told({ ...record("a@example.org", [], { site }), lanes }, undefined, closed);
  assert.match(line, /\. You: use the port where it takes logins \(587 or 465\), over TLS\.$/);
});

test("what a lane did while the message was held made no difference, and is no step of its story", () => {
  const site = "upstream:smart.example:587";
  const door = (seq: number, minute: number, open: boolean): FairleadEvent => ({
    ...{ seq, at: at(minute * MINUTE), body: { kind: "lane", site, open, why: open ? "time to try again" : "no answer" } },
  });
  const held: EventBody = { kind: "held", why: "held by ann", by: { kind: "operator", id: "ann" }, action: 7 };
  const released: EventBody = { kind: "released", why: "by ann", by: { kind: "operator", id: "ann" }, action: 8 };
  const made = record("a@example.org", [
    [2 * MINUTE, held],
    [9 * MINUTE, released],
    [11 * MINUTE, { ...twice, possiblyTwice: false }],
  ]);
  const lanes = [door(90, -2, true), door(91, 1, false), door(92, 3, true), door(93, 4, false), door(94, 10, true)];
  const { steps, parts } = told({ ...made, lanes, sites: new Map([[0, site as SiteKey]]) }, 11 * MINUTE);
  assert.deepEqual(
    steps.map(({ ms }) => ms / MINUTE),
    [0, 1, 2, 9, 10, 11],
  );
  assert.deepEqual([steps[2]?.text, steps[3]?.text], ["held by ann (action 7)", "released: by ann (by ann, action 8)"]);
  assert.deepEqual(
    parts.map(({ what, ms }) => [what, ms / SECOND]),
    [
      ["own turn", 60],
      ["lane closed", 120],
      ["held", 420],
      ["in line", 56],
      ["receiver's answer", 4],
    ],
  );
});
