/** Help from the verb table: one screen by question, and a page a verb. */
import { EXIT, EXIT_MEANINGS } from "./exit.ts";
import type { Flag, Verb } from "./verb.ts";
import { GROUPS, QUESTIONS, VERBS } from "./verbs.ts";

const WIDE = 18;

export function helpScreen(): string {
  const lines = ["fairlead VERB [OBJECT] [--flags]", ""];
  const told = new Set<string>();
  for (const question of QUESTIONS) {
    lines.push(question);
    for (const verb of VERBS.filter(({ under }) => under === question)) {
      const group = GROUPS.find(({ name }) => verb.name.startsWith(`${name} `));
      if (group === undefined) lines.push(`  ${verb.name.padEnd(WIDE)}${verb.says}`);
      else if (!told.has(group.name)) lines.push(`  ${group.name.padEnd(WIDE)}${group.says}: ${secondWords(group.name).join(", ")}.`);
      if (group !== undefined) told.add(group.name);
    }
  }
  lines.push("", "fairlead help VERB tells more. Most verbs take --json, and --data DIR or --node URL.", "");
  return lines.join("\n");
}

function secondWords(group: string): readonly string[] {
  return VERBS.filter(({ name }) => name.startsWith(`${group} `)).map(({ name }) => name.slice(group.length + 1));
}

export function groupHelp(first: string, verbs: readonly Verb[]): string {
  const says = GROUPS.find(({ name }) => name === first)?.says;
  const wide = Math.max(WIDE, ...verbs.map(({ name }) => name.length + 2));
  const rows = verbs.map((verb) => `  ${verb.name.padEnd(wide)}${verb.says}`);
  const head = says === undefined ? [] : [`${says}.`, ""];
  return [...head, `  fairlead ${first} …`, "", ...rows, "", `fairlead help ${verbs[0]?.name} tells more.`, ""].join("\n");
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
  const alias = verb.aliases?.[0];
  if (alias !== undefined) lines.push(`  fairlead ${alias}${verb.name.startsWith(`${alias} `) ? " alone" : " …"} is the same.`);
  lines.push("", "Examples", ...verb.examples.map((example) => `  fairlead ${example}`));
  if (flags.length > 0) lines.push("", "Flags", ...flags.map(([head, text]) => `  ${head.padEnd(wide)}${text}`));
  if (verb.words !== undefined) lines.push("", "Words of a query", ...queryHelp(verb.words));
  const codes = exits.map(([code, meaning]) => `  ${String(code).padEnd(5)}${meaning}`);
  lines.push(
    "",
    "Exit codes",
    ...(verb.name === "sendmail" ? ["  those of sysexits.h: 0 taken, 64 usage, 65 bad data, 67 bad address, 75 try later"] : codes),
    "",
  );
  return lines.join("\n");
}

/** Keys in one line, and the values of those that have some. */
function queryHelp(words: NonNullable<Verb["words"]>): readonly string[] {
  const valued = Object.entries(words).filter(([, values]) => values.length > 0);
  return [
    `  ${Object.keys(words)
      .map((key) => `${key}:`)
      .join(" ")}`,
    ...valued.map(([key, values]) => `  ${`${key}:`.padEnd(7)} ${values.join(" ")}`),
    "  -state:held negates; state:queued,held is either; an address or @domain alone is to or from it; quotes hold words together.",
  ];
}

function flagHead({ name, short, value, many }: Flag): string {
  return `--${name}${short === undefined ? "" : `, -${short}`}${value === undefined ? "" : ` ${value}`}${many ? " …" : ""}`;
}

function flagText({ says, usual }: Flag): string {
  return usual === undefined ? says : `${says} (usually ${usual})`;
}
