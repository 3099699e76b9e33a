/** Which answers move a lane, and which are about something else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecipientResult } from "../../model/outcome.ts";
import { heardIn } from "./signal.ts";

const place = { host: "mx.example.org", stage: "rcpt", upstream: false } as const;

function refused(line: string): RecipientResult {
  const [, code = "", enhanced, text = ""] = /^(\d{3}) (?:(\d\.\d+\.\d+) )?(.*)$/.exec(line) ?? [];
  const reply = { code: Number(code), text, ...(enhanced !== undefined && { enhanced }) };
  return { is: "refused", reply, permanent: code.startsWith("5") };
}

const cases: readonly (readonly [string, "neutral" | "limits" | "busy" | "shunned"])[] = [
  ["421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address", "limits"],
  ["421 4.7.28 too much mail from you, come again later", "limits"],
  ["432 4.3.2 Concurrent connections limit exceeded", "limits"],
  ["454 4.7.0 Throttling failure: Maximum sending rate exceeded", "limits"],
  ["421 4.3.2 going down", "busy"],
  ["451 4.3.2 come again later", "busy"],
  ["451 later", "busy"],
  ["452 4.3.1 insufficient system storage", "busy"],
  ["421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints", "shunned"],
  ["550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using zen.spamhaus.org", "shunned"],
  ["450 4.2.0 greylisted, come again later", "neutral"],
  ["451 4.7.1 Greylisted, please try again in 300 seconds", "neutral"],
  ["450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents delivery", "neutral"],
  ["452 4.5.3 too many recipients", "neutral"],
  ["452 4.2.2 mailbox full", "neutral"],
  ["550 5.1.1 no such user", "neutral"],
  ["554 5.7.1 message rejected as spam", "neutral"],
  ["450 4.1.8 Sender address rejected: Domain not found", "neutral"],
  ["550 5.7.26 This mail has been blocked because the sender is unauthenticated", "neutral"],
  ["550 what", "neutral"],
];
for (const [line, want] of cases)
  test(`${line} is ${want}`, () => {
    const { signal, why, diagnosis } = heardIn([refused(line)], place);
    const is = signal.is === "pushback" ? (signal.limits ? "limits" : "busy") : signal.is;
    assert.equal(is, want);
    assert.deepEqual([why === undefined, diagnosis === undefined], [want === "neutral", want === "neutral"]);
  });

test("a time that is named is part of the signal", () => {
  const { signal } = heardIn([refused("421 4.7.0 rate limit exceeded, try again in 10 minutes")], place);
  assert.deepEqual(signal, { is: "pushback", limits: true, waitMs: 600_000 });
});

test("an upstream that repeats what a receiver thinks of our address is not closed for it; its own limits count", () => {
  const upstream = { ...place, upstream: true };
  assert.equal(heardIn([refused("550 5.7.1 client host [192.0.2.1] blocked using zen.spamhaus.org")], upstream).signal.is, "neutral");
  assert.equal(heardIn([refused("454 4.7.0 Throttling failure: Maximum sending rate exceeded")], upstream).signal.is, "pushback");
});

test("an upstream that cannot do something for one message is not slowed for the others; one that goes down is", () => {
  const upstream = { ...place, upstream: true };
  for (const line of ["451 4.3.2 come again later", "451 later", "450 4.4.1 no connection to the receiver"])
    assert.equal(heardIn([refused(line)], upstream).signal.is, "neutral", line);
  assert.equal(heardIn([refused("421 4.3.2 going down")], upstream).signal.is, "pushback");
});

test("a recipient that was taken outweighs others; without any reply there is no signal", () => {
  const taken: RecipientResult = { is: "accepted", reply: { code: 250, text: "ok" } };
  const lost: RecipientResult = { is: "failed", fault: { code: "ECONNRESET", text: "the connection broke" }, permanent: false };
  assert.equal(heardIn([refused("421 4.3.2 going down"), taken], place).signal.is, "yes");
  assert.equal(heardIn([lost], place).signal.is, "nothing");
  assert.equal(heardIn([refused("550 5.1.1 no such user"), refused("421 4.3.2 going down")], place).signal.is, "pushback");
});
