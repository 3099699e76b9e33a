/** Verbs about the ways that mail leaves by: addresses, upstreams, and pools of them. */
import { EGRESS_STATES } from "../model/egress.ts";
import { EXIT } from "./exit.ts";
import type { Flag, Verb } from "./verb.ts";
import { DRY_RUN, MANY, ONLINE, ONLINE_EXITS, PASSWORD_STDIN } from "./verb-flags.ts";

const TRY: Flag = { ...DRY_RUN, says: "say whether it could be so, change nothing" };
const STATE: Flag = { name: "state", value: "STATE", says: EGRESS_STATES.join(", "), choices: EGRESS_STATES };
const DOMAINS: readonly Flag[] = [
  { name: "for", value: "DOMAIN", says: "only mail from these domains, and those below them", many: true },
  { name: "any-domain", says: "mail from any domain again" },
];
const ADDRESS_FLAGS: readonly Flag[] = [
  { name: "ip4", value: "ADDRESS", says: "an IPv4 address of this machine" },
  { name: "ip6", value: "ADDRESS", says: "an IPv6 address of this machine" },
  { name: "helo", value: "NAME", says: "what it says in EHLO; its PTR should say it too" },
  ...[STATE, ...DOMAINS, TRY, ...ONLINE],
];
const TLS_WORDS = ["opportunistic", "required", "implicit", "never"];

function way(name: string, says: string, more: Pick<Verb, "examples"> & Partial<Verb>): Verb {
  return {
    ...{ name, says, under: "Connect", flags: ONLINE, exits: [EXIT.no, EXIT.notFound, ...ONLINE_EXITS], load: () => import("./ways.ts") },
    ...more,
  };
}

const ONE = { operands: "NAME", takes: [1, 1] } as const;
const REMOVE = { ...ONE, flags: [TRY, ...ONLINE] };

export const WAY_VERBS: readonly Verb[] = [
  way("egress list", "Lists addresses that mail leaves from; exit 1 where one does not work.", {
    aliases: ["egress"],
    examples: ["egress list", "egress", "egress list --json"],
  }),
  way("egress add", "Adds an address that mail leaves from.", {
    ...ONE,
    flags: ADDRESS_FLAGS,
    examples: [
      "egress add out1 --ip4 192.0.2.10 --helo out1.example.net",
      "egress add out2 --ip4 192.0.2.11 --ip6 2001:db8::11 --state warming",
      "egress add shop --ip4 192.0.2.12 --for shop.example --dry-run",
    ],
  }),
  way("egress set", "Changes an address; what is not named stays as it is.", {
    ...ONE,
    flags: ADDRESS_FLAGS,
    examples: ["egress set out2 --state in-use", "egress set out1 --helo mail.example.net", "egress set shop --any-domain"],
  }),
  way("egress drain", "Gives an address no more new mail; what waits for it still leaves by it.", {
    ...ONE,
    flags: [{ name: "undo", says: "give it new mail again" }, TRY, ...ONLINE],
    examples: ["egress drain out1", "egress drain out1 --undo", "egress drain out1 --dry-run"],
  }),
  way("egress remove", "Removes an address; what waits for it goes another way.", {
    ...REMOVE,
    examples: ["egress remove out1", "egress remove out1 --dry-run", "egress remove out1 --json"],
  }),
  way("pool list", "Lists pools with their members, and the rules that choose one.", {
    aliases: ["pool"],
    examples: ["pool list", "pool", "pool list --json"],
  }),
  way("pool set", "Says what a pool's members are from now on; it is made where there is none.", {
    operands: "NAME MEMBER[=WEIGHT] …",
    takes: [2, MANY],
    flags: [TRY, ...ONLINE],
    examples: ["pool set bulk out2 ses=3", "pool set default out1 out2", "pool set bulk out2 --dry-run"],
  }),
  way("pool remove", "Removes a pool that no rule names.", {
    ...REMOVE,
    examples: ["pool remove bulk", "pool remove bulk --dry-run", "pool remove bulk --json"],
  }),
  way("upstream list", "Lists upstream smarthosts in pools: quota, used, health; exit 1 where one does not work.", {
    aliases: ["upstream"],
    examples: ["upstream list", "upstream", "upstream list --json"],
  }),
  way("upstream set", "Adds an upstream smarthost, or changes one; what is not named stays as it is.", {
    ...ONE,
    flags: [
      { name: "place", value: "HOST:PORT", says: "where it is" },
      { name: "tls", value: "HOW", says: TLS_WORDS.join(", "), choices: TLS_WORDS },
      { name: "user", value: "USER", says: "the user to log in as; its password comes by --password-stdin" },
      { name: "no-login", says: "log in no more" },
      PASSWORD_STDIN,
      { name: "per-hour", value: "N", says: "messages that it takes in any hour; none: without limit" },
      { name: "per-day", value: "N", says: "messages that it takes in any 24 hours; none: without limit" },
      { name: "cost", value: "N", says: "of a message: of those that work and have room the cheapest is taken" },
      ...[STATE, ...DOMAINS, TRY, ...ONLINE],
    ],
    examples: [
      "upstream set ses --place smtp.ses.example:587 --user fairlead --password-stdin < secret",
      "upstream set ses --per-day 50000 --cost 0.1",
      "upstream set ses --state out",
    ],
  }),
  way("upstream remove", "Hands mail to an upstream no more; what waits for it goes another way.", {
    ...REMOVE,
    examples: ["upstream remove ses", "upstream remove ses --dry-run", "upstream remove ses --json"],
  }),
];
