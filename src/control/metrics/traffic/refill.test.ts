/** After a restart the figures are what they were; what happens meanwhile is counted once, and nothing comes back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SimClock } from "../../../../lab/world/sim-clock.ts";
import type { WallMs } from "../../../base/clock.ts";
import { silentLog } from "../../../base/log.ts";
import type { FairleadEvent, NewEvent } from "../../../model/event.ts";
import { EVERYTHING } from "../../../model/view.ts";
import { submission } from "../../../store/spool/specimens.ts";
import { MemoryStore, openSpool, type SpooledDelivery } from "../../../store/spool/spool.ts";
import { acceptedAt, event, STREAM_START, stream } from "../event-stream.ts";
import { calm, delivered, key, lane, NOTHING, of, watching } from "../watched-traffic.ts";
import type { Journal } from "./refill.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What a node wrote before it was stopped. */
function written(events: readonly NewEvent[]): Journal {
  const all = events.map(
    (one, i): FairleadEvent => ({
      seq: i + 1,
      at: one.at,
      body: one.body,
      ...(one.ref && { message: one.ref.message, ...("rcpt" in one.ref && { rcpt: one.ref.rcpt }) }),
    }),
  );
  return { ...NOTHING, eventsAfter: async (seq, limit) => all.slice(seq, seq + limit) };
}

test("after a restart the last hour is as it was", async () => {
  const events = stream("restart", 900);
  const before = await calm();
  before.say(events);
  await before.clock.runFor(40 * MINUTE);
  const { traffic, clock } = watching(written(events), before.clock.wall());
  assert.equal(traffic.hour(EVERYTHING).counts.accepted, 0, "opening waits for nothing");
  await clock.during(traffic.refilled);
  for (const view of [EVERYTHING, of("hosting-a")]) {
    const { latency, ...rest } = traffic.hour(view);
    const { latency: was, ...had } = before.traffic.hour(view);
    assert.deepEqual(rest, had);
    assert.deepEqual(latency, was);
  }
  assert.deepEqual(traffic.provider("google", []), before.traffic.provider("google", []));
});

test("what happens while the past is read is counted once", async () => {
  const start = STREAM_START;
  const past = [acceptedAt(start, key(1), "hosting-a", ["a@small.example"]), acceptedAt(start, key(2), "hosting-a", ["b@small.example"])];
  const { traffic, clock, say } = watching(written([...past, delivered(start + MINUTE + 5, key(1))]), start + MINUTE);
  say([delivered(start + MINUTE + 5, key(1))]);
  await clock.during(traffic.refilled);
  const { counts } = traffic.hour(EVERYTHING);
  assert.deepEqual([counts.accepted, counts.delivered], [2, 1]);
  assert.equal(traffic.providers([lane("mx:small.example", { queued: 1 })])[0]?.oldestAt, start, "the settled one does not come back");
});

test("mail that was accepted long ago is known by its tenant and destination", async () => {
  const at = STREAM_START;
  const old = at - 30 * HOUR;
  const then = new SimClock(at as WallMs);
  const spool = await openSpool({ where: { memory: new MemoryStore() }, clock: then, log: silentLog });
  await then.during(
    spool.append(
      submission({
        key: key(7, old),
        acceptedAt: old,
        tenant: "hosting-a",
        to: ["a@small.example"],
        site: "mx:small.example",
        expiresAt: at + 90 * HOUR,
      }),
    ),
  );
  const { traffic, clock, say } = watching(spool, at);
  await clock.during(traffic.refilled);
  assert.equal(traffic.providers([lane("mx:small.example", { queued: 1 })])[0]?.oldestAt, old);
  assert.deepEqual(
    traffic.ages()?.map(({ olderThanMs, deliveries }) => [olderThanMs / HOUR, deliveries]),
    [
      [1 / 12, 1],
      [1, 1],
      [4, 1],
      [24, 1],
    ],
  );
  say([delivered(at + 5, key(7, old))]);
  assert.equal(traffic.hour(of("hosting-a")).counts.delivered, 1);
});

test("a past that cannot be read leaves figures that begin now", async () => {
  const broken: Journal = { ...NOTHING, eventsAfter: async () => Promise.reject(new Error("sick")) };
  const { traffic, clock, say } = watching(broken);
  await clock.during(traffic.refilled);
  say([acceptedAt(STREAM_START, key(1), "default", ["a@small.example"])]);
  assert.equal(traffic.hour(EVERYTHING).steps.length, 1);
  assert.equal(
    traffic.providers([lane("mx:small.example", { queued: 1 })])[0]?.oldestAt,
    undefined,
    "an age that may be wrong is not told",
  );
});

test("a queue too long to be known by heart is known again once it is short", async () => {
  let open: readonly SpooledDelivery[] = [];
  const journal: Journal = {
    ...NOTHING,
    count: async () => open.length,
    find: async (_, limit, after) => open.filter(({ ref }) => ref.message > (after?.message ?? 0)).slice(0, limit),
  };
  const { traffic, clock, say } = watching(journal);
  await clock.during(traffic.refilled);
  const to = Array.from({ length: 1_000 }, (_, n) => `u${n}@small.example`);
  for (let n = 0; n < 270; n++) say([acceptedAt(STREAM_START, key(n), "default", to)]);
  assert.equal(traffic.standing(EVERYTHING), undefined);
  for (let n = 0; n < 270; n++)
    say(to.map((_, rcpt) => event(STREAM_START, key(n), { kind: "discarded", why: "odd", by: { kind: "operator", id: "ann" } }, rcpt)));
  assert.equal(traffic.standing(EVERYTHING), undefined, "what was forgotten may still be there");
  open = [0, 1, 2].map(
    (n) =>
      ({
        ref: { message: key(5_000 + n), rcpt: 0 },
        tenant: "hosting-a",
        site: "mx:small.example",
        state: n === 0 ? "held" : "queued",
      }) as SpooledDelivery,
  );
  await clock.runFor(11 * MINUTE);
  assert.deepEqual(traffic.standing(EVERYTHING), { queued: 2, held: 1 });
  assert.deepEqual(traffic.standing(of("hosting-a")), { queued: 2, held: 1 });
});

test("what changes while it is read is not brought back by what was read before", async () => {
  const row = { ref: { message: key(9), rcpt: 0 }, tenant: "hosting-a", site: "mx:small.example", state: "queued" } as SpooledDelivery;
  const more = { ...row, ref: { message: key(10), rcpt: 0 } };
  let answer = (_: readonly SpooledDelivery[]): void => {};
  const journal: Journal = { ...NOTHING, find: () => new Promise((resolve) => (answer = resolve)) };
  const { traffic, clock, say } = watching(journal);
  await clock.runFor(1_000);
  say([
    delivered(STREAM_START + 5, key(9)),
    event(STREAM_START + 6, key(10), { kind: "held", why: "odd", by: { kind: "operator", id: "ann" } }),
  ]);
  answer([row, more]);
  await clock.during(traffic.refilled);
  assert.deepEqual(traffic.standing(EVERYTHING), { queued: 0, held: 1 });
});
