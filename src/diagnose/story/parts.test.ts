/** Where the time went, for whatever order of events: every millisecond has one name, and the parts add up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { EventBody } from "../../model/event.ts";
import { idOf, type NodeNumber } from "../../model/ids.ts";
import { at, attempt, GREY, HOUR, KEY, lane, MINUTE, RATE, reply, specimen } from "./specimens.ts";
import { type Eyes, tellStory } from "./story.ts";

const WAITS = ["own turn", "lane closed", "in line", "retry slot", "greylisting", "held", "in doubt", "other"];
const STAGES = ["dns", "connect", "tls", "talk", "receiver's answer", "upstream's answer"];

const took = fc.record({ dns: fc.double({ min: 0, max: 5000, noNaN: true }), dot: fc.double({ min: 0, max: 90_000, noNaN: true }) });
const step = fc.record({
  /** Clocks step back too. */
  after: fc.integer({ min: -MINUTE, max: HOUR }),
  due: fc.integer({ min: -MINUTE, max: HOUR }),
  what: fc.constantFrom("deferred", "grey", "fault", "in-doubt", "held", "released", "retried", "returned", "delivered", "relayed"),
  times: took,
});
const shut = fc.record({ ms: fc.integer({ min: -HOUR, max: 12 * HOUR }), open: fc.boolean() });

function bodyOf({ what, due, times }: { what: string; due: number; times: { dns: number; dot: number } }, ms: number): EventBody {
  const facts = attempt(times);
  const dueAt = at(ms + due);
  const by = { kind: "operator", id: "a" } as const;
  switch (what) {
    case "deferred":
    case "grey": {
      const diagnosis = what === "grey" ? GREY : RATE;
      return { kind: "deferred", attempt: facts, reply: reply(450, "4.0.0", "no"), diagnosis, dueAt, attempts: 1, counted: true };
    }
    case "fault":
      return { kind: "deferred", fault: { code: "X", text: "x" }, dueAt, attempts: 1, counted: false };
    case "in-doubt":
      return { kind: "in-doubt", attempt: facts, why: "x", dueAt };
    case "returned":
      return { kind: "returned", what: "failed", from: "x" };
    case "delivered":
    case "relayed":
      return { kind: what, attempt: facts, reply: reply(250, "2.0.0", "ok"), possiblyTwice: false };
    case "retried":
      return { kind: "retried", by };
    default:
      return { kind: what === "held" ? "held" : "released", why: "x", by };
  }
}

test("whatever happens in whatever order, the parts have known names, are positive and add up to the total", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 12 }),
      fc.array(shut, { maxLength: 4 }),
      fc.boolean(),
      fc.constantFrom<Eyes>("operator", "tenant"),
      (steps, doors, open, eyes) => {
        let ms = 0;
        const events = steps.map((one) => {
          ms += one.after;
          return [ms, bodyOf(one, ms)] as const;
        });
        const made = specimen({ events, ...(open ? { open: {} } : {}) });
        const lanes = doors.sort((a, b) => a.ms - b.ms).map((door) => lane(door.ms, door.open, "x"));
        const asked = { id: idOf(KEY, 1 as NodeNumber), now: at(ms + HOUR), zone: "UTC", closed: new Map(), lanes, eyes };
        const [only] = tellStory(made, asked).recipients;
        assert(only);
        const { parts, totalMs, now } = only;
        if (now.k === "not known") return assert.deepEqual(parts, []);
        for (const part of parts) {
          assert(Number.isInteger(part.ms) && part.ms > 0, JSON.stringify(part));
          assert(WAITS.includes(part.what) || STAGES.includes(part.what) || /^(try \d|\d+ tries)$/.test(part.what), part.what);
          assert(part.what === "other" || part.ms >= Math.floor(totalMs * 0.005), JSON.stringify([part, totalMs]));
        }
        assert.equal(new Set(parts.map(({ what }) => what)).size, parts.length, "a name occurs twice");
        assert.equal(
          parts.reduce((sum, part) => sum + part.ms, 0),
          totalMs,
        );
      },
    ),
  );
});
