/**
 * Proves that content leaves as it is and as nothing else: dots stuffed, line ends whole, never more of it in memory
 * than the pipe takes; and the client's half of the smuggling matrix.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ContentFramer, type Framing } from "./client-content.ts";
import { Dialogue, Letter } from "./scripted-host.ts";

const ENVELOPE_OK = "250 Ok\r\n250 Ok\r\n354 go\r\n";
const MAIL = "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\n";

/** What the framer makes of these chunks; undefined if it refused. */
function framed(framing: Framing, chunks: readonly string[]): string | undefined {
  const framer = new ContentFramer(framing);
  const out: Uint8Array[] = [];
  const put = (bytes: Uint8Array): void => void out.push(bytes);
  for (const chunk of chunks) if (!framer.chunk(Buffer.from(chunk, "latin1"), put)) return undefined;
  return framer.end(put) ? Buffer.concat(out).toString("latin1") : undefined;
}

const line = fc.oneof(fc.constantFrom("", ".", "..", ".a", "a.", "a", "\u00ff."), fc.stringMatching(/^[ -~]{0,12}$/));

/** Cuts a text at these places. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => text.slice(from, at[i]));
}

test("dots are stuffed at line starts only, however the content is cut", () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.array(fc.nat(200), { maxLength: 8 }), (lines, places) => {
      const content = lines.map((text) => `${text}\r\n`).join("");
      const stuffed = lines.map((text) => `${text.startsWith(".") ? "." : ""}${text}\r\n`).join("");
      assert.equal(framed("dots", cut(content, places)), stuffed);
      assert.equal(framed("lines", cut(content, places)), content);
    }),
    { numRuns: 500 },
  );
});

test("a bare CR or LF is found wherever it stands, however the content is cut", () => {
  const piece = fc.constantFrom("\r\n", "\r", "\n", "a", ".", "\r\n.\r\n");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), fc.array(fc.nat(40), { maxLength: 6 }), (pieces, places) => {
      const content = pieces.join("");
      const bare = /\r(?!\n)|(?<!\r)\n/.test(content);
      assert.equal(framed("dots", cut(content, places)) === undefined, bare, JSON.stringify(content));
      assert.equal(framed("octets", cut(content, places)), content);
    }),
    { numRuns: 2_000 },
  );
});

test("content without dots at line starts is not copied", () => {
  const bytes = Buffer.from("a.b\r\nc\r\n");
  const out: Uint8Array[] = [];
  new ContentFramer("dots").chunk(bytes, (part) => out.push(part));
  assert.deepEqual([out.length, out[0]?.buffer === bytes.buffer, out[0]?.byteOffset === bytes.byteOffset], [1, true, true]);
});

test("content ends in CRLF, whether it did or not, and may be empty", async () => {
  for (const [content, wire] of [
    ["no end", "no end\r\n.\r\n"],
    ["", ".\r\n"],
    [".", "..\r\n.\r\n"],
    ["a\r\n.\r\n", "a\r\n..\r\n.\r\n"],
  ] as const) {
    const d = new Dialogue([new Letter(["b@example.net"], content)]);
    await d.greet("PIPELINING");
    assert.equal(await d.says(ENVELOPE_OK), wire);
  }
});

// The smuggling matrix, client's half: every end-of-data that some server has believed in (R22).
for (const end of [
  "\n.\n",
  "\n.\r\n",
  "\r\n.\n",
  "\r.\r",
  "\r.\r\n",
  "\r\n.\r",
  "\n.\r",
  "\r.\n",
  "\r\r\n.\r\r\n",
  "\r\n\0.\r\n",
  "\r\n.\0\r\n",
])
  for (const words of [["PIPELINING"], ["PIPELINING", "CHUNKING"]] as const)
    test(`content with ${JSON.stringify(end)} smuggles nothing past ${words.join(" and ")}`, async () => {
      const letter = new Letter(["b@example.net"], ["Subject: x\r\n\r\nfirst", end, "MAIL FROM:<evil@example.org>\r\n"]);
      const next = new Letter(["b@example.net"]);
      const d = new Dialogue([letter, next]);
      const first = await d.greet(...words);
      const wire = words.length === 1 ? await d.says(ENVELOPE_OK) : first;
      if (/\0/.test(end)) {
        // Whole lines: no end of data to anybody, and a NUL is the receiver's to judge.
        assert.ok(wire.includes(`first${words.length === 1 ? end.replace("\n.", "\n..") : end}MAIL FROM:<evil`));
        return;
      }
      assert.deepEqual(letter.outcome, ["failed bare-line-ending for good"]);
      assert.ok(!wire.includes("evil"), "nothing behind the bare line end left");
      if (words.length === 1) assert.equal(d.ending, "broken bare-line-ending at data", "half sent: only a hang-up says so");
      else assert.ok(wire.includes(`${MAIL}BDAT 22 LAST\r\n`) && !wire.includes("first"), "nothing of it was sent, and the next is");
    });

test("with CHUNKING a small message is one write, and the next follows the final reply", async () => {
  const [one, two] = [new Letter(["b@example.net"], ".dots stay\r\n"), new Letter(["b@example.net"], "two\r\n")];
  const d = new Dialogue([one, two]);
  await d.says("220 hi\r\n");
  d.pipe.say("250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n");
  assert.deepEqual(d.pipe.writes, [], "not before it is marked");
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(d.pipe.writes, [`${MAIL}BDAT 12 LAST\r\n.dots stay\r\n`]);
  d.pipe.writes.length = 0;
  assert.equal(await d.says("250 Ok\r\n250 Ok\r\n"), "");
  assert.equal(await d.says("250 queued\r\n"), `${MAIL}BDAT 5 LAST\r\ntwo\r\n`);
  assert.deepEqual(one.outcome, ["accepted 250"]);
  d.pipe.close();
  assert.deepEqual(two.outcome, ["in doubt closed"]);
});

test("a BDAT that failed is followed by RSET, and its recipients keep their own answers", async () => {
  for (const [replies, outcome, reset] of [
    ["250 Ok|550 who?|554 no recipients", ["refused 550 for good"], "RSET\r\n"],
    ["250 Ok|250 Ok|552 too big", ["refused 552 for good"], "RSET\r\n"],
    ["451 later|503 no|503 no", ["refused 451"], ""],
    ["250 Ok|250 Ok|250 Ok", ["accepted 250"], ""],
    ["250 Ok|550 who?|250 Ok", ["refused 550 for good"], ""],
  ] as const) {
    const one = new Letter(["b@example.net"]);
    const d = new Dialogue([one, new Letter(["b@example.net"], "two\r\n")]);
    await d.greet("PIPELINING", "CHUNKING");
    const said = await d.says(
      replies
        .split("|")
        .map((reply) => `${reply}\r\n`)
        .join(""),
    );
    assert.equal(said, `${reset}${MAIL}BDAT 5 LAST\r\ntwo\r\n`, replies);
    assert.deepEqual(one.outcome, outcome);
  }
});

test("a host that was silent for a while is asked before content is risked", async () => {
  const d = new Dialogue([], { idleMs: 60_000 });
  await d.greet("PIPELINING", "CHUNKING");
  d.clock.pass(30_000);
  d.queue.push(new Letter(["b@example.net"]));
  d.connection.wake();
  assert.equal(await d.hears(), MAIL);
  assert.equal(await d.says("250 Ok\r\n250 Ok\r\n"), "BDAT 22 LAST\r\nSubject: hi\r\n\r\nhello\r\n");
});

test("a large message goes in chunks once somebody wants it", async () => {
  const part = `${"x".repeat(39_998)}\r\n`;
  const letter = new Letter(["b@example.net"], [part, part, part]);
  const d = new Dialogue([letter, new Letter(["b@example.net"])]);
  assert.equal(await d.greet("PIPELINING", "CHUNKING"), MAIL);
  assert.equal(await d.says("250 Ok\r\n250 Ok\r\n"), `BDAT 80000\r\n${part}${part}BDAT 40000 LAST\r\n${part}`);
  await d.says("250 got it\r\n");
  await d.says("250 Ok\r\n");
  assert.deepEqual(letter.outcome, ["accepted 250"]);

  const unwanted = new Letter(["b@example.net"], [part, part]);
  const e = new Dialogue([unwanted, new Letter(["b@example.net"], "two\r\n")]);
  await e.greet("PIPELINING", "CHUNKING");
  assert.equal(await e.says("250 Ok\r\n550 who?\r\n"), `RSET\r\n${MAIL}BDAT 5 LAST\r\ntwo\r\n`);
  assert.equal(unwanted.pulls, 0);
});

test("a chunk that is refused is the last, and the replies to those under way are awaited", async () => {
  let pulled = 0;
  const part = Buffer.from(`${"x".repeat(69_998)}\r\n`);
  const letter = new Letter(
    ["b@example.net"],
    function* () {
      for (; pulled < 50; pulled++) yield part;
    },
    { bytes: 50 * part.length },
  );
  const d = new Dialogue([letter]);
  await d.greet("PIPELINING", "CHUNKING");
  const said = await d.says("250 Ok\r\n250 Ok\r\n");
  assert.equal(said.split("BDAT 70000\r\n").length - 1, 8, "so many chunks may be unanswered");
  assert.ok(pulled <= 10);
  await d.says("250 Ok\r\n552 5.3.4 too big\r\n");
  assert.deepEqual(letter.outcome, ["refused 552 for good"]);
  d.queue.push(new Letter(["b@example.net"], "two\r\n"));
  d.connection.wake();
  assert.equal(await d.hears(), `RSET\r\n${MAIL}BDAT 5 LAST\r\ntwo\r\n`);
  await d.says(`${"554 no\r\n".repeat(6)}250 reset\r\n250 Ok\r\n250 Ok\r\n250 queued\r\n`);
  assert.equal(d.ending, undefined);
});

test("binary content travels as it is, also where commands are not pipelined", async () => {
  const letter = new Letter(["b@example.net"], ["\0\n.\n\r", "\r.\r\n"], { body: "binary" });
  const d = new Dialogue([letter]);
  assert.equal(await d.greet("CHUNKING", "BINARYMIME"), "MAIL FROM:<a@example.org> BODY=BINARYMIME\r\n");
  await d.plays(`
    S: 250 Ok
    C: RCPT TO:<b@example.net>
  `);
  assert.equal(await d.says("250 Ok\r\n"), "BDAT 9 LAST\r\n\0\n.\n\r\r.\r\n");
});

test("content is pulled no faster than the pipe takes it, from iterables of both kinds", async () => {
  const part = Buffer.alloc(65_536, `${"x".repeat(62)}\r\n`);
  for (const kind of ["sync", "async"]) {
    let pulled = 0;
    const sync = function* () {
      for (; pulled < 800; pulled++) yield part; // 50 MB
    };
    const async = async function* () {
      yield* sync();
    };
    const letter = new Letter(["b@example.net"], kind === "sync" ? sync : async);
    const d = new Dialogue([letter]);
    await d.greet("PIPELINING");
    d.pipe.full = true;
    let wrote = (await d.says(ENVELOPE_OK)).length;
    assert.ok(wrote <= 131_072 && pulled <= 4, `${kind}: ${pulled} chunks of which ${wrote} octets written`);
    while (wrote < 800 * part.length) {
      const before = wrote;
      d.pipe.drain(true);
      wrote += (await d.hears()).length;
      assert.ok(wrote > before && pulled * part.length - wrote <= 4 * part.length, `${kind}: stuck or ahead at ${wrote}`);
    }
    d.pipe.drain();
    await d.hears();
    await d.says("250 Ok\r\n");
    assert.deepEqual(letter.outcome, ["accepted 250"]);
  }
});

test("small content that comes in pieces still leaves in one write", async () => {
  const letter = new Letter(["b@example.net"], async function* () {
    yield Buffer.from("Received: x\r\n");
    await Promise.resolve();
    yield Buffer.from("Subject: hi\r\n\r\nhello\r\n");
  });
  const d = new Dialogue([letter, new Letter(["b@example.net"])]);
  await d.greet("PIPELINING");
  d.pipe.say(ENVELOPE_OK);
  for (let i = 0; i < 30; i++) await Promise.resolve();
  assert.deepEqual(d.pipe.writes, [`Received: x\r\nSubject: hi\r\n\r\nhello\r\n.\r\n${MAIL}DATA\r\n`]);
});
