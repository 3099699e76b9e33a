/** Help from the verb table: one screen by question, and a page a verb. */
import { EXIT, EXIT_MEANINGS } from "./exit.ts";
import type { Flag, Verb } from "./verb.ts";
import { QUESTIONS, VERBS } from "./verbs.ts";

export function helpScreen(): string {
  const lines = ["fairlead VERB [OBJECT] [--flags]", ""];
  for (const question of QUESTIONS) {
    lines.push(question);
    const verbs = VERBS.filter((verb) => verb.under === question);
    for (const verb of verbs) lines.push(`  ${verb.name.padEnd(18)}${verb.says}`);
  }
  lines.push("", "fairlead help VERB tells more. Most verbs take --json and --data DIR.", "");
  return lines.join("\n");
}

export function groupHelp(first: string, verbs: readonly Verb[]): string {
  const rows = verbs.map((verb) => `  ${verb.name.padEnd(18)}${verb.says}`);
  return [`fairlead ${first} …`, "", ...rows, "", `fairlead help ${verbs[0]?.name} tells more.`, ""].join("\n");
}

export function verbHelp(verb: Verb): string {
  const flags = verb.flags.map((flag) => [flagHead(flag), flagText(flag)] as const);
  const wide = Math.max(0, ...flags.map(([head]) => head.length)) + 2;
  const exits = EXIT_MEANINGS.filter(([code]) => code === EXIT.done || code === EXIT.usage || verb.exits.includes(code));
  const lines = [
    verb.says,
    "",
    `  fairlead ${[verb.name, verb.operands, verb.flags.length > 0 ? "[--flags]" : undefined].filter((part) => part !== undefined).join(" ")}`,
  ];
  if (verb.aliases !== undefined) lines.push(`  fairlead ${verb.aliases[0]} … is the same.`);
  lines.push("", "Examples", ...verb.examples.map((example) => `  fairlead ${example}`));
  if (flags.length > 0) lines.push("", "Flags", ...flags.map(([head, text]) => `  ${head.padEnd(wide)}${text}`));
  const codes = exits.map(([code, meaning]) => `  ${String(code).padEnd(5)}${meaning}`);
  lines.push(
    "",
    "Exit codes",
    ...(verb.name === "sendmail" ? ["  those of sysexits.h: 0 taken, 64 usage, 65 bad data, 67 bad address, 75 try later"] : codes),
    "",
  );
  return lines.join("\n");
}

function flagHead({ name, short, value, many }: Flag): string {
  return `--${name}${short === undefined ? "" : `, -${short}`}${value === undefined ? "" : ` ${value}`}${many ? " …" : ""}`;
}

function flagText({ says, usual }: Flag): string {
  return usual === undefined ? says : `${says} (usually ${usual})`;
}
