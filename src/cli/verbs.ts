/** Every verb, in the order that help shows them. Help, parsing, completion and "did you mean" come from this table. */
import { nearest } from "../base/nearest.ts";
import { EXIT } from "./exit.ts";
import type { Flag, Question, Verb } from "./verb.ts";

const MANY = 1000;

const DATA: Flag = { name: "data", value: "DIR", says: "the node's data folder", usual: "./data, or $FAIRLEAD_DATA" };
const JSON_OUT: Flag = { name: "json", says: "machine-readable output, fields as in the API" };
const COLOR: Flag = {
  name: "color",
  value: "WHEN",
  says: "auto, always or never",
  usual: "auto; NO_COLOR is honoured",
  choices: ["auto", "always", "never"],
};
const HELP: Flag = { name: "help", short: "h", says: "this text" };
const USUAL: readonly Flag[] = [JSON_OUT, COLOR, HELP];
const ONLINE: readonly Flag[] = [DATA, ...USUAL];
const ONLINE_EXITS = [EXIT.unreachable, EXIT.notAllowed] as const;

const SELECTORS: readonly Flag[] = [
  { name: "id", value: "ID", says: "a message, or one recipient of it: ID.0, ID.1 …", many: true },
  { name: "sender", value: "KEY", says: "the account behind it, as account@source" },
  { name: "from", value: "ADDRESS", says: "MAIL FROM; <> for reports" },
  { name: "to", value: "ADDRESS", says: "the recipient" },
  { name: "domain", value: "DOMAIN", says: "the recipient's domain" },
  { name: "source", value: "NAME", says: "the source that handed it over" },
  { name: "site", value: "SITE", says: "the destination, as in top" },
  { name: "older", value: "TIME", says: "accepted at least so long ago: 30min, 2h, 3d" },
  { name: "reply", value: "TEXT", says: "part of the last reply or fault" },
  { name: "state", value: "STATE", says: "queued or held", choices: ["queued", "held"] },
];

const ACT_FLAGS: readonly Flag[] = [
  ...SELECTORS,
  { name: "all", says: "everything that the verb applies to" },
  { name: "dry-run", says: "count what would change, change nothing" },
  { name: "note", value: "TEXT", says: "why, for the record and the story" },
  { name: "yes", says: "do not ask above 1,000 deliveries" },
  ...ONLINE,
];

const RUN_FLAGS: readonly Flag[] = [
  { name: "data", value: "DIR", says: "where mail and settings are kept", usual: "./data" },
  { name: "config", value: "FILE", says: "a YAML file; fairlead config reference shows all it may hold" },
  { name: "smtp", value: "HOST:PORT", says: "take mail here", usual: "127.0.0.1:2525", many: true },
  { name: "allow", value: "CIDR", says: "who may send without a login", usual: "127.0.0.0/8, ::1", many: true },
  { name: "i-know", says: "let --allow name more than a /16 (IPv6: a /32)" },
  { name: "upstream", value: "URL", says: "hand everything to this server: smtp://USER:PASS@HOST:PORT; without it, mail goes out by MX" },
  { name: "http", value: "HOST:PORT", says: "the panel (not in this version)" },
  { name: "lab", says: "a simulated internet (not in this version)" },
];

/** @param alone its name alone means it too. */
function act(
  name: string,
  says: string,
  examples: readonly [string, string, string],
  more: readonly Flag[] = [],
  alone: "alone" | "not alone" = "alone",
): Verb {
  return {
    name: `queue ${name}`,
    ...(alone === "alone" && { aliases: [name] }),
    under: "Act",
    says,
    operands: "[ID | ADDRESS …]",
    takes: [0, MANY],
    flags: [...more, ...ACT_FLAGS],
    examples,
    exits: [EXIT.no, EXIT.notFound, ...ONLINE_EXITS, EXIT.partlyDone, EXIT.interrupted],
    load: () => import("./act.ts"),
  };
}

export const VERBS: readonly Verb[] = [
  {
    name: "up",
    under: "Run",
    says: "Runs a node until it is stopped.",
    flags: [...RUN_FLAGS, ...USUAL],
    examples: [
      "up",
      "up --data /var/lib/fairlead --smtp 0.0.0.0:25 --allow 192.0.2.0/24",
      "up --upstream smtp://user:pass@mail.example.net:587",
    ],
    exits: [EXIT.no, EXIT.cannotStart, EXIT.interrupted],
    load: () => import("./up.ts"),
  },
  {
    name: "drain",
    under: "Run",
    says: "Stops the node gracefully: no new mail, open transactions finish.",
    flags: [{ name: "no-wait", says: "return at once" }, ...ONLINE],
    examples: ["drain", "drain --data /var/lib/fairlead", "drain --no-wait"],
    exits: [...ONLINE_EXITS, EXIT.interrupted],
    load: () => import("./drain.ts"),
  },
  {
    name: "version",
    under: "Run",
    says: "Prints the version, and that of Node.js.",
    flags: USUAL,
    examples: ["version", "version --json", "--version"],
    exits: [],
    load: () => import("./version.ts"),
  },
  {
    name: "status",
    under: "Find out",
    says: "Says whether mail flows, what waits, and what needs you.",
    flags: [{ name: "needs", says: "only what needs you, with the next step" }, ...ONLINE],
    examples: ["status", "status --needs", "status --json"],
    exits: [EXIT.no, ...ONLINE_EXITS],
    load: () => import("./status.ts"),
  },
  {
    name: "where",
    under: "Find out",
    says: "Tells where a message is, what happened to it, and what to do.",
    operands: "ID | ADDRESS | MESSAGE-ID | FL-CODE | LOG LINE | REPLY | -",
    takes: [1, MANY],
    flags: [
      { name: "since", value: "TIME", says: "accepted within this time, as 2h" },
      { name: "limit", value: "N", says: "at most so many messages", usual: "20" },
      { name: "dialogue", says: "what was said line by line, too" },
      ...ONLINE,
    ],
    examples: ["where 06BK3Z9QW4T7M0RX --dialogue", "where j.doe@gmail.com --since 2h", "where - < bounce.eml"],
    exits: [EXIT.notFound, ...ONLINE_EXITS],
    load: () => import("./where.ts"),
  },
  {
    name: "explain",
    under: "Offline",
    says: "Says what a receiver's reply means, and what to do. Needs no node.",
    operands: "TEXT … | -",
    takes: [1, MANY],
    flags: [{ name: "mx", value: "HOST", says: "the mail host that said it" }, ...USUAL],
    examples: [
      'explain "550 5.7.26 This mail has been blocked because the sender is unauthenticated" --mx gmail-smtp-in.l.google.com',
      'explain "450 4.7.1 Greylisted, try again in 5 minutes"',
      "explain - --json < replies.txt",
    ],
    exits: [],
    load: () => import("./explain.ts"),
  },
  {
    name: "queue list",
    under: "Find out",
    says: "Lists queued and held deliveries.",
    operands: "[ID | ADDRESS …]",
    takes: [0, MANY],
    flags: [
      ...SELECTORS,
      { name: "limit", value: "N", says: "at most so many rows", usual: "100" },
      { name: "after", value: "ID", says: "go on after this row" },
      { name: "actions", says: "what operators did instead, newest first" },
      ...ONLINE,
    ],
    examples: ["queue list", "queue list --domain gmail.com --older 2h", "queue list --state held --json"],
    exits: [EXIT.notFound, ...ONLINE_EXITS],
    load: () => import("./queue-list.ts"),
  },
  {
    name: "top",
    under: "Find out",
    says: "Shows flows, counts and destinations, each second anew.",
    flags: [{ name: "once", says: "print one frame and end" }, ...ONLINE],
    examples: ["top", "top --once", "top --once --json"],
    exits: [...ONLINE_EXITS, EXIT.interrupted],
    load: () => import("./top.ts"),
  },
  {
    name: "events",
    under: "Find out",
    says: "Prints what happened, newest last.",
    flags: [
      { name: "follow", short: "f", says: "go on as more happens" },
      { name: "after", value: "N", says: "begin after this event's number" },
      { name: "limit", value: "N", says: "at most so many", usual: "100" },
      ...ONLINE,
    ],
    examples: ["events", "events --follow", "events --after 48211 --json"],
    exits: [...ONLINE_EXITS, EXIT.interrupted],
    load: () => import("./events.ts"),
  },
  act("hold", "Holds what matches: it waits until you release it.", [
    "hold --sender shop3@srv7",
    'hold --domain example.org --note "asked by the owner"',
    "hold 06BK3Z9QW4T7M0RX",
  ]),
  act("release", "Lets held mail go.", ["release 06BK3Z9QW4T7M0RX", "release --sender shop3@srv7 --dry-run", "release --all --yes"]),
  act(
    "bounce",
    "Returns what matches to its senders. This cannot be undone.",
    [
      "queue bounce 06BK3Z9QW4T7M0RX",
      'queue bounce --to old@example.org --note "no such person any more"',
      "queue bounce --domain exmaple.org --older 1h",
    ],
    [],
    "not alone", // bounce alone reads a bounce that came
  ),
  act("discard", "Removes what matches without telling anybody. Undo works for an hour.", [
    "discard 06BK3Z9QW4T7M0RX",
    "discard --sender shop3@srv7 --state held",
    "discard --reply 4.7.28 --dry-run",
  ]),
  act("retry", "Tries what matches now instead of at its due time.", [
    "retry 06BK3Z9QW4T7M0RX",
    "retry --domain gmail.com",
    "retry --reply 'connection refused'",
  ]),
  act(
    "reroute",
    "Sends what matches another way.",
    [
      "reroute --domain example.org --via upstream:mail.example.net:587",
      "reroute 06BK3Z9QW4T7M0RX --via upstream:mail.example.net:587",
      "reroute --all --via upstream:mail.example.net:587 --dry-run",
    ],
    [{ name: "via", value: "SITE", says: "where to, as upstream:HOST:PORT or another site that top shows" }],
  ),
  {
    name: "undo",
    under: "Act",
    says: "Takes an action back, as far as its mail has not moved on.",
    operands: "ACTION",
    takes: [1, 1],
    flags: ONLINE,
    examples: ["undo 119", "undo 119 --json", "queue list --actions"],
    exits: [EXIT.no, EXIT.notFound, ...ONLINE_EXITS, EXIT.partlyDone],
    load: () => import("./undo.ts"),
  },
  {
    name: "source add",
    under: "Connect",
    says: "Lets an address range or a login hand over mail.",
    operands: "NAME",
    takes: [1, 1],
    flags: [
      { name: "range", value: "CIDR", says: "addresses that need no login", many: true },
      { name: "i-know", says: "allow a range wider than /16 (IPv6: /32)" },
      { name: "login", value: "USER", says: "a user name for SMTP AUTH; its password is made and shown once" },
      { name: "password-stdin", says: "read the password from standard input instead" },
      ...ONLINE,
    ],
    examples: [
      "source add lan --range 192.0.2.0/24",
      "source add srv7 --login srv7",
      "source add app --login app --password-stdin < secret",
    ],
    exits: [EXIT.no, ...ONLINE_EXITS],
    load: () => import("./source.ts"),
  },
  {
    name: "source list",
    under: "Connect",
    says: "Lists who may hand over mail.",
    flags: ONLINE,
    examples: ["source list", "source list --json", "source list --data /var/lib/fairlead"],
    exits: ONLINE_EXITS,
    load: () => import("./source.ts"),
  },
  {
    name: "source remove",
    under: "Connect",
    says: "Takes no more mail from a source; what it handed over stays.",
    operands: "NAME",
    takes: [1, 1],
    flags: ONLINE,
    examples: ["source remove srv7", "source remove lan --json", "source remove app --data /var/lib/fairlead"],
    exits: [EXIT.no, EXIT.notFound, ...ONLINE_EXITS],
    load: () => import("./source.ts"),
  },
  {
    name: "sendmail",
    under: "Connect",
    says: "Takes a message on standard input, as other programs' sendmail does; also while no node runs.",
    operands: "[ADDRESS …]",
    takes: [0, MANY],
    flags: [],
    examples: ["sendmail -t -i < message", "sendmail -f me@example.org you@example.net < message", "sendmail -bs"],
    exits: [],
    raw: true,
    load: () => import("./sendmail.ts"),
  },
  {
    name: "config check",
    under: "Offline",
    says: "Reads a configuration file and says what is wrong with it, by line.",
    operands: "FILE",
    takes: [1, 1],
    flags: USUAL,
    examples: ["config check fairlead.yaml", "config check /etc/fairlead.yaml --json", "up --config fairlead.yaml"],
    exits: [],
    load: () => import("./config.ts"),
  },
  {
    name: "config reference",
    under: "Offline",
    says: "Prints every setting with its default.",
    flags: USUAL,
    examples: ["config reference", "config reference > fairlead.yaml", "config reference --json"],
    exits: [],
    load: () => import("./config.ts"),
  },
  {
    name: "bounce",
    under: "Offline",
    says: "Reads bounces, complaints and automatic answers: who, what, and why.",
    operands: "FILE …",
    takes: [1, MANY],
    flags: USUAL,
    examples: ["bounce dsn.eml", "bounce --json - < dsn.eml", "bounce /var/mail/bounces"],
    exits: [EXIT.no, EXIT.notFound, EXIT.notAllowed, EXIT.partlyDone, EXIT.interrupted],
    load: () => import("./bounce.ts"),
  },
  {
    name: "completion",
    under: "Offline",
    says: "Prints a completion script for your shell.",
    operands: "bash | zsh | fish",
    takes: [1, 1],
    flags: USUAL,
    examples: [
      "completion bash > /etc/bash_completion.d/fairlead",
      "completion zsh > ~/.zfunc/_fairlead",
      "completion fish > ~/.config/fish/completions/fairlead.fish",
    ],
    exits: [],
    load: () => import("./completion.ts"),
  },
  {
    name: "test",
    under: "Offline",
    says: "Runs Fairlead's own tests on this machine.",
    operands: "[NAME …]",
    takes: [0, MANY],
    flags: [],
    examples: ["test", "test --list", "test --crash"],
    exits: [EXIT.no],
    raw: true,
    load: () => import("./test.ts"),
  },
];

export const QUESTIONS: readonly Question[] = ["Run", "Find out", "Act", "Connect", "Offline"];

/** The verb that words begin with, the longest name first, and what stands behind it. */
export function findVerb(words: readonly string[]): { readonly verb: Verb; readonly behind: readonly string[] } | undefined {
  const two = words.slice(0, 2).join(" ");
  const long = VERBS.find((verb) => verb.name === two);
  if (long !== undefined) return { verb: long, behind: words.slice(long.name.split(" ").length) };
  const short = VERBS.find((verb) => verb.name === words[0] || verb.aliases?.includes(words[0] ?? ""));
  return short && { verb: short, behind: words.slice(1) };
}

/** The verbs of two words whose first it is. */
export function verbsUnder(first: string): readonly Verb[] {
  return VERBS.filter(({ name }) => name.startsWith(`${first} `));
}

export function guessVerb(words: string): Verb | undefined {
  const names = new Map<string, Verb>();
  for (const verb of VERBS) for (const name of [verb.name, ...(verb.aliases ?? [])]) names.set(name, verb);
  const guess =
    nearest(words, names.keys()) ??
    nearest(
      words.split(" ", 1)[0] ?? "",
      [...names.keys()].map((name) => name.split(" ", 1)[0] ?? ""),
    );
  return guess === undefined ? undefined : (names.get(guess) ?? verbsUnder(guess)[0]);
}
