/** A person is told what needs him, the worst first, and nothing when all is well. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "../base/clock.ts";
import { diagnose, diagnoseFault } from "../mail/replies/replies.ts";
import { keyAt, type SenderKey, type SiteKey, type SourceName, type TenantId } from "../model/ids.ts";
import type { LaneReport } from "../relay/dispatch/dispatch.ts";
import type { HeldCount } from "../store/spool/spool.ts";
import { type NeedsOf, needsOf } from "./needs.ts";

const NOW = Date.parse("2026-11-25T12:00:00Z") as WallMs;
const MINUTE = 60_000;
const DAY_MS = 86_400_000;
const WELL: NeedsOf = {
  now: NOW,
  ledger: { at: NOW, balances: true, drift: [] },
  spool: { is: "ok", freeBytes: 5e10 },
  history: { is: "ok", behind: 3, at: NOW },
  lanes: [],
  putOff: [],
  held: [],
  others: [],
  certificateUntil: (NOW + 90 * 86_400_000) as WallMs,
};

const DAY_LOST = { is: "day", at: NOW, day: "2026-11-20", file: "2026-11-20.db.broken-1" } as const;
const GAP = { is: "gap", at: NOW, from: 5, to: 9 } as const;

function lane(site: string, minutes: number): LaneReport {
  const since = (NOW - minutes * MINUTE) as WallMs;
  const diagnosis = diagnoseFault({ code: "refused", text: "refused" }, "connect", { stage: "connect", upstream: false });
  const state = {
    is: "closed" as const,
    cause: "unreachable" as const,
    since,
    until: NOW,
    why: `${site} refused the connection`,
    failures: 3,
    diagnosis,
  };
  return { site: `mx:${site}` as SiteKey, connections: 0, state, trouble: state };
}

function upstream(minutes: number): LaneReport {
  return { ...lane("smart.example:587", minutes), site: "upstream:smart.example:587" as SiteKey };
}

function held(minutes: number, more: Partial<HeldCount> = {}): HeldCount {
  const key = keyAt((NOW - minutes * MINUTE) as WallMs);
  const whose = { sender: "a@s" as SenderKey, source: "s" as SourceName, tenant: "t" as TenantId, oldest: key, newest: key };
  return { ...whose, why: "sent twice to mx without an answer", held: 1, ...more };
}

const GOOGLE = { key: "google", provider: "Google", sites: ["mx:a.example", "mx:gmail.com"], attempts: 214, says: "421 4.7.28 slow down" };

test("nothing when all is well, and a lane that is shut for a minute is no news", () => {
  assert.deepEqual(needsOf({ ...WELL, lanes: [lane("a.example", 1)] }), []);
});

const CASES: readonly (readonly [string, Partial<NeedsOf>, string, RegExp])[] = [
  ["a full disk", { spool: { is: "full", freeBytes: 12 * 1024 ** 2 } }, "disk-full", /12 MB left/],
  ["a spool that cannot be written", { spool: { is: "sick", why: "EIO" } }, "spool-sick", /EIO/],
  ["a ledger that does not balance", { ledger: { at: NOW, balances: false, drift: ["a: 3, not 4"] } }, "ledger", /3, not 4/],
  [
    "mail that the node did not dare to send a third time",
    { held: [held(90)] },
    "held",
    /^1 delivery waits for your decision, accepted 1 h 30 min ago: sent twice to mx without an answer\.$/,
  ],
  ["a history that stopped", { history: { is: "stopped", why: "no room", behind: 9 } }, "history-stopped", /no room.*catch up/],
  ["a history far behind", { history: { is: "ok", behind: 200_000, at: NOW } }, "history-behind", /200000 events/],
  [
    "a day of history that was set aside",
    { history: { is: "ok", behind: 0, at: NOW, lost: [{ ...DAY_LOST, at: (NOW - DAY_MS + 1) as WallMs }] } },
    "history-day-lost",
    /2026-11-20 could not be read/,
  ],
  ["what never came into history", { history: { is: "ok", behind: 0, at: NOW, lost: [GAP] } }, "history-gap", /Events 5 to 9 never came/],
  ["a certificate that ends soon", { certificateUntil: (NOW + 3 * 86_400_000) as WallMs }, "certificate", /ends in 3 d/],
  ["one that has ended", { certificateUntil: (NOW - MINUTE) as WallMs }, "certificate", /has ended/],
  ["what another part knows", { others: [{ code: "webhook-stopped", line: "crm is told nothing" }] }, "webhook-stopped", /crm/],
  ["a destination that is away for long", { lanes: [lane("a.example", 40)] }, "lane-closed", /a\.example has taken no mail for 40 min/],
  [
    "an upstream that is away for two minutes",
    { lanes: [upstream(2)] },
    "upstream-closed",
    /^upstream:smart\.example:587 has taken no mail for 2 min/,
  ],
  ["a receiver that takes nothing", { putOff: [GOOGLE] }, "put-off", /^Google puts everything off: 214 attempts.*"421 4\.7\.28 slow down"/],
];
for (const [what, change, code, line] of CASES)
  test(`${what} is told`, () => {
    const [need, ...more] = needsOf({ ...WELL, ...change });
    assert.equal(need?.code, code);
    assert.match(need?.line ?? "", line);
    assert.deepEqual(more, []);
    if (!change.others) assert.match(need?.fix ?? "", /\.$/, "it says what to do next");
  });

test("a lane that is being tried again is still told, although it counts as open just now", () => {
  const [needed] = needsOf({ ...WELL, lanes: [{ ...lane("a.example", 40), connections: 1, state: { is: "open" } }] });
  assert.equal(needed?.code, "lane-closed");
  assert.deepEqual(needsOf({ ...WELL, lanes: [{ site: "mx:a.example" as SiteKey, connections: 1, state: { is: "open" } }] }), []);
});

test("what is held by nobody's order is one line: how many, since when, why; what an operator holds is his own matter", () => {
  const groups = [
    held(200, { action: 7 }),
    held(90, { held: 2 }),
    held(80, { why: "damaged: part 0" }),
    held(70),
    held(60, { why: "odd" }),
  ];
  const [need, ...more] = needsOf({ ...WELL, held: groups });
  assert.deepEqual(more, []);
  assert.equal(
    need?.line,
    "5 deliveries wait for your decision, the oldest accepted 1 h 30 min ago: sent twice to mx without an answer; damaged: part 0; and 1 more reason.",
  );
  assert.equal(need.link, "#/holds");
  assert.match(need.fix ?? "", /^fairlead holds .*release ID.*queue bounce ID.*discard ID/);
  assert.deepEqual(needsOf({ ...WELL, held: [held(200, { action: 7 })] }), []);
});

test("a destination that answered needs what its answer says; one that puts off passes by itself", () => {
  const says = (text: string, code: number, enhanced: string): readonly LaneReport[] => {
    const { trouble, ...rest } = upstream(9);
    assert.ok(trouble);
    return [{ ...rest, trouble: { ...trouble, diagnosis: diagnose({ code, enhanced, text }, { stage: "auth", upstream: true }) } }];
  };
  const [refused] = needsOf({ ...WELL, lanes: says("Authentication credentials invalid", 535, "5.7.8") });
  assert.doesNotMatch(refused?.fix ?? "", /tried again by itself/);
  assert.match(refused?.fix ?? "", /^[A-Z].*\.$/);
  const [busy] = needsOf({ ...WELL, lanes: says("service not available", 421, "4.3.2") });
  assert.match(busy?.fix ?? "", /^Look whether it runs.*tried again by itself\.$/);
});

test("what helps with an answer is the next step, and what cannot be reached at all is told once", () => {
  const [known] = needsOf({ ...WELL, putOff: [{ ...GOOGLE, remedy: "send less for a day" }] });
  assert.equal(known?.fix, "send less for a day");
  const lanes = [lane("a.example", 40), lane("gmail.com", 50)];
  assert.deepEqual(
    needsOf({ ...WELL, lanes, putOff: [GOOGLE] }).map(({ code }) => code),
    ["lane-closed", "lane-closed"],
  );
});

test("what history lost is news for a day, whether it stands still or not, and whatever the clock said", () => {
  const lost = [-DAY_MS, DAY_MS].map((away) => ({ ...DAY_LOST, at: (NOW + away) as WallMs }));
  assert.deepEqual(needsOf({ ...WELL, history: { is: "ok", behind: 0, at: NOW, lost } }), []);
  const stopped = needsOf({ ...WELL, history: { is: "stopped", why: "no room", behind: 9, lost: [GAP] } });
  assert.deepEqual(
    stopped.map(({ code }) => code),
    ["history-stopped", "history-gap"],
  );
});

test("the worst stands first, and of many lanes the ten that are shut longest", () => {
  const lanes = Array.from({ length: 30 }, (_, i) => lane(`h${i}.example`, 20 + i));
  const needs = needsOf({ ...WELL, lanes, spool: { is: "sick", why: "EIO" } });
  assert.equal(needs[0]?.code, "spool-sick");
  assert.equal(needs.length, 11);
  assert.match(needs[1]?.line ?? "", /h29/);
});
