/** Proves that a story's evidence is whole where it matters, small whatever a host sends, and free of secrets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Dialogue, Letter, OPTIONS } from "./scripted-host.ts";
import { Transcript } from "./transcript.ts";

test("a transaction's dialogue reads as it was said, replies of several lines included", async () => {
  const sent = new Letter(["nobody@example.net"]);
  const dialogue = new Dialogue([sent]);
  await dialogue.greet("PIPELINING", "SIZE 1000000");
  await dialogue.says("250 2.1.0 ok\r\n550-5.1.1 no such\r\n550 5.1.1 mailbox\r\n503 no recipients\r\n");
  assert.match(dialogue.greeting, /^S: 220 mx\.example\.net ESMTP\nC: EHLO relay\.example\.org\nS: 250-mx\.example\.net\n/);
  assert.equal(
    sent.sent?.facts.dialogue,
    [
      `C: MAIL FROM:<${sent.mailFrom}> SIZE=${sent.bytes}`,
      `C: RCPT TO:<${sent.recipients[0]?.address}>`,
      "C: DATA",
      "S: 250 2.1.0 ok",
      "S: 550-5.1.1 no such",
      "S: 550 5.1.1 mailbox",
      "S: 503 no recipients",
    ].join("\n"),
  );
});

test("a login's secrets are in no transcript", async () => {
  for (const words of ["AUTH PLAIN", "AUTH LOGIN", "AUTH SCRAM-SHA-256"]) {
    const dialogue = new Dialogue([], { ...OPTIONS, login: { user: "ann", password: "hunter2hunter2", inClear: true } });
    await dialogue.greet(words);
    await dialogue.says("334 VXNlcm5hbWU6\r\n");
    await dialogue.says("334 UGFzc3dvcmQ6\r\n");
    await dialogue.says("535 5.7.8 no\r\n");
    const end = dialogue.over;
    const said = end && end.is !== "orderly" ? (end.dialogue ?? "") : "";
    assert.match(said, /as ann/);
    for (const secret of [
      "hunter2",
      Buffer.from("hunter2hunter2").toString("base64"),
      Buffer.from("\0ann\0hunter2hunter2").toString("base64"),
    ])
      assert.ok(!said.includes(secret), `${words}: ${said}`);
  }
});

test("a long dialogue keeps its beginning and its end, and says how much is left out", () => {
  const talk = new Transcript();
  for (let i = 0; i < 5_000; i++) talk.client(`RCPT TO:<user${i}@example.org>`);
  const lines = talk.text.split("\n");
  assert.equal(lines[0], "C: RCPT TO:<user0@example.org>");
  assert.equal(lines.at(-1), "C: RCPT TO:<user4999@example.org>");
  const left = Number(/^\* (\d+) lines left out$/m.exec(talk.text)?.[1]);
  assert.equal(lines.length - 1 + left, 5_000);
});

test("whatever is said, a transcript stays within 4 KiB and has no control characters", () => {
  const line = fc.oneof(fc.string({ maxLength: 50 }), fc.string({ minLength: 500, maxLength: 5_000 }));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
      const talk = new Transcript();
      for (const said of lines) talk.client(said);
      assert.ok(talk.text.length <= 4_096 + 600, `${talk.text.length}`);
      assert.doesNotMatch(talk.text.replaceAll("\n", ""), /\p{Cc}/u);
    }),
  );
});
