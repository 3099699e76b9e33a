/**
 * The days on a disk: what is folded is there once, whatever the batches, stops and damages in between; what is old goes;
 * what is broken is set aside and told.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import fc from "fast-check";
import type { WallMs } from "../../../base/clock.ts";
import { type Log, silentLog } from "../../../base/log.ts";
import { EVERYTHING } from "../../../model/view.ts";
import { type HandClock, handClock } from "../../spool/specimens.ts";
import type { HistoryRow } from "../history.ts";
import { Searcher } from "../search/searcher.ts";
import { DAY, Events, NOON } from "../specimens.ts";
import { DaysFolder } from "./days-folder.ts";
import { Keeper, type KeeperPorts } from "./keeper.ts";

let folder = "";
let clock: HandClock;
let events: Events;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-history-"));
  clock = handClock(NOON);
  events = new Events();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function keep(more: Partial<KeeperPorts> = {}): Keeper {
  const shelf = more.folder ?? new DaysFolder(folder);
  return new Keeper({ folder: shelf, journal: events, clock, log: silentLog, retentionDays: 30, leastFreeBytes: 0, ...more });
}

function caughtUp(keeper: Keeper): Keeper {
  for (let i = 0; i < 100 && (keeper.step() || keeper.tidy()); i++);
  return keeper;
}

/** Everything, as a search finds it. */
function rows(): HistoryRow[] {
  const searcher = new Searcher({ shelf: new DaysFolder(folder), onUnread: () => {} }, clock);
  const found = searcher.search(EVERYTHING, {}, { limit: 1000 });
  searcher.close();
  return [...found.rows];
}

/** Things that happen to some messages of two days, in any order that can be. */
const HAPPENINGS = fc.array(fc.tuple(fc.nat(4), fc.constantFrom("defer", "deliver", "bounce", "refuse", "accept")), { maxLength: 40 });

function play(happenings: readonly (readonly [number, string])[]): Events {
  const played = new Events();
  const keys = [0, 1].map((day) => played.accept({ at: NOON - day * DAY, to: ["a@x.example", "b@y.example"] }));
  for (const [i, what] of happenings) {
    const key = keys[i % keys.length];
    if (key === undefined) continue;
    if (what === "accept") keys.push(played.accept({ to: [`r${i}@z.example`] }));
    else if (what === "refuse") played.refuse();
    else if (what === "defer") played.defer(key, i % 2);
    else if (what === "deliver") played.deliver(key, i % 2);
    else played.bounce(key, i % 2);
  }
  return played;
}

test("whatever the batches, and wherever it is killed, the rows are the same", () => {
  fc.assert(
    fc.property(HAPPENINGS, fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.boolean()), { maxLength: 12 }), (happenings, cuts) => {
      const all = play(happenings).rows;
      events.rows = [...all];
      caughtUp(keep()).close();
      const whole = rows();
      rmSync(folder, { recursive: true });
      events.rows = [];
      let keeper = keep();
      for (const [count, kill] of cuts) {
        events.rows = all.slice(0, events.rows.length + count);
        caughtUp(keeper);
        if (!kill) continue;
        keeper = keep(); // the one before is left as a killed process leaves it: how far was never written
      }
      events.rows = [...all];
      caughtUp(keeper).close();
      assert.deepEqual(rows(), whole);
      rmSync(folder, { recursive: true });
    }),
    { numRuns: 10 },
  );
});

test("a message's later events find the file of its day, however late", () => {
  const key = events.accept({ at: NOON - 4 * DAY });
  caughtUp(keep()).close();
  events.deliver(key, 0, "ok", NOON);
  caughtUp(keep()).close();
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".db")),
    ["2026-05-16.db", "progress.db"],
  );
  assert.equal(rows()[0]?.state, "delivered");
  assert.equal(rows()[0]?.doneAt, NOON);
});

test("a day goes an hour after it became too old, and not because a clock jumped", () => {
  events.accept({ at: NOON - 29 * DAY });
  events.accept({ at: NOON });
  const keeper = caughtUp(keep());
  const days = (): string[] => new DaysFolder(folder).list().map(({ day }) => day);
  keeper.prune();
  assert.deepEqual(days(), ["2026-05-20", "2026-04-21"]);
  clock.move(2 * DAY);
  keeper.prune();
  assert.deepEqual(days(), ["2026-05-20", "2026-04-21"], "seen for the first time");
  clock.move(3_600_000);
  keeper.prune();
  assert.deepEqual(days(), ["2026-05-20"]);
  keeper.close();
});

test("kept for fewer days from now on, old ones go; for more again within the hour, none does and nothing is missing", () => {
  const old = events.accept({ at: NOON - 20 * DAY });
  events.accept({ at: NOON });
  const keeper = caughtUp(keep());
  const days = (): string[] => new DaysFolder(folder).list().map(({ day }) => day);
  keeper.retain(7);
  keeper.prune();
  events.deliver(old, 0, "ok", NOON);
  caughtUp(keeper);
  clock.move(1_800_000);
  keeper.retain(30);
  keeper.prune();
  clock.move(3_600_000);
  keeper.prune();
  assert.deepEqual(days(), ["2026-05-20", "2026-04-30"]);
  assert.equal(rows().at(-1)?.state, "delivered");
  keeper.retain(7);
  keeper.prune();
  clock.move(3_600_000);
  keeper.prune();
  assert.deepEqual(days(), ["2026-05-20"]);
  keeper.close();
});

test("on a disk that is nearly full it stops, and catches up when there is room", () => {
  const said: string[] = [];
  const log: Log = (level, sentence) => said.push(`${level} ${sentence}`);
  const shelf = new DaysFolder(folder);
  let free = 100;
  shelf.freeBytes = () => free;
  const keeper = keep({ folder: shelf, leastFreeBytes: 1000, log });
  events.accept();
  caughtUp(keeper);
  assert.match(keeper.status().stopped ?? "", /nearly full/);
  assert.deepEqual([keeper.status().taken, keeper.status().newest], [0, 1], "it tells how far behind it is");
  assert.equal(rows().length, 0);
  events.accept();
  free = 2000;
  caughtUp(keeper);
  assert.equal(rows().length, 0, "not tried again at once");
  clock.move(10_000);
  caughtUp(keeper);
  assert.equal(keeper.status().stopped, undefined);
  assert.equal(rows().length, 2);
  assert.deepEqual(said, ["error history has stopped; mail goes on, and what happens now is caught up later", "info history goes on"]);
  keeper.close();
});

for (const [how, damage] of [
  ["is no database", (path: string) => writeFileSync(path, "x".repeat(100_000))],
  ["was cut", (path: string) => truncateSync(path, 20_000)],
] as const)
  test(`a day's file that ${how} is set aside and begun anew from the journal; the others go on`, () => {
    const old = events.accept({ at: NOON - DAY });
    const key = events.accept();
    caughtUp(keep()).close();
    damage(join(folder, "2026-05-20.db"));
    const said: string[] = [];
    const keeper = keep({ log: (level, sentence) => said.push(`${level} ${sentence}`) });
    events.deliver(key);
    events.deliver(old);
    caughtUp(keeper);
    assert.deepEqual(
      rows().map(({ state }) => state),
      ["delivered", "delivered"],
    );
    assert.deepEqual(said, ["error a day of history cannot be read; it is set aside and begun anew from the journal"]);
    const file = `2026-05-20.db.broken-${NOON}`;
    assert.ok(readdirSync(folder).includes(file));
    const lost = [{ is: "day", at: NOON, day: "2026-05-20", file }];
    assert.deepEqual(keeper.status().lost, lost);
    keeper.close();
    clock.move(1000);
    const again = caughtUp(keep());
    assert.deepEqual(again.status().lost, lost, "also after a restart");
    again.close();
  });

test("damage that a reader meets is looked at, and a file that is sound stays", () => {
  events.accept();
  const keeper = caughtUp(keep());
  keeper.check("2026-05-20");
  assert.equal(rows().length, 1);
  keeper.close();
  assert.deepEqual(new DaysFolder(folder).broken(), []);
});

test("a journal that no longer reaches back leaves a gap that is told", () => {
  const said: string[] = [];
  events.accept();
  caughtUp(keep()).close();
  events.accept();
  events.accept();
  const late = events.accept();
  events.rows = events.rows.slice(-1);
  const keeper = caughtUp(keep({ log: (level, sentence) => said.push(`${level} ${sentence}`) }));
  assert.deepEqual(keeper.status().lost, [{ is: "gap", at: NOON, from: 2, to: 3 }]);
  assert.deepEqual(said, ["error events 2 to 3 were gone from the journal before history read them"]);
  assert.deepEqual(
    rows()
      .map(({ ref }) => ref.message)
      .includes(late),
    true,
  );
  keeper.close();
  clock.move(1000);
  const again = caughtUp(keep());
  assert.deepEqual(again.status().lost, [{ is: "gap", at: NOON, from: 2, to: 3 }], "also after a restart");
  again.close();
});

test("a journal begun anew is taken from its beginning, beside what was there", () => {
  for (let i = 0; i < 5; i++) events.accept();
  caughtUp(keep()).close();
  const other = new Events();
  other.accept({ at: NOON + 60_000 });
  const key = other.accept({ at: NOON + 60_000 });
  other.deliver(key);
  events = other;
  const keeper = caughtUp(keep());
  assert.equal(keeper.status().taken, 3);
  assert.equal(rows().length, 7);
  keeper.close();
  events.accept({ at: NOON + 120_000 });
  caughtUp(keep()).close();
  assert.equal(rows().length, 8);
});

test("a lost note of how far costs a second reading and nothing else", () => {
  const key = events.accept();
  caughtUp(keep()).close();
  writeFileSync(join(folder, "progress.db"), "x".repeat(100_000));
  events.deliver(key);
  caughtUp(keep()).close();
  assert.deepEqual(
    rows().map(({ state, attempts }) => [state, attempts]),
    [["delivered", 1]],
  );
});

test("an event that cannot be read is told, and stops none of those that follow", () => {
  const said: unknown[] = [];
  const key = events.accept();
  events.rows.push(
    [2, NOON, key, 0, '{"kind":"deli'],
    [3, NOON, key, 0, '{"kind":"teleported"}'],
    [4, NOON, key, 0, '{"kind":"delivered"}'],
  );
  events.deliver(key);
  const keeper = caughtUp(keep({ log: (level, _, fields) => said.push([level, fields]) }));
  assert.equal(rows()[0]?.state, "delivered");
  assert.deepEqual(said, [["error", { day: "2026-05-20", events: 3 }]]);
  keeper.close();
});

test("what belongs to days that are forgotten is not kept again", () => {
  events.accept({ at: NOON - 40 * DAY });
  events.accept({ at: (NOON + 1) as WallMs });
  caughtUp(keep()).close();
  assert.equal(rows().length, 1);
});
