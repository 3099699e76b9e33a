/** What the authoritative server says, by question; and that nothing it is sent can make it throw or talk to itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Draft, readMessage, writeMessage } from "../message/message.ts";
import { TYPE_CODES } from "../message/records.ts";
import { Zone } from "./zone.ts";
import { answerQuery, zoneFor } from "./zone-answer.ts";

const ZONES = zoneFor([
  new Zone(
    "example.org",
    {
      "example.org": { MX: ["10 mx.example.org", "20 mx2.example.org"], NS: ["ns.example.org"], TXT: ["x".repeat(300)] },
      "a.deep.example.org": { A: ["192.0.2.1"] },
      "www.example.org": { CNAME: ["a.deep.example.org"] },
      "away.example.org": { CNAME: ["elsewhere.example"] },
      "loop.example.org": { CNAME: ["loop.example.org"] },
      "*.list.example.org": { A: ["127.0.0.2"] },
      "known.list.example.org": { TXT: ["here"] },
      "big.example.org": { A: Array.from({ length: 200 }, (_, n) => `192.0.2.${n}`) },
      "_25._tcp.mx.example.org": { TLSA: [`3 1 1 ${"ab".repeat(32)}`] },
      "1.example.org": { PTR: ["mx.example.org"], AAAA: ["2001:db8::1"] },
      "fail.example.org": "SERVFAIL",
      "quiet.example.org": "TIMEOUT",
      "half.example.org": { A: ["192.0.2.1"], AAAA: "SERVFAIL" },
    },
    { ttl: 60, negativeTtl: 30 },
  ),
  new Zone("sub.example.org", { "sub.example.org": { A: ["192.0.2.9"] } }),
]);

const ask = (name: string, type: number, draft: Partial<Draft> = {}, transport: "udp" | "tcp" = "udp") => {
  const answer = answerQuery(
    writeMessage({ id: 9, recursionDesired: true, question: { name, type, class: 1 }, ...draft }),
    ZONES,
    transport,
  );
  return answer && readMessage(answer);
};

const says: readonly (readonly [name: string, type: keyof typeof TYPE_CODES, rcode: number, answers: number, soa: boolean])[] = [
  ["example.org", "MX", 0, 2, false],
  ["example.org", "SOA", 0, 1, false],
  ["example.org", "A", 0, 0, true],
  ["deep.example.org", "A", 0, 0, true], // only stands above another
  ["nothing.example.org", "A", 3, 0, true],
  ["www.example.org", "A", 0, 2, false],
  ["www.example.org", "MX", 0, 1, true],
  ["www.example.org", "CNAME", 0, 1, false],
  ["away.example.org", "A", 0, 1, false],
  ["loop.example.org", "A", 2, 0, false],
  ["9.2.0.192.list.example.org", "A", 0, 1, false],
  ["known.list.example.org", "A", 0, 0, true], // the wildcard is for names that are not there
  ["_25._tcp.mx.example.org", "TLSA", 0, 1, false],
  ["1.example.org", "AAAA", 0, 1, false],
  ["half.example.org", "AAAA", 2, 0, false],
  ["half.example.org", "A", 0, 1, false],
  ["fail.example.org", "A", 2, 0, false],
  ["sub.example.org", "A", 0, 1, false],
  ["www.sub.example.org", "A", 3, 0, true], // the zone below answers, not the one above
  ["example.com", "A", 5, 0, false],
];
for (const [name, type, rcode, answers, soa] of says)
  test(`${name} ${type}: code ${rcode}, ${answers} records${soa ? ", a SOA" : ""}`, () => {
    const said = ask(name, TYPE_CODES[type]);
    assert.ok(said);
    assert.deepEqual([said.rcode, said.answers.length, said.authority.some((one) => one.type === "SOA")], [rcode, answers, soa]);
    assert.deepEqual(said.question, { name, type: TYPE_CODES[type], class: 1 });
    assert.deepEqual([said.id, said.response, said.recursionDesired, said.recursionAvailable], [9, true, true, false]);
  });

test("silence is an answer too", () => assert.equal(ask("quiet.example.org", 1), undefined));

test("what does not fit a datagram is cut, by what the asker takes; over TCP it is whole", () => {
  const edns = (udpOctets: number) => ({ edns: { udpOctets, version: 0 } });
  for (const draft of [{}, edns(512), edns(0), edns(1232), edns(65_535)]) {
    const said = ask("big.example.org", 1, draft);
    assert.deepEqual([said?.truncated, said?.answers.length], [true, 0]);
  }
  const whole = ask("big.example.org", 1, {}, "tcp");
  assert.deepEqual([whole?.truncated, whole?.answers.length], [false, 200]);
});

for (const [what, draft, rcode] of [
  ["an update", { opcode: 5 }, 4],
  ["no question", { question: undefined }, 1],
  ["a later EDNS", { edns: { udpOctets: 1232, version: 1 } }, 16],
  ["another class", { question: { name: "example.org", type: 1, class: 3 } }, 5],
  ["a zone transfer", { question: { name: "example.org", type: 252, class: 1 } }, 4],
] as const)
  test(`to ${what} it says ${rcode}`, () => assert.equal(ask("example.org", 1, draft)?.rcode, rcode));

test("to whoever asks for everything it says little", () => {
  const said = ask("example.org", 255);
  assert.deepEqual(
    said?.answers.map((record) => (record.type === "other" ? record.code : record.type)),
    [13],
  );
});

test("the question comes back letter for letter", () => {
  const query = writeMessage({ id: 1, question: { name: "example.org", type: 15, class: 1 } }).slice();
  query.set(Buffer.from("ExAmPlE"), 13);
  const answer = answerQuery(query, ZONES, "udp");
  assert.equal(Buffer.from(answer?.subarray(13, 20) ?? []).toString(), "ExAmPlE");
});

test("an answer is never answered", () => assert.equal(ask("example.org", 1, { response: true }), undefined));

test("what cannot be read is told so by its id, if it has one", () => {
  assert.equal(answerQuery(Uint8Array.of(1, 2, 3), ZONES, "udp"), undefined);
  const garbled = answerQuery(Uint8Array.of(0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 99), ZONES, "udp");
  assert.deepEqual([garbled && readMessage(garbled)?.rcode, garbled && readMessage(garbled)?.id], [1, 7]);
});

for (const [name, values, said] of [
  ["example.com", { A: ["192.0.2.1"] }, /not in the zone/],
  ["a.example.org", { A: ["2001:db8::1"] }, /no such value/],
  ["a.example.org", { MX: ["mx.example.org"] }, /no such value/],
  ["a.example.org", { TLSA: ["3 1 1 xyz"] }, /no such value/],
  ["a.example.org", { HTTPS: ["x"] }, /no such type/],
  ["a..example.org", {}, /no domain name/],
] as const)
  test(`a zone that is wrong says where: ${said.source}`, () => {
    const written: Record<string, object> = { [name]: values };
    assert.throws(() => new Zone("example.org", written), said);
  });

test("a name that goes away takes with it those that only stood above it", () => {
  const zone = new Zone("example.org", { "a.b.example.org": { A: ["192.0.2.1"] } });
  assert.equal(zone.say("b.example.org", "A").is, "nodata");
  zone.remove("a.b.example.org");
  assert.equal(zone.say("b.example.org", "A").is, "NXDOMAIN");
});

test("whatever it is sent, it answers in bounds or not at all", () => {
  const query = writeMessage({ id: 1, question: { name: "www.example.org", type: 1, class: 1 }, edns: { udpOctets: 1232, version: 0 } });
  const mutated = fc.array(fc.tuple(fc.nat(query.length - 1), fc.nat(255)), { maxLength: 8 }).map((changes) => {
    const copy = query.slice();
    for (const [at, octet] of changes) copy[at] = octet;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (octets) => {
      const answer = answerQuery(octets, ZONES, "udp");
      if (answer === undefined) return;
      assert.ok(answer.length <= 1232);
      assert.ok(readMessage(answer)?.response);
    }),
    { numRuns: 5_000 },
  );
});
