/** Entries are found wherever they are: waiting, half sorted in, sorted in; also after a stop anywhere between. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Database } from "../../sql/sql.ts";
import { prepareDay } from "./schema.ts";
import { eachPlace, entriesOf, Terms } from "./terms.ts";

function opened(): Database {
  const db = new Database(":memory:");
  prepareDay(db);
  return db;
}

function transaction(db: Database, then: () => void): void {
  db.exec("begin immediate");
  then();
  db.exec("commit");
}

/** As a search looks: in the table, and in what waits. */
function placesOf(db: Database, hash: number): number[] {
  const found = new Set(
    db
      .prepare("select p from term where h = ?")
      .all<[number]>(hash)
      .map(([p]) => p),
  );
  for (const [blob] of db.prepare("select entries from fresh").all<[Uint8Array]>()) eachPlace(entriesOf(blob), hash, (p) => found.add(p));
  return [...found].sort((a, b) => a - b);
}

const STEPS = fc.array(fc.oneof(fc.constantFrom("merge", "stop"), fc.array(fc.tuple(fc.nat(5), fc.nat(1000)), { maxLength: 8 })), {
  maxLength: 12,
});

test("nothing is lost and nothing made up, whatever is sorted in when", () => {
  fc.assert(
    fc.property(STEPS, (steps) => {
      const db = opened();
      let terms = new Terms(db);
      const all = new Map<number, Set<number>>();
      for (const step of steps) {
        if (step === "merge") terms.merge();
        else if (step === "stop") terms = new Terms(db);
        else
          transaction(db, () => {
            for (const [hash, place] of step) {
              terms.add(hash, place);
              all.set(hash, (all.get(hash) ?? new Set()).add(place));
            }
            terms.save();
          });
      }
      for (let hash = 0; hash <= 5; hash++)
        assert.deepEqual(
          placesOf(db, hash),
          [...(all.get(hash) ?? [])].sort((a, b) => a - b),
        );
      db.close();
    }),
    { numRuns: 40 },
  );
});

test("many are sorted in by slices, and what comes meanwhile waits for the next time", () => {
  const db = opened();
  const terms = new Terms(db);
  transaction(db, () => {
    for (let i = 0; i < 40_000; i++) terms.add(i % 1000, i);
    terms.save();
  });
  assert.equal(terms.isDue(false), false);
  assert.equal(terms.isDue(true), true, "of a day that is over, fewer are enough");
  assert.equal(terms.merge(), true);
  transaction(db, () => {
    terms.add(7, 1_000_000);
    terms.save();
  });
  while (terms.merge() && terms.isDue(false));
  assert.equal(placesOf(db, 7).length, 41);
  assert.equal(placesOf(db, 7).at(-1), 1_000_000);
  assert.equal(db.value("select count(*) from term"), 40_000);
  db.close();
});
