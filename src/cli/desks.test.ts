/** Verbs that need a desk beside the node, as whole sessions: what was typed, and what came. Golden files, as in `cli.test.ts`. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLog } from "../base/log.ts";
import { startApi } from "../control/api/api.ts";
import { memoryLab } from "../control/api/memory-desk.ts";
import { type House, openHouse } from "../control/api/memory-house.ts";
import { MEMORY_NOW, MemoryNode } from "../control/api/memory-node.ts";
import { golden, type Look, type Said, STILL, tuesday, typed, wordsOf } from "./stage.ts";
import { VERBS } from "./verbs.ts";

interface Desk extends AsyncDisposable {
  readonly tls: House["tls"];
  readonly folder: string;
  readonly say: (line: string, look?: Look) => Promise<Said>;
}

/** A node with everything behind it. Its files are in `DATA`. */
async function openDesk(): Promise<Desk> {
  const stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "fairlead-desks-"));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const house = stack.use(await openHouse(":memory:", memoryLab(MEMORY_NOW)));
  tuesday(house.node);
  stack.use(await startApi({ ...house.desk, socketPath: join(folder, "control.sock"), log: silentLog, clock: STILL }));
  return {
    ...{ folder, tls: house.tls },
    say: async (line, look) => {
      const said = await typed(wordsOf(line.replaceAll("DATA", folder)), folder, look);
      await house.audit.flush();
      return said;
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

type Line = string | readonly [line: string, look: Look];

/** What differs from run to run is left out. */
function plain(text: string): string {
  return text.replace(/(token|password|secret)( {2}|":")[\w-]{8,}/g, "$1$2(secret)").replace(/(\/s\/|\/first\/)[\w-]+/g, "$1(secret)");
}

const sessions: Readonly<Record<string, readonly Line[]>> = {
  lab: [
    "lab",
    "lab throttle google",
    "lab throttle nowhere.example",
    "lab tls bank.example --json",
    "lab mend google",
    "lab mend",
    "lab pause",
    "lab",
    "lab resume",
    "lab speed 5",
    "lab speed fast",
    "lab speed 99",
    "lab thorttle google",
  ],
  users: [
    "users",
    "users add ann --role owner",
    "users add ann --role owner",
    "users add max --role tenant-admin",
    "users add max --role tenant-admin --tenant hotel-lux --json",
    "users add eve",
    "users add eve --role boss",
    ["users set max --password-stdin", { stdin: "correct horse battery\n" }],
    ["users set max --password-stdin", { person: true, unseen: ["correct horse battery", "correct horse batery"] }],
    ["users set max --password-stdin", { person: true, unseen: ["correct horse battery 2", "correct horse battery 2"] }],
    ["users set max --password-stdin", { stdin: "short\n" }],
    "users set max",
    "users set max --role tenant-read --tenant hotel-lux",
    "users set nobody --no-second-factor",
    "users list",
    "users remove max",
    "users remove max",
    "users remove ann",
    "users list --json",
    "users lst",
  ],
  keys: [
    "keys",
    "keys add ci --role operator --until 90d",
    "keys add billing --role tenant-read --tenant hotel-lux --out DATA/key",
    "keys add billing --role tenant-read --tenant hotel-lux --out DATA/key",
    "keys add x --role tenant-read --out DATA/other",
    "keys add x --role operator --until whenever",
    "keys list",
    "keys remove nothing",
  ],
  settings: [
    "settings",
    "settings export",
    "settings export --json",
    "settings apply DATA/same.yaml",
    "settings diff DATA/longer.yaml",
    "settings apply DATA/longer.yaml --dry-run",
    "settings apply DATA/longer.yaml --check",
    'settings apply DATA/longer.yaml --note "ticket 7"',
    "settings apply DATA/longer.yaml --check",
    "settings apply DATA/same.yaml --expect 1",
    "settings apply DATA/same.yaml --expect soon",
    "settings revisions",
    "settings revisions 2",
    "settings diff 1",
    "settings diff 1 2 --check",
    "settings diff DATA/same.yaml 2",
    "settings diff 1 99",
    "settings rollback 1 --dry-run",
    "settings rollback 1",
    "settings rollback yesterday",
    "settings apply DATA/missing.yaml",
    ["settings diff - --json", { stdin: "retention:\n  days: 90\n" }],
  ],
  suppressions: [
    "suppressions",
    'suppressions add J.Doe@gmail.com ann@x.example --until 30d --detail "asked by phone"',
    "suppressions add nobody bob@x.example --why complaint",
    "suppressions add nobody",
    "suppressions list",
    "suppressions list gmail --json",
    "suppressions list nowhere",
    "suppressions list --limit 1",
    "suppressions import DATA/list.csv",
    ["suppressions import - --json", { stdin: "k@x.example\n" }],
    "suppressions import DATA/latin1.csv",
    "suppressions import DATA/none.csv",
    "suppressions export",
    "suppressions remove",
    "suppressions remove j.doe@gmail.com",
    "suppressions remove --domain x.example --why complaint",
    "suppressions remove j.doe@gmail.com",
    "suppressions list --all --why bounce",
  ],
  webhooks: [
    "webhooks",
    "webhooks add crm https://crm.example/fairlead --kinds bounced,returned refused",
    "webhooks add crm https://crm.example/fairlead",
    "webhooks add x crm.example",
    "webhooks add x https://x.example --kinds bounces",
    "webhooks add here http://127.0.0.1:9000/in --private",
    "webhooks list",
    "webhooks test crm",
    "webhooks replay crm",
    "webhooks replay crm --from 0",
    "webhooks set crm",
    "webhooks set crm --pause --resume",
    "webhooks set crm --pause --url https://new.example/",
    "webhooks set here --private --no-private",
    "webhooks set here --no-private",
    "webhooks list --json",
    "webhooks remove crm",
    "webhooks test crm",
  ],
  messages: [
    "messages since:1h",
    "messages to:@gmail.com state:queued,held -sender:shop3@srv7 since:1h",
    "messages -state:held -to:@gmail.com",
    'messages "reply:looks taken over" state:held --limit 2',
    "messages state:held --limit 2 --json",
    "messages state:held --after 2 --limit 2 --json",
    "messages state:bounced --csv",
    "messages state:held --csv --limit 1",
    "messages --csv --json",
    "messages state:bounced since:7d --count",
    "messages state:expired --count",
    "messages state:expired",
    "messages state:expired since:7d",
    "messages state:boucned",
    "messages form:a@b.example",
    "messages --stat bounced",
    ["messages state:queued", { width: 100 }],
    ["messages state:held,bounced", { unicode: false }],
  ],
  ways: [
    "egress",
    "egress add out3 --ip4 198.51.100.99 --helo mail3.example.net --state warming",
    "egress add out3 --ip4 198.51.100.9",
    "egress add Out3",
    "egress add out4 --ip4 198.51.100.6",
    "egress set out3 --for shop.example kanzlei-m.example",
    "egress set out9 --state out",
    "egress set out1 --state out",
    "egress drain out3",
    "egress drain out3 --undo",
    "egress drain out3 --undo",
    "egress remove default",
    "egress remove out2",
    "pool",
    "pool set bulk out3 ses=3 --dry-run",
    "pool set bulk out3 ses=0",
    "pool set few nobody",
    "pool set few out3 ses=3",
    "pool remove few",
    "pool remove bulk",
    "pool remove nothing",
    "egress remove out3",
    "upstream",
    ["upstream set relay2 --place relay2.example:2525 --user us --password-stdin --per-hour 500", { stdin: "s3cret pass\n" }],
    "upstream set relay2 --user us",
    "upstream set relay2 --no-login --per-hour none",
    "upstream set relay3",
    "upstream set relay2 --per-day many",
    "upstream remove relay2",
    "upstream remove relay2",
    "upstream list --json",
    "egress list --json",
    "audit --what setUpstream",
  ],
  limits: [
    "lanes",
    "explain-limit gmail.com",
    "pause google --until 12:00 --note maintenance",
    "pause google --until 11:00 --note maintenance",
    "lanes gmail.com",
    "explain-limit gmail.com",
    "override",
    "resume gmail.com",
    "resume google",
    'override add gmail.com --limit connections --max 1 --cause "ticket 7"',
    'override add gmail.com --limit connections --max 1.5 --cause "ticket 7"',
    'override add --egress default --reroute default --cause "ticket 7"',
    'override add --egress out2 --pin 3 --cause "ticket 7" --until 1h --dry-run',
    "undo o13",
    "undo o13",
    "undo gmail.com",
    "undo gmail.com",
    "override list --ended",
    "override --rules",
    "audit --limit 4",
  ],
  records: [
    "holds",
    "holds --json",
    "link DELIVERED",
    "link DELIVERED --json",
    "link DELIVERED --revoke",
    "link 06BK3Z9QW4T7M0RX",
    "login-link",
    "hold QUEUED --note ticket-7",
    "audit --limit 2",
    "audit --what act --json",
    "audit --who nobody",
    "events --kinds bounced,refused --after 0",
    "events --kinds bounce",
  ],
};

for (const [name, lines] of Object.entries(sessions))
  test(`a session of ${name}`, async () => {
    await using desk = await openDesk();
    writeFileSync(join(desk.folder, "same.yaml"), "retention:\n  days: 30\n");
    writeFileSync(join(desk.folder, "longer.yaml"), "retention:\n  days: 60\n");
    writeFileSync(join(desk.folder, "list.csv"), 'address,why,detail\nlost@y.example,badrcpt,"a note, with a comma"\nno address,,\n');
    writeFileSync(join(desk.folder, "latin1.csv"), Buffer.from("j\u00f6rg@y.example\n", "latin1"));
    let text = "";
    for (const line of lines) {
      const [words, look] = typeof line === "string" ? [line] : line;
      const { exit, out, err } = await desk.say(words, look);
      text += `$ fairlead ${words}${look?.stdin === undefined ? "" : " < …"}\n${out}${err.replace(/^(?=.)/gm, "! ")}exit ${exit}\n\n`;
    }
    golden(`session-${name}`, plain(text), desk.folder);
  });

/** A line for each verb that asks a node, in an order in which all of them do something. */
const spoken: Readonly<Record<string, string>> = {
  status: "status",
  where: "where DELIVERED",
  messages: "messages state:held",
  link: "link DELIVERED",
  top: "top --once",
  events: "events --limit 3",
  audit: "audit",
  "queue list": "queue list",
  "queue hold": "hold QUEUED",
  "queue release": "release QUEUED",
  "queue retry": "retry QUEUED",
  "queue reroute": "reroute QUEUED --via upstream:mail.example.net:587",
  undo: "undo 101",
  lanes: "lanes google",
  "explain-limit": "explain-limit gmail.com",
  "route test": "route test j.doe@gmail.com",
  pause: "pause google",
  resume: "resume google",
  "override add": "override add google --max 40 --cause why",
  "override list": "override",
  "override undo": "override undo o13",
  "tls-reports": "tls-reports",
  "egress list": "egress",
  "egress add": "egress add out3 --ip4 198.51.100.8",
  "egress set": "egress set out3 --state in-use",
  "egress drain": "egress drain out3",
  "egress remove": "egress remove out3",
  "pool list": "pool",
  "pool set": "pool set few out2",
  "pool remove": "pool remove few",
  "upstream list": "upstream",
  "upstream set": "upstream set relay2 --place relay2.example:25",
  "upstream remove": "upstream remove relay2",
  "queue bounce": "queue bounce MANY.0",
  "queue discard": "discard MANY.1",
  holds: "holds",
  "source add": "source add lan --range 192.0.2.0/24",
  "source list": "source",
  "source remove": "source remove lan",
  "suppressions add": "suppressions add a@x.example",
  "suppressions list": "suppressions",
  "suppressions export": "suppressions export",
  "suppressions remove": "suppressions remove a@x.example",
  "suppressions import": "suppressions import -",
  "users add": "users add ann --role owner",
  "users set": "users set ann --no-second-factor",
  "users list": "users",
  "login-link": "login-link",
  "keys add": "keys add ci --role abuse",
  "keys list": "keys",
  "keys remove": "keys remove KEY",
  "settings apply": "settings apply -",
  "settings diff": "settings diff 1",
  "settings export": "settings export",
  "settings revisions": "settings revisions",
  "settings rollback": "settings rollback 1",
  "webhooks add": "webhooks add crm https://crm.example/",
  "webhooks set": "webhooks set crm --pause",
  "webhooks test": "webhooks test crm",
  "webhooks replay": "webhooks replay crm --from 0",
  "webhooks list": "webhooks",
  "webhooks remove": "webhooks remove crm",
  "users remove": "users remove max",
  "lab status": "lab",
  "lab throttle": "lab throttle google",
  "lab kill": "lab kill google",
  "lab dns": "lab dns gmail.com",
  "lab tls": "lab tls bank.example",
  "lab mend": "lab mend",
  "lab pause": "lab pause",
  "lab resume": "lab resume",
  "lab speed": "lab speed 5",
  drain: "drain --no-wait",
};

test("every verb that asks a node speaks JSON, a line an object, and keeps its notes to stderr", async () => {
  await using desk = await openDesk();
  desk.tls.seen({ at: MEMORY_NOW, domain: "x.example", policy: { type: "none", lines: [], mxHosts: [] }, outcome: { is: "success" } });
  await desk.tls.write();
  const asks = VERBS.filter(({ flags }) => flags.some(({ name }) => name === "data") && flags.some(({ name }) => name === "json"));
  assert.deepEqual(Object.keys(spoken).sort(), asks.flatMap(({ name }) => (name === "up" ? [] : [name])).sort());
  let key = "";
  await desk.say("users add max --role operator");
  for (const [verb, line] of Object.entries(spoken)) {
    const { exit, out, err } = await desk.say(`${line.replace("KEY", key)} --json`, { stdin: "k@x.example\n" });
    assert.equal(exit, 0, `${line}: ${err}`);
    assert.equal(err, "", line);
    const objects = out
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text));
    assert(objects.length > 0 && objects.every((object) => typeof object === "object" && object !== null), `${verb}: ${out}`);
    key = objects[0].key?.id ?? key;
  }
});

test("a key's file is its owner's alone, and stays when its name is taken", async () => {
  await using desk = await openDesk();
  const file = join(desk.folder, "k");
  assert.equal((await desk.say("keys add ci --role operator --out DATA/k")).exit, 0);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const token = readFileSync(file, "utf8");
  assert.match(token, /^[\w-]{20,}\n$/);
  assert.equal((await desk.say("keys add ci2 --role operator --out DATA/k")).exit, 2);
  assert.equal(readFileSync(file, "utf8"), token);
});

test("no password and no token is an argument of any verb", async () => {
  await using desk = await openDesk();
  for (const verb of ["users add ann", "users set ann", "source add x", "keys add x"])
    for (const flag of ["--password", "--token"]) assert.equal((await desk.say(`${verb} ${flag} s3cret`)).exit, 2, `${verb} ${flag}`);
});

test("a node without a desk says so, with exit 3 and the next step", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bare-"));
  await using _ = await startApi({ socketPath: join(folder, "control.sock"), node: new MemoryNode(), log: silentLog, clock: STILL });
  for (const line of ["users", "keys", "suppressions", "settings revisions", "webhooks", "audit", "login-link"]) {
    const { exit, err, out } = await typed(wordsOf(line), folder);
    assert.equal(exit, 3, line);
    assert.match(err, /^fairlead: there is no .+ in this node\n {2}→ .+\n$/, line);
    assert.equal(out, "");
  }
  rmSync(folder, { recursive: true });
});
