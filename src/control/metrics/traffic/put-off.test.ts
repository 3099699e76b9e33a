/** A receiver that takes nothing is found by all of its attempts together, and one that is merely slow is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewEvent } from "../../../model/event.ts";
import { acceptedAt, STREAM_START } from "../event-stream.ts";
import { calm, deferred, delivered, key } from "../watched-traffic.ts";

const MINUTE = 60_000;
const at = (minute: number): number => STREAM_START + minute * MINUTE;

/** A message every three minutes to each domain, put off a moment after it came. */
function putOffFor(minutes: number, domains: readonly string[], host: string): NewEvent[] {
  return domains.flatMap((domain, d) =>
    Array.from({ length: minutes / 3 }, (_, i) => [
      acceptedAt(at(i * 3), key(d * 1_000 + i), "default", [`a@${domain}`]),
      deferred(at(i * 3) + 1_000, key(d * 1_000 + i), host, `unusual rate of mail ${i}`),
    ]).flat(),
  );
}

async function after(minutes: number, events: readonly NewEvent[]) {
  const { traffic, clock, say } = await calm();
  say(events);
  await clock.runFor(minutes * MINUTE);
  return traffic.putOff();
}

test("nothing taken in three quarters of an hour is told, with the receiver's words and what helps", async () => {
  const [only, ...more] = await after(45, putOffFor(45, ["gmail.com"], "gmail-smtp-in.l.google.com"));
  assert.deepEqual(more, []);
  assert.deepEqual(only, {
    ...{ key: "google", provider: "Google", sites: ["mx:gmail.com"], attempts: 15 },
    ...{ says: "421 4.7.28 unusual rate of mail …", remedy: "see to rate" },
  });
});

test("domains behind one operator are one receiver: ten attempts may be spread over them", async () => {
  const [only] = await after(45, putOffFor(27, ["a.example", "b.example"], "aspmx.l.google.com"));
  assert.deepEqual([only?.key, only?.attempts, only?.sites], ["google", 18, ["mx:a.example", "mx:b.example"]]);
});

const FINE: readonly (readonly [string, number, readonly NewEvent[]])[] = [
  ["it took one of them", 45, [...putOffFor(45, ["gmail.com"], "gmail-smtp-in.l.google.com"), delivered(at(40), key(1))]],
  ["it began twenty minutes ago, as greylisting does", 21, putOffFor(21, ["gmail.com"], "gmail-smtp-in.l.google.com")],
  ["it is over for half an hour", 80, putOffFor(45, ["gmail.com"], "gmail-smtp-in.l.google.com")],
  ["few attempts were made", 45, putOffFor(27, ["gmail.com"], "gmail-smtp-in.l.google.com")],
];
for (const [why, minutes, events] of FINE)
  test(`nothing is told where ${why}`, async () => {
    assert.deepEqual(await after(minutes, events), []);
  });
