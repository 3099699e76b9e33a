/**
 * The command line as people see it: each case is a line, its golden file holds exit code, stdout and stderr. Rewrite
 * them with `FAIRLEAD_REWRITE=1` and review the diff.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { silentLog } from "../base/log.ts";
import { type Api, startApi } from "../control/api/api.ts";
import { MemoryNode } from "../control/api/memory-node.ts";
import { parseWords } from "./flag-values.ts";
import { at, golden, type Look, type Said, STILL, saidText, tuesday, typed, wordsOf } from "./stage.ts";
import { readyText } from "./up.ts";
import { findVerb, VERBS } from "./verbs.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-cli-"));
let api: Api | undefined;
let node = new MemoryNode();

before(async () => {
  api = await startApi({ socketPath: join(folder, "control.sock"), node: delegate(), log: silentLog, clock: STILL });
});
after(async () => {
  await api?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** The API keeps one node; each test fills a fresh one behind it. */
function delegate(): MemoryNode {
  return new Proxy(node, {
    get: (_, name) => {
      const value: unknown = Reflect.get(node, name, node);
      return typeof value === "function" ? value.bind(node) : value;
    },
  });
}

function cli(words: readonly string[], look?: Look): Promise<Said> {
  return typed(words, folder, look);
}

const cases: readonly (readonly [name: string, line: string, look?: Look])[] = [
  ["help", "help"],
  ["help-queue", "help queue"],
  ["help-hold", "help hold"],
  ["help-where", "where --help"],
  ["help-messages", "messages -h"],
  ["help-users", "users --help"],
  ["help-users-list", "users list -h"],
  ["help-settings-apply", "help settings apply"],
  ["unknown-verb", "stauts"],
  ["unknown-sub", "queue lst"],
  ["unknown-flag", "queue list --domian gmail.com"],
  ["unknown-verb-json", "stauts --json"],
  ["status", "status"],
  ["status-ascii", "status", { unicode: false }],
  ["status-colour", "status", { colour: true }],
  ["status-json", "status --json"],
  ["status-needs", "status --needs"],
  ["queue-list", "queue list"],
  ["queue-list-narrow", "queue list", { width: 80 }],
  ["queue-list-wide", "queue list", { width: 160 }],
  ["queue-list-held", "queue list --state held --json"],
  ["queue-list-address", "queue list j.doe@gmail.com"],
  ["queue-list-limit", "queue list --limit 2"],
  ["queue-list-none", "queue list --domain nowhere.example"],
  ["queue-list-bad-older", "queue list --older soon"],
  ["queue-bare", "queue"],
  ["hold", "queue hold j.doe@gmail.com --note ticket-7"],
  ["hold-all", "hold --all"],
  ["hold-nothing-named", "hold"],
  ["hold-mistyped", "hold 06BK3Z9QW4T7M0RX"],
  ["link-no-id", "link j.doe@gmail.com"],
  ["hold-nobody", "hold nobody@nowhere.example"],
  ["release-dry", "release --sender shop3@srv7 --dry-run"],
  ["release-json", "release --sender shop3@srv7 --json"],
  ["discard", "discard --sender shop3@srv7"],
  ["bounce", "queue bounce --domain example.org"],
  ["reroute", "reroute --domain example.org --via upstream:mail.example.net:587"],
  ["retry", "retry --domain gmail.com"],
  ["completion-tcsh", "completion tcsh"],
  ["reroute-nowhere", "reroute --domain example.org"],
  ["undo-unknown", "undo 999"],
  ["undo-word", "undo everything"],
  ["lanes", "lanes google"],
  ["lanes-json", "lanes --json"],
  ["lanes-none", "lanes yahoo"],
  ["pause", "pause google --until 12:00"],
  ["pause-dry", "pause gmail.com --dry-run"],
  ["pause-mistyped", "pause gogle"],
  ["resume", "resume google"],
  ["resume-not-paused", "resume example.org"],
  ["override-list", "override list --ended"],
  ["override-rules", "override list --rules"],
  ["override-add", 'override add google --max 40 --cause "as agreed" --until 2d'],
  ["override-add-what", "override add google --cause why"],
  ["override-add-two", "override add google --max 40 --pause --cause why"],
  ["override-undo-unknown", "override undo o99"],
  ["override-undo-ended", "undo o10"],
  ["override-undo", "undo o11"],
  ["undo-lane", "undo gmail.com"],
  ["explain-limit", "explain-limit google", { width: 160 }],
  ["explain-limit-none", "explain-limit yahoo"],
  ["route-test", "route test j.doe@gmail.com"],
  ["route-test-sender", "route test j.doe@gmail.com --sender shop3@srv7 --json"],
  ["route-test-no-mail", "route test ann@nomail.example"],
  ["route-test-no-address", "route test @"],
  ["help-override-add", "help override add"],
  ["help-pause", "pause --help"],
  ["where-queued", "where QUEUED"],
  ["where-queued-json", "where QUEUED --json"],
  ["where-delivered", "where DELIVERED"],
  ["where-bounced", "where BOUNCED"],
  ["where-held", "where HELD0"],
  ["where-many", "where MANY"],
  ["where-one-of-many", "where MANY.2"],
  ["where-address", "where j.doe@gmail.com --since 2h"],
  ["where-log-line", "where 250 2.0.0 accepted as DELIVERED"],
  ["where-nobody", "where nobody@nowhere.example --since 2h"],
  ["where-unknown-id", "where 06BK3Z9QW4T7M0RX"],
  ["where-code", "where 535 5.7.8 FL-5101 user or password wrong"],
  ["where-words", "where my mail"],
  ["where-dialogue", "where DELIVERED.0 --dialogue"],
  ["where-refused", "where REFUSED"],
  [
    "where-exim-refused",
    "where 2026-03-03 10:46:00 1tPZxB-000000001Ab-2Cde ** ann@gmail.com R=smarthost T=smtp: SMTP error: 550 5.7.1 FL-5203 no",
  ],
  ["where-postfix", "where postfix/smtp[7]: 7F1A2B3C4D: to=<bbo@gmail.com>, relay=r.example[192.0.2.9]:25, status=sent (250 2.0.0 ok)"],
  ["where-exim-completed", "where 2026-03-03 10:46:00 1tPZxB-000000001Ab-2Cde Completed"],
  ["where-reply", "where 550 5.1.1 The email account that you tried to reach does not exist"],
  ["where-domain", "where gmail.com"],
  ["where-domain-limit", "where gmail.com --limit 2 --json"],
  ["where-message-id", "where <nothing@nowhere.example>"],
  ["where-nobody-ever", "where nobody@nowhere.example"],
  ["where-mistyped", "where 06BK3Z9QW4T7M0RX"],
  ["where-link", "where https://relay.example.net/s/8mT2kQw7ZpL4xVb1"],
  ["where-bad-since", "where a@b.example --since yesterday"],
  ["where-stdin", "where -", { stdin: "Final-Recipient: rfc822; bbo@gmail.com\nDiagnostic-Code: smtp; 550 5.1.1 no\n" }],
  ["source-add-range", "source add lan --range 192.0.2.0/24 2001:db8::/48"],
  ["source-add-login", "source add srv7 --login srv7"],
  ["source-add-both", "source add x --login x --range 192.0.2.0/24"],
  ["source-list", "source list"],
  ["source-remove-unknown", "source remove nobody"],
  ["events", "events --limit 3"],
  ["events-json", "events --after 2 --limit 1 --json"],
  ["top", "top --once"],
  ["config-missing", "config"],
];
for (const [name, line, look] of cases)
  test(`fairlead ${line}${look === undefined ? "" : ` ${JSON.stringify(look)}`}`, async () => {
    node = tuesday();
    golden(name, saidText(await cli(wordsOf(line), look)), folder);
  });

test("every verb has help with its three examples, all of which are lines that it takes", async () => {
  for (const verb of VERBS) {
    const { exit, out } = await cli(["help", ...verb.name.split(" ")]);
    assert.equal(exit, 0, verb.name);
    for (const example of verb.examples) {
      assert(out.includes(`fairlead ${example}`), `${verb.name}: ${example}`);
      // Quotes hold words together, and what stands behind < and > is the shell's.
      const words = wordsOf(example.replace(/ [<>] \S+/g, "").replaceAll("'", '"'));
      const found = findVerb(words);
      assert(found !== undefined || words[0]?.startsWith("--"), `${verb.name}: ${example}`);
      if (found !== undefined && found.verb.raw !== true) parseWords(found.verb, found.behind);
    }
    assert(
      out.split("\n").every((line) => line.length <= 160),
      `${verb.name} has a long line`,
    );
  }
});

test("the help screen fits one screen", async () => {
  const { out } = await cli(["help"]);
  assert(out.split("\n").length <= 48, String(out.split("\n").length));
  assert(out.split("\n").every((line) => line.length <= 120));
});

test("no node: exit 4 with cause and remedy, as JSON too", async () => {
  const plain = await cli(["status", "--data", join(folder, "nobody")]);
  assert.equal(plain.exit, 4);
  assert.match(plain.err, /no node runs on this data folder.*\n.*fairlead up/);
  const { exit, err } = await cli(["status", "--json", "--data", join(folder, "nobody")]);
  assert.equal(exit, 4);
  assert.equal(JSON.parse(err).error.code, "unreachable");
});

test("an action on more than 1,000 deliveries asks, and without a person needs --yes", async () => {
  node = new MemoryNode();
  for (let i = 0; i < 1001; i++)
    node.add({ acceptedAt: at(5), from: "a@x.example", sender: "a@s", source: "s", to: [{ address: `u${i}@y.example`, state: "queued" }] });
  const asked = await cli(["hold", "--sender", "a@s"]);
  assert.equal(asked.exit, 2);
  assert.match(asked.err, /Hold 1,001 deliveries: nobody is there to ask/);
  assert.equal(
    node.commands.every(({ dryRun }) => dryRun),
    true,
  );
  const done = await cli(["hold", "--sender", "a@s", "--yes"]);
  assert.deepEqual([done.exit, done.out], [0, "1,001 held. Back: fairlead undo 101\n"]);
});

test("a person is asked and may say no", async () => {
  node = new MemoryNode();
  for (let i = 0; i < 1001; i++)
    node.add({ acceptedAt: at(5), from: "a@x.example", sender: "a@s", source: "s", to: [{ address: `u${i}@y.example`, state: "held" }] });
  const no = await cli(["release", "--all"], { stdin: "no\n", person: true });
  assert.deepEqual([no.exit, no.err], [1, "Release 1,001 deliveries? [y/N] fairlead: nothing was changed\n"]);
  assert.equal(node.commands.length, 0);
  assert.equal((await cli(["release", "--all"], { stdin: "", person: true })).exit, 1);
  assert.equal((await cli(["release", "--all"], { stdin: "y\n", person: true })).out, "1,001 released. Back: fairlead undo 101\n");
});

test("partly done is exit 6 and says what was skipped", async () => {
  node = tuesday();
  const act = node.act.bind(node);
  node.act = async (view, command) => {
    const answer = await act(view, command);
    return answer.ok
      ? { ok: true, result: { ...answer.result, matched: 4, skipped: [{ why: "another change came first", count: 1 }] } }
      : answer;
  };
  const { exit, out, err } = await cli(["release", "--domain", "gmail.com"]);
  assert.deepEqual([exit, out, err], [6, "3 released. Back: fairlead undo 101\n", "1 skipped: another change came first\n"]);
});

test("an undo names the same node again", async () => {
  node = tuesday();
  const { out } = await cli(["hold", "--all", "--data", folder]);
  assert(out.endsWith(`--data ${folder}\n`), out);
});

test("mail that waits for its upstream is not said to flow", async () => {
  node = tuesday();
  const status = node.status.bind(node);
  node.status = async (view) => ({
    ...(await status(view)),
    needs: [{ code: "upstream-closed", line: "smart.example cannot be reached." }],
  });
  const { exit, out } = await cli(["status"]);
  assert.equal(exit, 1);
  assert.match(out, /^Mail is taken and waits: an upstream takes none\. 1 thing needs you\.\ntaken, not sent · /);
});

test("what is due waits while its destination is closed: when it opens and why stands where it is looked for", async () => {
  node = new MemoryNode();
  node.add({ acceptedAt: at(5), from: "a@x.example", sender: "a@s", source: "s", to: [{ address: "b@gmail.com", state: "queued" }] });
  const lanes = node.lanes.bind(node);
  node.lanes = async () => (await lanes()).map((lane) => ({ ...lane, nextDueAt: at(5) }));
  const { out } = await cli(["queue", "list"]);
  assert.match(out, /10:53 +a@x\.example +b@gmail\.com +gmail\.com is closed: 421 4\.7\.28 unusual rate\n$/);
  assert.match((await cli(["top", "--once"])).out, /gmail\.com +1 +1m +0 +closed until 10:53/);
});

test("a start says how much it found, in the number that it is", () => {
  const facts = { listeners: [], ms: 400, cleanBefore: true, socket: "" };
  const start = { version: "1", data: "d", local: true, node: "" };
  const terminal = { zone: "UTC", colour: false, unicode: true };
  const found = (queued: number, held: number): string =>
    / ([^\n]* found, [^\n]*)/.exec(readyText({ ...facts, queued, held }, start, terminal))?.[1] ?? "";
  assert.deepEqual(
    [found(1, 0), found(0, 1), found(2, 1), found(0, 0)],
    ["1 delivery found, queued.", "1 delivery found, held.", "3 deliveries found, 1 of them held.", ""],
  );
});

test("one need is told as one", async () => {
  node = tuesday();
  const status = node.status.bind(node);
  node.status = async (view) => ({ ...(await status(view)), needs: [{ code: "held", line: "1 delivery waits for your decision." }] });
  assert.match((await cli(["status"])).out, /! 1 needs you: fairlead status --needs\n$/);
});

test("a sender named by his address alone is told his key, or how one is spelled", async () => {
  node = new MemoryNode();
  const to = [{ address: "u@y.example", state: "queued" as const }];
  node.add({ acceptedAt: at(5), from: "shop@a.example", sender: "shop@a.example@srv1", source: "srv1", to });
  const named = await cli(["hold", "--sender", "shop@a.example"]);
  assert.equal(named.exit, 3);
  assert.match(named.err, /no queued delivery matches\n {2}→ the sender's key has its source behind it: --sender shop@a\.example@srv1\n/);
  assert.equal((await cli(["hold", "--sender", "shop@a.example@srv1"])).exit, 0);
  const strange = await cli(["hold", "--sender", "nobody@a.example"]);
  assert.match(strange.err, /→ a sender's key is account@source/);
});

test("an address that is sender and recipient at once is not guessed", async () => {
  node = tuesday();
  node.add({ acceptedAt: at(1), from: "x@y.example", sender: "x", source: "s", to: [{ address: "j.doe@gmail.com", state: "queued" }] });
  node.add({ acceptedAt: at(1), from: "j.doe@gmail.com", sender: "x", source: "s", to: [{ address: "x@y.example", state: "queued" }] });
  const { exit, err } = await cli(["hold", "j.doe@gmail.com"]);
  assert.equal(exit, 2);
  assert.match(err, /--to j\.doe@gmail\.com \(2\) or --from j\.doe@gmail\.com \(1\)/);
});

test("a password from standard input is not printed", async () => {
  node = tuesday();
  const { exit, out, err } = await cli(["source", "add", "app", "--login", "app", "--password-stdin"], { stdin: "s3cret pass\n" });
  assert.equal(exit, 0);
  assert.equal((out + err).includes("s3cret"), false);
  assert.equal((await cli(["source", "add", "app2", "--login", "app2", "--password-stdin"], { stdin: "two\nlines\n" })).exit, 2);
});

test("top says how fast mail goes where a receiver slows it, since when and why", async () => {
  node = tuesday();
  node.closed = { since: at(8), perMinute: 8.4 };
  const { out } = await cli(["top", "--once"]);
  assert.match(out, /gmail\.com .* 8\.4\/min since 10:44: 421 4\.7\.28 unusual rate/);
});

test("strangers' text cannot steer the terminal", async () => {
  const why = "450 \u001b]0;title\u0007\u001b[H\u001b[J\u009b2Jgone\r\nmore";
  node = new MemoryNode();
  node.add({
    acceptedAt: at(1),
    from: "a@x.example",
    sender: "a",
    source: "s",
    to: [{ address: "b@y.example", state: "queued", why }],
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  const steers = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
  for (const line of [
    "queue list",
    "queue list --json",
    "messages",
    "messages --json",
    "messages --csv",
    "where b@y.example",
    "top --once",
  ])
    assert.equal(steers.test((await cli(line.split(" "), { width: 80 })).out), false, line);
  assert.equal(steers.test((await cli(["where", "\u001b[2J\u009b2J"])).err), false);
  assert.equal(JSON.parse((await cli(["queue", "list", "--json"])).out).why, why, "a pipe gets every octet");
});

test("completion names every verb, in each shell", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { exit, out } = await cli(["completion", shell]);
    assert.equal(exit, 0);
    for (const verb of VERBS) for (const word of verb.name.split(" ")) assert(out.includes(word), `${shell}: ${word}`);
  }
  assert.equal((await cli(["completion", "tcsh"])).exit, 2);
});

test("events --follow prints what comes later and ends by an interrupt with 130", async () => {
  node = tuesday();
  const stop = new AbortController();
  const serve = node.events.bind(node);
  let asked = 0;
  node.events = async (view, after, limit) => {
    const found = await serve(view, after, limit);
    if (limit > 1 && ++asked === 2) stop.abort();
    return found;
  };
  const { exit, out } = await cli(["events", "--follow", "--after", "0", "--json"], { signal: stop.signal });
  assert.equal(exit, 130);
  assert.equal(out.trim().split("\n").length, node.happened.length);
});

test("drain waits until the node is gone", async () => {
  const other = new MemoryNode();
  const place = mkdtempSync(join(tmpdir(), "fairlead-drain-"));
  const gone = await startApi({ socketPath: join(place, "control.sock"), node: other, log: silentLog, clock: STILL });
  let asked = 0;
  const status = other.status.bind(other);
  other.status = async (view) => {
    if (++asked === 2) setImmediate(() => void gone[Symbol.asyncDispose]());
    return { ...(await status(view)), waitsFor: "1 open transaction" };
  };
  const { exit, out, err } = await cli(["drain", "--data", place]);
  assert.deepEqual([exit, out, err], [0, "stopped\n", "waits for 1 open transaction\n"]);
  assert.equal(other.draining, true);
  rmSync(place, { recursive: true });
});
