/** Layouts of notices without a machine-readable part, in our own words: who failed, with which codes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readBounce } from "./bounces.ts";

const RETURNED = "Received: from a by b\nMessage-ID: <1@shop.example>\nFrom: ann@shop.example\nTo: old@x.example\nSubject: Hello\n\nbody\n";

const LAYOUTS: readonly (readonly [
  name: string,
  notice: string,
  want: readonly (readonly [string, string | undefined, number | undefined])[],
])[] = [
  [
    "error message below the list",
    "Below is the server's answer.\n\nError message below:\n550 - Requested action not taken: no such user here\n\nMessage details:\n  Sender: ann@shop.example\n  Recipient(s):\n    a@x.example\n",
    [["a@x.example", undefined, 550]],
  ],
  [
    "addressed to, then address: [ip], reply",
    "Your message could not be sent.\nA transcript of the attempts follows.\nThe number of attempts made: 1\nAddressed To: a@x.example\n\nThu 29 Apr 2010 23:34:45 +0900\nFailed to send to identified host,\na@x.example: [192.0.2.5], 550 5.1.1 a@x.example... No such user\n--- Message non-deliverable.\n",
    [["a@x.example", "5.1.1", 550]],
  ],
  [
    "a starred list",
    "Unable to deliver message to the following recipients:\n\n    * a@x.example\n        The mailbox is full: 552 5.2.2 over quota\n\n    * b@x.example\n        550 5.1.1 unknown\n",
    [
      ["a@x.example", "5.2.2", 552],
      ["b@x.example", "5.1.1", 550],
    ],
  ],
  [
    "a sentence with the reply in square brackets",
    "We had trouble delivering your message. Details follow:\n\nSubject: 'Hello'\nDate: 'Thu, 29 Apr 2012'\n\n1 error(s):\n\nSMTP Server <mx.x.example> rejected recipient <a@x.example>\n  (Error following RCPT command). It responded as follows: [550 5.1.1 User unknown]\n",
    [["a@x.example", "5.1.1", 550]],
  ],
  [
    "was blocked",
    "Your message to:\na@x.example\nwas blocked by our filter. The mail with the following subject has not been delivered:\n\nSubject: Hello\n",
    [["a@x.example", undefined, undefined]],
  ],
  [
    "with a date behind the address",
    "Your message\n\n  To:      a@x.example; b@x.example\n  Subject: Hello\n  Sent:    4/29/99 9:19 AM\n\ndid not reach the following recipient(s):\n\na@x.example on 4/29/99 9:19 AM\n    The recipient name is not recognized\n",
    [["a@x.example", undefined, undefined]],
  ],
  [
    "reason in parentheses",
    "--- The following addresses had delivery problems ---\n\n<a@x.example>   (User unknown a@x.example)\n",
    [["a@x.example", undefined, undefined]],
  ],
  [
    "reason in brackets",
    "---The following addresses had delivery errors---\n\na@x.example [User unknown]\n",
    [["a@x.example", undefined, undefined]],
  ],
  [
    "a table of Chinese words",
    "很抱歉,您的邮件被退回.\n\n收件人邮件地址：a@x.example\n退信原因：550 5.1.1 user not found\n",
    [["a@x.example", "5.1.1", 550]],
  ],
  [
    "a form",
    "  Recipient address: a@x.example\n  Original address: b@x.example\n  Reason: Remote SMTP server has rejected address\n  Diagnostic code: smtp;550 5.1.1 User unknown\n",
    [["a@x.example", "5.1.1", 550]],
  ],
  ["a quoted local part", '"odd name"@x.example: 550 5.1.1 no\n', [['"odd name"@x.example', "5.1.1", 550]]],
  ["a message to oneself", "ann@shop.example: 552 5.2.2 full\n", [["ann@shop.example", "5.2.2", 552]]],
  [
    "contacts are not recipients",
    "For help, contact <help@x.example>.\n\n<a@x.example>: host mx.x.example[192.0.2.1] said: 550 5.1.1 unknown (in reply to RCPT TO command)\n",
    [["a@x.example", "5.1.1", 550]],
  ],
];

for (const [name, notice, want] of LAYOUTS)
  for (const end of ["\n", "\r\n"])
    test(`${name} (${JSON.stringify(end)})`, async () => {
      const message = `From: MAILER-DAEMON@mx.example.net\nTo: ann@shop.example\nSubject: Undeliverable\n\n${notice}\n\n${RETURNED}`;
      const { kind, recipients } = await readBounce(Buffer.from(message.replaceAll("\n", end)));
      assert.equal(kind, "dsn");
      assert.deepEqual(
        recipients.map(({ address, status, reply }) => [address, status, reply]),
        want,
      );
    });
