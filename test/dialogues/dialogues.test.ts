/**
 * Runs each dialogue file against the server's session machine: with what the client sends in one read, octet by octet,
 * and with a host that answers late; all three must read the same. With FAIRLEAD_SMTP=host:port they also run against a
 * real listener, as far as it has what they need (FAIRLEAD_SMTP_HAS=trusted,auth,…; "trusted" if not set).
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { seededRandom } from "../../src/base/random.ts";
import type { Answer, Effect, Question } from "../../src/wire/smtp/server-effects.ts";
import type { SessionOptions } from "../../src/wire/smtp/server-options.ts";
import { defaultSessionOptions } from "../../src/wire/smtp/server-options.ts";
import { ServerSession } from "../../src/wire/smtp/server-session.ts";
import type { Dialogue } from "./dialogue.ts";
import { matches, readDialogue } from "./dialogue.ts";

const folder = import.meta.dirname;
const dialogues = readdirSync(folder)
  .filter((name) => name.endsWith(".smtp"))
  .sort()
  .map((name) => readDialogue(name, readFileSync(`${folder}/${name}`, "utf8")));

/** What a word after `needs:` changes in a plain listener for strangers. */
const NEEDS: Readonly<Record<string, (options: SessionOptions) => Partial<SessionOptions>>> = {
  strangers: () => ({}),
  /** The host refuses by local part: refused@, nobody@, later@ (see `answerTo`). */
  rules: () => ({}),
  trusted: () => ({ normalisesFor: () => true }),
  auth: () => ({ auth: "always" }),
  "auth-under-tls": () => ({ auth: "tls-only" }),
  "login-required": () => ({ auth: "always", authRequired: true }),
  starttls: () => ({ tls: "offered" }),
  "tls-required": () => ({ tls: "required" }),
  requiretls: (options) => ({ offers: { ...options.offers, requireTls: true } }),
  xclient: () => ({ xclientFrom: () => true }),
  "size-1000": (options) => ({ limits: { ...options.limits, content: 1_000 } }),
  "no-extensions": () => ({
    offers: { eightBit: false, smtpUtf8: false, chunking: false, binaryMime: false, dsn: false, requireTls: false },
  }),
  /** What is meant is how it comes in one packet. */
  "one-read": () => ({}),
};

for (const dialogue of dialogues) {
  test(`${dialogue.name}, in one read`, () => play(dialogue, (bytes) => [bytes], "at once"));
  test(`${dialogue.name}, answered late`, () => play(dialogue, (bytes) => [bytes], "late"));
  if (!dialogue.needs.includes("one-read")) {
    test(`${dialogue.name}, octet by octet`, () =>
      play(dialogue, (bytes) => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)), "at once"));
  }
}

function play(dialogue: Dialogue, cut: (bytes: Buffer) => readonly Buffer[], pace: "at once" | "late"): void {
  let options = defaultSessionOptions("mx.test");
  for (const need of dialogue.needs) {
    const change = NEEDS[need];
    assert.ok(change, `${dialogue.name} needs "${need}", which is not known`);
    options = { ...options, ...change(options) };
  }
  const line = new TestLine(options, pace);
  for (const step of dialogue.steps) {
    const where = `${dialogue.name}:${step.line}`;
    switch (step.do) {
      case "send":
        for (const piece of cut(step.bytes)) line.receive(piece);
        line.answerAll();
        break;
      case "expect": {
        const got = line.reply(step.reply);
        assert.ok(got !== undefined && matches(step.reply, got), `${where}: expected ${step.reply}, got ${got ?? "nothing"}`);
        break;
      }
      case "content":
        assert.equal(line.content.toString("latin1"), step.bytes.toString("latin1"), where);
        break;
      case "tls":
        assert.ok(line.wantsTls, `${where}: no handshake is due`);
        line.startTls();
        break;
      case "closed":
        assert.ok(line.closed, `${where}: the connection is open`);
        break;
    }
  }
  assert.equal(line.reply("*"), undefined, `${dialogue.name}: the server said more`);
}

/** A connection without a socket: a session, the host's answers by rules on addresses, and what was said. */
class TestLine {
  readonly #session: ServerSession;
  readonly #late: boolean;
  #said: string[] = [];
  #open: Question[] = [];
  #arriving: Buffer[] = [];
  content = Buffer.alloc(0);
  wantsTls = false;
  closed = false;

  constructor(options: SessionOptions, pace: "at once" | "late") {
    this.#late = pace === "late";
    this.#session = new ServerSession(options, { ...seededRandom("dialogue"), bytes: (n) => new Uint8Array(n) }, "192.0.2.7");
    this.#perform(this.#session.greet());
  }

  receive(bytes: Buffer): void {
    const lent = Buffer.from(bytes);
    this.#perform(this.#session.receive(lent));
    this.#session.settle();
    lent.fill(0); // what was lent is used again: whoever kept a view would show it
  }

  answerAll(): void {
    for (let question = this.#open.shift(); question !== undefined; question = this.#open.shift())
      this.#perform(this.#session.answer(answerTo(question)));
  }

  startTls(): void {
    this.wantsTls = false;
    this.#perform(this.#session.tlsStarted({ version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", authorized: false }));
  }

  /** The next reply's line to compare: its first if a continuation is expected, else its last. */
  reply(expected: string): string | undefined {
    const continuation = /^\d{3}-/.test(expected);
    let line = this.#said.shift();
    while (!continuation && line !== undefined && /^\d{3}-/.test(line)) line = this.#said.shift();
    return line;
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.is === "send") this.#said.push(...effect.text.split("\r\n").slice(0, -1));
      else if (effect.is === "content") this.#arriving.push(Buffer.from(effect.bytes));
      else if (effect.is === "reset") this.#arriving = [];
      else if (effect.is === "start-tls") this.wantsTls = true;
      else if (effect.is === "close") this.closed = true;
      else if (effect.is === "ask") this.#ask(effect.question);
    }
  }

  #ask(question: Question): void {
    if (question.ask === "message") {
      this.content = Buffer.concat(this.#arriving);
      this.#arriving = [];
    }
    if (this.#late) this.#open.push(question);
    else this.#perform(this.#session.answer(answerTo(question)));
  }
}

/** The host of the dialogues: what it refuses, it refuses by the local part. */
function answerTo(question: Question): Answer {
  switch (question.ask) {
    case "mail":
      return {
        to: "mail",
        decision: question.command.mailFrom.startsWith("refused@") ? { code: 550, enhanced: "5.7.1", text: "not you" } : undefined,
      };
    case "rcpt":
      if (question.recipient.address.startsWith("nobody@"))
        return { to: "rcpt", decision: { code: 550, enhanced: "5.1.1", text: "no such mailbox" } };
      return {
        to: "rcpt",
        decision: question.recipient.address.startsWith("later@") ? { code: 451, enhanced: "4.3.0", text: "later" } : undefined,
      };
    case "data":
      return { to: "data", decision: undefined };
    case "message":
      return { to: "message", reply: { code: 250, enhanced: "2.0.0", text: "accepted as TEST" } };
    case "password":
      return { to: "password", ok: question.login === "user" && question.password === "pencil" };
    case "verifier":
      return { to: "any", failed: true };
  }
}

const real = process.env["FAIRLEAD_SMTP"];
const has = new Set([...(process.env["FAIRLEAD_SMTP_HAS"] ?? "trusted").split(","), "one-read"]);
for (const dialogue of real === undefined ? [] : dialogues) {
  const missing = dialogue.needs.filter((need) => !has.has(need));
  const tls = dialogue.steps.some((step) => step.do === "tls");
  test(
    `${dialogue.name} at ${real}`,
    { skip: missing.length > 0 || tls ? `needs ${missing.join(", ") || "TLS"}` : false, timeout: 20_000 },
    () => playReal(dialogue, real ?? ""),
  );
}

async function playReal(dialogue: Dialogue, address: string): Promise<void> {
  const colon = address.lastIndexOf(":");
  const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
  const lines = readLines(socket);
  try {
    for (const step of dialogue.steps) {
      if (step.do === "send") socket.write(step.bytes);
      if (step.do === "closed") assert.equal((await lines.next()).done, true, `${dialogue.name}:${step.line}: the connection is open`);
      if (step.do !== "expect") continue;
      const continuation = /^\d{3}-/.test(step.reply);
      let got = (await lines.next()).value;
      while (!continuation && got !== undefined && /^\d{3}-/.test(got)) got = (await lines.next()).value;
      // Names and host decisions are the listener's own: only codes must agree.
      assert.equal(got?.slice(0, 3), step.reply.slice(0, 3), `${dialogue.name}:${step.line}: ${got}`);
    }
  } finally {
    socket.destroy();
  }
}

async function* readLines(socket: AsyncIterable<Buffer>): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const bytes of socket) {
    const lines = (rest + bytes.toString("latin1")).split("\r\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  return undefined;
}
