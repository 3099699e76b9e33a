/** Exim, which most hosting panels run, on both sides of us. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { needsRoot } from "../debian.ts";
import { freePort } from "../outside/free-port.ts";
import { programMissing, startProgram, until } from "../outside/program.ts";
import { startSink } from "../outside/sink.ts";
import { letter, Talk } from "../outside/talk.ts";
import { assertWhole, awkwardContents, markerOf } from "./content.ts";
import { startExim, unpackExim } from "./exim.ts";

const packages = programMissing() || needsRoot() ? { skip: programMissing() || needsRoot(), folder: "" } : unpackExim();
const { skip } = packages;

test("Exim's queue drains through us, every octet of it", { skip }, async () => {
  await using sink = await startSink();
  await using fairlead = await startProgram({ upstreamPort: sink.port });
  await using exim = await startExim(packages.folder, await freePort(), fairlead.port);
  const contents = awkwardContents();
  using talk = await Talk.greeted(exim.port);
  for (const { bytes, eightBit } of contents)
    await talk.give("anna@client.example", ["bob@dest.example"], bytes, eightBit ? "BODY=8BITMIME" : "");
  await until("all at the sink", () => sink.received.length >= contents.length, 60_000);
  await until("Exim's queue to be empty", () => exim.queued() === 0);
  for (const { name, bytes } of contents) {
    const messages = sink.received.filter(({ content }) => markerOf(content) === name);
    assert.equal(messages.length, 1, `${name} came ${messages.length} times`);
    const trace = assertWhole(messages[0]?.content ?? Buffer.alloc(0), bytes);
    assert.match(trace, /by exim\.example/, "Exim's own trace is kept");
  }
  for (const [, id = ""] of exim.log().matchAll(/accepted as ([0-9A-Z]{16})/g)) {
    const [recipient] = (await fairlead.story(id)).recipients;
    assert.equal(recipient?.now.k, "relayed", String(recipient?.line));
  }
  assert.doesNotMatch(exim.log(), / == /, "Exim deferred nothing");
});

test("while one sender's messages are refused, Exim's other users are not delayed", { skip }, async () => {
  await using sink = await startSink();
  await using fairlead = await startProgram({ upstreamPort: sink.port });
  await using exim = await startExim(packages.folder, await freePort(), fairlead.port);
  const hops = "Received: from a.example by b.example; Tue, 24 Nov 2026 12:00:00 +0000\r\n".repeat(80);
  const others = 10;
  using talk = await Talk.greeted(exim.port);
  for (let i = 0; i < others; i++) {
    await talk.give("looper@client.example", ["bob@dest.example"], hops + letter(`loop-${i}`));
    await talk.give(`user${i}@client.example`, ["bob@dest.example"], letter(`other-${i}`));
  }
  await until(
    "the other users' mail",
    () => sink.received.filter(({ content }) => markerOf(content).startsWith("other-")).length >= others,
    60_000,
  );
  await until(
    "each looping message to fail for its own sender",
    () => (exim.log().match(/ \*\* bob@dest\.example .*FL-5503/g)?.length ?? 0) >= others,
  );
  assert.doesNotMatch(exim.log(), / == /, "Exim deferred nothing");
});

test("we relay through Exim and tell what it said of each recipient", { skip }, async () => {
  await using sink = await startSink();
  await using exim = await startExim(packages.folder, await freePort(), sink.port);
  await using fairlead = await startProgram({ upstreamPort: exim.port });
  using talk = await Talk.greeted(fairlead.port);
  const contents = awkwardContents();
  const ids: string[] = [];
  for (const { bytes, eightBit } of contents)
    ids.push(await talk.mail("anna@client.example", ["bob@dest.example", "carla@dest.example"], bytes, eightBit ? "BODY=8BITMIME" : ""));
  await until("all at the sink", () => sink.received.flatMap(({ rcpts }) => rcpts).length >= contents.length * 2, 60_000);
  for (const { name, bytes } of contents) {
    const messages = sink.received.filter(({ content }) => markerOf(content) === name);
    assert.deepEqual(messages.flatMap(({ rcpts }) => rcpts).sort(), ["bob@dest.example", "carla@dest.example"]);
    for (const { content } of messages) assertWhole(content, bytes);
  }
  for (const id of ids)
    await until(`the end of ${id}`, async () => (await fairlead.story(id)).recipients.every(({ now }) => now.k === "relayed"));

  const mixed = await talk.mail("anna@client.example", ["bob@dest.example", "nobody@dest.example"], letter("mixed"));
  const story = await until("both decided", async () => {
    const told = await fairlead.story(mixed);
    return told.recipients.every(({ now }) => now.k !== "queued") && told;
  });
  assert.deepEqual(
    story.recipients.map(({ now }) => now.k),
    ["relayed", "bounced"],
  );
  assert.match(JSON.stringify(story.recipients[1]), /no such user/);
});
