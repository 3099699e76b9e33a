/** The words behind a verb as flags and operands. A flag that the verb does not have is an error with a guess. */
import { parseArgs } from "node:util";
import { nearest } from "../base/nearest.ts";
import { type CommandFault, usageFault } from "./exit.ts";
import type { Flag, Verb } from "./verb.ts";

export interface FlagValues {
  on(name: string): boolean;
  /** The last one given. */
  text(name: string): string | undefined;
  all(name: string): readonly string[];
}

export interface ParsedWords {
  readonly flags: FlagValues;
  readonly operands: readonly string[];
}

/** @throws {CommandFault} usage. */
export function parseWords(verb: Verb, words: readonly string[]): ParsedWords {
  const { flags, takes = [0, 0] } = verb;
  const options = Object.fromEntries(
    flags.map(({ name, short, value }) => [
      name,
      { type: value === undefined ? ("boolean" as const) : ("string" as const), multiple: true, ...(short === undefined ? {} : { short }) },
    ]),
  );
  const args = words.map((word) => (verb.dashWords && isDashWord(word, flags) ? MARK + word : word));
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  let greedy: { readonly flag: Flag; readonly list: string[] } | undefined;
  for (const token of tokens) {
    if (token.kind === "positional") {
      if (greedy === undefined) operands.push(token.value.replace(MARK, ""));
      else greedy.list.push(...valuesFor(greedy.flag, token.value));
    }
    if (token.kind === "option-terminator") greedy = undefined;
    if (token.kind !== "option") continue;
    const flag = flags.find(({ name }) => name === token.name) ?? unknownFlag(verb, token.rawName);
    const list = values.get(flag.name) ?? [];
    values.set(flag.name, list);
    list.push(...valuesFor(flag, token.value));
    greedy = flag.many ? { flag, list } : undefined;
  }
  const [least, most] = takes;
  if (operands.length < least) throw usageFault(`${verb.name} needs ${verb.operands ?? "more"}`, `fairlead help ${verb.name}`);
  if (operands.length > most)
    throw usageFault(
      most === 0 ? `${verb.name} takes no operand such as ${operands[0]}` : `${verb.name} takes at most ${most} operands`,
      `fairlead help ${verb.name}`,
    );
  return { operands, flags: readOnly(values) };
}

/** Not in what people write. */
const MARK = "\0";

/** `-state:held`, and not `-h`. */
function isDashWord(word: string, flags: readonly Flag[]): boolean {
  return /^-[^-]/.test(word) && !flags.some(({ short }) => short !== undefined && word === `-${short}`);
}

/** A flag with choices takes several in one word too: `bounced,refused`. */
function valuesFor(flag: Flag, value: string | undefined): readonly string[] {
  if (flag.value === undefined) {
    if (value !== undefined) throw usageFault(`--${flag.name} takes no value`, `write --${flag.name} alone`);
    return [""];
  }
  if (value === undefined || value === "") throw usageFault(`--${flag.name} needs ${flag.value}: ${flag.says}`);
  if (flag.choices === undefined) return [value];
  const values = flag.many ? value.split(",").filter((one) => one !== "") : [value];
  for (const one of values) if (!flag.choices.includes(one)) throw wrongChoice(flag.name, one, flag.choices);
  return values;
}

function wrongChoice(name: string, value: string, choices: readonly string[]): CommandFault {
  const guess = nearest(value, choices);
  return usageFault(`--${name} must be one of ${choices.join(", ")}`, guess === undefined ? undefined : `did you mean ${guess}?`);
}

function unknownFlag(verb: Verb, given: string): never {
  const guess = nearest(
    given.replace(/^-+/, ""),
    verb.flags.map(({ name }) => name),
  );
  throw usageFault(`${verb.name} has no flag ${given}`, guess === undefined ? `fairlead help ${verb.name}` : `did you mean --${guess}?`);
}

function readOnly(values: ReadonlyMap<string, readonly string[]>): FlagValues {
  return {
    on: (name) => values.has(name),
    text: (name) => values.get(name)?.at(-1),
    all: (name) => values.get(name) ?? [],
  };
}
