/**
 * Scores the reading of replies that others collected and labelled. The labels are their judgement and sometimes odd, so
 * each row names the classes that are right as well; the floors are below what was reached, so that a rule that helps
 * one reply and harms ten is seen. One row in five was put aside by its hash while the rules were written.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Diagnosis } from "../../model/diagnosis.ts";
import { diagnoseText } from "./replies.ts";

const FOLDER = join(process.env["FAIRLEAD_VECTORS"] ?? join(import.meta.dirname, "../../../../shared/vectors"), "replies");
const skip = existsSync(FOLDER) ? false : `no labelled replies in ${FOLDER}; FAIRLEAD_VECTORS names another folder`;

interface Row {
  readonly text: string;
  readonly class: string;
  readonly also: readonly string[];
  readonly found: Diagnosis;
}

interface Written {
  readonly text: string;
  /** Null: not scored. */
  readonly class: string | null;
  readonly also?: readonly string[];
  readonly kind: string;
}

function rows(): readonly Row[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".jsonl"))
    .flatMap((name) => readFileSync(join(FOLDER, name), "utf8").split("\n"))
    .filter((line) => line.trim() !== "")
    .flatMap((line) => {
      const { text, class: label, also = [], kind }: Written = JSON.parse(line);
      const shown = text.split(/\s+/).join(" ").trim();
      return label === null || kind !== "reply" ? [] : [{ text: shown, class: label, also, found: diagnoseText(shown, {}) }];
    });
}

const isAside = ({ text }: Row): boolean => BigInt(`0x${createHash("sha256").update(text).digest("hex")}`) % 5n === 0n;
const isStrict = ({ class: label, found }: Row): boolean => found.class === label;
const isRight = (row: Row): boolean => isStrict(row) || row.also.includes(row.found.class);
const share = (all: readonly Row[], holds: (row: Row) => boolean): number => (100 * all.filter(holds).length) / all.length;

const FLOORS = [
  ["all", () => true, 87.5, 96.5],
  ["seen while the rules were written", (row: Row) => !isAside(row), 87.5, 96.5],
  ["put aside", isAside, 85, 95],
] as const;

for (const [name, pick, strict, lenient] of FLOORS)
  test(`labelled replies are read as their labels say: ${name}`, { skip }, (t) => {
    const picked = rows().filter(pick);
    assert.ok(picked.length > 50, "too few rows to say anything");
    const [exact, right] = [share(picked, isStrict), share(picked, isRight)];
    t.diagnostic(`${name}: ${picked.length} rows, the label itself ${exact.toFixed(1)} %, right as well ${right.toFixed(1)} %`);
    assert.ok(exact >= strict, `the label itself: ${exact.toFixed(1)} %, wanted ${strict} %`);
    assert.ok(right >= lenient, `right as well: ${right.toFixed(1)} %, wanted ${lenient} %`);
  });

test("what is said to be sure is right nineteen times in twenty, and each rule that says so four times in five", { skip }, () => {
  const sure = rows().filter(({ found }) => found.confidence >= 0.8);
  assert.ok(share(sure, isRight) >= 95, `${share(sure, isRight).toFixed(1)} % of the sure are right`);
  const byRule = Map.groupBy(sure, ({ found }) => found.rule);
  for (const [rule, spoken] of byRule)
    if (spoken.length >= ENOUGH)
      assert.ok(share(spoken, isRight) >= 80, `${rule} is right in ${share(spoken, isRight).toFixed(0)} % of ${spoken.length}`);
});

/** Fewer replies than this say nothing about a rule. */
const ENOUGH = 6;
