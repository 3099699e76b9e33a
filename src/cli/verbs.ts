/** Every verb, in the order that help shows them. Help, parsing, completion and "did you mean" come from this table. */
import { nearest } from "../base/nearest.ts";
import { EXIT } from "./exit.ts";
import type { Flag, Group, Question, Verb } from "./verb.ts";
import { MANY, ONLINE, ONLINE_EXITS, USUAL } from "./verb-flags.ts";
import { LAB_VERBS } from "./verbs-lab.ts";
import { LIMIT_VERBS } from "./verbs-limits.ts";
import { ACT_VERBS, FIND_VERBS } from "./verbs-mail.ts";
import { SETUP_VERBS } from "./verbs-setup.ts";
import { WAY_OUT_VERBS } from "./verbs-way-out.ts";
import { WAY_VERBS } from "./verbs-ways.ts";

const RUN_FLAGS: readonly Flag[] = [
  { name: "data", value: "DIR", says: "where mail and settings are kept", usual: "./data" },
  { name: "config", value: "FILE", says: "a YAML file; fairlead config reference shows all it may hold" },
  { name: "smtp", value: "HOST:PORT", says: "take mail here", usual: "127.0.0.1:2525", many: true },
  { name: "allow", value: "CIDR", says: "who may send without a login", usual: "127.0.0.0/8, ::1", many: true },
  { name: "i-know", says: "let --allow name more than a /16 (IPv6: a /32)" },
  { name: "upstream", value: "URL", says: "hand everything to this server: smtp://USER:PASS@HOST:PORT; without it, mail goes out by MX" },
  { name: "http", value: "HOST:PORT", says: "panel and API for browsers; off: none", usual: "127.0.0.1:8080" },
  { name: "lab", says: "a simulated internet instead of the real one; begins from nothing in ./data-lab" },
  { name: "seed", value: "N", says: "of the lab: the same seed on the same day is the same history" },
];

const RUN_VERBS: readonly Verb[] = [
  {
    name: "up",
    under: "Run",
    says: "Runs a node until it is stopped.",
    flags: [...RUN_FLAGS, ...USUAL],
    examples: ["up", "up --data /var/lib/fairlead --smtp 0.0.0.0:25 --allow 192.0.2.0/24", "up --lab --seed 7"],
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
];

const OFFLINE_VERBS: readonly Verb[] = [
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
    name: "bounce",
    under: "Offline",
    says: "Reads bounces, complaints and automatic answers: who, what, and why.",
    operands: "FILE | FOLDER …",
    takes: [1, MANY],
    flags: USUAL,
    examples: ["bounce dsn.eml", "bounce --json - < dsn.eml", "bounce Maildir/new"],
    exits: [EXIT.no, EXIT.notFound, EXIT.notAllowed, EXIT.partlyDone, EXIT.interrupted],
    load: () => import("./bounce.ts"),
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
    name: "completion",
    under: "Offline",
    says: "Prints a completion script for your shell.",
    operands: "bash | zsh | fish",
    takes: [1, 1],
    choices: ["bash", "zsh", "fish"],
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

export const VERBS: readonly Verb[] = [
  ...RUN_VERBS,
  ...LAB_VERBS,
  ...FIND_VERBS,
  ...ACT_VERBS,
  ...LIMIT_VERBS,
  ...WAY_OUT_VERBS,
  ...SETUP_VERBS,
  ...WAY_VERBS,
  ...OFFLINE_VERBS,
];

/** Verbs of two words by their first: the help screen has a line for each group, and `help GROUP` has the verbs. */
export const GROUPS: readonly Group[] = [
  { name: "lab", says: "A simulated internet (up --lab)" },
  { name: "queue", says: "Mail that waits or is held" },
  { name: "route", says: "Which way mail takes" },
  { name: "override", says: "What is decided about limits" },
  { name: "egress", says: "Addresses that mail leaves from" },
  { name: "pool", says: "Sets of addresses and upstreams" },
  { name: "upstream", says: "Smarthosts that mail is handed to" },
  { name: "source", says: "Who may hand over mail" },
  { name: "suppressions", says: "Addresses that are no longer written to" },
  { name: "users", says: "People with a login" },
  { name: "keys", says: "Keys of programs" },
  { name: "settings", says: "What is changed while it runs, revision by revision" },
  { name: "webhooks", says: "Who is told of events" },
  { name: "config", says: "The configuration file" },
];

export const QUESTIONS: readonly Question[] = ["Run", "Find out", "Act", "Connect", "Offline"];

/** The verb that words begin with, the longest name first, and what stands behind it. */
export function findVerb(words: readonly string[]): { readonly verb: Verb; readonly behind: readonly string[] } | undefined {
  const two = words.slice(0, 2).join(" ");
  const long = VERBS.find((verb) => verb.name === two);
  if (long !== undefined) return { verb: long, behind: words.slice(long.name.split(" ").length) };
  const [first = "", second] = words;
  const short = VERBS.find((verb) => verb.name === first || verb.aliases?.includes(first));
  // `users lst` is a mistyped verb, not `users` with an operand.
  if (short === undefined || (short.name.startsWith(`${first} `) && second !== undefined && !second.startsWith("-"))) return undefined;
  return { verb: short, behind: words.slice(1) };
}

/** The verbs of two words whose first it is. */
export function verbsUnder(first: string): readonly Verb[] {
  return VERBS.filter(({ name }) => name.startsWith(`${first} `));
}

/** Where what a verb is about can be seen: `users list` for `users set`. */
export function listVerb({ name }: Verb): Verb | undefined {
  const [group = ""] = name.split(" ");
  return VERBS.find((verb) => verb.name === `${group} list` || verb.name === `${group} revisions`);
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
