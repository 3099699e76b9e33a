import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fromUtf8 } from "../../base/bytes.ts";
import type { WallMs } from "../../base/clock.ts";
import type { NodeNumber } from "../../model/ids.ts";
import { readHeaders } from "./headers.ts";
import { dateLine, type Hop, isLoop, messageIdLine, receivedLine, timesSeen, traceLine, traceToken } from "./trace-fields.ts";

const at = Date.UTC(2026, 2, 3, 9, 9, 50) as WallMs;
const peer = { ip: "192.0.2.7", helo: "www.example.org", listener: "smtp" };
const hop: Hop = {
  peer,
  esmtp: true,
  smtpUtf8: false,
  host: "relay.example.net",
  id: "06BK3Z9QW4T7M0RX",
  recipient: "j.doe@example.org",
  at,
};
const unfold = (line: string): string => line.replace(/\r\n\t/g, " ").trimEnd();

test("Received says from whom, by whom, how, under which id, for whom and when", () => {
  assert.equal(
    receivedLine(hop),
    "Received: from www.example.org ([192.0.2.7]) by relay.example.net (Fairlead)\r\n" +
      "\twith ESMTP id 06BK3Z9QW4T7M0RX for <j.doe@example.org>;\r\n" +
      "\tTue, 03 Mar 2026 09:09:50 +0000\r\n",
  );
});

const protocols = [
  [{ esmtp: false }, {}, "SMTP"],
  [{ esmtp: true }, {}, "ESMTP"],
  [{}, { tls: "TLSv1.3 TLS_AES_256_GCM_SHA384" }, "ESMTPS"],
  [{}, { login: "bob" }, "ESMTPA"],
  [{}, { tls: "TLSv1.3 X", login: "bob" }, "ESMTPSA"],
  [{ smtpUtf8: true }, {}, "UTF8SMTP"],
  [{ smtpUtf8: true }, { tls: "TLSv1.3 X", login: "bob" }, "UTF8SMTPSA"],
] as const;
for (const [more, facts, want] of protocols)
  test(`the protocol is ${want} for ${JSON.stringify({ ...more, ...facts })}`, () => {
    const line = unfold(receivedLine({ ...hop, ...more, peer: { ...peer, ...facts } }));
    assert.match(line, new RegExp(` with ${want} id `));
    assert.ok(!line.includes("bob"), "a login name is nobody else's business");
  });

const hellos = [
  ["[192.0.2.7]", "from [192.0.2.7] ([192.0.2.7]) by"],
  ["[IPv6:2001:db8::1]", "from [IPv6:2001:db8::1] ([192.0.2.7]) by"],
  ["", "from [192.0.2.7] by"],
  ["my laptop", "from [192.0.2.7] (helo=my laptop) by"],
  ["x) by evil.example (", "from [192.0.2.7] (helo=x? by evil.example ?) by"],
  ["a\r\nBcc: x@y", "from [192.0.2.7] (helo=a??Bcc: x@y) by"],
  ["WIN_PC01", "from WIN_PC01 ([192.0.2.7]) by"],
] as const;
for (const [helo, want] of hellos)
  test(`HELO ${JSON.stringify(helo)} is told as: ${want}`, () => {
    assert.ok(unfold(receivedLine({ ...hop, peer: { ...peer, helo } })).includes(want));
  });

test("an IPv6 peer is an IPv6 literal", () => {
  assert.ok(receivedLine({ ...hop, peer: { ...peer, ip: "2001:db8::7" } }).includes("([IPv6:2001:db8::7])"));
});

test("a recipient that needs care is left out, as is a UTF-8 one without SMTPUTF8", () => {
  for (const recipient of ['"a; b"@example.org', "a>b@example.org", "jürgen@example.org"])
    assert.ok(!receivedLine({ ...hop, recipient }).includes(" for "));
  assert.ok(receivedLine({ ...hop, smtpUtf8: true, recipient: "jürgen@example.org" }).includes("<jürgen@example.org>"));
});

test("whatever strangers say, Received is one field, and short words keep it within 78 columns", () => {
  const wild = fc.string({ unit: "binary", maxLength: 400 });
  fc.assert(
    fc.property(wild, wild, wild, wild, (helo, ip, recipient, tls) => {
      const line = receivedLine({ ...hop, smtpUtf8: true, recipient, peer: { ...peer, helo, ip, tls } });
      const headers = readHeaders(fromUtf8(`${line}X: y\r\n\r\n`));
      assert.equal(headers.size, 2);
      assert.equal(headers.text("x"), "y");
      assert.ok(!/[\0\x7f]|\r(?!\n)|(?<!\r)\n/.test(line));
      for (const one of line.split("\r\n")) assert.ok(Buffer.byteLength(one) < 998);
    }),
  );
  fc.assert(
    fc.property(fc.domain(), fc.ipV6(), fc.emailAddress({ size: "-1" }), (helo, ip, recipient) => {
      for (const one of receivedLine({ ...hop, recipient, peer: { ...peer, helo, ip } }).split("\r\n"))
        assert.ok(one.length <= 78 || one.split(" ").length <= 3, one);
    }),
  );
});

test("Date and Message-ID", () => {
  assert.equal(dateLine(at), "Date: Tue, 03 Mar 2026 09:09:50 +0000\r\n");
  assert.equal(messageIdLine("06BK", "relay.example.net"), "Message-ID: <06BK@relay.example.net>\r\n");
});

const secret = fromUtf8("0123456789abcdef");
const token = traceToken(secret, 1 as NodeNumber);

test("a trace token depends on secret and node, and is stable", () => {
  assert.match(token, /^n1-[\w-]{16}$/);
  assert.equal(token, traceToken(secret, 1 as NodeNumber));
  assert.notEqual(token, traceToken(fromUtf8("another"), 1 as NodeNumber));
  assert.notEqual(token.slice(3), traceToken(secret, 2 as NodeNumber).slice(3));
});

test("a message that was here twice is a loop; another node's or a forged trace does not count", () => {
  const other = traceLine(traceToken(secret, 2 as NodeNumber));
  const seen = (times: number): ReturnType<typeof readHeaders> =>
    readHeaders(fromUtf8(`${traceLine(token).repeat(times)}${other.repeat(9)}X-Fairlead-Trace: n1\r\n\r\n`));
  assert.equal(timesSeen(seen(2), token), 2);
  assert.equal(isLoop(seen(1), token), false);
  assert.equal(isLoop(seen(2), token), true);
});

test("51 hops are a loop, 50 are not", () => {
  const hops = (n: number): ReturnType<typeof readHeaders> => readHeaders(fromUtf8("Received: x\r\n".repeat(n)));
  assert.equal(isLoop(hops(50), token), false);
  assert.equal(isLoop(hops(51), token), true);
});
