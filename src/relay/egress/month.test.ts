/** A month of warm-up, day by day: an address that did well, one that was objected to, one that was hardly used. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReplyClass } from "../../model/diagnosis.ts";
import type { SenderKey, SiteKey } from "../../model/ids.ts";
import { siteOf } from "../deliver/deliver.ts";
import { address, pool, stage } from "./stage.ts";

const DAY = 86_400_000;
const GMAIL = "mx:gmail.com|new" as SiteKey;

interface Day {
  readonly byNew: number;
  readonly byWarm: number;
  readonly ceiling: number;
}

/** `demand` messages a day to Gmail; `answers` says how the nth of a day that leaves from the new address is answered. */
function month(demand: (day: number) => number, answers: (day: number, nth: number) => ReplyClass | undefined): readonly Day[] {
  const { ways, pass } = stage({
    ways: [address("new", "198.51.100.9", { state: "warming" }), address("warm", "198.51.100.1")],
    pools: [pool("default", "new=1000", "warm=1")],
  });
  const days: Day[] = [];
  for (let day = 0; day < 30; day++) {
    let [byNew, byWarm] = [0, 0];
    for (let n = 0; n < demand(day); n++) {
      const question = { domain: "gmail.com", sender: `s${n % 97}@srv` as SenderKey, fresh: true };
      if (ways.nameOf(siteOf(ways.routeFor(question).route)) === "warm") byWarm++;
      else {
        const objection = answers(day, byNew++);
        ways.onOutcome(GMAIL, { is: "answered", host: "gmail-smtp-in.l.google.com", code: objection ? 421 : 250, class: objection });
      }
    }
    const [report] = ways.report();
    assert.ok(report?.way.is === "address");
    days.push({ byNew, byWarm, ceiling: report.way.warm[0]?.ceiling ?? 0 });
    pass(DAY);
  }
  return days;
}

test("each day's mail stays below its ceiling, the rest leaves by the warm address, and nothing is left over", () => {
  const days = month(
    () => 3000,
    () => undefined,
  );
  for (const [n, { byNew, byWarm, ceiling }] of days.entries()) {
    assert.equal(byNew + byWarm, 3000, `day ${n}`);
    assert.ok(byNew <= ceiling, `day ${n}: ${byNew} above ${ceiling}`);
  }
  assert.deepEqual(
    days.slice(0, 6).map(({ ceiling }) => ceiling),
    [200, 360, 648, 1166, 2099, 3778],
  );
  // Demand ends the growth: what nobody needs is not proved.
  assert.deepEqual([...new Set(days.slice(7).map(({ ceiling }) => ceiling))], [6800]);
});

test("an objection takes it back at once, and the day after grows nothing; half is lost for a bad name", () => {
  const slowed = month(
    () => 3000,
    (day, nth) => (day === 3 && nth >= 500 && nth < 520 ? "rate" : undefined),
  );
  assert.deepEqual(
    slowed.slice(2, 6).map(({ ceiling }) => ceiling),
    [648, 648, 648, 1166],
  );
  assert.ok((slowed[3]?.byNew ?? 0) <= 649, "on the same day already");
  const listed = month(
    () => 3000,
    (day, nth) => (day === 4 && nth < 3 ? "list" : undefined),
  );
  assert.equal(listed[4]?.ceiling, Math.round(2099 / 2));
});

test("quiet days prove nothing, and after a month without mail it begins anew", () => {
  const quiet = month(
    () => 50,
    () => undefined,
  );
  assert.ok(quiet.every(({ ceiling, byWarm }) => ceiling === 200 && byWarm === 0));
  const { ways, pass } = stage({ ways: [address("new", "198.51.100.9", { state: "warming" })] });
  const ceiling = (): number | undefined => {
    for (let n = 0; n < 200; n++) ways.routeFor({ domain: "gmail.com", fresh: true });
    for (let n = 0; n < 200; n++) ways.onOutcome(GMAIL, { is: "answered", host: "gmail-smtp-in.l.google.com", code: 250 });
    const [report] = ways.report();
    return report?.way.is === "address" ? report.way.warm[0]?.ceiling : undefined;
  };
  assert.equal(ceiling(), 200);
  pass(DAY);
  assert.equal(ceiling(), 360);
  pass(31 * DAY);
  assert.equal(ceiling(), 200);
});
