/** What a row says after each thing that can happen to a delivery. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { WallMs } from "../../../base/clock.ts";
import { silentLog } from "../../../base/log.ts";
import { diagnose } from "../../../mail/replies/replies.ts";
import type { EventBody } from "../../../model/event.ts";
import type { AttemptFacts } from "../../../model/outcome.ts";
import { EVERYTHING } from "../../../model/view.ts";
import { handClock } from "../../spool/specimens.ts";
import { DaysFolder } from "../disk/days-folder.ts";
import { Keeper } from "../disk/keeper.ts";
import type { HistoryRow } from "../history.ts";
import { Searcher } from "../search/searcher.ts";
import { Events, NOON } from "../specimens.ts";

const attempt: AttemptFacts = { host: "gmail-smtp-in.l.google.com", ip: "198.51.100.1", stage: "dot", times: {}, nth: 1 };
const by = { kind: "operator", id: "ann" } as const;
const dueAt = (NOON + 60_000) as WallMs;
const doubt: EventBody = { kind: "in-doubt", attempt, why: "no answer came to the final dot", dueAt };
const full = { code: 452, enhanced: "4.2.2", text: "The recipient's inbox is out of storage space" };
const deferral = {
  kind: "deferred",
  attempt,
  reply: full,
  diagnosis: diagnose(full, { host: attempt.host, stage: attempt.stage }),
  dueAt,
  attempts: 3,
  counted: true,
} as const;

const CASES: readonly (readonly [sentence: string, happened: readonly EventBody[], row: Partial<HistoryRow>])[] = [
  ["accepted mail is queued", [], { state: "queued", attempts: 0, inDoubt: false }],
  [
    "a deferral says why, what it means, who and when next",
    [deferral],
    { state: "queued", attempts: 3, dueAt, code: 452, enhanced: "4.2.2", class: "full", provider: "Google", host: attempt.host },
  ],
  [
    "a fault of the lane leaves the meaning alone",
    [{ kind: "deferred", fault: { code: "timeout", text: "no connection within 30 s" }, dueAt, attempts: 0, counted: false }],
    { state: "queued", attempts: 0, why: "no connection within 30 s" },
  ],
  ["a doubt stands until it is settled", [doubt, deferral], { state: "queued", inDoubt: true, attempts: 3 }],
  ["putting a doubt off is no attempt", [{ ...doubt, attempt: undefined } as unknown as EventBody], { inDoubt: true, attempts: 0 }],
  [
    "what may have come twice says so",
    [doubt, { kind: "delivered", attempt, reply: { code: 250, text: "OK 1762 abc123def456" }, possiblyTwice: true }],
    { state: "delivered", inDoubt: false, possiblyTwice: true, attempts: 2, why: "250 OK 1762 abc123def456", code: 250 },
  ],
  [
    "a delivery forgets why it waited",
    [deferral, { kind: "relayed", attempt, reply: { code: 250, text: "ok" }, possiblyTwice: false }],
    { state: "relayed", attempts: 4, class: undefined as never, enhanced: undefined as never, why: "250 ok" },
  ],
  [
    "a bounce by a person is no attempt",
    [{ kind: "bounced", why: "wanted by ann", dsn: "sent", by }],
    { state: "bounced", attempts: 0, why: "wanted by ann" },
  ],
  [
    "expiry is a class of its own",
    [{ kind: "expired", why: "not delivered in time", dsn: "sent" }],
    { state: "expired", class: "expired" },
  ],
  ["expiry keeps what it waited for", [deferral, { kind: "expired", why: "too late", dsn: "sent" }], { state: "expired", class: "full" }],
  ["a hold says why", [{ kind: "held", why: "looks odd", by }], { state: "held", why: "looks odd" }],
  [
    "released mail is due",
    [
      { kind: "held", why: "odd", by },
      { kind: "released", why: "fine", by },
    ],
    { state: "queued" },
  ],
  ["discarded is discarded", [{ kind: "discarded", why: "unwanted", by }], { state: "discarded", why: "unwanted" }],
  [
    "what comes back later does not undo a delivery",
    [
      { kind: "delivered", attempt, reply: { code: 250, text: "ok" }, possiblyTwice: false },
      { kind: "returned", what: "complaint", from: "fbl.example" },
    ],
    { state: "delivered", why: "250 ok" },
  ],
];

const folder = mkdtempSync(join(tmpdir(), "fairlead-fold-"));
const clock = handClock(NOON);
const events = new Events();
const found: HistoryRow[] = [];

before(() => {
  CASES.forEach(([, happened], i) => {
    const key = events.accept({ at: NOON + i * 1000 });
    for (const body of happened) events.add(NOON + i * 1000 + 500, key, 0, body);
  });
  const ports = { folder: new DaysFolder(folder), journal: events, clock, log: silentLog, retentionDays: 30, leastFreeBytes: 0 };
  const keeper = new Keeper(ports);
  while (keeper.step());
  keeper.close();
  const searcher = new Searcher({ shelf: new DaysFolder(folder), onUnread: () => {} }, clock);
  found.push(...[...searcher.search(EVERYTHING, {}, { limit: 1000 }).rows].reverse());
  searcher.close();
});
after(() => rmSync(folder, { recursive: true, force: true }));

for (const [i, [sentence, , wanted]] of CASES.entries())
  test(sentence, () => {
    const row = found[i];
    const picked = Object.fromEntries(Object.keys(wanted).map((key) => [key, row?.[key as keyof HistoryRow]]));
    assert.deepEqual(picked, wanted);
  });
