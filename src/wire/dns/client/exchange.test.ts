/** One question on its way, without sockets: who is asked when, what is believed, and that every way ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Endpoint } from "../../../base/network.ts";
import { seededRandom } from "../../../base/random.ts";
import { type Draft, readMessage, writeMessage } from "../message/message.ts";
import type { DnsRecord } from "../message/records.ts";
import { Exchange, type ExchangeEffect, type ExchangeInput, type ExchangeOutcome } from "./exchange.ts";

const A: Endpoint = { ip: "192.0.2.53", port: 53 };
const B: Endpoint = { ip: "192.0.2.54", port: 53 };
const FOUND: DnsRecord = { name: "example.org", ttl: 60, type: "A", ip: "198.51.100.1" };
const SOA: DnsRecord = { name: "example.org", ttl: 900, type: "SOA", primary: "ns", mailbox: "h", numbers: [1, 2, 3, 4, 600] };

/** Hands in, and keeps what came of it in words: `send 0 to A`, `dial A`, `wait 1500`. */
class Watched {
  readonly exchange: Exchange;
  said: string[] = [];
  outcome: ExchangeOutcome | undefined;
  settled = 0;
  readonly sent: Uint8Array[] = [];
  dialled: Uint8Array | undefined;

  constructor(servers: readonly Endpoint[] = [A, B], name = "example.org") {
    this.exchange = new Exchange(name, "A", servers, seededRandom("1"));
    this.take({ is: "begin" });
  }

  take(input: ExchangeInput): void {
    this.said = this.exchange.take(input).map((effect) => this.#noted(effect));
  }

  /** What the server says to the `nth` datagram; `bytes` changes it on the way. */
  reply(nth: number, draft: Partial<Draft>, bytes: (octets: Uint8Array) => Uint8Array = (octets) => octets): void {
    this.take({ is: "datagram", nth, bytes: bytes(answerTo(this.sent[nth], draft)) });
  }

  #noted(effect: ExchangeEffect): string {
    const name = "to" in effect ? (effect.to === A ? "A" : "B") : "";
    if (effect.do === "send") this.sent[effect.nth] = effect.bytes;
    if (effect.do === "dial") this.dialled = effect.bytes;
    if (effect.do === "settle") [this.outcome, this.settled] = [effect.outcome, this.settled + 1];
    return effect.do === "send"
      ? `send ${effect.nth} to ${name}`
      : effect.do === "wait"
        ? `wait ${effect.ms}`
        : `${effect.do} ${name}`.trim();
  }
}

/** With the question letter for letter. */
function answerTo(query: Uint8Array | undefined, draft: Partial<Draft>): Uint8Array {
  const asked = readMessage(query ?? new Uint8Array());
  assert.ok(query && asked);
  const answer = writeMessage({ id: asked.id, response: true, recursionAvailable: true, question: asked.question, ...draft }).slice();
  if (draft.question === undefined && !("question" in draft)) answer.set(query.subarray(12, 12 + "example.org".length + 2), 12);
  return answer;
}

function foundBy(one: Watched): string | undefined {
  return one.outcome?.is === "answered" ? one.outcome.by.ip : undefined;
}

test("an answer settles it", () => {
  const one = new Watched();
  assert.deepEqual(one.said, ["send 0 to A", "wait 1500"]);
  one.reply(0, { answers: [FOUND], authentic: true });
  assert.deepEqual(one.outcome, {
    ...{ is: "answered", by: A, authentic: true, silent: [] },
    reading: { is: "found", records: [FOUND], ttl: 60 },
  });
  one.take({ is: "late" });
  assert.deepEqual(one.said, [], "and nothing comes after it");
});

test("ids are fresh and letters are mixed, for each datagram anew", () => {
  const queries = Array.from({ length: 20 }, (_, n) => {
    const exchange = new Exchange("example.org", "A", [A], seededRandom(String(n)));
    const [first] = exchange.take({ is: "begin" });
    assert.ok(first?.do === "send");
    return Buffer.from(first.bytes).toString("latin1");
  });
  assert.equal(new Set(queries.map((query) => query.slice(0, 2))).size, 20);
  assert.ok(new Set(queries.map((query) => query.slice(12, 25))).size > 15);
  for (const query of queries) assert.equal(query.slice(12, 25).toLowerCase(), "\x07example\x03org\x00");
});

test("silence goes round the servers with longer waits, and ends", () => {
  const one = new Watched();
  const said: string[][] = [];
  for (let turn = 0; turn < 6; turn++) {
    one.take({ is: "late" });
    said.push(one.said);
  }
  assert.deepEqual(said, [
    ["send 1 to B", "wait 1500"],
    ["send 2 to A", "wait 3000"],
    ["send 3 to B", "wait 3000"],
    ["send 4 to A", "wait 5000"],
    ["send 5 to B", "wait 5000"],
    ["settle"],
  ]);
  assert.deepEqual(one.outcome, { is: "failed", why: "no answer from 192.0.2.53, no answer from 192.0.2.54", silent: [A, B] });
});

test("an answer that comes late still counts, and who was silent is told", () => {
  const one = new Watched();
  one.take({ is: "late" });
  one.reply(0, { answers: [FOUND] });
  assert.ok(one.outcome?.is === "answered");
  assert.deepEqual([one.outcome.by, one.outcome.silent], [A, [B]]);
});

for (const [what, draft] of [
  ["SERVFAIL", { rcode: 2 }],
  ["REFUSED", { rcode: 5 }],
  ["SERVFAIL without the question", { rcode: 2, question: undefined }],
  ["a referral", { recursionAvailable: false, authority: [{ name: "org", ttl: 1, type: "NS", host: "ns.org" }] }],
  ["NXDOMAIN by who cannot know", { rcode: 3, recursionAvailable: false }],
  ["a circle of names", { answers: [{ name: "example.org", ttl: 1, type: "CNAME", host: "example.org" }] }],
] as const)
  test(`after ${what} the next server is asked at once, and if all say so it has failed`, () => {
    const one = new Watched();
    one.reply(0, draft as Partial<Draft>);
    assert.deepEqual(one.said, ["send 1 to B", "wait 1500"]);
    one.reply(1, draft as Partial<Draft>);
    assert.ok(one.outcome?.is === "failed");
    assert.deepEqual(one.outcome.silent, []);
  });

test("a server that fails late does not cut short the wait for another", () => {
  const one = new Watched();
  one.take({ is: "late" });
  one.reply(0, { rcode: 2 });
  assert.deepEqual(one.said, []);
  one.reply(1, { answers: [FOUND] });
  assert.equal(foundBy(one), B.ip);
});

const lies: readonly (readonly [string, Partial<Draft>, ((octets: Uint8Array) => Uint8Array)?])[] = [
  ["another id", { answers: [FOUND] }, (octets) => octets.with(0, (octets[0] ?? 0) ^ 1)],
  ["another question", { answers: [FOUND], question: { name: "example.com", type: 1, class: 1 } }],
  ["another type", { answers: [FOUND], question: { name: "example.org", type: 28, class: 1 } }],
  ["a type that differs as letters do", { answers: [FOUND] }, (octets) => octets.with(26, (octets[26] ?? 0) ^ 32)],
  ["no question", { answers: [FOUND], question: undefined }],
  ["a question in place of an answer", { response: false }],
  ["nothing", {}, () => new Uint8Array()],
  ["half a header", {}, (octets) => octets.subarray(0, 7)],
];
for (const [what, draft, change] of lies)
  test(`a datagram with ${what} is as if it had not come`, () => {
    const one = new Watched();
    one.reply(0, draft, change);
    assert.deepEqual([one.said, one.outcome], [[], undefined]);
    one.reply(0, { answers: [FOUND] });
    assert.equal(foundBy(one), A.ip);
  });

test("whose letters are all small is asked again where nobody can forge", () => {
  const one = new Watched();
  one.reply(0, { answers: [FOUND], question: { name: "example.org", type: 1, class: 1 } });
  assert.deepEqual(one.said, ["dial A", "wait 5000"]);
  one.take({ is: "stream", bytes: answerTo(one.dialled, { answers: [FOUND], question: { name: "example.org", type: 1, class: 1 } }) });
  assert.equal(foundBy(one), A.ip);
});

test("a shower of wrong ids leads to TCP too", () => {
  const one = new Watched();
  for (let guess = 0; guess < 15; guess++) one.reply(0, { answers: [FOUND] }, (octets) => octets.with(1, (octets[1] ?? 0) ^ (guess + 1)));
  assert.deepEqual(one.said, []);
  one.reply(0, { answers: [FOUND] }, (octets) => octets.with(1, (octets[1] ?? 0) ^ 99));
  assert.deepEqual(one.said, ["dial A", "wait 5000"]);
});

test("what is cut off is asked for over TCP; a connection that fails moves on to the next server", () => {
  const one = new Watched();
  one.reply(0, { truncated: true });
  assert.deepEqual(one.said, ["dial A", "wait 5000"]);
  one.take({ is: "broken", why: "refused over TCP" });
  assert.deepEqual(one.said, ["send 1 to B", "wait 1500"]);
  one.reply(1, { truncated: true });
  one.take({ is: "late" });
  assert.deepEqual(one.outcome, {
    ...{ is: "failed", silent: [] },
    why: "refused over TCP from 192.0.2.53, no answer over TCP in time from 192.0.2.54",
  });
});

test("garbage behind the right question moves on", () => {
  const one = new Watched([A]);
  one.reply(0, { answers: [FOUND] }, (octets) => octets.subarray(0, octets.length - 2));
  assert.ok(one.outcome?.is === "failed" && /garbled/.test(one.outcome.why));
});

for (const rcode of [1, 4, 16])
  test(`a server that answers EDNS with ${rcode} is asked without it`, () => {
    const one = new Watched([A]);
    assert.equal(readMessage(one.sent[0] ?? new Uint8Array())?.edns?.udpOctets, 1232);
    one.reply(0, { rcode, ...(rcode === 16 && { edns: { udpOctets: 512, version: 0 } }) });
    assert.deepEqual(one.said, ["send 1 to A", "wait 1500"]);
    assert.equal(readMessage(one.sent[1] ?? new Uint8Array())?.edns, undefined);
    one.reply(1, { rcode: 1 });
    assert.ok(one.outcome?.is === "failed");
  });

test("a port that nobody listens at moves on at once", () => {
  const one = new Watched();
  one.take({ is: "broken", nth: 0, why: "refused" });
  assert.deepEqual(one.said, ["send 1 to B", "wait 1500"]);
});

test("without servers it has failed", () => {
  assert.deepEqual(new Watched([]).outcome, { is: "failed", why: "no name server to ask", silent: [] });
});

test("a no is a no: its lifetime is the zone's, or none", () => {
  for (const [draft, reading] of [
    [
      { rcode: 3, authority: [SOA] },
      { is: "nxdomain", ttl: 600 },
    ],
    [{ rcode: 3 }, { is: "nxdomain", ttl: undefined }],
    [{ authority: [SOA] }, { is: "nodata", ttl: 600 }],
    [{}, { is: "nodata", ttl: undefined }],
    [{ authority: [{ ...SOA, name: "example.com" }] }, { is: "nodata", ttl: undefined }],
  ] as const) {
    const one = new Watched([A]);
    one.reply(0, draft);
    assert.ok(one.outcome?.is === "answered");
    assert.deepEqual(one.outcome.reading, reading);
  }
});

test("chains are followed within an answer, and told where they leave it", () => {
  const chain = (length: number): DnsRecord[] =>
    Array.from({ length }, (_, n) => ({
      name: n === 0 ? "example.org" : `n${n}.example`,
      ttl: 90 - n,
      type: "CNAME",
      host: `n${n + 1}.example`,
    }));
  const reading = (answers: DnsRecord[], more: Partial<Draft> = {}): unknown => {
    const one = new Watched([A]);
    one.reply(0, { answers, ...more });
    return one.outcome?.is === "answered" ? one.outcome.reading : one.outcome?.is;
  };
  assert.deepEqual(reading([...chain(8).reverse(), { ...FOUND, name: "n8.example" }]), {
    ...{ is: "found", ttl: 60 },
    records: [{ ...FOUND, name: "n8.example" }],
  });
  assert.equal(reading([...chain(9), { ...FOUND, name: "n9.example" }]), "failed");
  assert.deepEqual(reading(chain(2)), { is: "alias", to: "n2.example", links: 2, ttl: 89 });
  assert.deepEqual(reading(chain(2), { rcode: 3 }), { is: "nxdomain", ttl: undefined });
  assert.deepEqual(reading([{ ...FOUND, name: "other.example" }]), { is: "nodata", ttl: undefined }, "records of names nobody asked for");
});

test("of four thousand records some are kept, and they are the best", () => {
  const exchange = new Exchange("example.org", "MX", [A], seededRandom("1"));
  const [sent] = exchange.take({ is: "begin" });
  const [dial] = exchange.take({
    is: "datagram",
    nth: 0,
    bytes: answerTo(sent?.do === "send" ? sent.bytes : undefined, { truncated: true }),
  });
  const answers = Array.from(
    { length: 3_000 },
    (_, n): DnsRecord => ({ name: "example.org", ttl: 5, type: "MX", preference: 4_000 - n, host: "m.example" }),
  );
  const [settled] = exchange.take({ is: "stream", bytes: answerTo(dial?.do === "dial" ? dial.bytes : undefined, { answers }) });
  assert.ok(settled?.do === "settle" && settled.outcome.is === "answered" && settled.outcome.reading.is === "found");
  const { records } = settled.outcome.reading;
  assert.equal(records.length, 64);
  assert.ok(records[0]?.type === "MX" && records[0].preference === 1_001);
});

test("whatever comes in, in whatever order, it settles once, and soon", () => {
  const input = fc.oneof(
    fc.record({ is: fc.constant("datagram" as const), nth: fc.nat(8), bytes: fc.uint8Array({ maxLength: 60 }) }),
    fc.record({ is: fc.constant("answer" as const), nth: fc.nat(8), rcode: fc.nat(18), cut: fc.nat(40), truncated: fc.boolean() }),
    fc.record({ is: fc.constant("stream" as const), bytes: fc.uint8Array({ maxLength: 60 }) }),
    fc.record({ is: fc.constant("broken" as const), nth: fc.nat(8), why: fc.constant("x") }),
    fc.constant({ is: "broken" as const, why: "y" }),
    fc.constant({ is: "late" as const }),
  );
  fc.assert(
    fc.property(fc.array(input, { maxLength: 60 }), (inputs) => {
      const one = new Watched();
      for (const given of inputs) {
        if (given.is !== "answer") one.take(given);
        else if (one.sent[given.nth])
          one.reply(given.nth, { rcode: given.rcode, truncated: given.truncated }, (octets) =>
            octets.subarray(0, octets.length - given.cut),
          );
      }
      for (let turn = 0; turn < 12; turn++) one.take({ is: "late" });
      assert.equal(one.settled, 1);
      assert.ok(one.sent.length <= 8, "three rounds of two, and once each without EDNS");
    }),
    { numRuns: 2_000 },
  );
});
