/** Lines and parts of stories, from invented records: what is claimed is what the events say, and parts add up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { EventBody } from "../../model/event.ts";
import { idOf, type NodeNumber, type SiteKey } from "../../model/ids.ts";
import type { TlsVerified } from "../../model/outcome.ts";
import type { SpooledDelivery } from "../../store/spool/spool.ts";
import { at, attempt, bounced, deferred, KEY, MINUTE, record, reply, SECOND, told, twice } from "./one-record.ts";
import { type MessageRecord, tellStory } from "./story.ts";

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

const VOUCHED: readonly (readonly [TlsVerified | undefined, says: string])[] = [
  [undefined, " over TLS"],
  ["none", " over TLS that nobody vouched for"],
  ["webpki", " over TLS, its certificate verified"],
  ["sts", " over TLS, verified by MTA-STS"],
  ["dane", " over TLS, verified by DANE"],
];
for (const [verified, says] of VOUCHED)
  test(`an attempt says who vouched for its host: ${verified ?? "not recorded"}`, () => {
    const tls = { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", authorized: true, ...(verified && { verified }) };
    const { steps } = told(record("a@example.org", [[1840, { ...twice, attempt: { ...attempt({ dot: 1280 }), tls } }]]));
    const said = steps.find(({ text }) => text.startsWith("try 1"))?.text ?? "";
    assert(said.includes(says), said);
    assert.equal(/vouched|verified/.test(said), verified !== undefined);
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
