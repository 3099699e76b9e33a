/** Verbs about the simulated internet of `up --lab`. */
import { EXIT } from "./exit.ts";
import type { Verb } from "./verb.ts";
import { ONLINE, ONLINE_EXITS } from "./verb-flags.ts";

const EXITS = [EXIT.notFound, ...ONLINE_EXITS];
const load: Verb["load"] = () => import("./lab.ts");

function trouble(name: string, says: string, examples: Verb["examples"]): Verb {
  return {
    ...{ name: `lab ${name}`, under: "Run", says, operands: "[RECEIVER | DOMAIN]", takes: [0, 1] },
    ...{ flags: ONLINE, examples, exits: EXITS, load },
  };
}

function time(name: string, says: string, examples: Verb["examples"], operands: Partial<Verb> = {}): Verb {
  return { ...{ name: `lab ${name}`, under: "Run", says, flags: ONLINE, examples, exits: EXITS, load }, ...operands };
}

export const LAB_VERBS: readonly Verb[] = [
  {
    ...time("status", "Shows the lab's time, what happened in it, and what is broken.", ["lab status", "lab", "lab status --json"]),
    aliases: ["lab"],
  },
  trouble("throttle", "Makes a receiver take little and put off the rest, as large ones do.", [
    "lab throttle google",
    "lab throttle outlook --data ./data-lab",
    "lab throttle yahoo.com --json",
  ]),
  trouble("kill", "Lets a receiver's first mail host die; others of it go on.", [
    "lab kill yahoo",
    "lab kill company-1.example",
    "lab kill google --json",
  ]),
  trouble("dns", "Makes look-ups of a receiver's domains fail.", [
    "lab dns gmail.com",
    "lab dns company-1.example",
    "lab dns outlook --json",
  ]),
  trouble("tls", "Breaks the TLS of a receiver's hosts.", ["lab tls webhost-1.example", "lab tls google", "lab tls yahoo --json"]),
  trouble("mend", "Mends a receiver, or everything.", ["lab mend google", "lab mend", "lab mend --json"]),
  time("pause", "Stops the lab's time. (fairlead pause stops a destination.)", [
    "lab pause",
    "lab pause --json",
    "lab pause --data ./data-lab",
  ]),
  time("resume", "Lets the lab's time go on.", ["lab resume", "lab resume --json", "lab resume --data ./data-lab"]),
  time(
    "speed",
    "Makes the lab's time slower or faster: seconds of it in one of ours.",
    ["lab speed 5", "lab speed 60", "lab speed 20 --json"],
    {
      ...{ operands: "N", takes: [1, 1] },
    },
  ),
];
