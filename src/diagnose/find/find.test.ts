/** Lines as servers write them, replies and bounces as people paste them: what is found, and in which order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { WallMs } from "../../base/clock.ts";
import { idOf, keyAt, type NodeNumber } from "../../model/ids.ts";
import { type Found, findIn } from "./find.ts";

const ID = idOf(keyAt(Date.UTC(2026, 2, 3, 9, 9, 50) as WallMs), 1 as NodeNumber);
const MESSAGE: Found = { is: "message", id: ID, rcpt: null };
const BAD = `${ID.slice(0, 15)}${ID.endsWith("0") ? "1" : "0"}`;
const to = (address: string, at: string | null = null): Found => ({ is: "address", address, role: "to", at });
const from = (address: string, at: string | null = null): Found => ({ is: "address", address, role: "from", at });
const any = (address: string): Found => ({ is: "address", address, role: "any", at: null });
const reply = (text: string, host: string | null = null): Found => ({ is: "reply", text, host });
const EXIM = "2026-03-03 10:09:51 1tPZxB-000000001Ab-2Cde";
const POSTFIX = "Mar  3 10:09:51 srv3 postfix";

/** What must come first, in order; more may follow. */
const cases: readonly (readonly [text: string, ...first: readonly Found[]])[] = [
  // ids
  [ID, MESSAGE],
  [ID.toLowerCase(), MESSAGE],
  [`${ID}.2`, { is: "message", id: ID, rcpt: 2 }],
  [`  "${ID}", please`, MESSAGE],
  [`https://relay.example.net/#/messages/${ID}.0`, { is: "message", id: ID, rcpt: 0 }],
  [`250 2.0.0 accepted as ${ID}`, MESSAGE],
  [`X-Fairlead-Reference: ${ID}`, MESSAGE],
  [BAD, { is: "mistyped", text: BAD }],
  [`250 2.0.0 accepted as ${BAD}`, { is: "mistyped", text: BAD }],
  // links
  ["https://relay.example.net/s/8mT2kQw7ZpL4xVb1", { is: "link", key: "8mT2kQw7ZpL4xVb1" }],
  [
    "550 5.7.1 FL-5203 sending is locked for this account; https://relay.example/s/8mT2kQw7ZpL4xVb1",
    { is: "link", key: "8mT2kQw7ZpL4xVb1" },
    { is: "code", code: "FL-5203" },
    reply("550 5.7.1 FL-5203 sending is locked for this account; https://relay.example/s/8mT2kQw7ZpL4xVb1"),
  ],
  // addresses, Message-IDs, codes, IPs, domains
  ["j.doe@gmail.com", any("j.doe@gmail.com")],
  ["<1@hotel-lux.example>", { is: "message-id", messageId: "<1@hotel-lux.example>" }, any("1@hotel-lux.example")],
  ["Message-ID: <abc.1@hotel-lux.example>", { is: "message-id", messageId: "<abc.1@hotel-lux.example>" }],
  ["mailto:j.doe@gmail.com", any("j.doe@gmail.com")],
  ["From: Ann <ann@shop.example>", any("ann@shop.example")],
  ["jürgen@müller.example", any("jürgen@müller.example")],
  ["user@[192.0.2.1]", any("user@[192.0.2.1]")],
  ["fl-5203", { is: "code", code: "FL-5203" }],
  ["192.0.2.7", { is: "ip", ip: "192.0.2.7" }],
  ["[2001:db8::7]", { is: "ip", ip: "2001:db8::7" }],
  ["::ffff:192.0.2.7", { is: "ip", ip: "192.0.2.7" }],
  ["gmail.com", { is: "domain", domain: "gmail.com" }],
  ["@gmail.com", { is: "domain", domain: "gmail.com" }],
  ["where is my mail", { is: "words", text: "where is my mail" }],
  ["FL-9999", { is: "words", text: "FL-9999" }],
  // Exim
  [
    `${EXIM} => j.doe@gmail.com R=smarthost T=remote_smtp H=relay.example.net [192.0.2.9] X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=yes C="250 2.0.0 accepted as ${ID}" QT=1s DT=0s`,
    MESSAGE,
    to("j.doe@gmail.com", "2026-03-03T10:09:51"),
    reply(`250 2.0.0 accepted as ${ID}`, "relay.example.net"),
  ],
  [
    `${EXIM} -> bob <bob@example.org> F=<wp@hotel-lux.example> R=smarthost T=remote_smtp C="250 OK"`,
    to("bob@example.org", "2026-03-03T10:09:51"),
    from("wp@hotel-lux.example", "2026-03-03T10:09:51"),
  ],
  [
    `${EXIM} <= billing@hotel-lux.example H=(srv12) [192.0.2.7] P=esmtpsa A=dovecot_login:billing S=1834 id=abc.1@hotel-lux.example T="Invoice => 7" for j.doe@gmail.com`,
    { is: "message-id", messageId: "<abc.1@hotel-lux.example>" },
    from("billing@hotel-lux.example", "2026-03-03T10:09:51"),
    { is: "foreign", id: "1tPZxB-000000001Ab-2Cde", of: "exim" },
  ],
  [
    `2026-03-03 10:09:51.123 +0100 [4711] 1abcDE-0001Fg-Hi == j.doe@gmail.com R=dnslookup T=remote_smtp defer (-44) H=gmail-smtp-in.l.google.com [192.0.2.26]: SMTP error from remote mail server after RCPT TO:<j.doe@gmail.com>: 450 4.2.1 The user you are trying to contact is receiving mail too quickly`,
    to("j.doe@gmail.com", "2026-03-03T10:09:51+01:00"),
    reply("450 4.2.1 The user you are trying to contact is receiving mail too quickly", "gmail-smtp-in.l.google.com"),
  ],
  [
    `${EXIM} ** bbo@gmail.com R=smarthost T=remote_smtp H=relay.example.net [192.0.2.9]: SMTP error from remote mail server after end of data: 550 5.7.1 FL-5203 sending is locked for this account`,
    to("bbo@gmail.com", "2026-03-03T10:09:51"),
    { is: "code", code: "FL-5203" },
    reply("550 5.7.1 FL-5203 sending is locked for this account", "relay.example.net"),
  ],
  [`${EXIM} Completed QT=2s`, { is: "foreign", id: "1tPZxB-000000001Ab-2Cde", of: "exim" }],
  // Postfix
  [
    `${POSTFIX}/smtp[1234]: 4Xb2cK1z8wz9: to=<j.doe@gmail.com>, orig_to=<j>, relay=relay.example.net[192.0.2.9]:587, delay=1.2, delays=0.1/0/0.4/0.7, dsn=2.0.0, status=sent (250 2.0.0 accepted as ${ID})`,
    MESSAGE,
    to("j.doe@gmail.com", "03-03T10:09:51"),
    reply(`250 2.0.0 accepted as ${ID}`, "relay.example.net"),
    { is: "foreign", id: "4Xb2cK1z8wz9", of: "postfix" },
  ],
  [
    `2026-03-03T10:09:51.123456+01:00 srv3 postfix/smtp[1234]: 7F1A2B3C4D: to=<a@example.org>, relay=mx1.example.org[192.0.2.1]:25, delay=3, dsn=4.2.0, status=deferred (host mx1.example.org[192.0.2.1] said: 450 4.2.0 <a@example.org>: Recipient address rejected: Greylisted (in reply to RCPT TO command))`,
    to("a@example.org", "2026-03-03T10:09:51+01:00"),
    reply("450 4.2.0 <a@example.org>: Recipient address rejected: Greylisted", "mx1.example.org"),
  ],
  [
    `${POSTFIX}/cleanup[9]: 7F1A2B3C4D: message-id=<20260303.1@srv3>`,
    { is: "message-id", messageId: "<20260303.1@srv3>" },
    { is: "foreign", id: "7F1A2B3C4D", of: "postfix" },
  ],
  [
    `${POSTFIX}/qmgr[9]: 7F1A2B3C4D: from=<max@shop.example>, size=1834, nrcpt=1 (queue active)`,
    from("max@shop.example", "03-03T10:09:51"),
  ],
  [
    `${POSTFIX}/smtpd[9]: NOQUEUE: reject: RCPT from unknown[203.0.113.9]: 554 5.7.1 <x@y.example>: Relay access denied; from=<a@b.example> to=<x@y.example> proto=ESMTP helo=<z>`,
    to("x@y.example", "03-03T10:09:51"),
    from("a@b.example", "03-03T10:09:51"),
    reply("554 5.7.1 <x@y.example>: Relay access denied"),
  ],
  [
    `${POSTFIX}/error[9]: 7F1A2B3C4D: to=<a@example.org>, relay=none, delay=9, dsn=4.4.1, status=deferred (connect to mx1.example.org[192.0.2.1]:25: Connection timed out)`,
    to("a@example.org", "03-03T10:09:51"),
  ],
  // sendmail and qmail
  [
    `Mar 13 10:09:51 srv4 sm-mta[123]: 223AbcDE012345: to=<j.doe@gmail.com>, ctladdr=<a@b.example> (1/1), delay=00:00:01, mailer=relay, pri=30, relay=relay.example.net. [192.0.2.9], dsn=2.0.0, stat=Sent (2.0.0 accepted as ${ID})`,
    MESSAGE,
    to("j.doe@gmail.com", "03-13T10:09:51"),
  ],
  [
    "Mar 13 10:09:51 srv4 sendmail[123]: 223AbcDE012345: from=<a@b.example>, size=99, class=0, nrcpts=1, msgid=<m.7@b.example>, proto=ESMTP",
    { is: "message-id", messageId: "<m.7@b.example>" },
    from("a@b.example", "03-13T10:09:51"),
  ],
  [
    "@4000000069a6a1b2 starting delivery 7: msg 81234 to remote j.doe@gmail.com",
    to("j.doe@gmail.com"),
    { is: "foreign", id: "81234", of: "qmail" },
  ],
  [`delivery 7: success: 192.0.2.9_accepted_message./Remote_host_said:_250_2.0.0_accepted_as_${ID}/`, MESSAGE],
  [
    "delivery 8: failure: 192.0.2.1_does_not_like_recipient./Remote_host_said:_550_5.1.1_no_such_user/Giving_up/",
    reply("550 5.1.1 no such user/Giving up"),
  ],
  // replies
  ["550 5.1.1 <x@y.example>: user unknown", any("x@y.example"), reply("550 5.1.1 <x@y.example>: user unknown")],
  [
    "550-5.7.26 This mail has been blocked\n550-5.7.26 because the sender\n550 5.7.26 is unauthenticated.",
    reply("550-5.7.26 This mail has been blocked 550-5.7.26 because the sender 550 5.7.26 is unauthenticated."),
  ],
  ["421 too many connections", reply("421 too many connections")],
  ["the server said: 554 denied by policy", reply("554 denied by policy")],
  ["we sold 550 units", { is: "words", text: "we sold 550 units" }],
  // bounces
  [
    `Your message to j.doe@example.org of 3 Mar 10:09 was not delivered.\nWhy: the mailbox does not exist.\nTheir server said: 550 5.1.1 user unknown\nDetails: https://relay.example.net/s/Qd81mVt5RzK0yWcA\nReference:         ${ID}\n`,
    MESSAGE,
    { is: "link", key: "Qd81mVt5RzK0yWcA" },
    any("j.doe@example.org"),
    reply("550 5.1.1 user unknown"),
  ],
  [
    "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; bbo@gmail.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no\n    such user here\n\nMessage-ID: <9@shop.example>\nFrom: max@shop.example",
    { is: "message-id", messageId: "<9@shop.example>" },
    to("bbo@gmail.com"),
    reply("550 5.1.1 no such user here"),
  ],
];
for (const [text, ...first] of cases)
  test(`found in: ${text.replace(/\n/g, "\\n").slice(0, 110)}`, () => assert.deepEqual(findIn(text).slice(0, first.length), first));

test("nothing is found in nothing, and never more than twenty", () => {
  assert.deepEqual(findIn(" \n\t"), []);
  const many = Array.from({ length: 500 }, (_, i) => `u${i}@example.org`).join(" ");
  assert.equal(findIn(many).length, 20);
});

test("a thing beyond 64 KiB is not looked for", () => {
  assert.equal(findIn(`${"x ".repeat(40_000)}j.doe@gmail.com`)[0]?.is, "words");
});

/** Each is made to send a careless pattern back and forth. A test has no clock to trust: a quadratic one never ends. */
const nasty: readonly string[] = [
  "a",
  "@",
  "a@",
  "<",
  "=",
  "1.",
  "[",
  ":",
  "-",
  "/s/",
  " => ",
  "to=<",
  'C="\\',
  "450 ",
  "accepted as ",
  "host a[",
];
test("64 KiB of anything is read", () => {
  for (const piece of nasty) {
    const text = piece.repeat(Math.ceil(65_536 / piece.length)).slice(0, 65_536);
    for (const whole of [text, `${EXIM} => ${text}`, `${POSTFIX}/smtp[1]: 7F1A2B3C4D: ${text}`]) assert(findIn(whole).length > 0);
  }
});

test("whatever is pasted, what is found is well-formed", () => {
  const pieces = fc.constantFrom(
    ID,
    BAD,
    "j.doe@gmail.com",
    "<",
    ">",
    " ",
    "\n",
    "550 5.1.1",
    "FL-5203",
    EXIM,
    "=>",
    'C="',
    "to=<",
    "status=sent (",
    ")",
    "\u0000",
    "é",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 20 })), { maxLength: 30 }), (parts) => {
      for (const found of findIn(parts.join(""))) {
        if (found.is === "message") assert.equal(found.id, ID);
        if (found.is === "address") assert.match(found.address, /^[^\s<>]+@[^\s<>]+$/);
        if (found.is === "message-id") assert.match(found.messageId, /^<[^\s<>]+>$/);
      }
    }),
  );
});
