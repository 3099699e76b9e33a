/** The verb table as a shell meets it: first words, what may follow them, and what stands behind a flag. */
import type { Flag, Verb } from "./verb.ts";
import { GROUPS, VERBS } from "./verbs.ts";

export interface FirstWord {
  readonly word: string;
  readonly says: string;
  /** Second words; empty: the first word is the verb. */
  readonly seconds: readonly { readonly word: string; readonly verb: Verb }[];
  /** What the word means alone. */
  readonly alone: Verb | undefined;
}

export function firstWords(): readonly FirstWord[] {
  const words = new Set(VERBS.flatMap(({ name, aliases = [] }) => [name, ...aliases].map((one) => one.split(" ", 1)[0] ?? "")));
  return [...words].map((word) => {
    const alone = VERBS.find(({ name, aliases }) => name === word || aliases?.includes(word));
    const seconds = VERBS.filter(({ name }) => name.startsWith(`${word} `)).map((verb) => ({
      word: verb.name.slice(word.length + 1),
      verb,
    }));
    const says = GROUPS.find(({ name }) => name === word)?.says ?? alone?.says ?? "";
    return { word, says, seconds, alone };
  });
}

/** What a value or an operand is, where a shell knows more than its letters. */
export type Kind = { readonly is: "choice"; readonly of: readonly string[] } | { readonly is: "file" | "folder" | "text" };

export function valueKind({ value, choices }: Flag): Kind {
  if (choices !== undefined) return { is: "choice", of: choices };
  return value === "FILE" ? { is: "file" } : value === "DIR" ? { is: "folder" } : { is: "text" };
}

export function operandKind({ operands = "", choices }: Verb): Kind {
  if (choices !== undefined) return { is: "choice", of: choices };
  return /\bFILE\b/.test(operands) ? { is: "file" } : { is: "text" };
}

/** `to:`, and with values `state:queued`. */
export function queryWords({ words = {} }: Verb): { readonly keys: readonly string[]; readonly pairs: readonly string[] } {
  const entries = Object.entries(words);
  return {
    keys: entries.map(([key]) => `${key}:`),
    pairs: entries.flatMap(([key, values]) => values.map((value) => `${key}:${value}`)),
  };
}
