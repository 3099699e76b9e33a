/**
 * The query as words: cut for chips, changed by clicks, and turned into the conditions of an action where each word has
 * one. What a word means is the node's business; here they are only moved about.
 */
import type { Selector } from "../../api/shapes.ts";

export interface Term {
  readonly not: boolean;
  /** "" of a bare word. */
  readonly key: string;
  readonly value: string;
  /** As it was written. */
  readonly text: string;
}

const WORD = /(-?)(?:([a-z]+):)?((?:"[^"]*"|[^\s"])+)/gi;

export function termsOf(query: string): readonly Term[] {
  return [...query.matchAll(WORD)].map(([text, not, key, value]) => ({
    not: not === "-",
    key: (key ?? "").toLowerCase(),
    value: (value ?? "").replaceAll('"', ""),
    text,
  }));
}

export function withoutTerm(query: string, text: string): string {
  return termsOf(query)
    .filter((term) => term.text !== text)
    .map((term) => term.text)
    .join(" ");
}

/** `to:ann@example.org`, in quotes where blanks would cut it. */
export function termText(key: string, value: string): string {
  const plain = value.replaceAll('"', ""); // the query's grammar has no way to write it
  return `${key}:${/\s/.test(plain) ? `"${plain}"` : plain}`;
}

/** One value for a key, instead of whatever was there. */
export function withTerm(query: string, key: string, value: string): string {
  const rest = termsOf(query)
    .filter((term) => term.key !== key)
    .map((term) => term.text);
  return [...rest, termText(key, value)].join(" ");
}

const STATES: Readonly<Record<string, readonly ("queued" | "held")[]>> = {
  queued: ["queued"],
  deferred: ["queued"],
  held: ["held"],
  frozen: ["held"],
  open: ["queued", "held"],
};

/** What an action on the query would say, or the words it has no condition for. */
export function selectorOfTerms(query: string): { readonly selector: Selector } | { readonly without: readonly string[] } {
  const selector: { -readonly [K in keyof Selector]: Selector[K] } = {};
  const without: string[] = [];
  for (const term of termsOf(query)) {
    const { key, value, not, text } = term;
    if (not || value.includes(",")) without.push(text);
    else if (key === "to" && value.startsWith("@")) selector.domain = value.slice(1);
    else if (key === "to" || key === "from" || key === "sender" || key === "source" || key === "reply") selector[key] = value;
    else if (key === "id") selector.id = [value];
    else if (key === "state" && STATES[value] !== undefined) selector.states = STATES[value];
    else without.push(text);
  }
  return without.length > 0 ? { without } : { selector };
}
