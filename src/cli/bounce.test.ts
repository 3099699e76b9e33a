/** bounce as people and programs use it: files, a mailbox, standard input, and what cannot be read. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../base/clock.ts";
import { runCli } from "./cli.ts";
import { mboxPieces } from "./mbox.ts";
import type { Terminal } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-bounce-"));
after(() => rmSync(folder, { recursive: true }));

const DSN = `From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

not delivered
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; bbo@gmail.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 The email account that you tried to reach does not exist.

--b
Content-Type: text/rfc822-headers

Return-Path: <b-0123456789abcdefghjkmnpq@bounces.example>
Message-ID: <42@shop.example>
Subject: Hello\u001b[31m
--b--
`;
const ARF = `From: loop@isp.example
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
Original-Rcpt-To: ann@isp.example

--b--
`;
const PLAIN = "From: bob@x.example\nSubject: Hello\n\nHow are you?\n";
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const dsn = file("dsn.eml", DSN);
const plain = file("plain.eml", PLAIN);
const mailbox = file(
  "mailbox",
  `From a@b Tue Mar  3 10:00:00 2026\n${DSN}\nFrom c@d Tue Mar  3 10:00:01 2026\n${ARF}\nFrom e@f Tue Mar  3 10:00:02 2026\n${PLAIN}`,
);

async function bounce(words: readonly string[], stdin = "", breaks?: Error): Promise<{ exit: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const terminal: Terminal = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    stdin: (async function* () {
      yield Buffer.from(stdin);
      if (breaks !== undefined) throw breaks;
    })(),
    flushed: async () => {},
    hidden: async () => "",
    ...{ outIsTerminal: false, inIsTerminal: false, width: () => Number.POSITIVE_INFINITY, colour: false, unicode: true },
    ...{ env: {}, zone: "UTC", clock: systemClock, user: "ann" },
  };
  const exit = await runCli(["bounce", ...words], terminal, new AbortController().signal);
  return { exit, out: out.replaceAll(folder, "DIR"), err: err.replaceAll(folder, "DIR") };
}

test("a report says who failed, why, what to do, in whose words, and of which message", async () => {
  const { exit, out, err } = await bounce([dsn]);
  assert.match(
    out,
    /^bounced bbo@gmail\.com · badrcpt, sure [01]\.\d\d · 550 5\.1\.1\n {2}Why {2}.+\n {2}Do {3}sender: .+\n {2}Said 550 5\.1\.1 The email account .+\n {2}Of {3}<42@shop\.example> "Hello.*"\n {2}Path b-[0-9a-z]{24}@bounces\.example\n$/,
  );
  assert.deepEqual([exit, err], [0, ""]);
  assert.deepEqual(await bounce(["-"], DSN), { exit, out, err });
});

test("with --json there is a line a message, a mailbox's messages each", async () => {
  const { exit, out } = await bounce(["--json", mailbox]);
  assert.equal(exit, 0);
  const [first, second, third, ...rest] = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(rest, []);
  assert.deepEqual([first.file, first.kind, first.from, first.feedbackType], ["DIR/mailbox", "dsn", "mx.example.net", null]);
  assert.partialDeepStrictEqual(first.recipients, [
    {
      address: "bbo@gmail.com",
      action: "failed",
      status: "5.1.1",
      reply: 550,
      diagnostic: "550 5.1.1 The email account that you tried to reach does not exist.",
    },
  ]);
  assert.partialDeepStrictEqual(first.recipients[0], { class: "badrcpt", who: "sender", permanent: true });
  assert.match(first.recipients[0].cause, /no such mailbox|not exist/);
  assert.match(first.recipients[0].remedy, /^check /);
  assert.deepEqual([first.token, first.original.messageId], ["b-0123456789abcdefghjkmnpq@bounces.example", "<42@shop.example>"]);
  assert.deepEqual([first.offset, second.offset > 100, third.offset > second.offset, second.token], [0, true, true, null]);
  assert.deepEqual([second.kind, second.feedbackType, second.recipients[0].class], ["arf", "abuse", null]);
  assert.deepEqual([third.kind, third.recipients], ["none", []]);
});

const KINDS: readonly (readonly [name: string, message: string, exit: number, out: string])[] = [
  ["ordinary mail", PLAIN, 1, "no bounce, complaint or automatic answer\n"],
  ["nothing", "", 1, "no bounce, complaint or automatic answer\n"],
  ["a complaint", ARF, 0, "complaint abuse by ann@isp.example\n"],
  [
    "an automatic answer",
    "From: bob@x.example\nAuto-Submitted: auto-replied\nSubject: Away\n\nBack on Monday.\n",
    0,
    "automatic answer from bob@x.example\n",
  ],
];
for (const [name, message, exit, out] of KINDS)
  test(`${name} is told as such`, async () => assert.deepEqual(await bounce(["-"], message), { exit, out, err: "" }));

test("what cannot be read is said, with the next step", async () => {
  const missing = await bounce([join(folder, "nowhere.eml")]);
  assert.deepEqual([missing.exit, missing.out], [3, ""]);
  assert.match(missing.err, /^fairlead: DIR\/nowhere\.eml does not exist\n/);
  const id = await bounce(["06BK3Z9QW4T7M0RX"]);
  assert.match(id.err, /fairlead queue bounce 06BK3Z9QW4T7M0RX/);
  assert.equal((await bounce([])).exit, 2);
});

test("a folder is all its files, in the order of their names, without hidden ones and links", async () => {
  const maildir = join(folder, "Maildir");
  for (const name of ["new", "cur", "empty", "tmp/a/b/c/d/e/f/g"]) mkdirSync(join(maildir, name), { recursive: true });
  file("Maildir/new/2", DSN);
  file("Maildir/cur/1", ARF);
  file("Maildir/cur/.3", DSN);
  symlinkSync(maildir, join(maildir, "cur/round"));
  const { exit, out, err } = await bounce(["--json", maildir]);
  const found = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    found.map((one) => [one.file, one.kind]),
    [
      ["DIR/Maildir/cur/1", "arf"],
      ["DIR/Maildir/new/2", "dsn"],
    ],
  );
  assert.equal(exit, 6);
  assert.match(JSON.parse(err).error.text, /^DIR\/Maildir\/tmp\/.+ cannot be read: it lies 8 folders deep$/);
  const text = await bounce([join(maildir, "new")]);
  assert.match(text.out, /^DIR\/Maildir\/new\/2: bounced /);
  const none = await bounce([join(maildir, "empty")]);
  assert.deepEqual([none.exit, none.err], [3, "fairlead: there is no file in DIR/Maildir/empty\n"]);
});

test("a mailbox's later messages are told with the octet at which they begin", async () => {
  const { out } = await bounce([mailbox]);
  const heads = out.split("\n").filter((line) => !line.startsWith("  ") && line !== "");
  assert.match(heads.join("\n"), /^bounced .*\nDIR\/mailbox\+\d+: complaint .*\nDIR\/mailbox\+\d+: no bounce/);
});

test("what breaks off is named with how far it was read", async () => {
  const { exit, err } = await bounce(["-"], PLAIN, new Error("the pipe is broken"));
  assert.deepEqual([exit, err], [1, `fairlead: standard input cannot be read beyond octet ${PLAIN.length}: the pipe is broken\n`]);
});

test("of several files each is named, and one that is missing does not stop the others", async () => {
  const { exit, out, err } = await bounce([plain, join(folder, "nowhere.eml"), dsn]);
  assert.equal(exit, 6);
  assert.match(out, /^DIR\/plain\.eml: no bounce.*\nDIR\/dsn\.eml: bounced bbo@gmail\.com ·/);
  assert.equal(err, "fairlead: DIR/nowhere.eml does not exist\n");
});

test("strangers' text cannot steer the terminal", async () => {
  const { out } = await bounce(["-"], DSN.replace("42@shop", "\u001b[31m42@shop").replace("bbo@", "b\u0007bo@"));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left.
  assert.doesNotMatch(out.replace(/\n/g, ""), /[\u0000-\u001f]/);
});

test("a mailbox is divided the same however its octets come, and nothing of it is lost", async () => {
  const text = `From a@b Tue Mar  3 10:00:00 2026\r\nSubject: 1\r\n\r\nFrom here on\r\n\r\nFrom c@d Tue Mar  3 10:00:01 2026\nx\nFrom e@f Tue Mar  3 10:00:01 2026\n\nFrom g@h Tue Mar  3 10:00:02 2026`;
  const divided = async (cuts: readonly number[]): Promise<string[]> => {
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (let [at, i] = [0, 0]; at < text.length; i++) {
        const size = cuts[i % cuts.length] ?? 1;
        yield Buffer.from(text.slice(at, at + size));
        at += size;
      }
    };
    const messages: string[] = [];
    for await (const { begins, bytes } of mboxPieces(source())) {
      if (begins) messages.push("");
      messages.push(`${messages.pop() ?? ""}${Buffer.from(bytes).toString()}`);
    }
    return messages;
  };
  const whole = await divided([text.length]);
  assert.deepEqual([whole.length, whole.join("")], [3, text]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }), async (cuts) => {
      assert.deepEqual(await divided(cuts), whole);
    }),
  );
});
