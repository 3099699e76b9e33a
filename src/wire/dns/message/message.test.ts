/** Messages between octets and values: what is well-formed survives, what is not is refused, and nothing throws. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ipOctets, ipText } from "./ip-octets.ts";
import { EDNS_OCTETS, type Message, readMessage, writeMessage } from "./message.ts";
import { nameOf, parentOf, readName } from "./names.ts";
import { type DnsRecord, TYPE_CODES } from "./records.ts";

const EVERY_TYPE: readonly DnsRecord[] = [
  { name: "example.org", ttl: 60, type: "A", ip: "192.0.2.1" },
  { name: "example.org", ttl: 60, type: "AAAA", ip: "2001:db8::1" },
  { name: "example.org", ttl: 0, type: "MX", preference: 10, host: "mx.example.org" },
  { name: "example.org", ttl: 60, type: "MX", preference: 0, host: "" },
  { name: "www.example.org", ttl: 60, type: "CNAME", host: "example.org" },
  { name: "1.2.0.192.in-addr.arpa", ttl: 60, type: "PTR", host: "mx.example.org" },
  { name: "example.org", ttl: 60, type: "NS", host: "ns.example.org" },
  { name: "example.org", ttl: 60, type: "TXT", parts: [Uint8Array.of(118, 61), new Uint8Array(255)] },
  { name: "_25._tcp.mx.example.org", ttl: 60, type: "TLSA", usage: 3, selector: 1, matching: 1, data: new Uint8Array(32) },
  {
    name: "example.org",
    ttl: 60,
    type: "SOA",
    primary: "ns.example.org",
    mailbox: "hostmaster.example.org",
    numbers: [1, 2, 3, 4, 4294967295],
  },
  { name: "example.org", ttl: 2147483647, type: "other", code: 65, data: Uint8Array.of(0, 1, 2) },
];

const WHOLE: Message = {
  ...{ id: 4711, response: true, opcode: 0, authoritative: true, truncated: false, recursionDesired: true },
  ...{ recursionAvailable: false, authentic: false, rcode: 3 },
  question: { name: "example.org", type: TYPE_CODES.MX, class: 1 },
  answers: EVERY_TYPE,
  authority: [EVERY_TYPE[9] as DnsRecord],
  edns: { udpOctets: 1232, version: 0 },
};

test("what is written is read back, with every type of record", () => {
  assert.deepEqual(readMessage(writeMessage(WHOLE)), WHOLE);
});

test("names that were said before are pointed to", () => {
  const answers = Array.from({ length: 20 }, (): DnsRecord => ({ name: "a.long.name.example.org", ttl: 1, type: "A", ip: "192.0.2.1" }));
  assert.equal(writeMessage({ id: 1, answers }).length, 12 + 25 + 14 + 19 * 16);
});

test("flags and codes keep their places", () => {
  for (const change of [{ truncated: true }, { authentic: true }, { recursionAvailable: true }, { opcode: 5 }, { rcode: 16 }, { rcode: 9 }])
    assert.deepEqual(readMessage(writeMessage({ ...WHOLE, ...change })), { ...WHOLE, ...change });
});

test("what does not fit is left out and said to be", () => {
  const answers = Array.from({ length: 100 }, (_, n): DnsRecord => ({ name: "example.org", ttl: 1, type: "A", ip: `192.0.2.${n}` }));
  const cut = writeMessage({ ...WHOLE, answers }, EDNS_OCTETS);
  assert.ok(cut.length <= EDNS_OCTETS);
  assert.deepEqual(readMessage(cut), { ...WHOLE, answers: [], authority: [], truncated: true });
});

const header = (answers: number, questions = 0): number[] => [0, 7, 0x81, 0x80, 0, questions, answers >> 8, answers & 255, 0, 0, 0, 0];
const record = (type: number, data: number[], length = data.length): number[] => [0, 0, type, 0, 1, 0, 0, 0, 60, 0, length, ...data];

const hostile: readonly (readonly [string, number[]])[] = [
  ["nothing", []],
  ["half a header", [0, 7, 0x81]],
  ["more questions than one", [...header(0, 2), 0, 0, 1, 0, 1, 0, 0, 1, 0, 1]],
  ["a question that is not there", header(0, 1)],
  ["counts that lie", [0, 7, 0x81, 0x80, 0, 0, 255, 255, 255, 255, 255, 255]],
  ["a pointer to itself", [...header(0, 1), 0xc0, 12, 0, 1, 0, 1]],
  ["two pointers in a circle", [...header(0, 1), 0xc0, 14, 0xc0, 12, 0, 1, 0, 1]],
  ["a pointer forward", [...header(0, 1), 0xc0, 20, 0, 1, 0, 1, 1, 97, 0]],
  ["a pointer cut in half", [...header(0, 1), 0xc0]],
  ["a label of a kind that nobody uses", [...header(0, 1), 0x41, 97, 0, 0, 1, 0, 1]],
  ["a label beyond the end", [...header(0, 1), 63, 97, 0]],
  ["a name of 300 octets", [...header(0, 1), ...Array.from({ length: 150 }, () => [1, 97]).flat(), 0, 0, 1, 0, 1]],
  ["an A record without an address", [...header(1), ...record(1, [], 0), 127, 0, 0, 1]],
  ["an A record of two octets", [...header(1), ...record(1, [127, 0])]],
  ["an A record of five", [...header(1), ...record(1, [127, 0, 0, 1, 0])]],
  ["data beyond the end", [...header(1), ...record(1, [127, 0, 0, 1], 255)]],
  ["an MX whose name runs into what follows", [...header(1), ...record(15, [0, 10, 2, 97], 3), 97, 0]],
  ["an MX with something behind its name", [...header(1), ...record(15, [0, 10, 1, 97, 0, 0])]],
  ["a TXT whose string is longer than it", [...header(1), ...record(16, [5, 97])]],
  ["a SOA without numbers", [...header(1), ...record(6, [0, 0])]],
  ["EDNS among the answers", [...header(1), ...record(41, [])]],
];
for (const [what, octets] of hostile) test(`${what} is no message`, () => assert.equal(readMessage(Uint8Array.from(octets)), undefined));

test("a message cut anywhere is no message", () => {
  const bytes = writeMessage(WHOLE);
  for (let length = 0; length < bytes.length; length++) assert.equal(readMessage(bytes.subarray(0, length)), undefined, String(length));
});

test("a lifetime with its highest bit set is none", () => {
  const bytes = Uint8Array.from([...header(1), 0, 0, 1, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 4, 127, 0, 0, 1]);
  assert.equal(readMessage(bytes)?.answers[0]?.ttl, 0);
});

test("records of another class are not taken for ours", () => {
  const bytes = Uint8Array.from([...header(1), 0, 0, 1, 0, 3, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
  assert.deepEqual(readMessage(bytes)?.answers, []);
});

test("five thousand records with the longest of names cost no more than their octets", () => {
  const name = [...Array.from({ length: 126 }, () => [1, 97]).flat(), 0];
  const records = Array.from({ length: 5_000 }, (_, n) => [...(n === 0 ? name : [0xc0, 12]), 0, 99, 0, 1, 0, 0, 0, 60, 0, 0]);
  const message = readMessage(Uint8Array.from([...header(5_000), ...records.flat()]));
  assert.equal(message?.answers.length, 5_000);
  assert.equal(message?.answers.at(-1)?.name, message?.answers[0]?.name);
});

test("pointers may lead on to pointers, but not without end", () => {
  const chain = (length: number): Uint8Array => {
    const octets = [1, 97, 0];
    for (let n = 0; n < length; n++) octets.push(0xc0 | ((n === 0 ? 0 : 1 + 2 * n) >> 8), n === 0 ? 0 : (1 + 2 * n) & 255);
    return Uint8Array.from(octets);
  };
  assert.equal(readName(chain(30), 3 + 2 * 29, new Map())?.text, "a");
  assert.equal(readName(chain(100), 3 + 2 * 99, new Map()), undefined);
});

const names: readonly (readonly [string, string | undefined])[] = [
  ["Example.ORG", "example.org"],
  ["example.org.", "example.org"],
  [".", ""],
  ["", undefined],
  ["a..b", undefined],
  [".a", undefined],
  ["bücher.example", "xn--bcher-kva.example"],
  ["a\\.b.example", "a\\.b.example"],
  ["a\\046b.example", "a\\.b.example"],
  ["a\\000b.example", "a\\000b.example"],
  ["a\\256b.example", undefined],
  ["a b.example", "a\\032b.example"],
  ["a\nb.example", "a\\010b.example"],
  [`${"a".repeat(63)}.example`, `${"a".repeat(63)}.example`],
  [`${"a".repeat(64)}.example`, undefined],
  [`${"abcdefghi.".repeat(25)}com`, `${"abcdefghi.".repeat(25)}com`],
  [`${"abcdefghi.".repeat(25)}combo`, undefined],
];
for (const [written, want] of names)
  test(`the name ${JSON.stringify(written.slice(0, 40))} (${written.length}) is ${want === undefined ? "none" : "one"}`, () =>
    assert.equal(nameOf(written), want));

test("a label with a dot in it is not two labels", () => {
  const bytes = writeMessage({ id: 1, question: { name: "a\\.b.example", type: 1, class: 1 } });
  assert.equal(readMessage(bytes)?.question?.name, "a\\.b.example");
  assert.equal(parentOf("a\\.b.example"), "example");
  assert.equal(parentOf("example"), "");
  assert.equal(parentOf(""), undefined);
});

test("addresses as text are the system's own", () => {
  for (const ip of [
    "192.0.2.1",
    "2001:db8::1",
    "::1",
    "::",
    "1::",
    "2001:db8:0:1:1:1:1:1",
    "2001:0:0:1::1",
    "::ffff:127.0.0.1",
    "fe80::1:0:0:1",
  ])
    assert.equal(ipText(ipOctets(ip, ip.includes(":") ? 6 : 4) ?? new Uint8Array()), ip);
  assert.equal(ipText(ipOctets("2001:0DB8::0001", 6) ?? new Uint8Array()), "2001:db8::1");
  assert.equal(ipOctets("192.0.2.1", 6), undefined);
});

test("whatever arrives, reading ends and does not throw", () => {
  const bytes = writeMessage(WHOLE);
  const mutated = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 }).map((changes) => {
    const copy = bytes.slice();
    for (const [at, octet] of changes) copy[at] = octet;
    return copy;
  });
  const any = fc.oneof(mutated, fc.uint8Array({ maxLength: 600 }));
  fc.assert(
    fc.property(any, (octets) => {
      const message = readMessage(octets);
      if (message === undefined) return;
      const again = readMessage(writeMessage(message));
      if (again && !again.truncated) assert.deepEqual({ ...again, truncated: message.truncated }, message); // what was read can be written
    }),
    { numRuns: 5_000 },
  );
});
