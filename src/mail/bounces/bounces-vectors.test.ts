/**
 * Labelled bounces of many mail systems, beside the repository or where FAIRLEAD_VECTORS says. A fifth of the files was
 * put aside by a hash of the name before anything was written; its numbers are printed apart.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type BouncedRecipient, type BounceReport, readBounce } from "./bounces.ts";

const VECTORS = process.env["FAIRLEAD_VECTORS"] ?? join(import.meta.dirname, "../../../../shared/vectors");
const FOLDER = join(VECTORS, "bounces");
const skip = existsSync(FOLDER) ? false : `no bounces in ${FOLDER}; set FAIRLEAD_VECTORS`;
/** Prints each miss: FAIRLEAD_MISSES=recipient, status, reply, class or all. */
const SHOW = process.env["FAIRLEAD_MISSES"] ?? "";

interface Label {
  readonly file: string;
  readonly recipient: string | null;
  readonly status: string | null;
  readonly reply: string | null;
  readonly reason: string;
  readonly class: string | null;
  readonly also: readonly string[];
  readonly diagnostic: string | null;
}

const isAside = (file: string): boolean => BigInt(`0x${createHash("sha256").update(file).digest("hex")}`) % 5n === 0n;
const labels = (): Label[] =>
  readFileSync(join(FOLDER, "labels.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const read = async (path: string): Promise<BounceReport> => await readBounce(readFileSync(join(FOLDER, path)));

/** Of the labelled recipients so many must be read as their labels say. */
const LEAST = 0.95;
/** Some labels of classes contradict the words that they are of ("User unknown" is no policy); those are left to differ. */
const LEAST_CLASS = 0.93;

class Score {
  right = 0;
  all = 0;
  count(ok: boolean): void {
    this.all++;
    if (ok) this.right++;
  }
  get share(): number {
    return this.right / Math.max(1, this.all);
  }
  toString(): string {
    return `${this.right}/${this.all} = ${((100 * this.right) / Math.max(1, this.all)).toFixed(1)} %`;
  }
}

/** Made up where a bounce had none, or what the label's own diagnostic contradicts: not scored. */
const isStatusKnown = ({ status }: Label): boolean => status !== null && status !== "" && !/^[45]\.0\.9\d\d$/.test(status);

test("recipients, statuses, replies and classes of labelled bounces are found", { skip }, async (t) => {
  const scores = new Map<string, Score>();
  const score = (aside: boolean, what: string, ok: boolean, said: () => string): void => {
    const key = `${aside ? "put aside" : "seen"} ${what}`;
    const one = scores.get(key) ?? new Score();
    scores.set(key, one);
    one.count(ok);
    if (!ok && !aside && (SHOW === "all" || SHOW === what)) console.log(`${what}: ${said()}`);
  };
  const files = new Map<string, Label[]>();
  for (const label of labels()) files.set(label.file, [...(files.get(label.file) ?? []), label]);
  for (const [file, expected] of files) {
    const report = await read(`bsd/${file}`);
    const aside = isAside(file);
    const used = new Set<BouncedRecipient>();
    for (const label of expected) {
      const kind = label.reason === "feedback" ? "arf" : label.reason === "vacation" ? "autoreply" : "dsn";
      score(aside, "kind", report.kind === kind, () => `${file} is ${report.kind}, not ${kind}`);
      if (label.recipient === null || label.recipient.endsWith(".invalid")) continue;
      const got = report.recipients.find((one) => one.address.toLowerCase() === label.recipient?.toLowerCase());
      const names = report.recipients.map(({ address }) => address).join(" ");
      score(aside, "recipient", got !== undefined, () => `${file} ${label.recipient} not in: ${names}`);
      if (kind !== "dsn") continue;
      const same = got ?? report.recipients.find((one) => !used.has(one));
      if (same !== undefined) used.add(same);
      const told = JSON.stringify(same?.diagnostic)?.slice(0, 300);
      if (isStatusKnown(label))
        score(
          aside,
          "status",
          same?.status === label.status,
          () => `${file} ${same?.status}, not ${label.status}: ${told} / ${label.diagnostic?.slice(0, 200)}`,
        );
      if (label.reply !== null && label.reply !== "")
        score(
          aside,
          "reply",
          String(same?.reply) === String(label.reply).trim(),
          () => `${file} ${same?.reply}, not ${label.reply}: ${told}`,
        );
      if (label.class === null || ["onhold", "undefined"].includes(label.reason)) continue;
      const kindOf = same?.diagnosis.class ?? "";
      const ok = kindOf === label.class || label.also.includes(kindOf);
      score(
        aside,
        "class",
        ok,
        () =>
          `${file} ${kindOf} (${same?.diagnosis.rule}), not ${label.class} ${label.reason}: ${told} / ${label.diagnostic?.slice(0, 200)}`,
      );
    }
    score(
      aside,
      "count",
      report.recipients.length === expected.length || expected.some(({ recipient }) => recipient === null),
      () =>
        `${file} ${report.recipients.length} recipients, not ${expected.length}: ${report.recipients.map((one) => one.address).join(" ")}`,
    );
  }
  for (const [what, one] of [...scores].sort()) t.diagnostic(`${what}: ${one}`);
  for (const what of ["kind", "count", "recipient", "status", "reply", "class"])
    for (const half of ["seen", "put aside"]) {
      const got = scores.get(`${half} ${what}`);
      assert.ok((got?.share ?? 0) >= (what === "class" ? LEAST_CLASS : LEAST), `${half} ${what}: ${got}`);
    }
});

test("the three line ends say the same", { skip }, async () => {
  for (const folder of ["dos", "mac"])
    for (const file of readdirSync(join(FOLDER, folder)))
      assert.deepEqual(await read(`${folder}/${file}`), await read(`bsd/${file}`), `${folder}/${file}`);
});

test("what is no bounce is none", { skip }, async () => {
  for (const file of readdirSync(join(FOLDER, "not"))) assert.equal((await read(`not/${file}`)).kind, "none", file);
});
