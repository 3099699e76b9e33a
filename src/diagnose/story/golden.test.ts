/**
 * Stories as people read them: each case is a record, its golden file what an operator and the tenant are told of it.
 * Rewrite them with `FAIRLEAD_REWRITE=1` and review the diff.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import { durationText } from "../../base/time-text.ts";
import type { EventBody } from "../../model/event.ts";
import { idOf, type MessageKey, type NodeNumber, type SiteKey, type TenantId } from "../../model/ids.ts";
import { LONGEST_LINE } from "./line.ts";
import {
  at,
  attempt,
  DAY,
  GREY,
  HOUR,
  KEY,
  lane,
  MINUTE,
  NO_MAILBOX,
  RATE,
  reply,
  SECOND,
  type Specimen,
  specimen,
  UNREAD,
} from "./specimens.ts";
import { type Eyes, type Telling, tellStory } from "./story.ts";

const TIMES = { dns: 22, connect: 61, tls: 94, ehlo: 100, mail: 100, rcpt: 100, data: 48, dot: 1280 };
const DIALOGUE = "S: 220 mx1.example.org\nC: EHLO relay.example.net\nS: 250 ok";
const OK = reply(250, "2.0.0", "OK 1772529392 gsmtp");
const delivered: EventBody = { kind: "delivered", attempt: attempt(TIMES, { dialogue: DIALOGUE }), reply: OK, possiblyTwice: false };
const limited: EventBody = {
  ...{ kind: "deferred", attempt: attempt({ connect: 100, rcpt: 1900 }), reply: reply(421, "4.7.28", "unusual rate of mail") },
  ...{ diagnosis: RATE, dueAt: at(8 * MINUTE + 16 * SECOND), attempts: 1, counted: true },
};
const ANN = { kind: "operator", id: "ann" } as const;
const POLICY = { kind: "policy", id: "takeover" } as const;
const bounce: EventBody = {
  ...{ kind: "bounced", attempt: attempt({ rcpt: 900 }), reply: reply(550, "5.1.1", "no such user"), why: "refused" },
  ...{ diagnosis: NO_MAILBOX, dsn: "sent", by: { kind: "dispatch", id: "retry" } },
};
const refusal = (code: string | undefined, smtp: number, text: string, more: Partial<EventBody & { kind: "refused" }> = {}): EventBody => ({
  ...{ kind: "refused", peer: "192.0.2.7", helo: "srv3.example", source: "srv3", sender: "max@srv3", mailFrom: "max@shop.example" },
  ...{ rcptTo: "ann@gmail.com", reply: { code: smtp, text } },
  ...(code === undefined ? {} : { code }),
  ...more,
});
const returned = (more: Partial<EventBody & { kind: "returned" }>): EventBody => ({
  ...{ kind: "returned", what: "failed", from: "mx1.example.org", status: "5.1.1", diagnostic: "550 5.1.1 user unknown" },
  ...more,
});

interface Case extends Specimen {
  readonly now?: number;
  readonly asked?: Partial<Telling>;
}

const cases: Readonly<Record<string, Case>> = {
  delivered: { events: [[1840, delivered]] },
  "delivered-late": {
    events: [
      [2000, limited],
      [43 * MINUTE + 12 * SECOND, delivered],
    ],
    asked: { lanes: [lane(2000, false, "third cut in a row"), lane(8 * MINUTE + 16 * SECOND, true, "40/min")] },
  },
  "delivered-twice": {
    events: [
      [4000, { kind: "in-doubt", attempt: attempt({ dot: 4000 }), why: "ECONNRESET", dueAt: at(18 * MINUTE + 18 * SECOND) }],
      [18 * MINUTE + 22 * SECOND, { ...delivered, possiblyTwice: true }],
    ],
  },
  relayed: {
    events: [
      [
        2600,
        { ...delivered, kind: "relayed", attempt: attempt(TIMES, { host: "smtp.ses-eu.example", ip: "10.1.2.3", dialogue: DIALOGUE }) },
      ],
    ],
  },
  "queued-fresh": { open: { dueAt: at(0), attempts: 0 }, now: 40 },
  "queued-limited": { events: [[2000, limited]], open: {} },
  "queued-closed": {
    events: [[2000, limited]],
    open: { dueAt: at(8 * MINUTE) },
    asked: {
      closed: new Map([
        [
          "example.org" as SiteKey,
          { why: "rate limit of 198.51.100.7", since: at(-8 * MINUTE), until: at(44 * MINUTE), of: "shopking" as TenantId },
        ],
      ]),
      lanes: [lane(-8 * MINUTE, false, "rate limit of 198.51.100.7")],
    },
  },
  "queued-in-line": {
    open: { dueAt: at(0), attempts: 0 },
    asked: { lanes: [lane(-MINUTE, false, "rate"), lane(8 * MINUTE, true, "40/min")] },
  },
  "queued-grey": {
    events: [[2000, { ...limited, reply: reply(451, "4.7.1", "come back in 300 seconds"), diagnosis: GREY }]],
    open: {},
    now: 3 * MINUTE,
  },
  "queued-doubt": {
    events: [[2000, { kind: "in-doubt", attempt: attempt({ dot: 2000 }), why: "ECONNRESET", dueAt: at(43 * MINUTE) }]],
    open: { sentAt: at(1900) },
  },
  "queued-unreachable": {
    events: [
      [
        30_000,
        {
          ...{
            kind: "deferred",
            attempt: attempt({ dns: 12, connect: 29_988 }, { stage: "connect" }),
            dueAt: at(43 * MINUTE),
            attempts: 1,
          },
          ...{ fault: { code: "ETIMEDOUT", text: "connect ETIMEDOUT 192.0.2.1:25" }, counted: true },
        },
      ],
    ],
    open: {},
  },
  held: {
    events: [[0, { kind: "held", why: "shop3@srv7 looks taken over since 10:31; 13 of 25 canaries had no mailbox", by: POLICY }]],
    open: { state: "held", why: "shop3@srv7 looks taken over since 10:31; 13 of 25 canaries had no mailbox" },
  },
  released: {
    events: [
      [0, { kind: "held", why: "looks taken over", by: POLICY }],
      [20 * MINUTE, { kind: "released", why: "ticket 7", by: ANN, action: 118 }],
      [20 * MINUTE + 1840, delivered],
    ],
  },
  bounced: { events: [[900, bounce]] },
  "bounced-unread": { events: [[900, { ...bounce, reply: reply(554, "5.0.0", "Nope. Kein Zutritt (q7)"), diagnosis: UNREAD }]] },
  "bounced-probably": { events: [[900, { ...bounce, diagnosis: { ...NO_MAILBOX, confidence: 0.7 } }]] },
  "bounced-by-operator": { events: [[HOUR, { kind: "bounced", why: "asked by the tenant", dsn: "sent", by: ANN, action: 119 }]] },
  expired: {
    events: [
      [2000, limited],
      [3 * DAY, { kind: "expired", why: "421 4.7.28 unusual rate of mail", dsn: "sent" }],
    ],
  },
  discarded: { events: [[HOUR, { kind: "discarded", why: "spam", by: ANN, action: 120 }]] },
  "refused-locked": {
    to: ["ann@gmail.com"],
    events: [[36 * MINUTE, refusal("FL-5203", 550, "FL-5203 sending is locked for this account")]],
  },
  "refused-suppressed": {
    to: ["bbo@gmail.com"],
    events: [[0, refusal("FL-5401", 550, "FL-5401 bbo@gmail.com does not exist", { rcptTo: "bbo@gmail.com" })]],
  },
  "refused-busy": { to: [], events: [[0, refusal("FL-4001", 452, "FL-4001 disk nearly full; keep it and retry")]] },
  "refused-grammar": { to: [], events: [[0, refusal(undefined, 503, "send MAIL first", { kind: "refused" })]] },
  "returned-failed": {
    events: [
      [1840, delivered],
      [3 * HOUR + 1840, returned({ diagnosis: NO_MAILBOX, report: 1_000_007 as MessageKey })],
    ],
  },
  "returned-unread": {
    events: [
      [1840, delivered],
      [3 * HOUR + 1840, returned({})],
    ],
  },
  "returned-complaint": {
    events: [
      [1840, delivered],
      [2 * DAY, returned({ what: "complaint", from: "fbl.yahoo.example", feedbackType: "abuse" })],
    ],
  },
  "returned-autoreply": {
    events: [
      [1840, delivered],
      [3 * MINUTE, returned({ what: "autoreply" })],
    ],
  },
  "returned-after-relay": {
    events: [
      [2600, { ...delivered, kind: "relayed", attempt: attempt(TIMES, { host: "ses-eu" }) }],
      [5 * SECOND, returned({ what: "delivered", from: "ses-eu" })],
    ],
  },
  suppressed: {
    events: [
      [900, bounce],
      [
        900,
        {
          kind: "suppressed",
          tenant: "hotel-lux" as TenantId,
          address: "j.doe@example.org",
          why: "badrcpt",
          until: at(30 * DAY),
          by: { kind: "policy", id: "suppression" },
        },
      ],
    ],
  },
  forgotten: {},
};

function told(name: string, made: Case, eyes: Eyes): string {
  const base = specimen(made);
  const record = name === "forgotten" ? { ...base, events: [] } : base;
  const now = at(made.now ?? 42 * MINUTE + 10 * SECOND);
  const story = tellStory(record, { id: idOf(KEY, 1 as NodeNumber), now, zone: "Europe/Berlin", closed: new Map(), eyes, ...made.asked });
  const [only] = story.recipients;
  assert(only);
  assert(only.line.length <= LONGEST_LINE, only.line);
  if (only.parts.length > 0)
    assert.equal(
      only.parts.reduce((sum, { ms }) => sum + ms, 0),
      only.totalMs,
    );
  const steps = only.steps.flatMap(({ ms, text, quote, dialogue, by, ref }) => [
    `  +${durationText(ms)}  ${text}${by === null ? "" : `  by ${by}`}${ref === null ? "" : `  [${ref}]`}`,
    ...(quote === null ? [] : [`      "${quote}"`]),
    ...(dialogue === null ? [] : dialogue.split("\n").map((line) => `      | ${line}`)),
  ]);
  const parts = only.parts.map(({ what, ms }) => `${durationText(ms)} ${what}`).join(" · ");
  const remedy =
    only.remedy === null ? "none" : `${only.remedy.who}: ${only.remedy.text}${only.remedy.link === null ? "" : ` ${only.remedy.link}`}`;
  return [
    only.line,
    `  ${parts}`,
    `  cause ${only.cause ?? "none"}, sure ${only.confidence ?? "not said"}`,
    `  remedy ${remedy}`,
    ...steps,
  ].join("\n");
}

for (const [name, made] of Object.entries(cases))
  test(`the story of ${name}`, () => {
    const text = `OPERATOR\n${told(name, made, "operator")}\n\nTENANT\n${told(name, made, "tenant")}\n`;
    const file = new URL(`golden/${name}.txt`, import.meta.url);
    if (process.env["FAIRLEAD_REWRITE"]) writeFileSync(file, text);
    assert.equal(text, readFileSync(file, "utf8"), `golden/${name}.txt`);
  });

test("after its zone's midnight a refusal is told with its day", () => {
  const record = specimen({ to: ["ann@gmail.com"], events: [[0, refusal("FL-5203", 550, "FL-5203 locked")]] });
  const asked = { id: idOf(KEY, 1 as NodeNumber), now: (at(0) + 2 * DAY) as WallMs, zone: "UTC", closed: new Map() };
  assert.match(tellStory(record, asked).recipients[0]?.line ?? "", /^Refused for ann@gmail\.com at 3 Mar 09:09:50: /);
});
