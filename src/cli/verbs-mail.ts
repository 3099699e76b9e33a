/** Verbs about mail: finding it, and acting on it. */
import { REPLY_CLASSES } from "../model/diagnosis.ts";
import { EVENT_KINDS } from "../model/event.ts";
import { EXIT } from "./exit.ts";
import type { Flag, Verb } from "./verb.ts";
import { DRY_RUN, MANY, NOTE, ONLINE, ONLINE_EXITS, SELECTORS } from "./verb-flags.ts";

const ACT_FLAGS: readonly Flag[] = [
  ...SELECTORS,
  { name: "all", says: "everything that the verb applies to" },
  DRY_RUN,
  NOTE,
  { name: "yes", says: "do not ask above 1,000 deliveries" },
  ...ONLINE,
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

const STATE_WORDS = ["queued", "deferred", "held", "delivered", "relayed", "bounced", "expired", "discarded", "refused", "sent", "open"];

/** Keys of a query with the values that a shell may complete. */
const QUERY_KEYS: Readonly<Record<string, readonly string[]>> = {
  state: STATE_WORDS,
  class: REPLY_CLASSES,
  since: ["1h", "24h", "7d", "30d"],
  until: [],
  to: [],
  from: [],
  sender: [],
  source: [],
  tenant: [],
  why: [],
  provider: [],
  code: [],
  ip: [],
  id: [],
  reply: [],
};

export const FIND_VERBS: readonly Verb[] = [
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
    name: "messages",
    under: "Find out",
    says: "Searches mail by what is known of it, newest first.",
    operands: "[QUERY …]",
    takes: [0, MANY],
    dashWords: true,
    words: QUERY_KEYS,
    flags: [
      { name: "limit", value: "N", says: "at most so many rows", usual: "100" },
      { name: "after", value: "PLACE", says: "go on where a page ended" },
      { name: "all", says: "all that match, page after page" },
      { name: "csv", says: "as a file for a spreadsheet" },
      { name: "count", says: "only how many, by state" },
      ...ONLINE,
    ],
    examples: [
      "messages to:@gmail.com state:queued since:3h",
      'messages state:bounced "reply:no such user" -source:srv7',
      "messages class:list since:7d --csv > list.csv",
    ],
    exits: [EXIT.notFound, ...ONLINE_EXITS, EXIT.interrupted],
    load: () => import("./messages.ts"),
  },
  {
    name: "link",
    under: "Find out",
    says: "Makes a link to a message's story for somebody without a login.",
    operands: "ID",
    takes: [1, 1],
    flags: [{ name: "revoke", says: "make the message's links useless instead" }, ...ONLINE],
    examples: ["link 06BK3Z9QW4T7M0RX", "link 06BK3Z9QW4T7M0RX --revoke", "link 06BK3Z9QW4T7M0RX --json"],
    exits: [EXIT.no, EXIT.notFound, ...ONLINE_EXITS],
    load: () => import("./link.ts"),
  },
  {
    name: "top",
    screens: true,
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
    says: "Prints what happened, newest last; with --follow also what happens, over restarts of the node.",
    flags: [
      { name: "follow", short: "f", says: "go on as more happens" },
      { name: "after", value: "N", says: "begin after this event's number" },
      { name: "limit", value: "N", says: "at most so many", usual: "100" },
      { name: "kinds", value: "KIND", says: "only these kinds", many: true, choices: EVENT_KINDS },
      ...ONLINE,
    ],
    examples: ["events", "events --follow", "events --kinds bounced refused --json"],
    exits: [...ONLINE_EXITS, EXIT.interrupted],
    load: () => import("./events.ts"),
  },
  {
    name: "audit",
    under: "Find out",
    says: "Lists who changed what, newest first, and checks that the record is whole.",
    flags: [
      { name: "who", value: "NAME", says: "done by" },
      { name: "what", value: "ORDER", says: "what was done, as act, addUser, applySettings" },
      { name: "limit", value: "N", says: "at most so many", usual: "100" },
      { name: "before", value: "N", says: "entries older than this one" },
      ...ONLINE,
    ],
    examples: ["audit", "audit --who ann --limit 20", "audit --what applySettings --json"],
    exits: [EXIT.no, ...ONLINE_EXITS],
    load: () => import("./audit.ts"),
  },
];

export const ACT_VERBS: readonly Verb[] = [
  {
    name: "queue list",
    under: "Act",
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
    name: "holds",
    under: "Act",
    says: "Lists held mail in groups of one sender and one cause.",
    flags: ONLINE,
    examples: ["holds", "holds --json", "release --sender shop3@srv7"],
    exits: ONLINE_EXITS,
    load: () => import("./holds.ts"),
  },
  {
    name: "undo",
    under: "Act",
    says: "Takes back an action, an override, or what the law decided for a lane.",
    operands: "ACTION | OVERRIDE | LANE",
    takes: [1, 1],
    flags: ONLINE,
    examples: ["undo 119", "undo o12", "undo mx:gmail.com"],
    exits: [EXIT.no, EXIT.notFound, ...ONLINE_EXITS, EXIT.partlyDone],
    load: () => import("./undo.ts"),
  },
];
