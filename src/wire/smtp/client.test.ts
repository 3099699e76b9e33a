/** Proves what the client says and concludes, dialogue by dialogue. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dialogue, Letter } from "./scripted-host.ts";

const MAIL = "MAIL FROM:<a@example.org>\r\n";
const HELLO = "Subject: hi\r\n\r\nhello\r\n";

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
  assert.equal(d.over, undefined);
});

test("without PIPELINING each command waits for its reply", async () => {
  const letter = new Letter(["b@example.net", "c@example.net"]);
  const d = new Dialogue([letter]);
  assert.equal(await d.greet(), MAIL);
  assert.equal(await d.says("250 Ok\r\n"), "RCPT TO:<b@example.net>\r\n");
  assert.equal(await d.says("450 4.2.1 later\r\n"), "RCPT TO:<c@example.net>\r\n");
  assert.equal(await d.says("251 will forward\r\n"), "DATA\r\n");
  assert.equal(await d.says("354 go\r\n"), `${HELLO}.\r\n`);
  await d.says("250 Ok\r\n");
  assert.deepEqual(letter.outcome, ["refused 450", "accepted 250"]);
});
