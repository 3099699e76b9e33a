/**
 * Postfix on both sides of us: its queue drains through Fairlead, and Fairlead relays through it. Postfix freezes all
 * mail for a host after an error of the host, so a refused sender must look like a refused message, never like a
 * broken relay (R8).
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startPostfix } from "../../bench/rig/postfix.ts";
import { assertBalanced } from "../crash/account.ts";
import { needs, needsRoot } from "../debian.ts";
import { freePort } from "../outside/free-port.ts";
import { programMissing, startProgram, until } from "../outside/program.ts";
import { startSink } from "../outside/sink.ts";
import { letter, Talk } from "../outside/talk.ts";
import { selfSigned } from "./certificate.ts";
import { assertWhole, awkwardContents, markerOf } from "./content.ts";

const skip = programMissing() || needsRoot() || needs("postfix");

test("Postfix's queue drains through us, every octet of it", { skip }, async () => {
  await using sink = await startSink();
  await using fairlead = await startProgram({ upstreamPort: sink.port });
  await using postfix = await startPostfix({ port: await freePort(), relayhost: `[127.0.0.1]:${fairlead.port}`, maillog: true });
  const contents = awkwardContents();
  using talk = await Talk.greeted(postfix.port);
  for (const { eightBit, bytes } of contents) {
    await talk.give("anna@client.example", ["bob@dest.example"], bytes, eightBit ? "BODY=8BITMIME" : "");
  }
  await until("all at the sink", () => sink.received.length >= contents.length);
  await until("Postfix's queue to be empty", async () => (await postfix.queued()) === 0);
  for (const { name, bytes } of contents) {
    const [message, ...more] = sink.received.filter(({ content }) => markerOf(content) === name);
    assert.ok(message, `${name} did not come`);
    assert.equal(more.length, 0, `${name} came twice`);
    const trace = assertWhole(message.content, bytes);
    assert.match(trace, /by postfix\.example/, "Postfix's own trace is kept");
    assert.equal(message.mailFrom, "anna@client.example");
    assert.deepEqual(message.rcpts, ["bob@dest.example"]);
  }
  for (const [, id = ""] of postfix.maillog().matchAll(/accepted as ([0-9A-Z]{16})/g)) {
    const [recipient] = (await fairlead.story(id)).recipients;
    assert.equal(recipient?.now.k, "relayed", String(recipient?.line));
  }
  assert.doesNotMatch(postfix.maillog(), /status=deferred/);
  await until("all to be recorded", async () => (await fairlead.open()) === 0);
  await assertBalanced(fairlead);
});

test("while one sender's messages are refused, the other users of that Postfix are not delayed", { skip }, async () => {
  await using sink = await startSink();
  await using fairlead = await startProgram({ upstreamPort: sink.port });
  await using postfix = await startPostfix({
    port: await freePort(),
    relayhost: `[127.0.0.1]:${fairlead.port}`,
    maillog: true,
    settings: { hopcount_limit: "500", smtp_destination_concurrency_limit: "2", smtp_destination_concurrency_failed_cohort_limit: "1" },
  });
  const hops = "Received: from a.example by b.example; Tue, 24 Nov 2026 12:00:00 +0000\r\n".repeat(80);
  using talk = await Talk.greeted(postfix.port);
  const others = 30;
  for (let i = 0; i < others; i++) {
    await talk.give("looper@client.example", ["bob@dest.example"], hops + letter(`loop-${i}`));
    await talk.give(`user${i}@client.example`, ["bob@dest.example"], letter(`other-${i}`));
  }
  await until(
    "the other users' mail",
    () => sink.received.filter(({ content }) => markerOf(content).startsWith("other-")).length >= others,
  );
  await until("Postfix's queue to be empty", async () => (await postfix.queued()) === 0);
  const log = postfix.maillog();
  assert.equal(
    log.match(/to=<bob@dest.example>.*status=bounced.*FL-5503/g)?.length,
    others,
    "each looping message comes back to its own sender",
  );
  assert.doesNotMatch(log, /status=deferred/);
  assert.doesNotMatch(log, /lost connection|timed out/);
});

test("we relay through Postfix over TLS, with 8-bit content and many recipients, and tell what it said", { skip }, async () => {
  await using sink = await startSink();
  const pair = selfSigned("postfix.example");
  await using postfix = await startPostfix({
    port: await freePort(),
    relayhost: `[127.0.0.1]:${sink.port}`,
    maillog: true,
    files: { "tls.pem": pair.key + pair.cert, refused: "nobody@dest.example REJECT no such user\nlater@dest.example DEFER come back\n" },
    settings: {
      smtpd_tls_security_level: "may",
      smtpd_tls_chain_files: "$queue_directory/../tls.pem",
      smtpd_recipient_restrictions: "check_recipient_access texthash:$queue_directory/../refused, permit_mynetworks, reject",
      smtpd_tls_loglevel: "1",
    },
  });
  await using fairlead = await startProgram({ upstreamPort: postfix.port });
  const contents = awkwardContents();
  const ids = new Map<string, string>();
  const to = ["bob@dest.example", "carla@dest.example", "dora@dest.example"];
  using talk = await Talk.greeted(fairlead.port);
  for (const { name, bytes, eightBit } of contents) {
    ids.set(name, await talk.mail("anna@client.example", to, bytes, eightBit ? "BODY=8BITMIME" : ""));
  }
  await until("all at the sink", () => sink.received.flatMap(({ rcpts }) => rcpts).length >= contents.length * to.length);
  for (const { name, bytes } of contents) {
    const messages = sink.received.filter(({ content }) => markerOf(content) === name);
    assert.deepEqual(messages.flatMap(({ rcpts }) => rcpts).sort(), to);
    for (const { content } of messages) assertWhole(content, bytes);
    const story = await until("the story's end", async () => {
      const told = await fairlead.story(ids.get(name) as string);
      return told.recipients.every(({ now }) => now.k === "relayed") && told;
    });
    assert.match(JSON.stringify(story), /queued as/, "the story quotes Postfix");
  }
  assert.match(postfix.maillog(), /TLS connection established from/);

  const bad = await talk.mail("anna@client.example", ["bob@dest.example", "nobody@dest.example", "later@dest.example"], letter("mixed"));
  const story = await until("two of three decided", async () => {
    const told = await fairlead.story(bad);
    const states = told.recipients.map(({ now }) => now.k);
    return states[0] === "relayed" && states[1] === "bounced" && told;
  });
  assert.equal(story.recipients[2]?.now.k, "queued", "the third is tried again");
  assert.match(story.recipients[1]?.line ?? "", /nobody@dest\.example/);
  const report = await until("the report to the sender", () =>
    sink.received.find(({ mailFrom, rcpts }) => mailFrom === "" && rcpts.includes("anna@client.example")),
  );
  assert.match(report.content.toString("latin1"), /no such user/);
});
