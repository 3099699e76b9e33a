/**
 * What strangers, broken clients and lying next hops do to the real program. Each has a defined answer; meanwhile
 * another client's message is delivered and memory stays bounded.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { memoryOf } from "../../bench/rig/accounting.ts";
import { systemClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import { type Program, programMissing, startProgram, until } from "../outside/program.ts";
import { type Sink, startSink } from "../outside/sink.ts";
import { letter, Talk } from "../outside/talk.ts";

/** From right after the start: the JIT, the spool's cache and garbage on a busy machine took up to 124 MB; 160 MB of content held would not fit. */
const MEMORY_GROWTH_MB = 160;
const HALF_OPEN = 200;
const SLOW = 100;

let sink: Sink;
let program: Program;
let memoryBefore = 0;
let number = 0;

/** A message of somebody else, sent and delivered while the abuse goes on. */
async function othersGoOn(): Promise<void> {
  const to = `other${number++}@dest.example`;
  using talk = await Talk.greeted(program.port);
  await talk.mail("other@client.example", [to], letter(`other-${number}`));
  await until(`the message to ${to}`, () => sink.taken.some(({ rcpts }) => rcpts.includes(to)), 5_000);
  await talk.quit();
}

function assertMemory(): void {
  const grown = memoryOf([program.pid]).rssMb - memoryBefore;
  assert.ok(grown < MEMORY_GROWTH_MB, `memory grew by ${grown} MB`);
}

/** Sends until the other side has had enough or all is sent; the replies that came. */
async function pour(talk: Talk, bytes: Uint8Array, times: number): Promise<void> {
  for (let i = 0; i < times && (await talk.sendSlowly(bytes)); i++);
}

describe("abuse of the real program", { skip: programMissing() }, () => {
  before(async () => {
    sink = await startSink();
    program = await startProgram({ upstreamPort: sink.port });
    await othersGoOn();
    memoryBefore = memoryOf([program.pid]).rssMb;
  });
  after(async () => {
    await program[Symbol.asyncDispose]();
    await sink[Symbol.asyncDispose]();
  });

  test("garbage bytes are answered 5xx and then the line is cut, or just cut", async () => {
    const random = seededRandom("garbage");
    for (let i = 0; i < 20; i++) {
      using talk = await Talk.to(program.port);
      await talk.expect(220);
      talk.send(random.bytes(20_000));
      talk.send("\r\nQUIT\r\n");
      for (let reply = await talk.reply(); reply; reply = await talk.reply()) {
        assert.ok(reply.code === 221 || reply.code >= 421, `garbage was answered ${reply.code}`);
        if (reply.code === 221) break;
      }
    }
    await othersGoOn();
    assertMemory();
  });

  test("a line without an end is refused with 500 and holds no memory", async () => {
    using talk = await Talk.greeted(program.port);
    await pour(talk, Buffer.alloc(1 << 20, "x"), 100);
    talk.send("\r\n");
    const reply = await talk.reply();
    assert.ok(reply === undefined || reply.code === 500 || reply.code === 421, `got ${reply?.code}`);
    await othersGoOn();
    assertMemory();
  });

  test("NUL in a command is refused, NUL in content is answered before it can be lost", async () => {
    using talk = await Talk.greeted(program.port);
    await talk.ask("MAIL FROM:<a\0b@client.example>", "5");
    const bytes = letter("nul", "a\0b\r\n");
    using second = await Talk.greeted(program.port);
    const reply = await second.give("anna@client.example", ["nul@dest.example"], bytes);
    if (reply.code === 250) {
      const came = await until("the message with NUL", () => sink.taken.find(({ rcpts }) => rcpts.includes("nul@dest.example")));
      assert.ok(came.content.toString("latin1").endsWith(bytes), "accepted, so every octet must arrive");
    } else {
      assert.ok(reply.code >= 500, `got ${reply.code}`);
    }
    await othersGoOn();
  });

  test("hundreds of sessions that say nothing, or half of something, keep nobody waiting", async () => {
    const idle = await Promise.all(Array.from({ length: HALF_OPEN }, () => Talk.to(program.port)));
    for (const [i, talk] of idle.entries()) if (i % 2) talk.send("EHLO half.exa");
    await othersGoOn();
    assertMemory();
    for (const talk of idle) talk.socket.resetAndDestroy();
    await othersGoOn();
  });

  test("a hundred clients that send a byte at a time do not slow another", async () => {
    const slow = await Promise.all(Array.from({ length: SLOW }, () => Talk.greeted(program.port)));
    await Promise.all(
      slow.map(async (talk) => {
        await talk.ask("MAIL FROM:<slow@client.example>", 250);
        await talk.ask("RCPT TO:<slow@dest.example>", 250);
        await talk.ask("DATA", 354);
      }),
    );
    for (let i = 0; i < 20; i++) {
      for (const talk of slow) talk.send("x");
      await systemClock.sleep(10);
    }
    await othersGoOn();
    assertMemory();
    for (const talk of slow) talk[Symbol.dispose]();
    await othersGoOn();
    assert.ok(!sink.received.some(({ rcpts }) => rcpts.includes("slow@dest.example")), "half a message was delivered");
  });

  test("100,000 recipients: those above the limit get 452 4.5.3, the rest the message, memory stays", async () => {
    using talk = await Talk.greeted(program.port);
    await talk.ask("MAIL FROM:<anna@client.example>", 250);
    const total = 100_000;
    const each = 1_000;
    const codes = new Map<string, number>();
    for (let i = 0; i < total && !talk.over; i += each) {
      talk.send(Array.from({ length: each }, (_, n) => `RCPT TO:<many${i + n}@dest.example>\r\n`).join(""));
      for (let n = 0; n < each; n++) {
        const reply = await talk.reply();
        if (!reply) break;
        const key = `${reply.code} ${reply.lines[0]?.slice(0, 5)}`;
        codes.set(key, (codes.get(key) ?? 0) + 1);
      }
    }
    const taken = codes.get("250 2.1.5") ?? 0;
    assert.ok(taken >= 100, `RFC 5321 §4.5.3.1.8 wants at least 100; ${JSON.stringify([...codes])}`);
    assert.ok(
      [...codes.keys()].every((key) => key === "250 2.1.5" || key.startsWith("452") || key.startsWith("421")),
      JSON.stringify([...codes]),
    );
    assert.ok(codes.size > 1, "there is a limit");
    assertMemory();
    if (talk.over) return;
    await talk.ask("DATA", 354);
    talk.send(`${letter("many")}.\r\n`);
    await talk.expect(250);
    await until(
      "all accepted recipients",
      () => sink.taken.flatMap(({ rcpts }) => rcpts.filter((to) => to.startsWith("many"))).length === taken,
      60_000,
    );
    await othersGoOn();
    assertMemory();
  });

  test("a header of 50 MB is refused or delivered, and held in memory by nobody", async () => {
    using talk = await Talk.greeted(program.port);
    await talk.ask("MAIL FROM:<anna@client.example>", 250);
    await talk.ask("RCPT TO:<header@dest.example>", 250);
    await talk.ask("DATA", 354);
    await pour(talk, Buffer.from(`X-Long: ${"y".repeat(900)}\r\n`.repeat(1_000)), 50);
    await othersGoOn();
    assertMemory();
    talk.send("\r\nbody\r\n.\r\n");
    const reply = await talk.reply();
    assert.ok(reply && (reply.code === 250 || reply.code >= 500), `got ${reply?.code}`);
    if (reply.code === 250) await until("the message", () => sink.taken.some(({ rcpts }) => rcpts.includes("header@dest.example")));
    await othersGoOn();
  });

  test("more content than the limit is refused with 552, announced or not", async () => {
    using talk = await Talk.greeted(program.port);
    await talk.ask("MAIL FROM:<anna@client.example> SIZE=99999999999", 552);
    await talk.ask("MAIL FROM:<anna@client.example>", 250);
    await talk.ask("RCPT TO:<toobig@dest.example>", 250);
    await talk.ask("DATA", 354);
    await pour(talk, Buffer.from(`${"z".repeat(998)}\r\n`.repeat(1_000)), 160);
    talk.send(".\r\n");
    const reply = await talk.reply();
    assert.ok(reply === undefined || reply.code === 552, `got ${reply?.code}`);
    assertMemory();
    await othersGoOn();
  });

  test("wrong AUTH: bad base64, unknown mechanisms and wrong passwords are refused, and nobody gets in", async () => {
    using talk = await Talk.greeted(program.port);
    const answers: (number | undefined)[] = [];
    for (const line of [
      "AUTH",
      "AUTH NONSENSE",
      "AUTH PLAIN ====",
      "AUTH PLAIN AGFubmEAd3Jvbmc=",
      "AUTH LOGIN !!!",
      "AUTH SCRAM-SHA-256 eCxuPSxyPWFi",
    ]) {
      talk.send(`${line}\r\n`);
      const reply = await talk.reply();
      answers.push(reply?.code);
      assert.ok(reply === undefined || reply.code >= 421, `${line} was answered ${reply?.code}`);
      if (!reply || reply.code === 421) break;
    }
    assert.ok(answers.length > 0);
    await othersGoOn();
  });

  test("commands out of order, wrong parameters and pipelined nonsense get their 5xx and harm nothing", async () => {
    using talk = await Talk.greeted(program.port);
    for (const line of [
      "DATA",
      "RCPT TO:<a@b.example>",
      "MAIL FROM:<a@b.example",
      "MAIL FROM:<a@b.example> WHAT=1",
      "MAIL TO:<a@b.example>",
      "VRFY\t",
      "HELP ME",
      "STARTTLS now",
    ]) {
      talk.send(`${line}\r\n`);
      const reply = await talk.reply();
      assert.ok(
        reply && (reply.code >= 500 || (line.startsWith("HELP") && reply.code === 214) || (line.startsWith("VRFY") && reply.code === 252)),
        `${line} was answered ${reply?.code}`,
      );
    }
    await talk.mail("anna@client.example", ["after@dest.example"], letter("after"));
    talk.send("BDAT x LAST\r\n");
    const last = await talk.reply();
    assert.equal(last?.code, 501, "what follows it cannot be told from commands");
    assert.equal(await talk.reply(), undefined, "so the connection ends");
    await othersGoOn();
  });
});
