/** Lines and parts of stories, from invented records: what is claimed is what the events say, and parts add up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { WallMs } from "../../base/clock.ts";
import { diagnoseFault } from "../../mail/replies/replies.ts";
import type { DsnFate, EventBody, FairleadEvent } from "../../model/event.ts";
import { idOf, type MessageKey, type NodeNumber, type SenderKey, type SiteKey, type SourceName, type TenantId } from "../../model/ids.ts";
import type { AttemptFacts } from "../../model/outcome.ts";
import type { SpooledDelivery } from "../../store/spool/spool.ts";
import { type ClosedSites, type MessageRecord, tellStory } from "./story.ts";

const T0 = Date.parse("2026-03-03T09:09:50Z") as WallMs;
const KEY = 1_000_000 as MessageKey;
const at = (ms: number): WallMs => (T0 + ms) as WallMs;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

const attempt = (times: AttemptFacts["times"], host = "mx1.example.org"): AttemptFacts => ({
  host,
  ip: "192.0.2.1",
  stage: "dot",
  times,
  nth: 1,
});
const reply = (code: number, enhanced: string, text: string) => ({ code, enhanced, text });
const deferred = (ms: number, words: string, due: number): [number, EventBody] => [
  ms,
  { kind: "deferred", attempt: attempt({ dot: 2000 }), reply: reply(450, "4.2.0", words), dueAt: at(due), attempts: 1, counted: true },
];
const bounced = (dsn: DsnFate): EventBody => ({
  kind: "bounced",
  attempt: attempt({ rcpt: 900 }),
  reply: reply(550, "5.1.1", "no such mailbox"),
  why: "refused",
  dsn,
  by: { kind: "dispatch", id: "retry" },
});

function record(to: string, events: readonly (readonly [number, EventBody])[], open?: Partial<SpooledDelivery>): MessageRecord {
  const envelope = {
    ...{
      key: KEY,
      acceptedAt: T0,
      expiresAt: at(3 * 86_400_000),
      tenant: "default" as TenantId,
      source: "srv12" as SourceName,
      sender: "wp@hotel-lux" as SenderKey,
    },
    ...{
      mailFrom: "billing@hotel-lux.example",
      recipients: [{ address: to, domain: "example.org" }],
      class: "normal" as const,
      bytes: 18_432,
      body: "7bit" as const,
      smtpUtf8: false,
    },
    peer: { ip: "192.0.2.7", helo: "srv12.example", listener: "smtp" },
  };
  const { key: _, ...accepted } = envelope;
  const all: readonly (readonly [number, EventBody])[] = [[0, { kind: "accepted", envelope: accepted }], ...events];
  const delivery: SpooledDelivery = {
    ...{
      ref: { message: KEY, rcpt: 0 },
      version: 1,
      dueAt: at(43 * MINUTE),
      expiresAt: envelope.expiresAt,
      attempts: 1,
      site: "example.org" as SiteKey,
    },
    ...{
      tenant: envelope.tenant,
      sender: envelope.sender,
      source: envelope.source,
      class: "normal",
      mailFrom: envelope.mailFrom,
      address: to,
      domain: "example.org",
    },
    ...{ bytes: 18_432, body: "7bit", smtpUtf8: false, delayTold: false, state: "queued", acceptedAt: T0 },
    ...open,
  };
  return {
    envelope,
    open: open === undefined ? [] : [delivery],
    events: all.map(([ms, body], i): FairleadEvent => ({ seq: i + 1, at: at(ms), message: KEY, ...(i === 0 ? {} : { rcpt: 0 }), body })),
  };
}

function told(made: MessageRecord, now = 42 * MINUTE + 10 * SECOND, closed: ClosedSites = new Map()) {
  const [only] = tellStory(made, { id: idOf(KEY, 1 as NodeNumber), now: at(now), zone: "Europe/Berlin", closed }).recipients;
  assert(only);
  return only;
}

const twice: EventBody = { kind: "delivered", attempt: attempt({ dot: 4000 }), reply: reply(250, "2.0.0", "ok"), possiblyTwice: true };
const lines: readonly (readonly [line: string, made: MessageRecord])[] = [
  ["Delivered for ann@example.org in 1.84 s. Nothing to do.", record("ann@example.org", [[1840, { ...twice, possiblyTwice: false }]])],
  [
    'Delivered for ann@example.org in 43 min 12 s: first mx1.example.org said "450 4.2.0 slow down". Nothing to do.',
    record("ann@example.org", [deferred(2000, "slow down", 43 * MINUTE), [43 * MINUTE + 12 * SECOND, { ...twice, possiblyTwice: false }]]),
  ],
  [
    "Delivered, possibly twice, for t.ho@example.org in 18 min 22 s: the line broke at 10:09:54 after the whole message, before the answer. Receiver: may delete one copy.",
    record("t.ho@example.org", [
      [4000, { kind: "in-doubt", attempt: attempt({ dot: 4000 }), why: "reset", dueAt: at(18 * MINUTE) }],
      [18 * MINUTE + 22 * SECOND, twice],
    ]),
  ],
  [
    "Relayed for h@example.org via ses-eu in 2.6 s. Nothing to do.",
    record("h@example.org", [[2600, { ...twice, kind: "relayed", attempt: attempt({ dot: 2000 }, "ses-eu"), possiblyTwice: false }]]),
  ],
  ["Queued for a@example.org for 42 min 10 s. Next attempt about 10:52. Nothing to do.", record("a@example.org", [], {})],
  ["Queued for a@example.org for 42 min 10 s. Waits for its turn. Nothing to do.", record("a@example.org", [], { dueAt: at(0) })],
  [
    'Queued for a@example.org for 42 min 10 s: mx1.example.org said "450 4.2.0 greylisted". Next attempt about 10:52. Nothing to do.',
    record("a@example.org", [deferred(2000, "greylisted", 43 * MINUTE)], {}),
  ],
  [
    "Queued for a@example.org for 42 min 10 s: connection refused (ECONNREFUSED). Next attempt about 10:52. Nothing to do.",
    record(
      "a@example.org",
      [
        [
          2000,
          {
            kind: "deferred",
            fault: { code: "ECONNREFUSED", text: "connection refused" },
            dueAt: at(43 * MINUTE),
            attempts: 0,
            counted: false,
          },
        ],
      ],
      {},
    ),
  ],
  [
    "Queued for a@example.org for 42 min 10 s: the line broke at 10:09:52 after the whole message, before the answer. Next attempt about 10:52. Nothing to do.",
    record("a@example.org", [[2000, { kind: "in-doubt", why: "reset", dueAt: at(43 * MINUTE) }]], { sentAt: at(2000) }),
  ],
  [
    "Held for p.lee@example.org for 42 min 10 s: looks taken over. Waits for a decision. You: release, bounce or discard it.",
    record("p.lee@example.org", [[0, { kind: "held", why: "looks taken over", by: { kind: "policy", id: "x" } }]], {
      state: "held",
      why: "looks taken over",
    }),
  ],
  [
    'Bounced for bbo@example.org in 900 ms: mx1.example.org said "550 5.1.1 no such mailbox". The sender was told.',
    record("bbo@example.org", [[900, bounced("sent")]]),
  ],
  [
    'Bounced for bbo@example.org in 900 ms: mx1.example.org said "550 5.1.1 no such mailbox". The sender was not told: null sender.',
    record("bbo@example.org", [[900, bounced("null sender")]]),
  ],
  [
    "Expired for a@example.org in 3 d: nobody answered. The sender was told.",
    record("a@example.org", [[3 * 86_400_000, { kind: "expired", why: "nobody answered", dsn: "sent" }]]),
  ],
  [
    "Discarded for a@example.org in 1 h: spam (by ann, action 119). Nothing to do.",
    record("a@example.org", [[60 * MINUTE, { kind: "discarded", why: "spam", by: { kind: "operator", id: "ann" }, action: 119 }]]),
  ],
  ["Settled for a@example.org: its details were deleted after their retention.", { ...record("a@example.org", []), events: [] }],
];
for (const [line, made] of lines) test(line, () => assert.equal(told(made).line, line));

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

/** The row as it was during the attempt, and the event that came before it was read again. */
const overtaken: readonly (readonly [
  what: string,
  events: readonly (readonly [number, EventBody])[],
  open: Partial<SpooledDelivery>,
  RegExp,
])[] = [
  ["its delivery", [[3000, { ...twice, possiblyTwice: false }]], { sentAt: at(2000) }, /^Delivered for a@example\.org in 3 s\./],
  ["its bounce", [[900, bounced("sent")]], { sentAt: at(800) }, /^Bounced/],
  [
    "that it was put off",
    [deferred(3000, "slow down", 47 * MINUTE)],
    { sentAt: at(2000), attempts: 0, dueAt: at(0) },
    /"450 4\.2\.0 slow down"\. Next attempt about 10:56/,
  ],
  [
    "that the line broke",
    [[2000, { kind: "in-doubt", why: "reset", dueAt: at(47 * MINUTE) }]],
    { sentAt: at(1000), dueAt: at(0) },
    /the line broke at 10:09:52 .* Next attempt about 10:56/,
  ],
  ["that it is held", [[2000, { kind: "held", why: "looks odd", by: { kind: "policy", id: "x" } }]], { dueAt: at(0) }, /^Held .*looks odd/],
  [
    "its release",
    [
      [1000, { kind: "held", why: "looks odd", by: { kind: "policy", id: "x" } }],
      [2000, { kind: "released", why: "fine", by: { kind: "operator", id: "ann" } }],
    ],
    { state: "held", why: "looks odd" },
    /^Queued .* Waits for its turn/,
  ],
];
for (const [what, events, open, line] of overtaken)
  test(`an event that is newer than the row is believed: ${what}`, () =>
    assert.match(told(record("a@example.org", events, open)).line, line));

test("a story told while its row is still there is the one that is told afterwards, whoever reads it", () => {
  const took: readonly [number, EventBody] = [
    2600,
    { ...twice, kind: "relayed", attempt: attempt({ dot: 2000 }, "ses-eu"), possiblyTwice: false },
  ];
  for (const eyes of ["operator", "tenant"] as const) {
    const tell = (open?: Partial<SpooledDelivery>) =>
      tellStory(record("h@example.org", [took], open), {
        ...{ id: idOf(KEY, 1 as NodeNumber), now: at(MINUTE), zone: "Europe/Berlin", closed: new Map(), eyes },
      });
    assert.deepEqual(tell({ site: "upstream:ses-eu:587" as SiteKey, sentAt: at(600) }), tell());
  }
});

test("a row that is newer than the events' last change is believed: it is being sent", () => {
  const made = record("a@example.org", [deferred(2000, "slow down", 40 * MINUTE)], { dueAt: at(40 * MINUTE), sentAt: at(42 * MINUTE) });
  assert.match(told(made).line, /: sent, no answer yet\./);
});

test("a long reply is cut, an address never", () => {
  const long = told(record("a@example.org", [deferred(2000, "x".repeat(2000), 43 * MINUTE)], {}));
  assert(long.line.length <= 240);
  assert.match(long.line, /^Queued for a@example\.org .*x…"\. Next attempt about 10:52\. Nothing to do\.$/);
  assert(long.steps.some(({ quote }) => quote?.includes("x".repeat(2000))));
  const address = `${"a".repeat(240)}@example.org`;
  assert(told(record(address, [deferred(2000, "slow down", 43 * MINUTE)], {})).line.includes(address));
});

test("one attempt is told by its stages, and they add up to the time shown", () => {
  const { parts, totalMs } = told(
    record("a@example.org", [
      [1840, { ...twice, attempt: attempt({ dns: 22, connect: 61, tls: 94, ehlo: 100, mail: 100, rcpt: 100, data: 48, dot: 1280 }) }],
    ]),
  );
  assert.deepEqual(parts, [
    { what: "own turn", ms: 35 },
    { what: "dns", ms: 22 },
    { what: "connect", ms: 61 },
    { what: "tls", ms: 94 },
    { what: "talk", ms: 348 },
    { what: "receiver's answer", ms: 1280 },
  ]);
  assert.equal(totalMs, 1840);
});

test("waits are named by what was waited for", () => {
  const made = record(
    "a@example.org",
    [
      deferred(10 * SECOND, "greylisted, come back", 5 * MINUTE),
      [
        5 * MINUTE,
        {
          kind: "deferred",
          fault: { code: "ECONNREFUSED", text: "connection refused" },
          dueAt: at(10 * MINUTE),
          attempts: 1,
          counted: false,
        },
      ],
      [10 * MINUTE, { kind: "held", why: "by ann", by: { kind: "operator", id: "ann" }, action: 7 }],
      [20 * MINUTE, { kind: "released", why: "by ann", by: { kind: "operator", id: "ann" }, action: 8 }],
      [21 * MINUTE, { kind: "in-doubt", attempt: attempt({ dot: 10_000 }), why: "reset", dueAt: at(36 * MINUTE) }],
    ],
    { sentAt: at(21 * MINUTE), dueAt: at(36 * MINUTE) },
  );
  const { parts, totalMs, steps } = told(made, 30 * MINUTE);
  assert.deepEqual(
    parts.map(({ what }) => what),
    ["own turn", "greylisting", "lane closed", "held", "try 2", "in doubt", "other"],
  );
  assert.equal(
    parts.reduce((sum, { ms }) => sum + ms, 0),
    totalMs,
  );
  assert.deepEqual(
    steps.map(({ text }) => text.split(":")[0]),
    [
      "accepted from srv12 (wp@hotel-lux) at 192.0.2.7, 18 KB, class normal",
      "try 1 to mx1.example.org [192.0.2.1]",
      "no attempt",
      "held",
      "released",
      "try 2 to mx1.example.org [192.0.2.1]",
    ],
  );
});

test("whatever happened when, the parts add up and none is negative", () => {
  const times = fc.record({
    dns: fc.double({ min: 0, max: 5000, noNaN: true }),
    connect: fc.double({ min: 0, max: 100, noNaN: true }),
    dot: fc.double({ min: 0, max: 90_000, noNaN: true }),
  });
  const step = fc.record({
    after: fc.nat({ max: 3_600_000 }),
    what: fc.constantFrom("deferred", "fault", "in-doubt", "held", "released"),
    times,
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.nat({ max: 3_600_000 }), (steps, tail) => {
      let ms = 0;
      const events = steps.map(({ after, what, times }): [number, EventBody] => {
        ms += after;
        const facts = attempt(times);
        if (what === "deferred")
          return [ms, { kind: "deferred", attempt: facts, reply: reply(450, "4.0.0", "no"), dueAt: at(ms), attempts: 1, counted: true }];
        if (what === "fault")
          return [ms, { kind: "deferred", fault: { code: "X", text: "x" }, dueAt: at(ms), attempts: 1, counted: false }];
        if (what === "in-doubt") return [ms, { kind: "in-doubt", attempt: facts, why: "x", dueAt: at(ms) }];
        return [ms, { kind: what === "held" ? "held" : "released", why: "x", by: { kind: "operator", id: "a" } }];
      });
      const { parts, totalMs } = told(record("a@example.org", events, {}), ms + tail);
      assert.equal(
        parts.reduce((sum, part) => sum + part.ms, 0),
        totalMs,
      );
      assert(parts.every((part) => Number.isInteger(part.ms) && part.ms > 0));
    }),
  );
});
