import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { crc32c, readProxyHeader } from "./proxy-header.ts";

const SIGNATURE = "0d0a0d0a000d0a515549540a";
const IP4 = "c6336409c000020100380019"; // 198.51.100.9:56 → 192.0.2.1:25
const IP6 = "20010db8000000000000000000000009" + "20010db8000000000000000000000001" + "00380019";

function v2(command: string, body: string): Buffer {
  return Buffer.from(SIGNATURE + command + (body.length / 2).toString(16).padStart(4, "0") + body, "hex");
}

/** As a sender makes it: the checksum is over the header with zeros in its place. */
function withChecksum(command: string, body: string): Buffer {
  const header = v2(command, `${body}03000400000000`);
  header.writeUInt32BE(crc32c(header), header.length - 4);
  return header;
}

test("CRC-32C is that of RFC 3720 appendix B.4", () => {
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
  assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
  assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
});

const client4 = { client: { ip: "198.51.100.9", port: 56 }, local: { ip: "192.0.2.1", port: 25 } };
const client6 = { client: { ip: "2001:db8::9", port: 56 }, local: { ip: "2001:db8::1", port: 25 } };
const headers: readonly [string, Buffer, object][] = [
  ["version 1 over IPv4", Buffer.from("PROXY TCP4 198.51.100.9 192.0.2.1 56 25\r\n"), client4],
  ["version 1 over IPv6", Buffer.from("PROXY TCP6 2001:DB8:0:0::9 2001:db8::1 56 25\r\n"), client6],
  ["version 1 with IPv4 inside IPv6", Buffer.from("PROXY TCP6 ::ffff:198.51.100.9 ::ffff:192.0.2.1 56 25\r\n"), client4],
  ["version 1 of the unknown", Buffer.from("PROXY UNKNOWN\r\n"), {}],
  ["version 1 of the unknown with addresses", Buffer.from("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), {}],
  ["version 2 over IPv4", v2("2111", IP4), client4],
  ["version 2 over IPv6", v2("2121", IP6), client6],
  ["version 2 LOCAL", v2("2000", ""), {}],
  ["version 2 LOCAL with addresses", v2("2011", IP4), {}],
  ["version 2 of an unspecified family", v2("2100", ""), {}],
  ["version 2 over a Unix socket", v2("2131", "00".repeat(216)), {}],
  ["version 2 over UDP", v2("2112", IP4), {}],
  ["version 2 with TLVs", v2("2111", `${IP4}0400020000ea0003616263`), client4],
  ["version 2 with a checksum", withChecksum("2111", IP4), client4],
];
for (const [what, header, want] of headers)
  test(`${what} is read, however it is cut, and what follows is left`, () => {
    for (let end = 0; end < header.length; end++) assert.deepEqual(readProxyHeader(header.subarray(0, end)), { is: "more" });
    assert.deepEqual(readProxyHeader(Buffer.concat([header, Buffer.from("EHLO x")])), { is: "header", octets: header.length, ...want });
  });

const spoilt = withChecksum("2111", IP4);
spoilt.writeUInt8(1, 16);
const malformed: readonly [string, Buffer][] = [
  ["SMTP", Buffer.from("EHLO client.example\r\n")],
  ["TLS", Buffer.from([0x16, 3, 1])],
  ["an unknown protocol", Buffer.from("PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n")],
  ["the wrong family", Buffer.from("PROXY TCP4 ::1 ::2 1 2\r\n")],
  ["a port too many", Buffer.from("PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n")],
  ["a port too high", Buffer.from("PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n")],
  ["a port with a sign", Buffer.from("PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n")],
  ["an address with zeros in front", Buffer.from("PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r\n")],
  ["a line without an end", Buffer.from(`PROXY TCP4 ${"1".repeat(100)}`)],
  ["version 3", v2("3111", IP4)],
  ["an unknown command", v2("2211", IP4)],
  ["addresses cut off", v2("2121", IP4)],
  ["a TLV cut off", v2("2111", `${IP4}0400050000`)],
  ["half a TLV", v2("2111", `${IP4}04`)],
  ["a checksum of three octets", v2("2111", `${IP4}030003000000`)],
  ["a checksum that does not fit", spoilt],
  ["too great a length", Buffer.from(`${SIGNATURE}2111ffff`, "hex")],
];
for (const [what, header] of malformed) test(`${what} is malformed`, () => assert.equal(readProxyHeader(header).is, "malformed"));

test("no octets make the reader throw, and it decides within 4,112 of them", () => {
  const start = fc.constantFrom("", "50524f585920", SIGNATURE, `${SIGNATURE}2111`, `${SIGNATURE}2121000c`);
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 300 }), (hex, rest) => {
      readProxyHeader(Buffer.concat([Buffer.from(hex, "hex"), rest]));
      assert.notEqual(readProxyHeader(Buffer.concat([Buffer.from(hex, "hex"), rest, Buffer.alloc(4_112)])).is, "more");
    }),
  );
});
