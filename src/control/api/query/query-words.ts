/** The words of a typed query with their places, before they mean anything: `-key:value,"other value"`. */

export interface QueryWord {
  /** Where it begins, from 0. */
  readonly at: number;
  readonly negated: boolean;
  /** As typed, lower case; absent for a bare word. */
  readonly key?: string;
  /** Without quotes, at least one. */
  readonly values: readonly string[];
}

export interface QueryFault {
  readonly at: number;
  readonly text: string;
  readonly fix?: string;
}

const MOST_WORDS = 64;
const MOST_VALUES = 50;

export function queryWords(text: string): readonly QueryWord[] | QueryFault {
  const words: QueryWord[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] ?? "")) {
      at++;
      continue;
    }
    if (words.length >= MOST_WORDS) return { at, text: `a query may have ${MOST_WORDS} words` };
    const read = wordAt(text, at);
    if ("text" in read) return read;
    words.push(read.word);
    at = read.end;
  }
  return words;
}

function wordAt(text: string, begin: number): { readonly word: QueryWord; readonly end: number } | QueryFault {
  const negated = text[begin] === "-" && /[^\s-]/.test(text[begin + 1] ?? "");
  let at = negated ? begin + 1 : begin;
  const key = /^[a-z][a-z-]*(?=:)/i.exec(text.slice(at, at + 40))?.[0];
  // `https://…` and `fe80::1` are words, not keys with values.
  const keyed = key !== undefined && !text.startsWith("//", at + key.length + 1) && text[at + key.length + 1] !== ":";
  if (keyed) at += key.length + 1;
  const values: string[] = [];
  let value = "";
  for (;;) {
    const letter = text[at];
    if (letter === '"') {
      const end = text.indexOf('"', at + 1);
      if (end < 0) return { at, text: `a quotation mark at ${at + 1} is not closed`, fix: 'write "two words"' };
      value += text.slice(at + 1, end);
      at = end + 1;
    } else if (letter === undefined || /\s/.test(letter)) break;
    else if (letter === "," && keyed) {
      values.push(value);
      value = "";
      at++;
    } else {
      value += letter;
      at++;
    }
  }
  values.push(value);
  const given = values.filter((one) => one !== "");
  if (keyed && given.length === 0) return { at: begin, text: `${key}: says nothing`, fix: `write ${key}:something, without a blank` };
  if (given.length > MOST_VALUES) return { at: begin, text: `a word may have ${MOST_VALUES} values` };
  if (given.length === 0) return { at: begin, text: "an empty quotation says nothing" };
  return { word: { at: begin, negated, ...(keyed ? { key: key.toLowerCase() } : {}), values: given }, end: at };
}
