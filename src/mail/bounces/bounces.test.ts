/** Reports of each kind, in the smallest form that shows what is read from it, and what strangers make of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type BounceReport, readBounce } from "./bounces.ts";
import { RECIPIENTS_MAX } from "./limits.ts";

const bytes = (text: string): Buffer => Buffer.from(text);
const FROM = "From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\nTo: ann@shop.example\n";
const RETURNED =
  "Return-Path: <b-token@bounce.example>\nReceived: from a by b\nMessage-ID: <1@shop.example>\nFrom: ann@shop.example\nTo: old@x.example\nSubject: Hello\nX-Campaign: 7\n\nbody with 550 5.1.1 <trap@x.example> no such user\n";

const report = (status: string, notice = "Your message could not be delivered.", type = "message/delivery-status"): string =>
  `${FROM}Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n${notice}\n--b\nContent-Type: ${type}\n\n${status}\n--b\nContent-Type: message/rfc822\n\n${RETURNED}\n--b--\n`;

const essence = ({ kind, recipients }: BounceReport): unknown[] => [
  kind,
  ...recipients.map(({ address, action, status, reply }) => [address, action, status, reply]),
];

const CASES: readonly (readonly [name: string, message: string, want: unknown[]])[] = [
  [
    "a standard report",
    report(
      "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; old@x.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n",
    ),
    ["dsn", ["old@x.example", "failed", "5.1.1", 550]],
  ],
  [
    "several recipients, one delayed, one expanded",
    report(
      "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822;<a@x.example>\nAction: delayed\nStatus: 4.2.2\n\nFinal-Recipient: rfc822; b@x.example\nAction: expanded (to a list)\nStatus: 2.0.0\n",
    ),
    ["dsn", ["a@x.example", "delayed", "4.2.2", undefined], ["b@x.example", "expanded", "2.0.0", undefined]],
  ],
  [
    "an international report",
    report(
      "Reporting-MTA: dns; a\n\nOriginal-Recipient: utf-8; gr\\x{FC}n@x.example\nFinal-Recipient: utf-8; grün@x.example\nAction: failed\nStatus: 5.6.7\n",
      "x",
      "message/global-delivery-status",
    ),
    ["dsn", ["grün@x.example", "failed", "5.6.7", undefined]],
  ],
  [
    "fields in the middle of text",
    `${FROM}Subject: Undeliverable\n\nTechnical report:\n\nReporting-MTA: dsn; a\n\nAction: failed\nFinal-Recipient: rfc822; c@x.example\nDiagnostic-Code: smtp; 550 5.2.1 off\nStatus: 5.2.1\n`,
    ["dsn", ["c@x.example", "failed", "5.2.1", 550]],
  ],
  [
    "the reply's own code before the field's",
    report(
      "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 4.4.7\nDiagnostic-Code: smtp; 450 4.7.1 Client host rejected\n",
    ),
    ["dsn", ["a@x.example", "failed", "4.7.1", 450]],
  ],
  [
    "an address with its reason below, twice",
    `${FROM}Subject: failure notice\n\nHi. This is the program at mx.example.net.\n\n<a@x.example>:\nRemote host said: 550 5.1.1 User unknown\n\n<b@x.example>:\nRemote host said: 552 5.2.2 Mailbox full\n\n--- Below this line is a copy of the message.\n\n${RETURNED}`,
    ["dsn", ["a@x.example", "failed", "5.1.1", 550], ["b@x.example", "failed", "5.2.2", 552]],
  ],
  [
    "an indented address, the reason indented further",
    `${FROM}Subject: Mail delivery failed\n\nThe following address(es) failed:\n\n  a@x.example\n    host mx.x.example [192.0.2.1]: 550 5.7.1 Access denied\n\n------ This is a copy of the message. ------\n\n${RETURNED}`,
    ["dsn", ["a@x.example", "failed", "5.7.1", 550]],
  ],
  [
    "address: reason",
    `${FROM}Subject: Delivery status notification: error\n\na@x.example: 550 5.1.1 no\nb@x.example: 452 4.2.2 full\n\n${RETURNED}`,
    ["dsn", ["a@x.example", "failed", "5.1.1", 550], ["b@x.example", "failed", "4.2.2", 452]],
  ],
  [
    "a dialogue",
    `${FROM}Subject: Returned mail: see transcript\n\n   ----- Transcript of session follows -----\n... while talking to mx.x.example.:\n>>> RCPT To:<a@x.example>\n<<< 550 5.1.1 unknown\n\n   ----- Unsent message follows -----\n${RETURNED}`,
    ["dsn", ["a@x.example", "failed", "5.1.1", 550]],
  ],
  [
    "a sentence, and no code at all",
    `${FROM}Subject: Undeliverable Mail\n\nUser mailbox exceeds allowed size: a@x.example\n\nOriginal message follows.\n\n${RETURNED}`,
    ["dsn", ["a@x.example", "failed", undefined, undefined]],
  ],
  [
    "nobody named: the returned message's recipient is meant",
    `${FROM}Subject: Undeliverable Mail\n\nThe mailbox is full.\n\n${RETURNED}`,
    ["dsn", ["old@x.example", "failed", undefined, undefined]],
  ],
  [
    "a warning",
    `${FROM}Subject: Warning: could not send message for past 4 hours\n\nThis is a warning only. You do not need to resend your message.\n\n<a@x.example>:\n421 4.4.1 timed out\n`,
    ["dsn", ["a@x.example", "delayed", "4.4.1", 421]],
  ],
  [
    "a cloud's notice",
    `From: no-reply@sns.amazonaws.com\nSubject: AWS Notification Message\n\n${JSON.stringify({ Type: "Notification", Message: JSON.stringify({ notificationType: "Bounce", bounce: { bouncedRecipients: [{ emailAddress: "a@x.example", action: "failed", status: "5.1.1", diagnosticCode: "smtp; 550 5.1.1 user unknown" }] } }) })}\n\n--\nunsubscribe\n`,
    ["dsn", ["a@x.example", "failed", "5.1.1", 550]],
  ],
  [
    "a complaint",
    `From: staff@isp.example\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nabuse\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: Abuse\nUser-Agent: Loop/1\nOriginal-Rcpt-To: <a@x.example>\nOriginal-Mail-From: <b-1@bounce.example>\n\n--b\nContent-Type: message/rfc822\n\n${RETURNED}\n--b--\n`,
    ["arf", ["a@x.example", "failed", undefined, undefined]],
  ],
  [
    "a complaint without a machine-readable part",
    `From: staff@hotmail.com\nSubject: complaint about message from 192.0.2.1\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: a@x.example\n${RETURNED}\n--b--\n`,
    ["arf", ["a@x.example", "failed", undefined, undefined]],
  ],
  [
    "a vacation answer",
    "From: bob@x.example\nTo: ann@shop.example\nSubject: Automatic reply: Hello\nAuto-Submitted: auto-replied\n\nBack on Monday. Ask 550 at c@x.example.\n",
    ["autoreply"],
  ],
  [
    "a read receipt",
    "From: bob@x.example\nSubject: Read: Hello\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nread\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; bob@x.example\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--b--\n",
    ["autoreply"],
  ],
  ["ordinary mail", "From: bob@x.example\nSubject: Hello\n\nSee you at c@x.example: 550 people come.\n", ["none"]],
  ["nothing", "", ["none"]],
];
for (const [name, message, want] of CASES)
  test(`${name} is read`, async () => {
    assert.deepEqual(essence(await readBounce(bytes(message))), want);
    assert.deepEqual(essence(await readBounce(bytes(message.replaceAll("\n", "\r\n")))), want, "with CRLF");
  });

test("a standard report gives everything around it", async () => {
  const read = await readBounce(
    bytes(
      report(
        "Reporting-MTA: dns; mx.example.net\n\nOriginal-Recipient: rfc822; alias@x.example\nFinal-Recipient: rfc822; old@x.example\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.x.example\nDiagnostic-Code: smtp; 550 5.1.1 <old@x.example>: no such user (in reply to RCPT TO command)\n",
      ),
    ),
  );
  assert.equal(read.from, "mx.example.net");
  assert.partialDeepStrictEqual(read.recipients[0], { host: "mx.x.example", command: "RCPT", originalRecipient: "alias@x.example" });
  assert.partialDeepStrictEqual(read.original, {
    messageId: "<1@shop.example>",
    from: "ann@shop.example",
    to: "old@x.example",
    subject: "Hello",
    returnPath: "b-token@bounce.example",
  });
  assert.equal(read.original?.headers.get("x-campaign"), "7");
  assert.equal(read.tokens[0], "b-token@bounce.example");
});

test("the same words of several recipients mean the same, and each keeps its own addresses", async () => {
  const block = (name: string, alias: string): string =>
    `Final-Recipient: rfc822; ${name}@x.example\nOriginal-Recipient: rfc822; ${alias}@x.example\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 Mailbox full\n`;
  const { recipients } = await readBounce(
    bytes(report(`Reporting-MTA: dns; a\n\n${block("a", "b")}\n${block("c", "d")}\n${block("e", "e")}`)),
  );
  assert.deepEqual(
    recipients.map((one) => [one.address, one.originalRecipient, one.status, one.diagnosis.class]),
    [
      ["a@x.example", "b@x.example", "5.2.2", "full"],
      ["c@x.example", "d@x.example", "5.2.2", "full"],
      ["e@x.example", undefined, "5.2.2", "full"],
    ],
  );
});

test("a complaint's type and tokens are read", async () => {
  const complaint = CASES.find(([name]) => name === "a complaint")?.[1] ?? "";
  const read = await readBounce(bytes(complaint));
  assert.deepEqual([read.feedbackType, read.from], ["abuse", "Loop/1"]);
  assert.ok(read.tokens.includes("b-1@bounce.example"));
});

test("a cloud's notice tells of the return path that the message left with", async () => {
  const notice = { notificationType: "Bounce", mail: { source: "b-1@bounce.example" }, bounce: { bouncedRecipients: [] } };
  const read = await readBounce(bytes(`From: no-reply@sns.amazonaws.com\nSubject: Notification\n\n${JSON.stringify(notice)}\n`));
  assert.deepEqual(read.tokens, ["b-1@bounce.example"]);
});

test("a report that stops in the middle says what it said", async () => {
  const whole = report("Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1\n");
  for (const until of ["Status: 5.1.1", "Message-ID"])
    assert.deepEqual(essence(await readBounce(bytes(whole.slice(0, whole.indexOf(until) + until.length)))).slice(0, 2), [
      "dsn",
      ["a@x.example", "failed", "5.1.1", undefined],
    ]);
});

test("recipients are bounded, and a huge report ends", async () => {
  const many = Array.from(
    { length: RECIPIENTS_MAX + 50 },
    (_, i) => `Final-Recipient: rfc822; u${i}@x.example\nAction: failed\nStatus: 5.1.1\n`,
  ).join("\n");
  const told = await readBounce(bytes(report(`Reporting-MTA: dns; a\n\n${many}`)));
  assert.deepEqual([told.recipients.length, told.cut], [RECIPIENTS_MAX, true]);
  const list = Array.from({ length: RECIPIENTS_MAX + 1 }, (_, i) => `<u${i}@x.example>:\n550 5.1.1 no\n\n`).join("");
  const said = await readBounce(bytes(`${FROM}Subject: failure notice\n\n${list}`));
  assert.deepEqual([said.recipients.length, said.cut], [RECIPIENTS_MAX, true]);
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes(`${FROM}Subject: failure notice\n\n<a@x.example>:\n550 5.1.1 no\n\n`);
    for (let i = 0; i < 200; i++) yield bytes("550 5.1.1 <b@x.example> and on and on: <c@x.example>\n".repeat(2_000));
  };
  const read = await readBounce(endless());
  assert.equal(read.cut, true);
  assert.equal(read.recipients[0]?.address, "a@x.example");
});

const soup = fc.array(
  fc.constantFrom(
    ...[
      "<a@x.example>:",
      "b@x.example",
      "550 5.1.1 no",
      "550",
      ">>> RCPT TO:<a@x.example>",
      "<<< 421",
      "Final-Recipient: rfc822;",
      "Action: failed",
      "Status: 5.1.1",
    ],
    ...[
      "Content-Type: multipart/report; boundary=b",
      "--b",
      "--b--",
      "Content-Type: message/delivery-status",
      "Feedback-Type: abuse",
      "Received: x",
      "From: MAILER-DAEMON",
      "Subject: failure notice",
    ],
    ...[
      "{",
      "}",
      '{"mail":1,"notificationType":"Bounce"}',
      "",
      "",
      " ",
      "\u0000",
      "é",
      "<",
      ">",
      "@",
      "a@",
      "\\x{110000}@x",
      "x".repeat(5_000),
    ],
  ),
  { maxLength: 60 },
);
test("whatever it is, there is an answer", async () => {
  await fc.assert(
    fc.asyncProperty(soup, async (lines) => {
      const read = await readBounce(bytes(lines.join("\n")));
      for (const { address, diagnostic = "" } of read.recipients) assert.doesNotMatch(address + diagnostic, /[\n\r]/);
    }),
    { numRuns: 300 },
  );
});
