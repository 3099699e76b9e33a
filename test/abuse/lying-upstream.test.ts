/** A next hop that lies, falls silent or breaks off: what the story then says, and that nobody else waits for it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Program, programMissing, QUICK_RETRIES, type Story, startProgram, until } from "../outside/program.ts";
import { type Received, type Sink, type SinkOptions, startSink } from "../outside/sink.ts";
import { letter, Talk } from "../outside/talk.ts";

const skip = programMissing();
const SHORT_WAITS = `${QUICK_RETRIES}outgoing:\n  replyWithin: 1s\n  verdictWithin: 1s\n`;

async function relay(options: SinkOptions): Promise<{ readonly sink: Sink; readonly program: Program } & AsyncDisposable> {
  const sink = await startSink(options);
  const program = await startProgram({ upstreamPort: sink.port, config: SHORT_WAITS });
  return {
    sink,
    program,
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]();
      await sink[Symbol.asyncDispose]();
    },
  };
}

async function send(program: Program, marker: string, to: readonly string[]): Promise<string> {
  using talk = await Talk.greeted(program.port);
  return await talk.mail("anna@client.example", to, letter(marker));
}

function settled(program: Program, id: string): Promise<Story> {
  return until(
    `the end of ${id}`,
    async () => {
      const story = await program.story(id);
      return story.recipients.every(({ now }) => now.k !== "queued") && story;
    },
    60_000,
  );
}

/** The same where a fault closed the lane: an operator does not wait the minute until it opens by itself. */
function settledByRetrying(program: Program, id: string): Promise<Story> {
  return until(
    `the end of ${id}`,
    async () => {
      const story = await program.story(id);
      if (story.recipients.every(({ now }) => now.k !== "queued")) return story;
      program.cli("queue", "retry", id);
      return undefined;
    },
    30_000,
  );
}

const is = (message: Received, marker: string): boolean => message.content.includes(`X-Marker: ${marker}\r\n`);

/** Does it the first time a message with the marker comes. */
function once(marker: string, behaviour: "reset" | "silence" | "drop"): SinkOptions {
  let done = false;
  return {
    onDot: (message) => {
      if (done || !is(message, marker)) return undefined;
      done = true;
      return behaviour;
    },
  };
}

for (const behaviour of ["reset", "drop", "silence"] as const) {
  test(`${behaviour} after the final dot: in doubt, tried once more, told as possibly twice; another's mail goes on`, {
    skip,
  }, async () => {
    await using run = await relay(once("doubt", behaviour));
    const id = await send(run.program, "doubt", ["bob@dest.example"]);
    await until("the first copy", () => run.sink.received.some((message) => is(message, "doubt")));
    const other = await settled(run.program, await send(run.program, "other", ["carla@dest.example"]));
    assert.equal(other.recipients[0]?.now.possiblyTwice, false);
    const story = await settled(run.program, id);
    assert.equal(story.recipients[0]?.now.k, "relayed");
    assert.equal(story.recipients[0]?.now.possiblyTwice, true, story.line);
    assert.match(story.line, /possibly twice/);
    const copies = run.sink.received.filter((message) => is(message, "doubt"));
    assert.equal(copies.length, 2);
    assert.equal(messageId(copies[0] as Received), messageId(copies[1] as Received), "both copies carry the same Message-ID");
  });
}

function messageId(message: Received): string | undefined {
  return /^Message-ID: .*$/im.exec(message.content.toString("latin1"))?.[0];
}

test("421 in the middle of a transaction is no verdict on the message: it goes out on another connection", { skip }, async () => {
  let refusals = 0;
  await using run = await relay({ onRcpt: () => (refusals++ < 2 ? "421 4.3.2 closing" : undefined) });
  const story = await settledByRetrying(run.program, await send(run.program, "interrupted", ["bob@dest.example"]));
  assert.equal(story.recipients[0]?.now.k, "relayed");
  assert.equal(run.sink.taken.length, 1);
});

test("different replies for each recipient are told apart", { skip }, async () => {
  const replies: Readonly<Record<string, string>> = {
    no: "550 5.1.1 no such user",
    later: "450 4.2.1 mailbox busy",
    full: "552 5.2.2 mailbox full",
  };
  let busy = 1;
  await using run = await relay({
    onRcpt: (line) => {
      const local = /<(\w+)@/.exec(line)?.[1] ?? "";
      if (local === "later" && busy-- <= 0) return undefined;
      return replies[local];
    },
  });
  const id = await send(run.program, "mixed", ["yes@dest.example", "no@dest.example", "later@dest.example", "full@dest.example"]);
  const story = await settled(run.program, id);
  assert.deepEqual(
    story.recipients.map(({ to, now }) => `${to.split("@")[0]} ${now.k}`),
    ["yes relayed", "no bounced", "later relayed", "full bounced"],
  );
  assert.match(JSON.stringify(story.recipients[1]), /no such user/);
  const reports = await until("the report", () =>
    run.sink.taken.filter(({ mailFrom, rcpts }) => mailFrom === "" && rcpts[0] === "anna@client.example"),
  );
  assert.ok(reports.length >= 1);
  assert.equal(run.sink.taken.filter((message) => is(message, "mixed") && message.rcpts.includes("yes@dest.example")).length, 1);
});

test("replies of nonsense, endless replies and an early 250 are faults of the host, never a delivery", { skip }, async () => {
  let nth = 0;
  const lies = ["nonsense", `250-${"x".repeat(1000)}\r\n`.repeat(2000), "999 hello"];
  await using run = await relay({ onMail: () => lies[nth++] });
  const story = await settledByRetrying(run.program, await send(run.program, "lied-to", ["bob@dest.example"]));
  assert.equal(story.recipients[0]?.now.k, "relayed", "it went out once the host spoke SMTP again");
  assert.equal(run.sink.taken.length, 1);
});

test("a host that takes connections and says nothing holds up only what goes there, and for no longer than the limit", {
  skip,
}, async () => {
  let silent = true;
  await using run = await relay({ onConnect: () => (silent ? "silence" : undefined) });
  const id = await send(run.program, "patience", ["bob@dest.example"]);
  await until("a try", () => run.sink.connections > 0);
  const queued = await run.program.story(id);
  assert.equal(queued.recipients[0]?.now.k, "queued");
  silent = false;
  const story = await settledByRetrying(run.program, id);
  assert.equal(story.recipients[0]?.now.k, "relayed");
});
