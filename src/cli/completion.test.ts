/** Completion as shells do it: each script is loaded by its own shell, where there is one. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { MEMORY_NOW } from "../control/api/memory-node.ts";
import { parseQuery } from "../control/api/query-text.ts";
import { typed } from "./stage.ts";
import { VERBS } from "./verbs.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-completion-"));
before(async () => {
  for (const shell of ["bash", "zsh", "fish"]) writeFileSync(join(folder, shell), (await typed(["completion", shell], folder)).out);
  writeFileSync(join(folder, "a-file.yaml"), "");
});
after(() => rmSync(folder, { recursive: true }));

const has = (shell: string): boolean => spawnSync(shell, ["-c", "exit 0"]).status === 0;

/** The line up to the cursor, and words that must and must not be offered there. */
const cases: readonly (readonly [line: string, offered: readonly string[], not: readonly string[]])[] = [
  ["fairlead ", ["status", "users", "messages", "hold", "help"], ["add", "--json"]],
  ["fairlead mess", ["messages"], ["status"]],
  ["fairlead users ", ["list", "add", "set", "remove"], ["owner", "messages"]],
  ["fairlead users a", ["add"], ["list"]],
  ["fairlead users add --", ["--role", "--tenant", "--password-stdin", "--node"], ["--no-second-factor"]],
  ["fairlead users add ann --role ", ["owner", "operator", "abuse", "tenant-admin", "tenant-read"], ["--json"]],
  ["fairlead users set ann --no", ["--no-second-factor", "--node"], ["--password-stdin"]],
  ["fairlead queue list --state ", ["queued", "held"], ["bounced"]],
  ["fairlead hold --state h", ["held"], ["queued"]],
  ["fairlead suppressions add a@b.example --why ", ["complaint", "unsubscribe"], ["rate"]],
  ["fairlead webhooks add crm https://crm.example --kinds bounced ref", ["refused"], ["bounced"]],
  ["fairlead events --kinds de", ["delivered", "deferred", "delay-told"], ["bounced"]],
  ["fairlead status --color ", ["auto", "always", "never"], []],
  ["fairlead completion ", ["bash", "zsh", "fish"], []],
  ["fairlead settings apply a-", ["a-file.yaml"], []],
  ["fairlead settings apply --config", [], ["--config"]],
  ["fairlead help us", ["users"], []],
];
const queries: readonly (readonly [line: string, offered: readonly string[], not: readonly string[]])[] = [
  ["fairlead messages st", ["state:"], ["since:"]],
  ["fairlead messages state:", ["queued", "bounced", "sent"], ["rate"]],
  ["fairlead messages to:@gmail.com class:re", ["repIP", "repDom"], ["rate"]],
];

function bash(line: string): readonly string[] {
  const script = `source "$1"; COMP_LINE="$2"; COMP_POINT=\${#COMP_LINE}; _fairlead; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const ran = spawnSync("bash", ["-c", script, "bash", join(folder, "bash"), line], { encoding: "utf8", cwd: folder });
  assert.equal(ran.stderr, "", line);
  return ran.stdout.split("\n").filter((word) => word !== "");
}

function fish(line: string): readonly string[] {
  const ran = spawnSync("fish", ["-N", "-c", "source $argv[1]; complete -C $argv[2]", join(folder, "fish"), line], {
    encoding: "utf8",
    cwd: folder,
  });
  assert.equal(ran.stderr, "", line);
  return ran.stdout.split("\n").map((row) => row.split("\t", 1)[0] ?? "");
}

test("bash offers what may stand there, and nothing else", (t) => {
  if (!has("bash")) return t.skip("bash is not installed");
  for (const [line, offered, not] of [...cases, ...queries]) {
    const words = bash(line);
    for (const word of offered) assert(words.includes(word), `${line}: ${word} is missing in ${words.join(" ")}`);
    for (const word of not) assert(!words.includes(word), `${line}: ${word} is there`);
  }
});

test("bash completes every flag of every verb", (t) => {
  if (!has("bash")) return t.skip("bash is not installed");
  for (const verb of VERBS.filter(({ raw }) => raw !== true)) {
    const words = bash(`fairlead ${verb.name} --`);
    for (const { name } of verb.flags) assert(words.includes(`--${name}`), `${verb.name} --${name}`);
  }
});

test("fish offers what may stand there", (t) => {
  if (!has("fish")) return t.skip("fish is not installed");
  for (const [line, offered, not] of cases) {
    const words = fish(line);
    for (const word of offered) assert(words.includes(word), `${line}: ${word} is missing in ${words.join(" ")}`);
    for (const word of not) assert(!words.includes(word), `${line}: ${word} is there`);
  }
  assert(fish("fairlead messages state:q").includes("state:queued"));
});

test("zsh loads its script and has the function", (t) => {
  if (!has("zsh")) return t.skip("zsh is not installed");
  const script = 'autoload -Uz compinit; compinit -u -d "$1/dump"; source "$1/zsh"; whence -w _fairlead; print -r -- $_comps[fairlead]';
  const ran = spawnSync("zsh", ["-f", "-c", script, "zsh", folder], { encoding: "utf8" });
  assert.deepEqual([ran.stderr, ran.stdout], ["", "_fairlead: function\n_fairlead\n"]);
});

test("the words of a query are those that the parser knows", () => {
  const wrong = parseQuery("nothing-like-it:x", MEMORY_NOW, "UTC");
  const known = wrong.ok ? [] : (/^keys are (.*?);/.exec(wrong.fault.fix ?? "")?.[1] ?? "").split(", ");
  const { words = {} } = VERBS.find(({ name }) => name === "messages") ?? {};
  assert.deepEqual(Object.keys(words).sort(), known.toSorted());
  for (const [key, values] of Object.entries(words))
    for (const value of values) assert.equal(parseQuery(`${key}:${value}`, MEMORY_NOW, "UTC").ok, true, `${key}:${value}`);
});

test("no text of the table breaks out of a script's quotes", async () => {
  for (const shell of ["zsh", "fish"]) {
    const { out } = await typed(["completion", shell], folder);
    for (const line of out.split("\n")) {
      const bare = line.replace(shell === "zsh" ? /'\\''/g : /\\\\|\\'/g, "");
      if (!line.startsWith("#")) assert.equal(bare.split("'").length % 2, 1, `${shell}: ${line}`);
    }
  }
});
