/** Verbs about how fast mail leaves, and which way it takes. */
import { LIMIT_NAMES } from "../model/override.ts";
import { EXIT } from "./exit.ts";
import type { Flag, Verb } from "./verb.ts";
import { DRY_RUN, NOTE, ONLINE, ONLINE_EXITS } from "./verb-flags.ts";

const DESTINATION = "PROVIDER | DOMAIN | HOST:PORT";
const EGRESS: Flag = { name: "egress", value: "NAME", says: "only what leaves by this egress" };
const UNTIL: Flag = {
  name: "until",
  value: "TIME",
  says: "for so long (2h), until a clock time (12:00), or a date",
  usual: "until it is undone",
};

export const LIMIT_VERBS: readonly Verb[] = [
  {
    name: "lanes",
    under: "Find out",
    says: "Lists the connections to each destination: how fast, what set that, what takes it back.",
    operands: "[PROVIDER | DOMAIN | EGRESS]",
    takes: [0, 1],
    flags: [{ name: "limit", value: "N", says: "at most so many", usual: "100" }, ...ONLINE],
    examples: ["lanes", "lanes google", "lanes --json"],
    exits: [EXIT.notFound, ...ONLINE_EXITS],
    load: () => import("./lanes.ts"),
  },
  {
    name: "explain-limit",
    under: "Find out",
    says: "Tells all that limits mail to a destination, who set it, and which of it holds.",
    operands: DESTINATION,
    takes: [1, 1],
    flags: [EGRESS, { name: "limit", value: "N", says: "at most so many lanes", usual: "20" }, ...ONLINE],
    examples: ["explain-limit google", "explain-limit gmail.com --egress out2", "explain-limit mail.example.net:587 --json"],
    exits: [EXIT.notFound, ...ONLINE_EXITS],
    load: () => import("./explain-limit.ts"),
  },
  {
    name: "route test",
    under: "Find out",
    says: "Tells which way a message to an address would take, and why. Nothing is sent.",
    operands: "ADDRESS | DOMAIN",
    takes: [1, 1],
    flags: [
      { name: "from", value: "ADDRESS", says: "MAIL FROM; <> for reports" },
      { name: "sender", value: "KEY", says: "the account behind it, as account@source" },
      ...ONLINE,
    ],
    examples: ["route test j.doe@gmail.com", "route test gmail.com --from billing@hotel-lux.example", "route test ann@x.example --json"],
    exits: [EXIT.no, EXIT.notFound, ...ONLINE_EXITS],
    load: () => import("./route-test.ts"),
  },
  {
    name: "pause",
    under: "Act",
    says: "Sends nothing to a destination for a while; what waits is not touched.",
    operands: DESTINATION,
    takes: [1, 1],
    flags: [UNTIL, EGRESS, DRY_RUN, NOTE, ...ONLINE],
    examples: [
      "pause google --until 12:00",
      'pause gmail.com --until 2h --note "asked by the receiver"',
      "pause mail.example.net:587 --dry-run",
    ],
    exits: [EXIT.no, EXIT.notFound, ...ONLINE_EXITS],
    load: () => import("./pause.ts"),
  },
  {
    name: "resume",
    under: "Act",
    says: "Ends pauses of a destination, and tries with one message what is paused by itself.",
    operands: DESTINATION,
    takes: [1, 1],
    flags: [EGRESS, DRY_RUN, ...ONLINE],
    examples: ["resume google", "resume gmail.com --egress out2", "resume mail.example.net:587 --json"],
    exits: [EXIT.no, EXIT.notFound, ...ONLINE_EXITS],
    load: () => import("./pause.ts"),
  },
  {
    name: "override list",
    aliases: ["override"],
    under: "Act",
    says: "Lists what people and the program decided about limits, newest first.",
    flags: [
      { name: "ended", says: "those that ended in the last 30 days too" },
      { name: "rules", says: "the rules instead, shipped and your own" },
      ...ONLINE,
    ],
    examples: ["override list", "override list --ended", "override list --rules --json"],
    exits: ONLINE_EXITS,
    load: () => import("./override.ts"),
  },
  {
    name: "override add",
    under: "Act",
    says: "Bounds, sets or scales a limit, pauses, or sends by another egress.",
    operands: `[${DESTINATION}]`,
    takes: [0, 1],
    flags: [
      { name: "limit", value: "LIMIT", says: LIMIT_NAMES.join(", "), usual: "perMinute", choices: LIMIT_NAMES },
      { name: "max", value: "N", says: "no more than this" },
      { name: "min", value: "N", says: "no less, where rules or the law would go below" },
      { name: "pin", value: "N", says: "exactly this, whatever receivers object" },
      { name: "scale", value: "FACTOR", says: "so many times what rules allow" },
      { name: "pause", says: "send nothing" },
      { name: "reroute", value: "EGRESS", says: "leave by this one instead" },
      { name: "cause", value: "TEXT", says: "why, for whoever wonders later" },
      ...[UNTIL, EGRESS, DRY_RUN, ...ONLINE],
    ],
    examples: [
      'override add google --max 40 --cause "as agreed with Google" --until 2d',
      'override add gmail.com --limit connections --max 2 --cause "ticket 7"',
      'override add --egress out2 --reroute ses-eu --cause "out2 moves house" --until 18:00',
    ],
    exits: [EXIT.no, EXIT.notFound, ...ONLINE_EXITS],
    load: () => import("./override.ts"),
  },
  {
    name: "override undo",
    under: "Act",
    says: "Takes an override back; the program does not decide the same for an hour.",
    operands: "ID",
    takes: [1, 1],
    flags: ONLINE,
    examples: ["override undo o12", "override undo 12 --json", "undo o12"],
    exits: [EXIT.no, EXIT.notFound, ...ONLINE_EXITS],
    load: () => import("./override.ts"),
  },
];
