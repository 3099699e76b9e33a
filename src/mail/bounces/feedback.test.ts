/** Complaints of all types, with recipients that their makers hid. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readBounce } from "./bounces.ts";

const RETURNED =
  "Return-Path: <b-1@bounce.example>\nMessage-ID: <1@shop.example>\nFrom: ann@shop.example\nTo: old@x.example\nSubject: Hello\n\nbody\n";
const complaint = (fields: string, returned = RETURNED, type = "message/feedback-report"): string =>
  `From: Abuse Desk <abuse@isp.example>\nTo: fbl@shop.example\nSubject: FW: Hello\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: text/plain\n\nThis is an email abuse report for a message received from 192.0.2.1.\n--b\nContent-Type: ${type}\n\n${fields}\n\n--b\nContent-Type: message/rfc822\n\n${returned}\n--b--\n`;

const CASES: readonly (readonly [name: string, message: string, want: readonly [type: string, from: string, ...addresses: string[]]])[] = [
  [
    "RFC 5965's own fields",
    complaint(
      "Feedback-Type: abuse\nUser-Agent: SomeGenerator/1.0\nVersion: 1\nOriginal-Mail-From: <b-1@bounce.example>\nOriginal-Rcpt-To: <a@isp.example>\nOriginal-Rcpt-To: <b@isp.example>\nArrival-Date: Thu, 8 Mar 2005 14:00:00 EDT\nReporting-MTA: dns; mail.isp.example\nSource-IP: 192.0.2.1\nReported-Domain: shop.example\nReported-Uri: http://shop.example/",
    ),
    ["abuse", "SomeGenerator/1.0", "a@isp.example", "b@isp.example"],
  ],
  [
    "an authentication failure",
    complaint(
      "Feedback-Type: auth-failure\nUser-Agent: SomeReporter/2\nVersion: 1\nOriginal-Mail-From: <b-1@bounce.example>\nOriginal-Rcpt-To: <a@isp.example>\nAuthentication-Results: mx.isp.example; dkim=fail header.d=shop.example\nAuth-Failure: bodyhash\nDelivery-Result: reject\nDKIM-Domain: shop.example\nDKIM-Selector: s1\nDKIM-Canonicalized-Body: VGhpcyBpcw==\nIdentity-Alignment: none\nSource-IP: 2001:db8::1",
    ),
    ["auth-failure", "SomeReporter/2", "a@isp.example"],
  ],
  [
    "an address of which only a hash is left",
    complaint(
      "Feedback-Type: abuse\nUser-Agent: Isp Feedback/0.1\nVersion: 0.1\nOriginal-Rcpt-To: 2d1f8c7a0e9b4d6f@isp.example",
      RETURNED.replace("To: old@x.example", "To: undisclosed-recipients:;"),
    ),
    ["abuse", "Isp Feedback/0.1", "2d1f8c7a0e9b4d6f@isp.example"],
  ],
  [
    "an address that is hidden altogether",
    complaint(
      "Feedback-Type: abuse\nUser-Agent: Loop\nVersion: 1\nOriginal-Rcpt-To: [redacted]",
      RETURNED.replace("old@x.example", "redacted@redacted"),
    ),
    ["abuse", "Loop", "[redacted]"],
  ],
  [
    "no recipient but the message's own",
    complaint("Feedback-Type: Abuse\nUser-Agent: Loop\nVersion: 1"),
    ["abuse", "Loop", "old@x.example"],
  ],
  [
    "a wish to leave",
    complaint("Feedback-Type: opt-out\nUser-Agent: Loop\nVersion: 1\nRemoval-Recipient: a@isp.example"),
    ["opt-out", "Loop", "a@isp.example"],
  ],
  [
    "what was no spam",
    complaint("Feedback-Type: not-spam\nUser-Agent: Loop\nVersion: 1\nOriginal-Rcpt-To: a@isp.example"),
    ["not-spam", "Loop", "a@isp.example"],
  ],
  [
    "a report as text",
    complaint("Feedback-Type: abuse\nUser-Agent: Loop\nVersion: 1\nOriginal-Rcpt-To: a@isp.example", RETURNED, "text/feedback-report"),
    ["abuse", "Loop", "a@isp.example"],
  ],
  [
    "no agent",
    complaint("Feedback-Type: fraud\nVersion: 1\nOriginal-Rcpt-To: a@isp.example"),
    ["fraud", "abuse@isp.example", "a@isp.example"],
  ],
];
for (const [name, message, [type, from, ...addresses]] of CASES)
  test(`${name}: a complaint says its type, who reports, and whom it is of`, async () => {
    const found = await readBounce(Buffer.from(message));
    assert.deepEqual([found.kind, found.feedbackType, found.from], ["arf", type, from]);
    assert.deepEqual(
      found.recipients.map(({ address }) => address),
      addresses,
    );
    assert.ok(found.tokens.includes("b-1@bounce.example"));
    assert.equal(found.original?.messageId, "<1@shop.example>");
  });
