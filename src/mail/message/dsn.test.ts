/** Reports as they leave: golden text, RET and size, UTF-8, and that nothing a stranger says can break the form. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import fc from "fast-check";
import { fromLatin1, fromUtf8, latin1 } from "../../base/bytes.ts";
import type { WallMs } from "../../base/clock.ts";
import { composeReport, type Report, type Reported } from "./dsn.ts";
import { readHeaders } from "./headers.ts";

const at = Date.UTC(2026, 2, 3, 9, 9, 51) as WallMs;
const acceptedAt = Date.UTC(2026, 2, 3, 9, 9, 50) as WallMs;
const mail = fromLatin1("From: a@shop.example\r\nMessage-ID: <1@shop.example>\r\nSubject: offer\r\n\r\nhello\r\n");
const unknown: Reported = {
  address: "j.doe@example.org",
  orcpt: "rfc822;J.Doe@example.org",
  reply: { code: 550, enhanced: "5.1.1", text: "<j.doe@example.org>: user unknown" },
  remote: "mx1.example.org",
  lastAttemptAt: at,
};
const failed: Report = {
  kind: "failed",
  id: "06BK5D0X2N8RTC4N",
  host: "relay.example.net",
  at,
  to: "a@shop.example",
  reference: "06BK5D0X2N8RTC4M",
  acceptedAt,
  envid: "QQ314159",
  recipients: [unknown],
  original: { bytes: mail, size: mail.length, smtpUtf8: false },
};
const textOf = (report: Report): string => Buffer.from(composeReport(report).bytes).toString();

test("a failure reads as people write and as RFC 3464 asks", () => {
  const want = `From: "Mail delivery" <mailer-daemon@relay.example.net>
To: <a@shop.example>
Subject: Not delivered: j.doe@example.org
Date: Tue, 03 Mar 2026 09:09:51 +0000
Message-ID: <06BK5D0X2N8RTC4N@relay.example.net>
In-Reply-To: <1@shop.example>
References: <1@shop.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="=_06BK5D0X2N8RTC4N_0"
Content-Transfer-Encoding: 7bit

This is a report in MIME form.

--=_06BK5D0X2N8RTC4N_0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

Your message to j.doe@example.org of 3 Mar 09:09 UTC was not delivered.
Why:               the mailbox does not exist.
What you can do:   check the spelling, or reach the person another way for
                   the new address.
Their server said: 550 5.1.1 <j.doe@example.org>: user unknown
                   (mx1.example.org, 09:09:51 UTC)

Reference:         06BK5D0X2N8RTC4M

--=_06BK5D0X2N8RTC4N_0
Content-Type: message/delivery-status
Content-Transfer-Encoding: 7bit

Original-Envelope-Id: QQ314159
Reporting-MTA: dns; relay.example.net
X-Fairlead-Reference: 06BK5D0X2N8RTC4M
Arrival-Date: Tue, 03 Mar 2026 09:09:50 +0000

Original-Recipient: rfc822; J.Doe@example.org
Final-Recipient: rfc822; j.doe@example.org
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx1.example.org
Diagnostic-Code: smtp; 550 5.1.1 <j.doe@example.org>: user unknown
Last-Attempt-Date: Tue, 03 Mar 2026 09:09:51 +0000

--=_06BK5D0X2N8RTC4N_0
Content-Type: message/rfc822
Content-Transfer-Encoding: 7bit

From: a@shop.example
Message-ID: <1@shop.example>
Subject: offer

hello

--=_06BK5D0X2N8RTC4N_0--
`;
  assert.equal(textOf(failed).replaceAll("\r\n", "\n"), want);
});

test("a delay says that nothing need be done, until when we try, and returns the header only", () => {
  const retryUntil = (acceptedAt + 3 * 86_400_000) as WallMs;
  const text = textOf({
    ...failed,
    kind: "delayed",
    recipients: [{ address: "x@slow.example", fault: "connection timed out", remote: "mx.slow.example", retryUntil }],
  });
  assert.match(text, /^Subject: Delayed: x@slow\.example\r$/m);
  assert.match(text, /is delayed\.\r\nYou need not do anything; we try until 6 Mar 09:09 UTC\./);
  assert.match(
    text,
    /^Action: delayed\r\nStatus: 4\.4\.7\r\nRemote-MTA: dns; mx\.slow\.example\r\nDiagnostic-Code: X-Fairlead; connection timed out\r$/m,
  );
  assert.match(text, /^Will-Retry-Until: Fri, 06 Mar 2026 09:09:50 \+0000\r$/m);
  assert.ok(!text.includes("Original-Recipient"), "none was given with RCPT (RFC 3461 §6.3)");
  assert.match(text, /text\/rfc822-headers/);
  assert.ok(!text.includes("hello"));
});

test("relayed is not called delivered", () => {
  const text = textOf({
    ...failed,
    kind: "relayed",
    recipients: [{ address: "x@y.example", reply: { code: 250, enhanced: "2.0.0", text: "ok" } }],
  });
  assert.match(text, /^Action: relayed\r\nStatus: 2\.0\.0\r$/m);
  assert.ok(!/delivered/i.test(text.split("Content-Type: message/")[0] ?? ""));
});

const statuses = [
  ["failed", { reply: { code: 550, text: "no" } }, "5.0.0"],
  ["failed", { reply: { code: 452, enhanced: "4.2.2", text: "full" } }, "4.2.2"], // it expired
  ["failed", { reply: { code: 450, text: "later" } }, "4.4.7"],
  ["failed", { fault: "no route" }, "4.4.7"],
  ["failed", { status: "5.4.6", fault: "loop" }, "5.4.6"],
  ["failed", { reply: { code: 550, enhanced: "2.0.0", text: "liar" } }, "5.0.0"],
  ["delayed", { reply: { code: 451, enhanced: "4.7.1", text: "greylisted" } }, "4.7.1"],
  ["delivered", { reply: { code: 250, enhanced: "2.6.0", text: "queued" } }, "2.6.0"],
] as const;
for (const [kind, more, want] of statuses)
  test(`${kind} after ${JSON.stringify(more)} has status ${want}`, () => {
    assert.match(textOf({ ...failed, kind, recipients: [{ address: "x@y.example", ...more }] }), new RegExp(`^Status: ${want}\r$`, "m"));
  });

test("many recipients are one report: twenty in words, all of them in fields", () => {
  const recipients = Array.from({ length: 25 }, (_, n) => ({ ...unknown, address: `u${n}@example.org` }));
  const text = textOf({ ...failed, recipients });
  assert.match(text, /^Subject: Not delivered: 25 recipients\r$/m);
  assert.match(text, /^And 5 more, listed in the part for machines\.\r$/m);
  assert.equal(text.match(/^Final-Recipient: /gm)?.length, 25);
});

const big = Buffer.concat([mail, Buffer.from("x\r\n".repeat(20_000))]);
const returns: readonly (readonly [string, Omit<Report["original"], "smtpUtf8">, string, string])[] = [
  ["a small message", { bytes: mail, size: mail.length }, "message/rfc822", "7bit"],
  ["RET=FULL", { bytes: mail, size: mail.length, ret: "full" }, "message/rfc822", "7bit"],
  ["RET=HDRS", { bytes: mail, size: mail.length, ret: "headers" }, "text/rfc822-headers", "7bit"],
  ["a large message", { bytes: big, size: big.length, ret: "full" }, "text/rfc822-headers", "7bit"],
  ["a message of which only the beginning is at hand", { bytes: mail, size: mail.length + 1 }, "text/rfc822-headers", "7bit"],
  ["an 8bit body", { bytes: fromUtf8("A: b\r\n\r\nGrüße\r\n"), size: 17 }, "message/rfc822", "8bit"],
  [
    "an 8bit header without SMTPUTF8",
    { bytes: fromUtf8("A: ü\r\n\r\n"), size: 9, ret: "headers" },
    "text/rfc822-headers",
    "quoted-printable",
  ],
  ["a line of 999", { bytes: fromLatin1(`A: b\r\n\r\n${"x".repeat(999)}\r\n`), size: 1009 }, "text/rfc822-headers", "7bit"],
  ["a header line of 999", { bytes: fromLatin1(`A: ${"x".repeat(996)}\r\n\r\n`), size: 1003 }, "text/rfc822-headers", "quoted-printable"],
  ["a NUL", { bytes: fromLatin1("A: b\r\n\r\n\0\r\n"), size: 11 }, "text/rfc822-headers", "7bit"],
  ["a bare LF", { bytes: fromLatin1("A: b\r\n\r\na\nb\r\n"), size: 13 }, "text/rfc822-headers", "7bit"],
  ["a bare CR", { bytes: fromLatin1("A: b\r\n\r\na\rb\r\n"), size: 13 }, "text/rfc822-headers", "7bit"],
  ["no header at all", { bytes: fromLatin1("hello\r\n"), size: 7, ret: "headers" }, "text/rfc822-headers", "7bit"],
];
for (const [name, original, type, encoding] of returns)
  test(`${name} goes back as ${type} in ${encoding}`, () => {
    const report = composeReport({ ...failed, original: { ...original, smtpUtf8: false } });
    const last = Buffer.from(report.bytes).toString("latin1").split("--=_06BK5D0X2N8RTC4N_0\r\n").at(-1) ?? "";
    assert.ok(last.startsWith(`Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`), last);
    assert.equal(report.body, encoding === "8bit" ? "8bit" : "7bit");
  });

test("UTF-8 addresses make RFC 6533's parts; only a UTF-8 sender makes the report need SMTPUTF8", () => {
  const original = { bytes: fromUtf8("Subject: Grüße\r\n\r\nx\r\n"), size: 23, smtpUtf8: true };
  const recipients = [{ ...unknown, address: "jürgen@example.org", orcpt: "utf-8;jürgen@example.org" }];
  const ascii = composeReport({ ...failed, original: { ...original, size: 21 + 4 }, recipients });
  const text = Buffer.from(ascii.bytes).toString();
  assert.match(text, /^Content-Type: message\/global-delivery-status\r$/m);
  assert.match(text, /^Content-Type: message\/global(-headers)?\r$/m);
  assert.match(text, /^Original-Recipient: utf-8; jürgen@example\.org\r\nFinal-Recipient: utf-8; jürgen@example\.org\r$/m);
  assert.match(text, /^Subject: =\?UTF-8\?B\?/m);
  assert.equal(ascii.body, "8bit");
  assert.equal(ascii.smtpUtf8, false);
  assert.equal(composeReport({ ...failed, to: "mül@shop.example", original, recipients }).smtpUtf8, true);
});

test("a boundary that occurs in the original is not used", () => {
  const bytes = fromLatin1("A: b\r\n\r\n--=_06BK5D0X2N8RTC4N_0--\r\n");
  assert.match(textOf({ ...failed, original: { bytes, size: bytes.length, smtpUtf8: false } }), /boundary="=_06BK5D0X2N8RTC4N_1"/);
});

const wild = fc.string({ unit: "binary", maxLength: 700 });
const anyReport: fc.Arbitrary<Report> = fc
  .record({
    kind: fc.constantFrom("failed" as const, "delayed" as const, "relayed" as const, "delivered" as const),
    to: wild,
    envid: wild,
    detailsUrl: wild,
    one: fc.record({ cause: wild, advice: wild, address: wild, orcpt: wild, fault: wild, remote: wild, text: wild, spoke: fc.boolean() }),
    content: fc.uint8Array({ maxLength: 300 }),
    subject: wild,
    whole: fc.boolean(),
  })
  .map(({ kind, to, envid, detailsUrl, one, content, subject, whole }) => {
    const bytes = Buffer.concat([Buffer.from(`Subject: ${subject}\r\n\r\n`), content]);
    const { text, spoke, ...rest } = one;
    const recipient = spoke ? { ...rest, reply: { code: 550, text } } : rest;
    return {
      ...failed,
      kind,
      to,
      envid,
      detailsUrl,
      recipients: [recipient],
      original: { bytes, size: bytes.length + (whole ? 0 : 1), smtpUtf8: false },
    };
  });

test("whatever addresses, replies and originals hold, the report is well-formed and its encoding true", () => {
  fc.assert(
    fc.property(anyReport, (report) => {
      const composed = composeReport(report);
      const text = latin1(composed.bytes);
      for (const line of text.split("\r\n")) {
        assert.ok(line.length <= 998, `a line of ${line.length}`);
        assert.ok(!/[\r\n\0]/.test(line), JSON.stringify(line));
      }
      if (composed.body === "7bit") assert.ok(!/[\x80-\xff]/.test(text));
      const headers = readHeaders(composed.bytes);
      assert.equal(headers.ended, "empty line");
      for (const name of ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"])
        assert.equal(headers.count(name), 1, name);
      if (!composed.smtpUtf8) assert.ok(!/[\x80-\xff]/.test(text.slice(0, headers.end)));
      const boundary = /boundary="(.*)"/.exec(text)?.[1] ?? assert.fail("no boundary");
      assert.equal(text.split(`--${boundary}`).length, 5, "three parts and an end");
      const status = text.split(`--${boundary}\r\n`)[2] ?? "";
      for (const name of ["Final-Recipient", "Action", "Status"]) assert.equal(status.split(`\r\n${name}: `).length, 2, name);
    }),
    { numRuns: 150 },
  );
});

const PYTHON = `
import sys, json, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.SMTP)
parts = list(m.iter_parts())
bad = [repr(d) for p in m.walk() for d in p.defects]
fields = [dict(p.items()) for p in parts[1].get_payload()]
print(json.dumps({"type": m.get_content_type(), "report": m.get_param("report-type"), "parts": [p.get_content_type() for p in parts],
  "text": parts[0].get_content(), "fields": fields, "to": m["to"], "subject": m["subject"], "bad": bad}))
`;
const hasPython = spawnSync("python3", ["-c", "import email.policy"]).status === 0;

test("Python's email package reads the report as we meant it", {
  skip: hasPython ? false : "python3 is not installed: an independent reader did not check the report",
}, () => {
  const recipients = [unknown, { address: "x@y.example", fault: "no route" }];
  for (const report of [
    { ...failed, recipients },
    { ...failed, recipients, original: { bytes: fromUtf8("Subject: ü\r\n\r\n"), size: 99, smtpUtf8: false } },
  ]) {
    const run = spawnSync("python3", ["-c", PYTHON], { input: composeReport(report).bytes });
    assert.equal(run.status, 0, String(run.stderr));
    const seen = JSON.parse(String(run.stdout));
    assert.deepEqual(seen.bad, []);
    assert.equal(seen.type, "multipart/report");
    assert.equal(seen.report, "delivery-status");
    assert.deepEqual(seen.parts.slice(0, 2), ["text/plain", "message/delivery-status"]);
    assert.match(seen.text, /^Your message to 2 recipients of 3 Mar 09:09 UTC was not delivered\./);
    assert.equal(seen.fields.length, 3);
    assert.equal(seen.fields[1]["Final-Recipient"], "rfc822; j.doe@example.org");
    assert.equal(seen.fields[2].Action, "failed");
  }
});

test("what must be known before everything else is its first line", () => {
  assert.match(
    textOf({ ...failed, notice: "SIMULATED internet." }),
    /charset=utf-8\r\n[^]*?\r\n\r\nSIMULATED internet\.\r\n\r\nYour message to /,
  );
});
