/** The control law alone: what cuts a lane, what it learns from that, and how it comes back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MonoMs } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import { Pace } from "./pace.ts";
import type { PaceBounds, PaceChange, Signal } from "./pace-words.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const YES: Signal = { is: "yes" };
const TOO_MUCH: Signal = { is: "pushback", limits: true };
const BUSY: Signal = { is: "pushback", limits: false };

/** A lane whose time is told. */
class Driven {
  readonly pace: Pace;
  now = 1_000_000;

  constructor(bounds: Partial<PaceBounds> = {}) {
    this.pace = new Pace({ connections: 20, perMinute: Number.POSITIVE_INFINITY, ...bounds }, seededRandom("pace"));
  }

  /** A message leaves and is answered so, `afterMs` later. */
  hear(signal: Signal, { afterMs = 0, flight = this.pace.flight, crowded = false } = {}): PaceChange | undefined {
    this.now += afterMs;
    return this.pace.heard(signal, flight, this.now as MonoMs, crowded);
  }

  /** Sends whatever the pace lets through for so long; all is taken. Gives how many. */
  send(ms: number, everyMs = 100): number {
    let sent = 0;
    for (const end = this.now + ms; this.now < end; this.now += everyMs) {
      if (this.pace.delayMs(this.now as MonoMs) > 0 || !this.pace.take(this.now as MonoMs)) continue;
      sent++;
      this.pace.heard(YES, this.pace.flight, this.now as MonoMs, true);
    }
    return sent;
  }

  /** Twenty messages a minute for five minutes, then too much. */
  cut(): PaceChange | undefined {
    this.send(5 * MINUTE, 3 * SECOND);
    this.hear(TOO_MUCH);
    return this.hear(TOO_MUCH);
  }

  /** The pause passes and one message is taken. */
  resume(ms: number): PaceChange | undefined {
    this.now += ms;
    this.pace.reopen();
    assert.ok(this.pace.take(this.now as MonoMs));
    return this.hear(YES);
  }
}

const msOf = (change: PaceChange | undefined): number => {
  assert.equal(change?.is, "paused");
  return change?.is === "paused" ? change.ms : 0;
};
const near = (value: number | undefined, wanted: number, share = 0.11): void =>
  assert.ok(value !== undefined && Math.abs(value - wanted) <= wanted * share, `${value} is not about ${wanted}`);

test("before anything is known there are five connections at most, and nothing else in the way", () => {
  const { pace } = new Driven();
  assert.deepEqual(pace.facts, { phase: "running", connections: 5, cuts: 0 });
  assert.equal(new Driven({ connections: 3 }).pace.connections, 3);
});

test("the window grows by one for each whole window of successes, only while it is full, up to its bound", () => {
  const lane = new Driven({ connections: 7 });
  for (let n = 0; n < 50; n++) lane.hear(YES);
  assert.equal(lane.pace.connections, 5);
  for (let n = 0; n < 6; n++) lane.hear(YES, { crowded: true });
  assert.equal(lane.pace.connections, 6);
  for (let n = 0; n < 50; n++) lane.hear(YES, { crowded: true });
  assert.equal(lane.pace.connections, 7);
});

test("one objection is an accident; two among twenty answers cut, two among more do not", () => {
  const lane = new Driven();
  for (let n = 0; n < 10; n++) {
    assert.equal(lane.hear(TOO_MUCH), undefined);
    for (let m = 0; m < 19; m++) lane.hear(YES);
  }
  assert.equal(lane.hear(TOO_MUCH), undefined);
  for (let m = 0; m < 18; m++) lane.hear({ is: "neutral" });
  assert.equal(lane.hear(TOO_MUCH)?.is, "paused");
});

test("objections hours apart do not belong together", () => {
  const lane = new Driven();
  for (let n = 0; n < 5; n++) assert.equal(lane.hear(TOO_MUCH, { afterMs: HOUR }), undefined);
});

test("a cut starts well below what was taken lately and remembers a ceiling just below it", () => {
  const lane = new Driven();
  near(msOf(lane.cut()), MINUTE);
  const { perMinute, ceiling, phase } = lane.pace.facts;
  near(perMinute, 14, 0.06);
  near(ceiling, 19, 0.06);
  assert.equal(phase, "paused");
  assert.equal(lane.pace.take(lane.now as MonoMs), false);
});

test("many refusals of one flight are one signal, however late they come", () => {
  const lane = new Driven();
  const { flight } = lane.pace;
  const ms = msOf(lane.cut());
  const rate = lane.pace.facts.perMinute;
  for (let n = 0; n < 20; n++) assert.equal(lane.hear(TOO_MUCH, { flight }), undefined);
  lane.resume(ms);
  for (let n = 0; n < 20; n++) assert.equal(lane.hear(TOO_MUCH, { flight }), undefined);
  assert.equal(lane.pace.facts.perMinute, rate);
});

test("after the pause one message tries on one connection; its success opens the lane at the rate", () => {
  const lane = new Driven();
  lane.now += msOf(lane.cut());
  lane.pace.reopen();
  assert.equal(lane.pace.connections, 1);
  assert.deepEqual([lane.pace.take(lane.now as MonoMs), lane.pace.take(lane.now as MonoMs)], [true, false]);
  assert.equal(lane.pace.delayMs(lane.now as MonoMs), Number.POSITIVE_INFINITY, "an answer decides, not time");
  lane.hear({ is: "neutral" });
  assert.equal(lane.pace.take(lane.now as MonoMs), true, "an answer about a mailbox tells nothing: the next one tries");
  assert.deepEqual(lane.hear(YES), { is: "resumed" });
  near(lane.send(MINUTE, 10), 14);
});

test("each failed probe doubles the pause and leaves the rate: nothing was learned about it", () => {
  const lane = new Driven();
  let ms = msOf(lane.cut());
  const rate = lane.pace.facts.perMinute;
  for (const minutes of [2, 4, 8, 16, 32, 64, 120, 120]) {
    lane.now += ms;
    lane.pace.reopen();
    assert.ok(lane.pace.take(lane.now as MonoMs));
    ms = msOf(lane.hear(TOO_MUCH));
    near(ms, minutes * MINUTE);
    assert.ok(ms <= 2 * HOUR);
  }
  assert.equal(lane.pace.facts.perMinute, rate);
});

test("a receiver that cannot cope is asked again after a quarter of an hour at the latest", () => {
  const lane = new Driven();
  lane.hear(BUSY);
  let ms = msOf(lane.hear(BUSY));
  for (let n = 0; n < 8; n++) {
    lane.now += ms;
    lane.pace.reopen();
    lane.pace.take(lane.now as MonoMs);
    ms = msOf(lane.hear(BUSY));
  }
  assert.equal(ms, 15 * MINUTE);
});

test("a lane that has taken next to nothing learns no rate from a cut: it is as fast as before after the pause", () => {
  const lane = new Driven();
  lane.hear(BUSY);
  const ms = msOf(lane.hear(BUSY));
  assert.equal(lane.pace.facts.perMinute, undefined);
  assert.deepEqual(lane.resume(ms), { is: "resumed" });
  assert.ok(lane.pace.free);
});

for (const [stated, want] of [
  [10 * SECOND, MINUTE],
  [30 * MINUTE, 30 * MINUTE],
  [24 * HOUR, 2 * HOUR],
] as const)
  test(`one objection that names ${stated / 1000} s is enough, and the pause is ${want / MINUTE} min`, () => {
    const lane = new Driven();
    lane.send(MINUTE);
    near(msOf(lane.hear({ ...TOO_MUCH, waitMs: stated })), want);
  });

test("ten messages taken after a cut: the next one is the first in a row again", () => {
  const lane = new Driven();
  lane.resume(msOf(lane.cut()));
  lane.hear(TOO_MUCH);
  near(msOf(lane.hear(TOO_MUCH)), 2 * MINUTE);
  lane.resume(2 * MINUTE);
  for (let n = 0; n < 9; n++) lane.hear(YES);
  lane.hear(TOO_MUCH);
  near(msOf(lane.hear(TOO_MUCH)), MINUTE);
});

test("the rate comes back to the ceiling fast, goes beyond it slowly, and faster the longer all goes well", () => {
  const lane = new Driven();
  lane.resume(msOf(lane.cut()));
  lane.send(7 * MINUTE);
  near(lane.pace.facts.perMinute, 19, 0.05);
  lane.send(6 * MINUTE);
  near(lane.pace.facts.perMinute, 21.4, 0.06);
  lane.send(30 * MINUTE);
  assert.ok((lane.pace.facts.perMinute ?? 0) > 100, `${lane.pace.facts.perMinute}`);
});

test("a rate that nobody needs does not grow", () => {
  const lane = new Driven();
  lane.resume(msOf(lane.cut()));
  lane.send(2 * MINUTE, 10 * SECOND); // the message after the probe did wait
  const rate = lane.pace.facts.perMinute;
  lane.send(20 * MINUTE, 10 * SECOND);
  assert.equal(lane.pace.facts.perMinute, rate);
});

test("an objection within a minute stops the rise of that minute", () => {
  const lane = new Driven();
  lane.resume(msOf(lane.cut()));
  const rate = lane.pace.facts.perMinute;
  lane.hear(TOO_MUCH);
  lane.send(MINUTE);
  assert.equal(lane.pace.facts.perMinute, rate);
});

test("without limit again after an hour at a quarter of the rate, also if nothing is heard at all", () => {
  const lane = new Driven();
  lane.resume(msOf(lane.cut()));
  lane.send(70 * MINUTE, 30 * SECOND);
  assert.ok(lane.pace.free);
  const silent = new Driven();
  silent.resume(msOf(silent.cut()));
  assert.equal(silent.pace.look(silent.now as MonoMs), undefined);
  assert.deepEqual(silent.pace.look(silent.pace.freeAt), { is: "freed" });
  assert.ok(silent.pace.free);
});

test("a rule's bound holds before, during and after a limit", () => {
  const lane = new Driven({ perMinute: 30 });
  near(lane.send(10 * MINUTE), 300);
  lane.hear(TOO_MUCH);
  lane.resume(msOf(lane.hear(TOO_MUCH)));
  lane.send(3 * HOUR);
  assert.equal(lane.pace.facts.perMinute, 30);
});

test("a person's least is not gone below, a pin is not moved, and what is bounded anew keeps what was learned below it", () => {
  const least = new Driven({ leastPerMinute: 40 });
  for (let n = 0; n < 6; n++) least.resume(msOf(least.cut()));
  assert.equal(least.pace.facts.perMinute, 40);
  const pinned = new Driven({ perMinute: 30, pinned: true });
  for (let n = 0; n < 20; n++) assert.equal(pinned.hear(TOO_MUCH), undefined);
  assert.deepEqual([pinned.pace.facts.perMinute, pinned.pace.facts.phase], [30, "running"]);
  const lane = new Driven();
  lane.resume(msOf(lane.cut()));
  const learned = lane.pace.facts.perMinute ?? 0;
  lane.pace.bound({ connections: 20, perMinute: learned * 2 });
  assert.equal(lane.pace.facts.perMinute, learned);
  lane.pace.bound({ connections: 20, perMinute: learned / 2 });
  assert.equal(lane.pace.facts.perMinute, learned / 2);
});

test("what objections in a row have done is taken back as a whole, and what is under way belongs to before", () => {
  const lane = new Driven();
  const before = lane.pace.facts;
  lane.resume(msOf(lane.cut()));
  lane.cut();
  const flight = lane.pace.flight;
  assert.ok(lane.pace.restore());
  const { perMinute, ceiling, phase, cuts } = lane.pace.facts;
  assert.deepEqual(
    { perMinute, ceiling, phase, cuts },
    { perMinute: before.perMinute, ceiling: before.ceiling, phase: "running", cuts: 0 },
  );
  assert.notEqual(lane.pace.flight, flight);
  assert.equal(lane.pace.restore(), false, "there is nothing more to take back");
});

test("what refuses our address closes for a quarter of an hour, doubling to four hours, and moves no rate", () => {
  const lane = new Driven();
  for (const minutes of [15, 30, 60, 120, 240, 240]) {
    const ms = msOf(lane.hear({ is: "shunned" }));
    near(ms, minutes * MINUTE);
    lane.now += ms;
    lane.pace.reopen();
    lane.pace.take(lane.now as MonoMs);
  }
  assert.deepEqual([lane.pace.facts.perMinute, lane.pace.facts.cuts], [undefined, 0]);
});

test("a connection refused beside others that work: the host has as many as it takes, and is not asked at once again", () => {
  const lane = new Driven();
  const may = (standing: number, afterMs = 0): boolean => lane.pace.mayDial(standing, (lane.now + afterMs) as MonoMs);
  lane.pace.refused(3, lane.now as MonoMs);
  assert.equal(lane.pace.connections, 3);
  for (let n = 0; n < 50; n++) lane.hear(YES, { crowded: true });
  assert.deepEqual([lane.pace.connections, may(3), may(0)], [3, false, true]);
  lane.now += 70 * SECOND;
  for (let n = 0; n < 4; n++) lane.hear(YES, { crowded: true });
  assert.ok(may(3));
  lane.pace.refused(3, lane.now as MonoMs);
  for (let n = 0; n < 4; n++) lane.hear(YES, { crowded: true, afterMs: 20 * SECOND });
  assert.equal(may(3), false, "twice as long");
});

test("nothing is remembered for ever", () => {
  const lane = new Driven();
  assert.ok(lane.pace.forgettable(lane.now as MonoMs));
  lane.hear(BUSY);
  lane.resume(msOf(lane.hear(BUSY)));
  assert.equal(lane.pace.forgettable(lane.now as MonoMs), false);
  assert.ok(lane.pace.forgettable((lane.now + 25 * HOUR) as MonoMs));
});
