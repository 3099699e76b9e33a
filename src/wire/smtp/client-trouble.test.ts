/**
 * Proves what is concluded when a host misbehaves: hangs up, lies, dribbles, falls silent. The rule behind all of it:
 * answers given stand; past the final dot silence means doubt; everything else may be tried again.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Dialogue, Letter } from "./scripted-host.ts";

const ENVELOPE_OK = "250 Ok\r\n250 Ok\r\n354 go\r\n";
const RESET = { code: "ECONNRESET", text: "read ECONNRESET" };

/** Two letters to one recipient each, the first's envelope out. */
async function two(...words: string[]): Promise<{ d: Dialogue; one: Letter; two: Letter }> {
  const [one, two] = [new Letter(["b@example.net"]), new Letter(["c@example.net"])];
  const d = new Dialogue([one, two]);
  await d.greet(...(words.length > 0 ? words : ["PIPELINING"]));
  return { d, one, two };
}

// What the host says after the first envelope before its connection breaks; what becomes of both letters.
for (const [said, one, other] of [
  ["", ["failed ECONNRESET"], undefined],
  ["250 Ok\r\n550 who?\r\n", ["refused 550 for good"], undefined],
  ["250 Ok\r\n250 Ok\r\n", ["failed ECONNRESET"], undefined],
  ["250 Ok\r\n250 Ok\r\n35", ["failed ECONNRESET"], undefined],
  [ENVELOPE_OK, ["in doubt ECONNRESET"], ["failed ECONNRESET"]],
  [`${ENVELOPE_OK}250-half a rep`, ["in doubt ECONNRESET"], ["failed ECONNRESET"]],
  [`${ENVELOPE_OK}250 Ok\r\n`, ["accepted 250"], ["failed ECONNRESET"]],
  [`${ENVELOPE_OK}250 Ok\r\n250 Ok\r\n550 who?\r\n`, ["accepted 250"], ["refused 550 for good"]],
  [`${ENVELOPE_OK}250 Ok\r\n250 Ok\r\n250 Ok\r\n354 go\r\n`, ["accepted 250"], ["in doubt ECONNRESET"]],
] as const)
  test(`a reset after ${JSON.stringify(said)}`, async () => {
    const { d, one: first, two: second } = await two();
    // One reply at a time: in one piece they would answer content that has not been sent.
    for (const reply of said.split(/(?<=\n)/)) if (reply !== "") await d.says(reply);
    d.pipe.close(RESET);
    assert.deepEqual([first.outcome, second.outcome], [one, other]);
    assert.equal(d.over?.is, "broken");
    assert.equal(d.clock.waiting, 0);
  });

test("a host that ends the connection in order leaves the same doubt", async () => {
  const { d, one, two: other } = await two();
  await d.says(ENVELOPE_OK);
  d.pipe.close();
  assert.deepEqual([one.outcome, other.outcome], [["in doubt closed"], ["failed closed"]]);
});

test("a 421 stands for every answer still owed, final replies too, and the connection closes", async () => {
  const { d, one, two: other } = await two();
  await d.says(ENVELOPE_OK);
  await d.says("421 4.7.28 slow down\r\n");
  assert.deepEqual([one.outcome, other.outcome], [["failed 421"], ["failed 421"]]);
  assert.deepEqual(one.sent?.results[0], {
    is: "failed",
    fault: { code: "421", text: "421 4.7.28 slow down" },
    reply: { code: 421, enhanced: "4.7.28", text: "slow down" },
    permanent: false,
  });
  assert.deepEqual([d.ending, d.pipe.state], ["refused 421 at dot", "ended"]);

  const letter = new Letter(["b@example.net", "c@example.net", "d@example.net"]);
  const e = new Dialogue([letter]);
  await e.greet("PIPELINING");
  await e.says("250 Ok\r\n550 who?\r\n250 Ok\r\n421 4.3.2 shutting down\r\n");
  assert.deepEqual(letter.outcome, ["refused 550 for good", "failed 421", "failed 421"]);
  assert.equal(letter.sent?.facts.stage, "rcpt");
});

test("a 421 or a close while nothing is under way is the host's good right", async () => {
  for (const leave of [(d: Dialogue) => d.pipe.say("421 idle too long\r\n"), (d: Dialogue) => d.pipe.close()]) {
    const d = new Dialogue();
    await d.greet("PIPELINING");
    leave(d);
    assert.deepEqual(d.over, { is: "orderly" });
  }
});

test("a refusal in the middle of the content ends the sending and counts", async () => {
  const more = Promise.withResolvers<void>();
  const letter = new Letter(["b@example.net"], async function* () {
    yield Buffer.alloc(100_000, `${"x".repeat(70)}\r\n`);
    await more.promise;
    yield Buffer.from("never sent\r\n");
  });
  const d = new Dialogue([letter]);
  await d.greet("PIPELINING");
  assert.equal((await d.says(ENVELOPE_OK)).length, 100_000);
  assert.equal(await d.says("552 5.3.4 too big\r\n"), "");
  assert.deepEqual([letter.outcome, d.pipe.state], [["refused 552 for good"], "destroyed"]);
  assert.equal(letter.sent?.facts.stage, "data");
  more.resolve();
  assert.equal(await d.hears(), "");
});

// More or other replies than commands: what was settled before stands.
for (const [name, said, one, other] of [
  [
    "a reply nobody asked for",
    `250 Ok\r\n250 Ok\r\n354 go\r\n|250 Ok\r\n250 Ok\r\n250 Ok\r\n354 go\r\n|250 Ok\r\n250 and more\r\n`,
    ["accepted 250"],
    ["accepted 250"],
  ],
  ["354 for a final reply", `${ENVELOPE_OK}|354 go on\r\n`, ["in doubt protocol"], ["failed protocol"]],
  ["250 for DATA", "250 Ok\r\n250 Ok\r\n250 Ok\r\n", ["failed protocol"], undefined],
  ["334 for MAIL", "334 AAAA\r\n", ["failed protocol"], undefined],
  ["the final reply twice", `${ENVELOPE_OK}|250 Ok\r\n250 Ok\r\n250 Ok\r\n250 Ok\r\n354 go\r\n`, ["accepted 250"], ["failed protocol"]],
  ["no reply at all", "what?\r\n", ["failed protocol"], undefined],
  ["a reply in the wrong century", "950 Ok\r\n", ["failed protocol"], undefined],
  ["HTTP", `${ENVELOPE_OK}|HTTP/1.1 400 Bad Request\r\n`, ["in doubt protocol"], ["failed protocol"]],
  ["a line without end", `${ENVELOPE_OK}|250 ${"x".repeat(70_000)}`, ["in doubt protocol"], ["failed protocol"]],
  ["a reply of too many lines", `${ENVELOPE_OK}|${"250-Ok\r\n".repeat(101)}`, ["in doubt protocol"], ["failed protocol"]],
  ["a reply of too many octets", `${ENVELOPE_OK}|${`250-${"x".repeat(4_000)}\r\n`.repeat(17)}`, ["in doubt protocol"], ["failed protocol"]],
] as const)
  test(`${name} breaks the dialogue`, async () => {
    const { d, one: first, two: second } = await two();
    for (const part of said.split("|")) await d.says(part);
    assert.deepEqual([first.outcome, second.outcome], [one, other]);
    assert.match(d.ending ?? "", /^broken protocol at/);
    assert.equal(d.pipe.state, "destroyed");
  });

test("a DATA accepted after MAIL was refused gets no empty message", async () => {
  const { d, one } = await two();
  assert.equal(await d.says("550 no\r\n250 Ok\r\n354 go\r\n"), "");
  assert.deepEqual([one.outcome, d.pipe.state], [["refused 550 for good"], "destroyed"]);
});

test("a banner by drops wins no time", async () => {
  const d = new Dialogue();
  for (let i = 0; i < 299; i++) {
    d.clock.pass(1_000);
    await d.says(i % 10 === 9 ? "\r\n220-" : i === 0 ? "220-" : "x");
  }
  assert.equal(d.over, undefined);
  d.clock.pass(1_000);
  assert.deepEqual(d.over, { is: "broken", stage: "banner", fault: { code: "TIMEOUT", text: "nothing came for 300000 ms" } });
});

test("each wait has its end: for a reply, for the final reply, for a pipe that is full", async () => {
  const silent = await two();
  silent.d.clock.pass(239_999);
  assert.equal(silent.d.ending, undefined);
  silent.d.clock.pass(1);
  assert.deepEqual([silent.one.outcome, silent.d.ending], [["failed TIMEOUT"], "broken TIMEOUT at mail"]);

  const lost = await two();
  await lost.d.says(ENVELOPE_OK);
  lost.d.clock.pass(599_999);
  assert.equal(lost.d.over, undefined);
  lost.d.clock.pass(1);
  assert.deepEqual([lost.one.outcome, lost.two.outcome], [["in doubt TIMEOUT"], ["failed TIMEOUT"]]);

  const letter = new Letter(["b@example.net"], Array<string>(100).fill(`${"x".repeat(65_534)}\r\n`));
  const stuck = new Dialogue([letter]);
  await stuck.greet("PIPELINING");
  stuck.pipe.full = true;
  await stuck.says(ENVELOPE_OK);
  stuck.clock.pass(170_000);
  stuck.pipe.drain(true);
  await stuck.hears();
  stuck.clock.pass(170_000);
  assert.equal(stuck.ending, undefined, "progress wins time");
  stuck.clock.pass(10_000);
  assert.deepEqual([letter.outcome, stuck.ending], [["failed TIMEOUT"], "broken TIMEOUT at data"]);
});

test("a mark that takes its time is not cut off by the idle time, nor waited for without end", async () => {
  for (const words of [["PIPELINING"], ["PIPELINING", "CHUNKING"]]) {
    const letter = new Letter(["b@example.net"]);
    letter.mark = () => new Promise(() => {});
    const d = new Dialogue([], { idleMs: 5_000 });
    await d.greet(...words);
    d.clock.pass(4_000);
    d.queue.push(letter);
    d.connection.wake();
    await d.says(words.length === 1 ? ENVELOPE_OK : "");
    d.clock.pass(20_000);
    assert.equal(d.ending, undefined);
    d.clock.pass(230_000);
    assert.deepEqual([letter.outcome, d.pipe.state], [["failed TIMEOUT"], "destroyed"]);
  }
});

test("abort leaves doubt past the final dot only", async () => {
  const { d, one, two: other } = await two();
  await d.says(ENVELOPE_OK);
  d.connection.abort({ code: "drain", text: "the node stops" });
  assert.deepEqual([one.outcome, other.outcome, d.pipe.state], [["in doubt drain"], ["failed drain"], "destroyed"]);
  assert.deepEqual(d.over, { is: "broken", stage: "dot", fault: { code: "drain", text: "the node stops" } });
  d.connection.abort({ code: "again", text: "" });
  d.connection.wake();
  d.connection.quit();
  d.pipe.say("250 late\r\n");
  d.pipe.close();
  assert.equal(await d.hears(), "");
});

test("a source that hangs up while it is asked still gets its letter settled", async () => {
  const letter = new Letter(["b@example.net"]);
  const d = new Dialogue();
  d.next = () => {
    d.connection.abort({ code: "drain", text: "the node stops" });
    return letter;
  };
  await d.greet("PIPELINING");
  assert.deepEqual([letter.outcome, d.ending], [["failed closed"], "broken drain at mail"]);
});

test("content that cannot be read is not sent by half, and a broken iterator is told apart", async () => {
  const letter = new Letter(["b@example.net"], function* () {
    yield Buffer.from("Subject: hi\r\n");
    throw Object.assign(new Error("checksum mismatch"), { code: "SPOOL_CORRUPT" });
  });
  const d = new Dialogue([letter]);
  await d.greet("PIPELINING");
  await d.says(ENVELOPE_OK);
  assert.deepEqual([letter.outcome, d.pipe.state], [["failed SPOOL_CORRUPT"], "destroyed"]);
});

test("a reply's text is made safe to show", async () => {
  const { d, one } = await two();
  await d.says("250 Ok\r\n");
  await d.says(Buffer.from("550-5.7.1 Zürich \u001b[31m\r\n550-5.7.1\tsays\rno\r\n550 5.7.1   \r\n", "utf8").toString("latin1"));
  const [result] = (await d.says("503 no\r\n"), one.sent?.results) ?? [];
  assert.deepEqual(result?.is === "refused" && result.reply, { code: 550, enhanced: "5.7.1", text: "Zürich ?[31m says?no" });
});

/** Everything the host of this dialogue says, and where the client must have spoken before it goes on. */
const TALK = [
  "220-mx.example.net\r\n220 ESMTP\r\n",
  "250-mx.example.net\r\n250-SIZE 1000\r\n250 PIPELINING\r\n",
  "250 2.1.0 Ok\r\n550-5.1.1 who\r\n550 5.1.1 is that?\r\n250 2.1.5 Ok\r\n354 go\r\n",
  "250-2.0.0 queued\r\n250 2.0.0 as 1\r\n",
  "221 bye\r\n",
];

test("replies cut anywhere mean the same", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 }), async (cuts) => {
      const letter = new Letter(["b@example.net", "c@example.net"]);
      const d = new Dialogue([letter], { maxTransactions: 1 });
      let at = 0;
      let wrote = "";
      for (const said of TALK)
        for (let from = 0; from < said.length; ) {
          const size = cuts[at++ % cuts.length] ?? 1;
          wrote += await d.says(said.slice(from, from + size));
          from += size;
        }
      assert.deepEqual([letter.outcome, d.over], [["refused 550 for good", "accepted 250"], { is: "orderly" }]);
      assert.deepEqual(letter.sent?.results[1], { is: "accepted", reply: { code: 250, enhanced: "2.0.0", text: "queued as 1" } });
      assert.equal(
        wrote,
        `EHLO relay.example.org\r\nMAIL FROM:<a@example.org> SIZE=22\r\nRCPT TO:<b@example.net>\r\nRCPT TO:<c@example.net>\r\nDATA\r\nSubject: hi\r\n\r\nhello\r\n.\r\nQUIT\r\n`,
      );
    }),
    { numRuns: 60 },
  );
});

test("whatever a host says, every letter pulled is settled once and the connection ends once", async () => {
  const line = fc.oneof(
    fc.constantFrom(
      "250 Ok",
      "250-more",
      "354 go",
      "550 5.1.1 no",
      "421 bye",
      "452 4.5.3 many",
      "334 AAAA",
      "220 hi",
      "221 bye",
      "250-PIPELINING",
      "250 CHUNKING",
      "250-STARTTLS",
      "xyz",
      "",
    ),
    fc.string({ maxLength: 20 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 25 }),
      fc.boolean(),
      fc.constantFrom([], ["PIPELINING"], ["PIPELINING", "CHUNKING"]),
      async (lines, greeted, words) => {
        const letters = [1, 2, 3].map((n) => new Letter([`b${n}@example.net`, `c${n}@example.net`]));
        const d = new Dialogue([...letters]);
        if (greeted) await d.greet(...words);
        for (const said of lines) await d.says(`${said}\r\n`);
        d.pipe.close();
        await d.hears();
        assert.ok(d.over);
        assert.equal(d.clock.waiting, 0);
        letters.forEach((letter, i) => assert.equal(letter.outcome?.length, d.queue.includes(letter) ? undefined : 2, `letter ${i}`));
      },
    ),
    { numRuns: 300 },
  );
});
