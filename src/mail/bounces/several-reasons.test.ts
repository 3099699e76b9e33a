/** Where a report states several reasons: the one nearest to the recipient counts, and of waiting what was waited for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readBounce } from "./bounces.ts";
import { nearestReply, statedReason } from "./stated-reason.ts";

type Want = readonly [address: string, status: string | undefined, reply: number | undefined, kind: string];

const NOTICES: readonly (readonly [name: string, notice: string, want: readonly Want[]])[] = [
  [
    "hosts that were tried one after the other",
    "<a@x.example>: host mx1.x.example[192.0.2.1] said: 451 4.7.1 Greylisted, try again later (in reply to RCPT TO command)\n   host mx2.x.example[192.0.2.2] said: 550 5.1.1 User unknown (in reply to RCPT TO command)\n",
    [["a@x.example", "5.1.1", 550, "badrcpt"]],
  ],
  [
    "a relay that repeats what it was told",
    "<a@x.example>: host relay.isp.example[192.0.2.1] said: 550 5.1.1 host mx.x.example said: 552 5.2.2 mailbox full (in reply to end of DATA command)\n",
    [["a@x.example", "5.2.2", 552, "full"]],
  ],
  [
    "a transcript behind a list, of three",
    "   ----- The following addresses had permanent fatal errors -----\n<a@x.example>\n    (reason: 550 5.1.1 <a@x.example>... User unknown)\n<b@y.example>\n    (reason: 552 5.2.2 Mailbox full)\n<c@z.example>\n\n   ----- Transcript of session follows -----\n... while talking to mx.x.example.:\n>>> DATA\n<<< 550 5.1.1 <a@x.example>... User unknown\n550 5.1.1 <a@x.example>... User unknown\n<<< 503 5.0.0 Need RCPT (recipient)\n... while talking to mx.y.example.:\n>>> RCPT To:<b@y.example>\n<<< 552 5.2.2 Mailbox full\n554 5.0.0 <b@y.example>... Service unavailable\n550 5.1.2 <c@z.example>... Host unknown (Name server: z.example: host not found)\n",
    [
      ["a@x.example", "5.1.1", 550, "badrcpt"],
      ["b@y.example", "5.2.2", 552, "full"],
      ["c@z.example", "5.1.2", 550, "dns"],
    ],
  ],
  [
    "a full mailbox until time was out",
    "<a@x.example>:\n192.0.2.5 failed after I sent the message.\nRemote host said: 452 4.2.2 Mailbox full\nI'm not going to try again; this message has been in the queue too long.\n",
    [["a@x.example", "4.2.2", 452, "full"]],
  ],
  [
    "trouble until time was out",
    "<a@x.example>:\nSystem resources temporarily unavailable. (#4.3.0)\nI'm not going to try again; this message has been in the queue too long.\n",
    [["a@x.example", "4.3.0", undefined, "expired"]],
  ],
  [
    "a name that was refused, whatever was said of it",
    "<a@x.example>:\nConnected to 192.0.2.5 but my name was rejected.\nRemote host said: 501 5.0.0 Invalid domain name\n",
    [["a@x.example", "5.0.0", 501, "dns"]],
  ],
];
for (const [name, notice, want] of NOTICES)
  test(`${name}: the last reason counts`, async () => {
    const { recipients } = await readBounce(
      Buffer.from(`From: MAILER-DAEMON@mx.example.net\nTo: ann@shop.example\nSubject: failure notice\n\n${notice}`),
    );
    assert.deepEqual(
      recipients.map((one) => [one.address, one.status, one.reply, one.diagnosis.class]),
      want,
      recipients.map((one) => `${one.diagnosis.rule}: ${one.diagnostic}`).join("\n"),
    );
  });

for (const [text, reason, waiting] of [
  ["Connection refused; message expired", "Connection refused;", "message expired"],
  ["delivery temporarily suspended: connect to mx.example: refused", "connect to mx.example: refused", ""],
  ["5.4.7 - Delivery expired (message too old) 'timeout'", "5.4.7 - 'timeout'", "Delivery expired (message too old)"],
  ["5.1.0 - Unknown address error 550-'5.7.1 Access denied'", "550-'5.7.1 Access denied'", ""],
  ["501 no access from here. 554 <a@x.example>... Remote protocol error", "501 no access from here.", ""],
  ["unable to deliver your message to the following addresses Mailbox full", "Mailbox full", ""],
  [
    "Message could not be delivered for 5 days Message will be deleted from queue",
    "",
    "Message could not be delivered for 5 days Message will be deleted from queue",
  ],
  ["User unknown", "User unknown", ""],
  ["", "", ""],
] as const)
  test(`of "${text}" the reason is "${reason}"`, () => {
    const stated = statedReason(text);
    assert.deepEqual(
      [stated.reason.replace(/^[;:\s-]+/, ""), stated.waiting.split(" ").toSorted()],
      [reason, waiting.split(" ").toSorted()],
    );
  });

test("one reply, and a word said by nobody, stay as they are", () => {
  for (const text of ["host mx.example[192.0.2.1] said: 550 no", "he said: 550 people came", "550 no"])
    assert.equal(nearestReply(text), text);
});
