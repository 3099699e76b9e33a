/**
 * Proves that each phrase can speak: none is such that whatever it fits is taken by another of its row, or by a row before
 * it. A hidden phrase costs memory, and whoever widens it wonders why nothing changes.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { GAP, isBelow, type Sequence, sequencesOf } from "../reading/phrase.ts";
import type { Rule } from "../rule.ts";
import { SPECIFIC, VAGUE } from "./order.ts";

type Element = Sequence["elements"][number];

/** Every word that fits `b` fits `a`. Where it cannot be told for sure, no. */
function isWithin(b: Element, a: Element): boolean {
  if (a.is === "name") return b.is === "name" || b.is === "any-host" || b.is === "host";
  if (a.is === "any-host") return b.is === "any-host";
  if (a.is === "host") return b.is === "host" && isBelow(b.name, a.name);
  if (a.is === "number") return b.is === "number" && b.from >= a.from && b.to <= a.to;
  if (a.is !== "words" || b.is !== "words") return false;
  const begins = (word: string): boolean => a.stems.some((stem) => word.startsWith(stem));
  return [...b.exact].every((word) => a.exact.has(word) || begins(word)) && b.stems.every(begins);
}

/** Whatever `b` fits from `at` on, the rest of `a` fits there too. */
function fitsFrom(a: readonly Element[], b: readonly Element[], at: number): boolean {
  const [first, ...rest] = a;
  if (first === undefined) return true;
  const here = b[at];
  if (first.is !== "gap") return here !== undefined && isWithin(here, first) && fitsFrom(rest, b, at + 1);
  if (here?.is === "gap") return fitsFrom(rest, b, at + 1);
  for (let taken = 0; taken <= GAP && at + taken <= b.length; taken++) {
    if (fitsFrom(rest, b, at + taken)) return true;
    if (b[at + taken]?.is === "gap") return false;
  }
  return false;
}

const hides = (a: readonly Element[], b: readonly Element[]): boolean => b.some((_, at) => fitsFrom(a, b, at));

interface Phrase {
  readonly rule: Rule;
  readonly text: string;
  readonly ways: readonly (readonly Element[])[];
}

const phrases: readonly Phrase[] = [...SPECIFIC, ...VAGUE].flatMap((rule) =>
  (rule.says ?? []).map((text) => ({ rule, text, ways: sequencesOf(text).map(({ elements }) => elements) })),
);

/** Where `later` may speak, `earlier` may. */
function isAlwaysAsked(earlier: Rule, later: Rule): boolean {
  if (earlier === later) return true;
  const isOfBoth = earlier.of === undefined || (earlier.of === later.of && (earlier.named === undefined || later.named === true));
  return isOfBoth && earlier.code === undefined && earlier.stages === undefined;
}

test("no phrase is hidden behind others", () => {
  const hidden = phrases.flatMap((one, nth) => {
    const asked = phrases.filter(
      (other, at) => other !== one && (at < nth || other.rule === one.rule) && isAlwaysAsked(other.rule, one.rule),
    );
    const behind = one.ways.map((way) => asked.find(({ ways }) => ways.some((other) => hides(other, way))));
    return behind.some((other) => other === undefined)
      ? []
      : [
          `${one.rule.id}: "${one.text}" never speaks, for ${behind.map((other) => `${other?.rule.id}: "${other?.text}"`).join(" and ")} does`,
        ];
  });
  assert.deepEqual(hidden, []);
});

for (const [a, b, want] of [
  ["mailbox full", "your mailbox full", true],
  ["mailbox|inbox full", "mailbox full", true],
  ["mailbox full", "mailbox|inbox full", false],
  ["quota .. exceed*", "quota of user exceeded", true],
  ["quota .. exceed*", "quota .. user exceeded", false],
  ["@spamhaus.org", "listed @zen.spamhaus.org", true],
  ["@zen.spamhaus.org", "listed @spamhaus.org", false],
  ["error #1300-1349", "error #1310-1320", true],
] as const)
  test(`"${a}" ${want ? "hides" : "does not hide"} "${b}"`, () => {
    const [first, second] = [a, b].map((text) => sequencesOf(text).map(({ elements }) => elements));
    assert.equal(
      second?.every((way) => first?.some((other) => hides(other, way))),
      want,
    );
  });
