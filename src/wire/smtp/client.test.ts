/** Proves what the client says and what it concludes, dialogue by dialogue. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dialogue, Letter } from "./scripted-host.ts";

const MAIL = "MAIL FROM:<a@example.org>\r\n";
const HELLO = "Subject: hi\r\n\r\nhello\r\n";

/** One recipient, greeted by a host that pipelines; the envelope is out. */
async function sending(letters: readonly Letter[], ...words: string[]): Promise<Dialogue> {
  const d = new Dialogue([...letters]);
  await d.greet(...(words.length > 0 ? words : ["PIPELINING"]));
  return d;
}

test("with PIPELINING the envelope is one write, and content, dot and the next envelope are another", async () => {
  const [one, two] = [new Letter(["b@example.net"]), new Letter(["c@example.net", "d@example.net"])];
  const d = new Dialogue([one, two]);
  assert.equal(await d.says("220 mx.example.net ESMTP\r\n"), "EHLO relay.example.org\r\n");
  d.pipe.say("250-mx.example.net\r\n250 PIPELINING\r\n");
  assert.deepEqual(d.pipe.writes.splice(0), [`${MAIL}RCPT TO:<b@example.net>\r\nDATA\r\n`]);
  await d.hears();
  d.pipe.say("250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go\r\n");
  assert.deepEqual(d.pipe.writes.splice(0), [`${HELLO}.\r\n${MAIL}RCPT TO:<c@example.net>\r\nRCPT TO:<d@example.net>\r\nDATA\r\n`]);
  assert.equal(one.outcome, undefined);
  await d.hears();
  assert.equal(await d.says("250 2.0.0 queued as 1\r\n250 Ok\r\n250 Ok\r\n550 5.1.1 who?\r\n354 go\r\n"), `${HELLO}.\r\n`);
  assert.deepEqual(one.outcome, ["accepted 250"]);
  await d.says("250 2.0.0 queued as 2\r\n");
  assert.deepEqual(two.outcome, ["accepted 250", "refused 550 for good"]);
  assert.deepEqual([one.sent?.facts.nth, two.sent?.facts.nth, two.sent?.facts.stage], [1, 2, "dot"]);
  assert.deepEqual(one.sent?.results[0], { is: "accepted", reply: { code: 250, enhanced: "2.0.0", text: "queued as 1" } });
  assert.equal(d.over, undefined);
});

test("without PIPELINING each command waits for its reply", async () => {
  const letter = new Letter(["b@example.net", "c@example.net"]);
  const d = new Dialogue([letter, new Letter(["e@example.net"])]);
  await d.greet();
  await d.plays(`
    S: 250 Ok
    C: RCPT TO:<b@example.net>
    S: 450 4.2.1 later
    C: RCPT TO:<c@example.net>
    S: 251 will forward
    C: DATA
    S: 354 go
    C: Subject: hi
    C:
    C: hello
    C: .
    S: 250 Ok
    C: MAIL FROM:<a@example.org>
  `);
  assert.deepEqual(letter.outcome, ["refused 450", "accepted 250"]);
});

test("without PIPELINING a transaction that came to nothing is reset before the next", async () => {
  const [one, two, three] = [new Letter(["b@example.net"]), new Letter(["c@example.net"]), new Letter(["d@example.net"])];
  const d = new Dialogue([one, two, three]);
  await d.greet();
  await d.plays(`
    S: 250 Ok
    C: RCPT TO:<b@example.net>
    S: 550 5.1.1 who?
    C: RSET
    S: 250 Ok
    C: MAIL FROM:<a@example.org>
    S: 451 4.7.1 not now
    C: MAIL FROM:<a@example.org>
  `);
  assert.deepEqual([one.outcome, two.outcome], [["refused 550 for good"], ["refused 451"]]);
});

test("a message is pulled as soon as it is there, also while the last one's final reply is awaited", async () => {
  const [one, two] = [new Letter(["b@example.net"]), new Letter(["c@example.net"])];
  const d = await sending([one]);
  assert.equal(await d.says("250 Ok\r\n250 Ok\r\n354 go\r\n"), `${HELLO}.\r\n`);
  d.queue.push(two);
  d.connection.wake();
  assert.equal(await d.hears(), `${MAIL}RCPT TO:<c@example.net>\r\nDATA\r\n`);
});

// Replies, in order, to MAIL, RCPT b, RCPT c, DATA and perhaps the content; what the client writes after those to the
// envelope; results; how far it came; what comes before the next MAIL.
for (const [name, envelope, wrote, final, results, stage, next] of [
  ["MAIL refused", "452 4.3.1 full|503 no|503 no|503 no", "", "", ["refused 452", "refused 452"], "mail", ""],
  ["MAIL refused for good", "550 5.7.1 no|503 no|503 no|503 no", "", "", ["refused 550 for good", "refused 550 for good"], "mail", ""],
  ["DATA refused", "250 Ok|250 Ok|550 5.1.1 who?|451 4.3.0 later", "", "", ["refused 451", "refused 550 for good"], "data", "RSET\r\n"],
  [
    "everybody refused, and DATA too",
    "250 Ok|550 who?|450 later|554 no recipients",
    "",
    "",
    ["refused 550 for good", "refused 450"],
    "rcpt",
    "RSET\r\n",
  ],
  [
    "everybody refused, DATA accepted",
    "250 Ok|550 who?|450 later|354 go",
    ".\r\n",
    "250 thanks",
    ["refused 550 for good", "refused 450"],
    "rcpt",
    "",
  ],
  ["some refused", "250 Ok|250 Ok|450 later|354 go", `${HELLO}.\r\n`, "250 Ok", ["accepted 250", "refused 450"], "dot", ""],
  [
    "the content refused",
    "250 Ok|250 Ok|450 later|354 go",
    `${HELLO}.\r\n`,
    "554 5.7.1 spam",
    ["refused 554 for good", "refused 450"],
    "dot",
    "",
  ],
  [
    "the content refused for now",
    "250 Ok|250 Ok|250 Ok|354 go",
    `${HELLO}.\r\n`,
    "451 4.7.1 greylisted",
    ["refused 451", "refused 451"],
    "dot",
    "",
  ],
  [
    "too many recipients",
    "250 Ok|250 Ok|452 4.5.3 enough|354 go",
    `${HELLO}.\r\n`,
    "250 Ok",
    ["accepted 250", "failed too-many-recipients"],
    "dot",
    "",
  ],
  [
    "too many recipients in old words",
    "250 Ok|250 Ok|452 enough|354 go",
    `${HELLO}.\r\n`,
    "250 Ok",
    ["accepted 250", "failed too-many-recipients"],
    "dot",
    "",
  ],
  [
    "a full mailbox is not too many recipients",
    "250 Ok|250 Ok|452 4.2.2 full|354 go",
    `${HELLO}.\r\n`,
    "250 Ok",
    ["accepted 250", "refused 452"],
    "dot",
    "",
  ],
  [
    "too many before anybody was accepted is a refusal",
    "250 Ok|452 4.5.3 enough|250 Ok|354 go",
    `${HELLO}.\r\n`,
    "250 Ok",
    ["refused 452", "accepted 250"],
    "dot",
    "",
  ],
] as const)
  test(`pipelined: ${name}`, async () => {
    const letter = new Letter(["b@example.net", "c@example.net"]);
    const d = await sending([letter]);
    const crlf = (replies: string): string =>
      replies
        .split("|")
        .map((reply) => `${reply}\r\n`)
        .join("");
    assert.equal(await d.says(crlf(envelope)), wrote);
    if (final !== "") await d.says(crlf(final));
    assert.deepEqual(letter.outcome, results);
    assert.equal(letter.sent?.facts.stage, stage);
    d.queue.push(new Letter(["e@example.net"]));
    d.connection.wake();
    assert.equal(await d.hears(), `${next}${MAIL}RCPT TO:<e@example.net>\r\nDATA\r\n`);
    assert.equal(d.over, undefined);
  });

test("SIZE, BODY, SMTPUTF8 and DSN words are said where they are understood", async () => {
  const letter = new Letter([], HELLO, {
    mailFrom: "jürgen@example.org",
    body: "8bit",
    smtpUtf8: true,
    ret: "headers",
    envid: "q+1",
    recipients: [
      { address: "b@example.net", notify: "never", orcpt: "rfc822;b+x@example.net" },
      { address: "c@example.net", notify: ["success", "delay"] },
      { address: "d@example.net", notify: [], orcpt: "nonsense" },
    ],
  });
  const said = await new Dialogue([letter]).greet("PIPELINING", "SIZE 1000", "8BITMIME", "SMTPUTF8", "DSN");
  assert.equal(
    Buffer.from(said, "latin1").toString("utf8"),
    `MAIL FROM:<jürgen@example.org> SIZE=${HELLO.length} BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=q+2B1\r\n` +
      "RCPT TO:<b@example.net> NOTIFY=NEVER ORCPT=rfc822;b+2Bx@example.net\r\n" +
      "RCPT TO:<c@example.net> NOTIFY=SUCCESS,DELAY\r\nRCPT TO:<d@example.net>\r\nDATA\r\n",
  );
});

test("REQUIRETLS is passed on to a host that offers it", async () => {
  const said = await new Dialogue([new Letter(["b@example.net"], HELLO, { requireTls: true })]).greet("PIPELINING", "REQUIRETLS");
  assert.match(said, /^MAIL FROM:<a@example\.org> REQUIRETLS\r\n/);
});

test("and left out where they are not", async () => {
  const d = new Dialogue([new Letter([], HELLO, { ret: "full", envid: "q", recipients: [{ address: "b@example.net", notify: "never" }] })]);
  assert.equal(await d.greet(), MAIL);
});

// What the host offers, the message, the code it fails with: nothing of it is said to the host.
for (const [words, more, code] of [
  [["SIZE 100"], { bytes: 101 }, "size"],
  [["SIZE 100"], { body: "8bit" }, "8bit"],
  [["BINARYMIME"], { body: "binary" }, "binary"],
  [["8BITMIME"], { smtpUtf8: true }, "smtputf8"],
  [["8BITMIME"], { mailFrom: "jürgen@example.org" }, "smtputf8"],
  [["SMTPUTF8"], { requireTls: true }, "requiretls"],
  [["SMTPUTF8"], { mailFrom: "a@example.org>\r\nRCPT TO:<x@example.com" }, "bad-address"],
  [["SMTPUTF8"], { mailFrom: "a b@example.org" }, "bad-address"],
] as const)
  test(`a host with ${words.join(" ")} is not asked about ${JSON.stringify(more)}`, async () => {
    const [letter, next] = [new Letter(["b@example.net", "c@example.net"], HELLO, more), new Letter(["d@example.net"])];
    const d = new Dialogue([letter, next]);
    assert.equal(
      await d.greet("PIPELINING", ...words),
      `${MAIL.trimEnd()}${words[0] === "SIZE 100" ? ` SIZE=${HELLO.length}` : ""}\r\nRCPT TO:<d@example.net>\r\nDATA\r\n`,
    );
    assert.deepEqual(letter.outcome, [`failed ${code} for good`, `failed ${code} for good`]);
    assert.equal(letter.pulls, 0);
  });

for (const address of ["b@example.net>\r\nDATA", "b\0@example.net", "", "b@example.net> NOTIFY=NEVER", "b c@example.net", "<b@example.net"])
  test(`a recipient ${JSON.stringify(address)} never becomes a command, and the others are served`, async () => {
    const letter = new Letter([address, "c@example.net"]);
    const d = new Dialogue([letter]);
    assert.equal(await d.greet("PIPELINING", "SMTPUTF8"), `${MAIL}RCPT TO:<c@example.net>\r\nDATA\r\n`);
    await d.says("250 Ok\r\n250 Ok\r\n354 go\r\n");
    await d.says("250 Ok\r\n");
    assert.deepEqual(letter.outcome, ["failed bad-address for good", "accepted 250"]);
    const alone = new Letter([address]);
    d.queue.push(alone);
    d.connection.wake();
    assert.deepEqual([await d.hears(), alone.outcome], ["", ["failed bad-address for good"]]);
  });

test("the deliveries are marked while the envelope travels, and no content leaves before they are", async () => {
  const marked = Promise.withResolvers<boolean>();
  const letter = new Letter(["b@example.net"]);
  letter.mark = () => marked.promise;
  const d = await sending([letter]);
  assert.equal(await d.says("250 Ok\r\n250 Ok\r\n354 go\r\n"), "");
  assert.equal(letter.pulls, 0);
  marked.resolve(true);
  assert.equal(await d.hears(), `${HELLO}.\r\n`);
});

test("a delivery taken back after DATA was accepted costs the connection, before that a RSET", async () => {
  const letter = new Letter(["b@example.net"]);
  letter.mark = async () => false;
  const d = await sending([letter]);
  assert.equal(await d.says("250 Ok\r\n250 Ok\r\n354 go\r\n"), "");
  assert.deepEqual([letter.outcome, d.pipe.state], [["failed taken-back"], "destroyed"]);
  assert.deepEqual(d.over, {
    is: "broken",
    stage: "data",
    fault: { code: "taken-back", text: "the delivery was taken back before it was sent" },
  });

  const refused = new Letter(["b@example.net"]);
  refused.mark = async () => false;
  const e = await sending([refused, new Letter(["c@example.net"])]);
  assert.equal(await e.says("250 Ok\r\n250 Ok\r\n451 later\r\n"), `RSET\r\n${MAIL}RCPT TO:<c@example.net>\r\nDATA\r\n`);
  assert.deepEqual(refused.outcome, ["failed taken-back"]);

  const slow = new Letter(["b@example.net"]);
  slow.mark = async () => false;
  const f = new Dialogue([slow, new Letter(["c@example.net"])]);
  await f.greet();
  assert.equal(await f.says("250 Ok\r\n"), "RCPT TO:<b@example.net>\r\n");
  assert.equal(await f.says("250 Ok\r\n"), "RSET\r\n");
  assert.deepEqual(slow.outcome, ["failed taken-back"]);
});

test("marks that fail count as taken back, with their own reason", async () => {
  const letter = new Letter(["b@example.net"]);
  letter.mark = () => Promise.reject(Object.assign(new Error("disk full"), { code: "SPOOL_FULL" }));
  const d = await sending([letter]);
  await d.says("250 Ok\r\n250 Ok\r\n354 go\r\n");
  assert.deepEqual(letter.outcome, ["failed SPOOL_FULL"]);
});

test("after so many transactions, and when told to, the client says QUIT and waits for the farewell", async () => {
  const d = new Dialogue([new Letter(["b@example.net"]), new Letter(["c@example.net"]), new Letter(["d@example.net"])], {
    maxTransactions: 2,
  });
  await d.greet("PIPELINING");
  await d.says("250 Ok\r\n250 Ok\r\n354 go\r\n");
  assert.equal(await d.says("250 Ok\r\n250 Ok\r\n250 Ok\r\n354 go\r\n"), `${HELLO}.\r\n`);
  assert.equal(await d.says("250 Ok\r\n"), "QUIT\r\n");
  assert.deepEqual([d.queue.length, d.over, d.pipe.state], [1, undefined, "open"]);
  await d.says("221 bye\r\n");
  assert.deepEqual([d.over, d.pipe.state], [{ is: "orderly" }, "ended"]);
  assert.equal(d.clock.waiting, 0);

  const told = await sending([new Letter(["b@example.net"]), new Letter(["c@example.net"])]);
  told.connection.quit();
  assert.equal(await told.says("250 Ok\r\n250 Ok\r\n354 go\r\n"), `${HELLO}.\r\n`, "what was pulled is finished, nothing more is pulled");
  assert.equal(await told.says("250 Ok\r\n"), "QUIT\r\n");
});

test("a connection with nothing to send says QUIT after a while, and ends even if that goes unanswered", async () => {
  const d = await sending([]);
  d.clock.pass(4_999);
  assert.equal(await d.hears(), "");
  d.clock.pass(1);
  assert.equal(await d.hears(), "QUIT\r\n");
  d.clock.pass(5_000);
  assert.deepEqual([d.over, d.pipe.state, d.clock.waiting], [{ is: "orderly" }, "ended", 0]);
});

test("times are told by stage", async () => {
  const letter = new Letter(["b@example.net"]);
  const d = new Dialogue([letter]);
  d.clock.pass(7);
  await d.says("220 hi\r\n");
  d.clock.pass(5);
  await d.says("250-mx\r\n250 PIPELINING\r\n");
  d.clock.pass(10);
  await d.says("250 Ok\r\n");
  d.clock.pass(20);
  await d.says("250 Ok\r\n");
  d.clock.pass(30);
  await d.says("354 go\r\n");
  d.clock.pass(40);
  await d.says("250 Ok\r\n");
  assert.deepEqual(d.times, { banner: 7, ehlo: 5 });
  assert.deepEqual(letter.sent?.facts.times, { mail: 10, rcpt: 20, data: 30, dot: 40 });
});
