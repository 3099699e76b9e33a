/** The session machine against anything: it never throws, never mixes up its order, and does not care how input is cut. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { seededRandom } from "../../base/random.ts";
import type { Answer, Effect, Question } from "./server-effects.ts";
import type { SessionOptions } from "./server-options.ts";
import { defaultSessionOptions } from "./server-options.ts";
import { ServerSession } from "./server-session.ts";

const options: SessionOptions = { ...defaultSessionOptions("mx.test"), auth: "always", tls: "offered", xclientFrom: () => true };

function answerTo(question: Question): Answer {
  switch (question.ask) {
    case "mail":
    case "rcpt":
    case "data":
      return { to: question.ask, decision: undefined };
    case "message":
      return { to: "message", reply: { code: 250, enhanced: "2.0.0", text: `${question.facts.bytes} octets` } };
    case "password":
      return { to: "password", ok: true };
    case "verifier":
      return { to: "any", failed: true };
  }
}

/** Everything that happened, with what was sent and the content each joined. Checks the order of effects on the way. */
function run(reads: readonly Uint8Array[], changed: Partial<SessionOptions> = {}) {
  const session = new ServerSession({ ...options, ...changed }, seededRandom("session"), "192.0.2.7");
  const seen = { said: "", content: "", asked: [] as string[], resets: 0, closed: false };
  const perform = (effects: readonly Effect[]): void => {
    for (const [i, effect] of effects.entries()) {
      assert.ok(!seen.closed, "nothing follows the close");
      if (effect.is === "send") seen.said += effect.text;
      else if (effect.is === "content") seen.content += Buffer.from(effect.bytes).toString("latin1");
      else if (effect.is === "reset") seen.resets++;
      else if (effect.is === "close") seen.closed = true;
      else if (effect.is === "start-tls") perform(session.tlsStarted({ version: "TLSv1.3", cipher: "x", authorized: false }));
      else if (effect.is === "ask") {
        assert.equal(i, effects.length - 1, "a question comes last");
        seen.asked.push(effect.question.ask);
        perform(session.answer(answerTo(effect.question)));
      }
    }
  };
  perform(session.greet());
  for (const read of reads) {
    perform(session.receive(read));
    session.settle();
  }
  perform(session.lost("the test is over"));
  return seen;
}

function cut(wire: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < wire.length; i++) {
    const size = sizes.length === 0 ? wire.length : (sizes[i % sizes.length] ?? 1);
    pieces.push(wire.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

const command = fc.constantFrom(
  ...[
    "EHLO c",
    "HELO c",
    "MAIL FROM:<a@b.example> SIZE=10",
    "MAIL FROM:<>",
    "RCPT TO:<c@d.example>",
    "RCPT TO:<",
    "RSET",
    "NOOP",
    "VRFY x",
    "FOO",
    "",
  ].map((line) => `${line}\r\n`),
  "BDAT 5\r\n.\r\n\r\n",
  "BDAT 3 LAST\r\nab\r",
  "BDAT 0 LAST\r\n",
  "NOOP\nNOOP\r\n",
);
const message = fc.constantFrom(
  "EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n..x\r\n.\n.\r\n.\r\n",
  "EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 2\r\nabBDAT 0 LAST\r\n",
);
const script = fc
  .array(fc.oneof({ weight: 4, arbitrary: command }, { weight: 1, arbitrary: message }), { maxLength: 25 })
  .map((parts) => Buffer.from(parts.join("")));
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });

test("a session reads the same however its input is cut", () => {
  fc.assert(
    fc.property(script, sizes, fc.boolean(), (wire, pieces, normalise) => {
      const changed = { normalisesFor: () => normalise };
      const whole = run([wire], changed);
      const parts = run(cut(wire, pieces), changed);
      assert.deepEqual({ ...parts, content: "" }, { ...whole, content: "" });
      if (normalise) assert.equal(parts.content, whole.content); // otherwise a doomed message is handed on as far as it was good
    }),
    { numRuns: 500 },
  );
});

test("no octets make it throw, and what it says is always whole reply lines", () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc
      .array(
        fc.oneof(
          command,
          message,
          fc.constantFrom(
            "STARTTLS\r\n",
            "AUTH PLAIN AGEAYg==\r\n",
            "AUTH LOGIN\r\n",
            "YQ==\r\n",
            "*\r\n",
            "XCLIENT ADDR=1.2.3.4\r\n",
            "QUIT\r\n",
            "\0",
            "\xff\r\n",
            "DATA\r\n",
            "\x16\x03",
            "BDAT 9999999\r\n",
          ),
        ),
        { maxLength: 30 },
      )
      .map((parts) => Buffer.from(parts.join(""), "latin1")),
  );
  fc.assert(
    fc.property(noise, sizes, (wire, pieces) => {
      const { said } = run(cut(Buffer.from(wire), pieces));
      assert.match(said, /^(\d{3}[ -][ -~]*\r\n)+$/);
    }),
    { numRuns: 800 },
  );
});

test("every transaction the host agreed to ends in a message or a reset", () => {
  fc.assert(
    fc.property(script, sizes, (wire, pieces) => {
      const { asked, resets } = run(cut(wire, pieces));
      assert.equal(asked.filter((ask) => ask === "mail").length, asked.filter((ask) => ask === "message").length + resets);
    }),
    { numRuns: 500 },
  );
});

test("chunks and the commands between them may be cut at every octet", () => {
  const wire = Buffer.from(
    "EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 7\r\na\r\n.\r\nbBDAT 0\r\nBDAT 6 LAST\r\nQUIT\r\nQUIT\r\n",
  );
  const whole = run([wire]);
  assert.equal(whole.content, "a\r\n.\r\nbQUIT\r\n");
  for (let at = 0; at <= wire.length; at++) assert.deepEqual(run([wire.subarray(0, at), wire.subarray(at)]), whole);
});

test("what is refused goes on record, but no password and no line that may hold one", () => {
  const session = new ServerSession({ ...options, auth: "never" }, seededRandom("x"), "192.0.2.7");
  const secret = Buffer.from("\0ann\0hunter2").toString("base64");
  session.greet();
  const effects = session.receive(
    Buffer.from(`EHLO c\r\nAUTH PLAIN ${secret}\r\n${secret}\r\nAUTH PLAIN ${secret} ${secret}\r\nRCPT TO:<a@b.example>\r\n`),
  );
  const record = effects.flatMap((effect) => (effect.is === "refused" ? [effect.command] : []));
  assert.deepEqual(record, ["AUTH", "(unknown command)", "AUTH", "RCPT TO:<a@b.example>"]);
});

test("after TLS has started neither name nor login of before is known", () => {
  const session = new ServerSession(options, seededRandom("x"), "192.0.2.7");
  const drive = (effects: readonly Effect[]): void => {
    for (const effect of effects) if (effect.is === "ask") drive(session.answer(answerTo(effect.question)));
  };
  drive(session.greet());
  drive(session.receive(Buffer.from("EHLO c\r\n")));
  drive(session.receive(Buffer.from("AUTH PLAIN AGEAYg==\r\n")));
  assert.equal(session.client.login, "a");
  drive(session.receive(Buffer.from("STARTTLS\r\n")));
  drive(session.tlsStarted({ version: "TLSv1.3", cipher: "x", authorized: false }));
  assert.deepEqual({ ...session.client, tls: undefined }, { ip: "192.0.2.7", helo: "", esmtp: false, tls: undefined });
});

test("an answer to a question that is not open is a programming error", () => {
  const session = new ServerSession(options, seededRandom("x"), "192.0.2.7");
  session.greet();
  assert.throws(() => session.answer({ to: "mail", decision: undefined }), /no question/);
});
