/**
 * A schema for settings that people write by hand: from one description come the reading, the defaults, the error
 * messages with line and cause, and the reference page. Knows no file syntax: whoever parses the file hands in a tree
 * of `Written` nodes. Leaves (durations, sizes, addresses …) are in `option-leaves.ts`.
 *
 * A schema reads the whole tree whatever it finds, so that every fault is told at once, not one a start.
 */
import { nearest } from "./nearest.ts";

/** What somebody wrote, with 1-based lines; `text` of a scalar is the source's own characters, quotes removed. */
export type Written =
  | { readonly is: "scalar"; readonly line: number | undefined; readonly text: string }
  | { readonly is: "empty"; readonly line: number | undefined }
  | { readonly is: "list"; readonly line: number | undefined; readonly items: readonly Written[] }
  | { readonly is: "map"; readonly line: number | undefined; readonly entries: readonly WrittenEntry[] };

export interface WrittenEntry {
  readonly key: string;
  readonly line: number | undefined;
  readonly value: Written;
}

/** One thing wrong: a sentence is `${path} ${cause}`, then what to do about it. */
export interface Finding {
  /** `listeners[0].smtp`; "" for the whole. */
  readonly path: string;
  readonly line: number | undefined;
  readonly cause: string;
  readonly remedy: string | undefined;
}

export type Report = (finding: Finding) => void;

/** What a change of the setting takes: it is seen at once, or after the next start. */
export type Change = "live" | "restart";

/** How the reference page shows an option. */
export type Description =
  /** `form` completes "must be …". `usual` is the default as one would write it; absent where it is not one value, which `otherwise` may put in words. */
  | {
      readonly is: "leaf";
      readonly doc: string;
      readonly form: string;
      readonly example: string;
      readonly usual: string | undefined;
      readonly otherwise: string | undefined;
      readonly change: Change;
    }
  | { readonly is: "list"; readonly doc: string; readonly item: Description; readonly usual: readonly string[]; readonly change: Change }
  | { readonly is: "map"; readonly doc: string; readonly key: string; readonly item: Description }
  | { readonly is: "section"; readonly doc: string; readonly fields: Readonly<Record<string, Description>> };

export interface Option<T> {
  readonly description: Description;
  /** The value where nothing is written. */
  readonly absent: T;
  /** The value of what is written; after a report, anything of the type. */
  read(written: Written, path: string, report: Report): T;
}

/** The type of the values that a schema reads. */
export type ValueOf<O> = O extends Option<infer T> ? T : never;

type Fields = Readonly<Record<string, Option<unknown>>>;
type FieldValues<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** Named settings. An absent section has the defaults of all its fields; `check` sees rules between fields. */
export function section<F extends Fields>(
  fields: F,
  options: {
    readonly doc: string;
    readonly check?: (value: FieldValues<F>, at: { readonly path: string; readonly line: number | undefined }, report: Report) => void;
  },
): Option<FieldValues<F>> {
  const defaults = mapFields(fields, (option) => option.absent) as FieldValues<F>;
  const known = Object.keys(fields);
  return {
    description: { is: "section", doc: options.doc, fields: mapFields(fields, (option) => option.description) },
    absent: defaults,
    read(written, path, report) {
      if (written.is === "empty") return defaults; // all its lines are comments
      if (written.is !== "map") {
        report({
          path,
          line: written.line,
          cause: `must be settings as NAME: VALUE, with the names ${known.join(", ")}`,
          remedy: undefined,
        });
        return defaults;
      }
      const value: Record<string, unknown> = { ...defaults };
      let faults = 0;
      const counted: Report = (finding) => {
        faults++;
        report(finding);
      };
      for (const entry of entriesOnce(written.entries, path, counted)) {
        const option = Object.hasOwn(fields, entry.key) ? fields[entry.key] : undefined;
        if (option) value[entry.key] = option.read(entry.value, below(path, entry.key), counted);
        else counted(unknownKey(entry, path, known));
      }
      // A rule between fields would take a faulty one for a missing one.
      if (faults === 0) options.check?.(value as FieldValues<F>, { path, line: written.line }, report);
      return value as FieldValues<F>;
    },
  };
}

/** Any number of values; a single one may be written without the list. */
export function list<T>(
  item: Option<T | undefined>,
  options: { readonly doc: string; readonly default: readonly T[]; readonly usual?: readonly string[]; readonly change?: Change },
): Option<readonly T[]> {
  const { doc, usual = [], change = "restart" } = options;
  return {
    description: { is: "list", doc, item: item.description, usual, change },
    absent: options.default,
    read(written, path, report) {
      if (written.is === "empty") {
        report({ path, line: written.line, cause: "has no value", remedy: "write [] for none, or remove the line" });
        return options.default;
      }
      const items =
        written.is === "list"
          ? written.items.map((one, index) => item.read(one, `${path}[${index}]`, report))
          : [item.read(written, path, report)];
      return items.filter((one) => one !== undefined); // reported
    },
  };
}

/**
 * Values under names that the writer chooses. `readKey` returns the name in its one form, or undefined if it is none;
 * where many of them are known beforehand, what was meant can be guessed.
 */
export function map<T>(
  item: Option<T | undefined>,
  options: {
    readonly doc: string;
    readonly key: string;
    readonly example: string;
    readonly readKey: (text: string) => string | undefined;
    readonly known?: readonly string[];
  },
): Option<ReadonlyMap<string, T>> {
  const none: ReadonlyMap<string, T> = new Map();
  return {
    description: { is: "map", doc: options.doc, key: options.example, item: item.description },
    absent: none,
    read(written, path, report) {
      if (written.is === "empty") return none;
      if (written.is !== "map") {
        report({
          path,
          line: written.line,
          cause: `must be a section with a line for each ${options.key}, for example ${options.example}: …`,
          remedy: undefined,
        });
        return none;
      }
      const value = new Map<string, T>();
      for (const entry of entriesOnce(written.entries, path, report)) {
        const key = options.readKey(entry.key);
        const guess = key === undefined ? nearest(entry.key, options.known ?? []) : undefined;
        if (key === undefined)
          report({
            path: below(path, entry.key),
            line: entry.line,
            cause: `is no ${options.key}, for example ${options.example}`,
            remedy: guess === undefined ? undefined : `did you mean ${guess}?`,
          });
        const one = item.read(entry.value, below(path, entry.key), report);
        if (key !== undefined && one !== undefined) value.set(key, one);
      }
      return value;
    },
  };
}

/** A scalar or nothing as text; reports anything else. What leaves are made of. */
export function scalarText(written: Written, path: string, mustBe: string, report: Report): string | undefined {
  if (written.is === "scalar") return written.text;
  if (written.is === "empty") report({ path, line: written.line, cause: "has no value", remedy: `write ${mustBe}, or remove the line` });
  else
    report({
      path,
      line: written.line,
      cause: `must be ${mustBe}, not a ${written.is === "list" ? "list" : "section"}`,
      remedy: undefined,
    });
  return undefined;
}

/** The line of what a path of keys and indexes leads to, as far as it goes. For rules that the schema cannot see. */
export function lineAt(written: Written, path: readonly (string | number)[]): number | undefined {
  let node = written;
  let line: number | undefined;
  for (const step of path) {
    const entry: WrittenEntry | undefined = node.is === "map" ? node.entries.find(({ key }) => key === step) : undefined;
    const next: Written | undefined = node.is === "list" ? node.items[Number(step)] : entry?.value;
    if (next === undefined) break;
    line = node.is === "map" ? entry?.line : next.line;
    node = next;
  }
  return line;
}

function below(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/** The entries, of equal keys only the first: which of two was meant is not ours to choose, so it is reported. */
function entriesOnce(entries: readonly WrittenEntry[], path: string, report: Report): readonly WrittenEntry[] {
  const first = new Map<string, WrittenEntry>();
  for (const entry of entries) {
    const before = first.get(entry.key);
    if (before === undefined) first.set(entry.key, entry);
    else
      report({
        path: below(path, entry.key),
        line: entry.line,
        cause: before.line === undefined ? "is set twice" : `is set twice, first in line ${before.line}`,
        remedy: undefined,
      });
  }
  return [...first.values()];
}

function unknownKey(entry: WrittenEntry, path: string, known: readonly string[]): Finding {
  const guess = nearest(entry.key, known);
  const remedy = guess === undefined ? `known here: ${known.join(", ")}` : `did you mean ${guess}?`;
  return { path: below(path, entry.key), line: entry.line, cause: "is not a setting", remedy };
}

function mapFields<T>(fields: Fields, of: (option: Option<unknown>) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(fields).map(([name, option]) => [name, of(option)]));
}
