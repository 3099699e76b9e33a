/** sendmail from its command line to the file in the drop folder, without a node. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { type Clock, systemClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { startApi } from "../control/api/api.ts";
import { openClient } from "../control/api/client.ts";
import { MEMORY_NOW, MemoryNode } from "../control/api/memory-node.ts";
import { runCli } from "./cli.ts";
import { InputLines } from "./sendmail-lines.ts";
import { readSendmailWords } from "./sendmail-words.ts";
import type { Terminal } from "./terminal.ts";

const root = mkdtempSync(join(tmpdir(), "fairlead-sendmail-"));
after(() => rmSync(root, { recursive: true }));
const clock: Clock = { ...systemClock, wall: () => MEMORY_NOW };
let runs = 0;

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  readonly data: string;
  /** Of each file: the envelope and the content. */
  readonly dropped: readonly { readonly envelope: Record<string, unknown>; readonly content: string }[];
}

async function sendmail(
  words: readonly string[],
  stdin: string | readonly (string | Uint8Array)[],
  more: { env?: Record<string, string>; data?: string } = {},
): Promise<Ran> {
  const data = more.data ?? join(root, String(++runs));
  let [out, err] = ["", ""];
  const terminal: Terminal = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    stdin: (async function* () {
      for (const part of typeof stdin === "string" ? [stdin] : stdin) yield Buffer.from(part as string, "latin1");
    })(),
    flushed: async () => {},
    hidden: async () => "",
    ...{ outIsTerminal: false, inIsTerminal: false, width: () => 80, colour: false, unicode: true, zone: "UTC", clock, user: "www-data" },
    env: { FAIRLEAD_DATA: data, FAIRLEAD_MAIL_HOST: "srv7.example", ...more.env },
  };
  const exit = await runCli(["sendmail", ...words], terminal, new AbortController().signal);
  const folder = join(data, "pickup");
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".msg"))
        .sort()
    : [];
  const dropped = names.map((name) => {
    const bytes = readFileSync(join(folder, name));
    const end = bytes.indexOf(10);
    return {
      envelope: JSON.parse(bytes.subarray(0, end).toString()) as Record<string, unknown>,
      content: bytes.subarray(end + 1).toString("latin1"),
    };
  });
  return { exit, out, err, data, dropped };
}

const addressesOf = (ran: Ran): readonly string[] =>
  ((ran.dropped[0]?.envelope["recipients"] ?? []) as { address: string }[]).map(({ address }) => address);

test("a program's mail: recipients from the header, Bcc gone, what was missing added", async () => {
  const ran = await sendmail(
    ["-t", "-i", "-F", "Web Shop"],
    'To: "Roth, K" <k@x.example>, root\nCc: team: a@y.example, b@y.example;\nBcc: secret@z.example,\n k@x.example\nSubject: hi\n\nbody\n.\nmore\n',
  );
  assert.deepEqual([ran.exit, ran.err], [0, ""]);
  assert.deepEqual(addressesOf(ran), ["k@x.example", "root@srv7.example", "a@y.example", "b@y.example", "secret@z.example"]);
  assert.equal(ran.dropped[0]?.envelope["mailFrom"], "www-data@srv7.example");
  const content = ran.dropped[0]?.content ?? "";
  assert.match(
    content,
    /^Date: Tue, 0?3 Mar 2026 09:52:00 \+0000\r\nFrom: Web Shop <www-data@srv7\.example>\r\nMessage-ID: <[\w.]+@srv7\.example>\r\nTo: /,
  );
  assert.doesNotMatch(content, /secret|^bcc/im); // a made Message-ID may hold the letters
  assert(content.endsWith("Subject: hi\r\n\r\nbody\r\n.\r\nmore\r\n"));
});

test("recipients on the command line; the header stays as it is, Bcc too", async () => {
  const ran = await sendmail(
    ["-fbilling@hotel.example", "--", "j.doe@gmail.com", "A <a@b.example>,c@b.example"],
    "From: x@y.example\nDate: today\nMessage-ID: <1@x>\nBcc: seen@x.example\n\nhi",
  );
  assert.equal(ran.exit, 0, ran.err);
  assert.deepEqual(addressesOf(ran), ["j.doe@gmail.com", "a@b.example", "c@b.example"]);
  assert.equal(ran.dropped[0]?.envelope["mailFrom"], "billing@hotel.example");
  assert.equal(ran.dropped[0]?.content, "From: x@y.example\r\nDate: today\r\nMessage-ID: <1@x>\r\nBcc: seen@x.example\r\n\r\nhi\r\n");
});

test("resent mail goes to whom it was resent to", async () => {
  const ran = await sendmail(["-t"], "To: old@x.example\nResent-To: new@x.example\nResent-Bcc: hidden@x.example\n\nhi\n");
  assert.deepEqual(addressesOf(ran), ["new@x.example", "hidden@x.example"]);
  assert.doesNotMatch(ran.dropped[0]?.content ?? "", /hidden/);
});

test("-t adds to the command line's recipients, each once", async () => {
  assert.deepEqual(addressesOf(await sendmail(["-t", "a@x.example"], "To: b@x.example, a@x.example\n\n")), ["a@x.example", "b@x.example"]);
});

test("a message without a header is all body; a mailbox line in front is dropped", async () => {
  const plain = await sendmail(["a@x.example"], "hello there\nsecond line\n");
  assert.match(plain.dropped[0]?.content ?? "", /^Date: .*\r\nFrom: .*\r\nMessage-ID: .*\r\n\r\nhello there\r\nsecond line\r\n$/);
  const mbox = await sendmail(["a@x.example"], "From anna Tue Mar  3 10:00:00 2026\nFrom: a@y.example\nSubject: x\n\nhi\n");
  assert.match(mbox.dropped[0]?.content ?? "", /\r\nFrom: a@y\.example\r\nSubject: x\r\n\r\nhi\r\n$/);
  assert.doesNotMatch(mbox.dropped[0]?.content ?? "", /From anna/);
});

test("an empty input is an empty message, not a hang", async () => {
  const ran = await sendmail(["a@x.example"], "");
  assert.equal(ran.exit, 0);
  assert.match(ran.dropped[0]?.content ?? "", /^Date: .*\r\nFrom: .*\r\nMessage-ID: .*\r\n\r\n$/);
});

test("delivery report options and the body kind go along", async () => {
  const ran = await sendmail(["-N", "success,delay", "-R", "hdrs", "-V", "id-1", "a@x.example"], "Subject: f\xfcr\n\n");
  const { recipients, ret, envid, body } = ran.dropped[0]?.envelope ?? {};
  assert.deepEqual(
    [recipients, ret, envid, body],
    [[{ address: "a@x.example", domain: "x.example", notify: ["success", "delay"] }], "headers", "id-1", "8bit"],
  );
  assert.equal((await sendmail(["a@x.example"], "x\n")).dropped[0]?.envelope["body"], "7bit");
});

test("the null sender, and an address beyond ASCII", async () => {
  const ran = await sendmail(["-f", "<>", "a@x.example"], "\n");
  assert.equal(ran.dropped[0]?.envelope["mailFrom"], "");
  const wide = await sendmail(["-f", "j\u00f6rg@b\u00fccher.example", "a@x.example"], "\n");
  assert.equal(wide.dropped[0]?.envelope["smtpUtf8"], true);
});

const refused: readonly (readonly [words: readonly string[], stdin: string, exit: number, says: RegExp])[] = [
  [[], "hi\n", 64, /no recipient; -t/],
  [["-t"], "Subject: x\n\nhi\n", 64, /neither in To, Cc and Bcc/],
  [["-t"], "To: undisclosed-recipients:;\n\nhi\n", 64, /no recipient/],
  [["-t"], "To: a@x.example, <b@x.example\n\nhi\n", 65, /malformed .*not closed.*b@x\.example/],
  [["not an address"], "hi\n", 65, /no address/],
  [["a@b..c"], "hi\n", 65, /no address/],
  [["-Z", "a@x.example"], "hi\n", 64, /unknown flag -Z/],
  [["-f"], "hi\n", 64, /-f needs a value/],
  [["-f", "a@x.example,b@x.example", "c@x.example"], "hi\n", 64, /-f takes one address/],
  [["-N", "sometimes", "a@x.example"], "hi\n", 64, /-N takes/],
  [["-bd"], "", 64, /fairlead up/],
  [["a@x.example"], `${"X: y\n".repeat(3000)}\n`, 65, /header is longer/],
  [["a@x.example"], `Subject: x\n\n${`${"a".repeat(99)}\n`.repeat(510_000)}`, 65, /more than 50000000 bytes/],
  [Array.from({ length: 1001 }, (_, i) => `u${i}@x.example`), "hi\n", 65, /more than 1000 recipients/],
];
for (const [words, stdin, exit, says] of refused)
  test(`sendmail ${words.join(" ").slice(0, 60)} ${JSON.stringify(stdin.slice(0, 40))} is refused with ${exit} and leaves nothing`, async () => {
    const ran = await sendmail(words, stdin);
    assert.equal(ran.exit, exit, ran.err);
    assert.match(ran.err, says);
    assert.deepEqual(existsSync(join(ran.data, "pickup")) ? readdirSync(join(ran.data, "pickup")) : [], []);
  });

test("no data folder anywhere is a configuration error, not lost mail", async () => {
  const file = join(root, "file");
  const { exit } = await sendmail(["a@x.example"], "hi\n", { data: `${file}-${"x".repeat(300)}` }); // longer than a name may be
  assert.equal(exit, 75);
});

test("newaliases does nothing well; mailq without a node says to try later", async () => {
  assert.equal((await sendmail(["-bi"], "")).exit, 0);
  assert.equal((await sendmail([], "", { env: { FAIRLEAD_CALLED_AS: "newaliases" } })).exit, 0);
  assert.equal((await sendmail([], "", { env: { FAIRLEAD_CALLED_AS: "mailq" } })).exit, 75);
});

test("a running node is told, and a broken one does not matter", async () => {
  const data = join(root, "running");
  const node = new MemoryNode();
  await using _ = await startApi({ socketPath: join(data, "control.sock"), node, log: silentLog, clock });
  await openClient(join(data, "control.sock")).call("health", {}); // the first question loads what answers; sendmail does not wait for that
  const ran = await sendmail(["-v", "a@x.example"], "hi\n", { data });
  assert.equal(ran.exit, 0);
  assert.equal(node.pickups, 1);
  assert.match(ran.err, /1 recipient, kept as .*; the node has it/);
});

test("-bs is an SMTP session whose messages are dropped", async () => {
  const ran = await sendmail(
    ["-bs"],
    "EHLO x\r\nMAIL FROM:<a@b.example> RET=HDRS ENVID=7\r\nRCPT TO:<c@d.example> NOTIFY=NEVER\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<e@f.example>\r\nDATA\r\nbare\nline\r\n.\r\nQUIT\r\n",
  );
  assert.equal(ran.exit, 0);
  assert.match(ran.out, /^220 [\s\S]*\r\n250 2\.0\.0 accepted\r\n[\s\S]*250 2\.0\.0 accepted\r\n221 /);
  assert.deepEqual(ran.dropped.map(({ content }) => content).sort(), ["Subject: x\r\n\r\n.dot\r\n", "bare\r\nline\r\n"]);
  const first = ran.dropped.find(({ envelope }) => envelope["mailFrom"] === "a@b.example")?.envelope;
  assert.deepEqual(
    [first?.["ret"], first?.["envid"], first?.["recipients"]],
    ["headers", "7", [{ address: "c@d.example", domain: "d.example", notify: "never" }]],
  );
});

test("-bs that breaks off in the middle drops nothing", async () => {
  const ran = await sendmail(["-bs"], "EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nSubject: half");
  assert.equal(ran.exit, 0);
  assert.equal(ran.dropped.length, 0);
});

test("the drop-in runs as sendmail from any folder, and as mailq by a link", () => {
  const dropIn = fileURLToPath(new URL("../../dist/sendmail", import.meta.url));
  const link = join(root, "mailq");
  symlinkSync(dropIn, link);
  const data = join(root, "real");
  const env = { ...process.env, FAIRLEAD_DATA: data };
  const sent = spawnSync(dropIn, ["-t", "-oi"], { cwd: "/", env, input: "To: a@x.example\n\nhi\n" });
  assert.equal(sent.status, 0, String(sent.stderr));
  const [name = ""] = readdirSync(join(data, "pickup"));
  assert.equal(statSync(join(data, "pickup")).mode & 0o7777, 0o1733);
  assert.match(readFileSync(join(data, "pickup", name), "utf8"), /\r\n\r\nhi\r\n$/);
  assert.equal(spawnSync(link, [], { cwd: "/", env }).status, 75);
});

const wordCases: readonly (readonly [words: string, wants: Record<string, unknown>])[] = [
  ["-t -i", { fromHeaders: true, dotsAreText: true, recipients: [] }],
  ["-ti", { fromHeaders: true, dotsAreText: true }],
  ["-oi -oem -odb a@b", { dotsAreText: true, recipients: ["a@b"] }],
  ["-FCronDaemon -i -B8BITMIME -oem root", { fullName: "CronDaemon", body: "8bit", recipients: ["root"] }],
  ["-f a@b -- -c@d", { sender: "a@b", recipients: ["-c@d"] }],
  ["-tfa@b", { fromHeaders: true, sender: "a@b" }],
  ["-r a@b", { sender: "a@b" }],
  ["-q", { mode: "m", recipients: [] }],
  ["-q30m -v", { verbose: true, recipients: [] }],
  ["-bp", { mode: "p" }],
  ["-bs", { mode: "s" }],
  ["-bi", { mode: "i" }],
  ["-I", { mode: "i" }],
  ["-O IgnoreDots=true a@b", { dotsAreText: true, recipients: ["a@b"] }],
  ["-ODeliveryMode=b a@b", { dotsAreText: false, recipients: ["a@b"] }],
  ["-L tag -X /dev/null -h 3 -p smtp a@b", { recipients: ["a@b"] }],
  ["-Ac -em -d0.1 -G -n -m -s a@b", { recipients: ["a@b"] }],
  ["-N never -R full -V x", { notify: "never", ret: "full", envid: "x" }],
  ["a@b -v --data /x", { data: "/x", verbose: true, recipients: ["a@b"] }],
];
for (const [words, wants] of wordCases)
  test(`sendmail ${words} is understood`, () => assert.partialDeepStrictEqual(readSendmailWords(words.split(" ")), wants));

const lineCases: readonly (readonly [input: string, want: string, dotsAreText?: boolean])[] = [
  ["a\nb\n", "a\r\nb\r\n"],
  ["a\r\nb\r\n", "a\r\nb\r\n"],
  ["a", "a\r\n"],
  ["", ""],
  ["\n\n", "\r\n\r\n"],
  ["a\n.\nb\n", "a\r\n"],
  ["a\r\n.\r\nb\r\n", "a\r\n"],
  ["a\n.\nb\n", "a\r\n.\r\nb\r\n", true],
  ["a\n..\n.b\n. \n", "a\r\n..\r\n.b\r\n. \r\n"],
  ["a\n.", "a\r\n"],
  ["a\rb\n", "a b\r\n"],
  ["a\r\rb\r\n", "a  b\r\n"],
  ["a\r\r\n", "a \r\n"],
];
for (const [input, want, dotsAreText = false] of lineCases)
  test(`${JSON.stringify(input)} ${dotsAreText ? "with -i " : ""}becomes ${JSON.stringify(want)}, however it is cut`, () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: input.length }), { maxLength: 4 }), (cuts) => {
        const lines = new InputLines(dotsAreText);
        const at = [0, ...cuts.sort((a, b) => a - b), input.length];
        const out = at.slice(1).map((end, i) => Buffer.from(lines.take(Buffer.from(input.slice(at[i], end)))));
        assert.equal(Buffer.concat([...out, lines.finish()]).toString(), want);
      }),
      { numRuns: 30 },
    );
  });

test("whatever comes in, no bare CR or LF goes out", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("\r", "\n", ".", "a", "\r\n"), { maxLength: 40 }), fc.boolean(), (pieces, dotsAreText) => {
      const lines = new InputLines(dotsAreText);
      const out = Buffer.concat([lines.take(Buffer.from(pieces.join(""))), lines.finish()]).toString();
      assert.doesNotMatch(out.replaceAll("\r\n", ""), /[\r\n]/);
      assert(out === "" || out.endsWith("\r\n"));
    }),
  );
});
