/** Rules filed by the words that find them, so that a reply costs a look-up a word and not a scan a rule. */
import type { Stage } from "../../model/outcome.ts";
import { hostOf, keysOf, matches, type Sequence, STEM, sequencesOf } from "./reading/phrase.ts";
import { HOST } from "./reading/words.ts";
import type { Rule } from "./rule.ts";

interface Filed {
  readonly rule: Rule;
  readonly order: number;
  readonly sequence: Sequence;
}

interface Coded {
  readonly rule: Rule;
  readonly order: number;
}

/** What decides whether a rule may speak at all. */
export interface Asked {
  readonly words: readonly string[];
  /** Lower case; only searched where it has letters of scripts without spaces. */
  readonly text: string;
  readonly code: string;
  /** Without its first digit: `7.26`. */
  readonly enhanced: string;
  /** Keys of who spoke; empty if unknown. */
  readonly speaker: readonly string[];
  readonly stage?: Stage;
}

export interface RuleIndex {
  /** The first rule in the table's order that fits, if any. */
  first(asked: Asked): Rule | undefined;
}

export function indexRules(rules: readonly Rule[]): RuleIndex {
  const files = new Map<string, Filed[]>();
  const coded: Coded[] = [];
  const substrings: { readonly text: string; readonly rule: Rule; readonly order: number }[] = [];
  for (const [order, rule] of rules.entries()) {
    if ((rule.enhanced ?? []).length > 0) coded.push({ rule, order });
    for (const text of rule.has ?? []) substrings.push({ text, rule, order });
    for (const sequence of (rule.says ?? []).flatMap(sequencesOf))
      for (const key of keysOf(sequence)) {
        const list = files.get(key);
        if (list === undefined) files.set(key, [{ rule, order, sequence }]);
        else list.push({ rule, order, sequence });
      }
  }
  return { first: (asked) => first(files, substrings, coded, asked) };
}

function first(
  files: ReadonlyMap<string, readonly Filed[]>,
  substrings: readonly { readonly text: string; readonly rule: Rule; readonly order: number }[],
  coded: readonly Coded[],
  asked: Asked,
): Rule | undefined {
  let best: Rule | undefined;
  let bestOrder = Number.POSITIVE_INFINITY;
  const { words } = asked;
  // A provider's codes are its own: the same digits mean something else elsewhere.
  if (asked.enhanced !== "" && asked.speaker.length > 0)
    for (const { rule, order } of coded)
      if (
        order < bestOrder &&
        rule.of !== undefined &&
        asked.speaker.includes(rule.of) &&
        mayBe(rule, asked) &&
        isAmong(rule.enhanced ?? [], asked.enhanced)
      )
        [best, bestOrder] = [rule, order];
  const look = (key: string, at: number): void => {
    const list = files.get(key);
    if (list === undefined) return;
    for (const { rule, order, sequence } of list) {
      // Rows are filed in their order: what follows comes too late.
      if (order >= bestOrder) return;
      if (mayBe(rule, asked) && matches(sequence, words, at)) [best, bestOrder] = [rule, order];
    }
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word.charCodeAt(0) === 60) {
      if (word.length > HOST.length) for (const suffix of suffixesOf(hostOf(word))) look(`@${suffix}`, at);
      continue;
    }
    look(word, at);
    if (word.length >= STEM) look(`${word.slice(0, STEM)}*`, at);
  }
  if (UNSPACED.test(asked.text))
    for (const { text, rule, order } of substrings)
      if (order < bestOrder && mayBe(rule, asked) && asked.text.includes(text)) [best, bestOrder] = [rule, order];
  return best;
}

/** `7.606-649` is a range of the last number. */
function isAmong(codes: readonly string[], code: string): boolean {
  const [subject, detail] = code.split(".");
  return codes.some((wanted) => {
    const [head, tail = ""] = wanted.split(".");
    const [from = 0, to = from] = tail.split("-").map(Number);
    return head === subject && Number(detail) >= from && Number(detail) <= to;
  });
}

const UNSPACED = /[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;

function mayBe({ code, stages, of, named, under }: Rule, asked: Asked): boolean {
  if (code !== undefined && !asked.code.startsWith(code)) return false;
  if (under !== undefined && !isAmong(under, asked.enhanced)) return false;
  if (stages !== undefined && (asked.stage === undefined || !stages.includes(asked.stage))) return false;
  return of === undefined || asked.speaker.includes(of) || (asked.speaker.length === 0 && named === undefined);
}

/** `a.b.example/c` is found as itself, `a.b.example`, `b.example` and so on; with the first part of its path as well. */
function suffixesOf(host: string): readonly string[] {
  const [whole = "", ...path] = host.split("/");
  const bare = whole.split(/[:?]/, 1)[0] ?? "";
  const found: string[] = [];
  let from = 0;
  for (let more = 0; more < MOST_LABELS && from >= 0; more++) {
    const name = bare.slice(from);
    found.push(name);
    if (path.length > 0) found.push(`${name}/${path[0]}`);
    const dot = bare.indexOf(".", from);
    from = dot < 0 ? -1 : dot + 1;
  }
  return found;
}
const MOST_LABELS = 8;
