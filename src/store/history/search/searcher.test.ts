/** What a search finds: by everything that a person may remember, in pages that neither lose nor repeat, and only what the view may see. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import fc from "fast-check";
import type { WallMs } from "../../../base/clock.ts";
import { silentLog } from "../../../base/log.ts";
import type { MessageKey, TenantId } from "../../../model/ids.ts";
import { EVERYTHING, type View } from "../../../model/view.ts";
import { handClock } from "../../spool/specimens.ts";
import { DaysFolder } from "../disk/days-folder.ts";
import { Keeper } from "../disk/keeper.ts";
import type { HistoryQuery } from "../history.ts";
import { DAY, Events, NOON } from "../specimens.ts";
import { Searcher } from "./searcher.ts";

let folder = "";
let events: Events;
let searcher: Searcher;
let unread: string[];
const clock = handClock(NOON);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-search-"));
  events = new Events();
  unread = [];
  searcher = new Searcher({ shelf: new DaysFolder(folder), onUnread: (day) => unread.push(day) }, clock);
});
afterEach(() => {
  searcher.close();
  rmSync(folder, { recursive: true, force: true });
});

function fold(): void {
  const ports = { folder: new DaysFolder(folder), journal: events, clock, log: silentLog, retentionDays: 30, leastFreeBytes: 0 };
  const keeper = new Keeper(ports);
  while (keeper.step());
  keeper.close();
}

function found(query: HistoryQuery, view: View = EVERYTHING): string[] {
  return searcher.search(view, query, { limit: 100 }).rows.map(({ to }) => to);
}

/** Newest first: dan, cid (bounced), bea and ann (one message), and old of the day before. */
function someMail(): Record<"old" | "pair" | "cid" | "dan" | "refused", MessageKey> {
  const old = events.accept({ at: NOON - DAY, to: ["old@example.net"], tenant: "other", ip: "192.0.2.9" });
  const pair = events.accept({ to: ["ann@Gmail.com", "bea@example.net"], messageId: "<Pair.1@shop.example>", from: "shop@shop.example" });
  const cid = events.accept({ at: NOON + 10, to: ["cid@example.org"], sender: "cron@web2", source: "web2" });
  const dan = events.accept({ at: NOON + 20, to: ["dan@example.org"], from: "" });
  events.deliver(pair, 0, "2.0.0 OK 1762 d9443c01a7336-295123 - gsmtp");
  events.deliver(pair, 1);
  events.bounce(cid);
  events.defer(dan);
  const refused = events.refuse(NOON + 30);
  fold();
  return { old, pair, cid, dan, refused };
}

const CASES: readonly (readonly [HistoryQuery, readonly string[]])[] = [
  [{}, ["eve@example.org", "dan@example.org", "cid@example.org", "ann@Gmail.com", "bea@example.net", "old@example.net"]],
  [{ to: ["ANN@gmail.COM"] }, ["ann@Gmail.com"]],
  [{ to: ["@example.net", "dan@example.org"] }, ["dan@example.org", "bea@example.net", "old@example.net"]],
  [{ to: ["nobody@example.net"] }, []],
  [{ from: ["@shop.example"] }, ["ann@Gmail.com", "bea@example.net"]],
  [{ from: ["Shop@shop.example"] }, ["ann@Gmail.com", "bea@example.net"]],
  [{ from: [""] }, ["dan@example.org"]],
  [{ sender: ["cron@WEB2"] }, ["cid@example.org"]],
  [{ source: ["web2"] }, ["cid@example.org"]],
  [{ tenant: ["other"] }, ["old@example.net"]],
  [{ messageId: ["<pair.1@SHOP.example>"] }, ["ann@Gmail.com", "bea@example.net"]],
  [{ messageId: ["pair.1@shop.example"] }, ["ann@Gmail.com", "bea@example.net"]],
  [{ messageId: ["<other@shop.example>"] }, []],
  [{ state: ["queued"] }, ["dan@example.org", "old@example.net"]],
  [{ state: ["bounced", "refused"] }, ["eve@example.org", "cid@example.org"]],
  [{ state: ["delivered"], to: ["@example.net"] }, ["bea@example.net"]],
  [{ state: ["bounced", "delivered"], source: ["web2"] }, ["cid@example.org"]],
  [{ class: ["badrcpt"] }, ["cid@example.org"]],
  [{ code: ["550"] }, ["eve@example.org", "cid@example.org"]],
  [{ code: ["5.1.1", "FL-5203"] }, ["eve@example.org", "cid@example.org"]],
  [{ ip: ["192.0.2.9"] }, ["old@example.net"]],
  [{ ip: ["198.51.100.1"] }, ["dan@example.org", "cid@example.org", "ann@Gmail.com", "bea@example.net"]],
  [{ reply: ["USER unknown"] }, ["cid@example.org"]],
  [{ reply: ["4wx9y21abc"] }, ["bea@example.net"]],
  [{ reply: ["queued as 4WX9Y21ABC"] }, ["bea@example.net"]],
  [{ reply: ["d9443c01a7336-295123"] }, ["ann@Gmail.com"]],
  [{ reply: ["queued as 0000000000"] }, []],
  [{ reply: ["<bob@example.net>: user"] }, ["cid@example.org"]],
  [{ reply: ["300 seconds"] }, ["dan@example.org"]],
  [{ not: { to: ["@example.org"] } }, ["ann@Gmail.com", "bea@example.net", "old@example.net"]],
  [{ not: { state: ["delivered"], source: ["web2"] } }, ["eve@example.org", "dan@example.org", "old@example.net"]],
  [{ not: { reply: ["unknown"], sender: ["never@met"] }, state: ["bounced"] }, []],
  [{ since: NOON }, ["eve@example.org", "dan@example.org", "cid@example.org", "ann@Gmail.com", "bea@example.net"]],
  [{ until: NOON }, ["old@example.net"]],
  [{ since: (NOON + 10) as WallMs, until: (NOON + 11) as WallMs }, ["cid@example.org"]],
];

test("everything that a person may remember finds it", () => {
  someMail();
  assert.deepEqual(
    CASES.map(([query]) => [query, found(query)]),
    CASES,
  );
});

test("a tenant finds its own, however it asks, and one message shows itself", () => {
  const { pair, old } = someMail();
  const other: View = { sees: "tenant", tenant: "other" as TenantId };
  assert.deepEqual(found({}, other), ["old@example.net"]);
  assert.deepEqual(found({ tenant: ["default"] }, other), []);
  assert.deepEqual(found({ to: ["dan@example.org"] }, other), []);
  assert.deepEqual(found({}, { sees: "tenant", tenant: "OTHER" as TenantId }), [], "a tenant's name is compared exactly");
  assert.deepEqual(found({}, { sees: "message", message: pair }), ["ann@Gmail.com", "bea@example.net"]);
  assert.deepEqual(found({ to: ["dan@example.org"] }, { sees: "message", message: pair }), []);
  assert.equal(searcher.tally(other, {}).byState.queued, 1);
  assert.equal(searcher.record(other, pair), undefined);
  assert.equal(searcher.record({ sees: "message", message: pair }, old), undefined);
  assert.equal(searcher.record(other, old)?.envelope.recipients[0]?.address, "old@example.net");
});

test("a record has every event of its message in order, and a refusal's what was offered", () => {
  const { pair, refused } = someMail();
  const record = searcher.record(EVERYTHING, pair);
  assert.equal(record?.envelope.messageId, "<Pair.1@shop.example>");
  assert.deepEqual(
    record?.events.map(({ body, rcpt }) => [body.kind, rcpt]),
    [
      ["accepted", undefined],
      ["delivered", 0],
      ["delivered", 1],
    ],
  );
  const offered = searcher.record(EVERYTHING, refused);
  assert.equal(offered?.envelope.recipients[0]?.address, "eve@example.org");
  assert.equal(offered?.events[0]?.body.kind, "refused");
  assert.equal(searcher.record(EVERYTHING, (pair + 100) as MessageKey), undefined);
});

test("a row tells when it was accepted or refused, and stands where its key was drawn", () => {
  const [slow, quick] = [NOON + 90_001, NOON + 50];
  const key = events.accept({ begunAt: NOON, at: slow, to: ["slow@example.net"] });
  events.accept({ at: quick, to: ["quick@example.net"] });
  events.refuse(NOON + 2007, { begunAt: NOON + 10, to: "no@example.net" });
  events.deliver(key, 0, "ok", slow + 3);
  fold();
  const { rows } = searcher.search(EVERYTHING, {}, { limit: 10 });
  assert.deepEqual(
    rows.map(({ to, at, changedAt, doneAt }) => [to, at, changedAt, doneAt]),
    [
      ["quick@example.net", quick, quick, undefined],
      ["no@example.net", NOON + 2007, NOON + 2007, NOON + 2007],
      ["slow@example.net", slow, slow + 3, slow + 3],
    ],
  );
  assert.equal(rows.at(-1)?.at, searcher.record(EVERYTHING, key)?.envelope.acceptedAt);
  assert.deepEqual(found({ until: (NOON + 10) as WallMs }), ["slow@example.net"]);
});

test("a day of the first format is read as it is, and written on", () => {
  events.accept({ begunAt: NOON, at: NOON + 5, to: ["ann@example.net"] });
  fold();
  const day = new DaysFolder(folder).openToWrite("2026-05-20");
  day.exec("alter table delivery drop column accepted; update meta set value = 1 where key = 'min_reader'; pragma user_version = 1");
  day.close();
  const at = (): number[] => searcher.search(EVERYTHING, {}, { limit: 10 }).rows.map((row) => row.at);
  assert.deepEqual(at(), [NOON], "when its key was drawn");
  searcher.close();
  events.accept({ begunAt: NOON + 10, at: NOON + 12, to: ["bob@example.net"] });
  fold();
  assert.deepEqual(at(), [NOON + 12, NOON]);
});

test("counts are by state, with accepted and settled over the asked time", () => {
  someMail();
  const { byState, exact, steps } = searcher.tally(EVERYTHING, { since: NOON, until: (NOON + 60_000) as WallMs });
  assert.deepEqual(byState, { queued: 1, held: 0, delivered: 2, relayed: 0, bounced: 1, expired: 0, discarded: 0, refused: 1 });
  assert.equal(exact, true);
  assert.deepEqual([steps.length, steps[0]?.at, steps[0]?.accepted, steps[1]?.settled, steps[2]?.settled], [60, NOON, 4, 2, 1]);
});

test("what very many rows have is found as well as what few have, and counted to a bound", () => {
  const many = Array.from({ length: 9000 }, (_, i) => `r${i}@many.example`);
  events.accept({ to: many, sender: "campaign@web1", ip: "192.0.2.77" });
  events.accept({ at: NOON + 1000, to: ["one@few.example"] });
  fold();
  for (const query of [{ sender: ["campaign@web1"] }, { to: ["@many.example"] }, { ip: ["192.0.2.77"] }]) {
    const page = searcher.search(EVERYTHING, query, { limit: 1000 });
    assert.deepEqual([page.rows.length, page.rows[0]?.to, page.rows[999]?.to], [1000, "r0@many.example", "r999@many.example"]);
    assert.deepEqual(searcher.tally(EVERYTHING, query, 60_000).byState.queued, 9000);
  }
  assert.deepEqual(found({ to: ["r8999@many.example"] }), ["r8999@many.example"]);
});

test("recipients beyond the last place are told with the message, and found up to there", () => {
  const key = events.accept({ to: Array.from({ length: 25_010 }, (_, i) => `r${i}@many.example`) });
  events.deliver(key, 25_005, "ok");
  events.defer(key, 24_999);
  fold();
  assert.deepEqual(found({ to: ["r24999@many.example"] }), ["r24999@many.example"]);
  assert.deepEqual(found({ to: ["r25000@many.example"] }), []);
  assert.equal(found({ state: ["delivered"] }).length, 0, "another's delivery does not move the last row");
  const record = searcher.record(EVERYTHING, key);
  assert.equal(record?.envelope.recipients.length, 25_010);
  assert.deepEqual(
    record?.events.map(({ rcpt }) => rcpt),
    [undefined, 25_005, 24_999],
  );
});

test("what lanes did is found by destination and time", () => {
  events.lane("example.net", false, NOON - DAY);
  events.lane("example.org", false, NOON - DAY);
  events.lane("example.net", true, NOON);
  fold();
  const told = searcher.laneEvents("example.net", (NOON - DAY) as WallMs, NOON, 10).map(({ at }) => at);
  assert.deepEqual(told, [NOON - DAY, NOON]);
  assert.equal(searcher.laneEvents("example.net", (NOON - DAY) as WallMs, NOON, 1).length, 1);
  assert.deepEqual(searcher.laneEvents("example.com", 0 as WallMs, NOON, 10), []);
});

test("pages are whole, whatever comes and changes between them, and end", () => {
  const size = fc.integer({ min: 1, max: 5 });
  const messages = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 12 });
  const queries = fc.constantFrom<HistoryQuery>({}, { sender: ["joe@web1"] }, { state: ["queued", "bounced"] }, { to: ["@x.example"] });
  fc.assert(
    fc.property(size, messages, queries, (limit, mail, query) => {
      events = new Events();
      const keys = mail.map(([day, n]) =>
        events.accept({ at: NOON - day * DAY, to: Array.from({ length: n }, (_, i) => `r${i}@x.example`) }),
      );
      fold();
      const all = searcher.search(EVERYTHING, query, { limit: 1000 }).rows.map(({ ref }) => ref);
      const paged: object[] = [];
      let pages = 0;
      for (let after: string | undefined; ; ) {
        const page = searcher.search(EVERYTHING, query, { limit, ...(after === undefined ? {} : { after }) });
        paged.push(...page.rows.map(({ ref }) => ref));
        pages++;
        if (page.next === undefined) break;
        after = page.next;
        events.accept({ at: NOON + 1000 + pages, to: ["new@x.example"] });
        events.bounce(keys[pages % keys.length] as MessageKey, 0);
        fold();
      }
      assert.deepEqual(paged, all);
      assert.equal(pages, Math.ceil(all.length / limit), "the last page has no next");
      searcher.close();
      rmSync(folder, { recursive: true });
    }),
    { numRuns: 8 },
  );
});

test("a search that runs out of time says how far it came and goes on from there", () => {
  someMail();
  const slow = new Searcher(
    { shelf: new DaysFolder(folder), onUnread: () => {} },
    { ...clock, mono: () => (clock.move(10), clock.mono()) },
  );
  const page = slow.search(EVERYTHING, { to: ["@nowhere.example", "old@example.net"] }, { limit: 10, budgetMs: 1 });
  assert.deepEqual(page.rows, []);
  assert.ok(page.next !== undefined && page.searchedBackTo > NOON - DAY);
  const rest = slow.search(EVERYTHING, { to: ["old@example.net"] }, { limit: 10, after: page.next, budgetMs: 1000 });
  assert.equal(rest.rows.length, 1);
  slow.close();
});

test("a day that cannot be read is told, and the others answer", () => {
  someMail();
  writeFileSync(join(folder, "2026-05-20.db"), "x".repeat(50_000));
  assert.deepEqual(found({}), ["old@example.net"]);
  assert.deepEqual(unread, ["2026-05-20"]);
  assert.deepEqual(
    searcher.days().map(({ day, broken, deliveries }) => [day, broken, deliveries]),
    [
      ["2026-05-20", true, 0],
      ["2026-05-19", false, 1],
    ],
  );
});

test("a day that was forgotten since the last question is told of no more, whatever is asked first", () => {
  const { pair } = someMail();
  assert.ok(searcher.record(EVERYTHING, pair));
  new DaysFolder(folder).remove("2026-05-20");
  assert.equal(searcher.record(EVERYTHING, pair), undefined);
  assert.deepEqual(unread, []);
});

test("what is no page's place is refused", () => {
  someMail();
  for (const after of ["", "x", "1.2.3", "zzzzzzzzzzz.0", "'; drop table delivery"])
    assert.throws(() => searcher.search(EVERYTHING, {}, { limit: 1, after }), { code: "HISTORY_QUERY" });
});
