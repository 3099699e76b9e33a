/** A settings file as documents, with every fault in it told at once: line, path, cause, remedy. */
import { unreachable } from "../../base/brand.ts";
import { nearest } from "../../base/nearest.ts";
import type { Report, Written, WrittenEntry } from "../../base/option.ts";
import { readYaml } from "../config/config.ts";
import { FORMS, type FormName } from "./forms.ts";
import { type Fields, type Leaf, MOST_TEXTS, pathOf, SECTION_NAMES, SECTIONS, type Section, type SectionName } from "./settings-schema.ts";

export interface WrittenDocument {
  readonly kind: string;
  readonly key: string;
  readonly line: number | undefined;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface SettingsFile {
  /** Those that the file has: the others are left as they are. */
  readonly sections: readonly SectionName[];
  readonly documents: readonly WrittenDocument[];
}

/** Undefined if it is no YAML. What was reported is left out of the documents. */
export function readSettings(text: string, report: Report): SettingsFile | undefined {
  const written = readYaml(text, report);
  if (written === undefined) return undefined;
  if (written.is === "empty") return { sections: [], documents: [] }; // all its lines are comments
  const documents: WrittenDocument[] = [];
  const entries = namedEntries(written, "", SECTION_NAMES, report);
  for (const { key, value, line } of entries) {
    const section: Section = SECTIONS[key as SectionName];
    if (!section.many) documents.push({ kind: section.kind, key: "", line, value: readObject(section.fields, value, key, report) });
    else for (const entry of mapEntries(value, key, report)) documents.push(readNamed(section, entry, report));
  }
  return { sections: entries.map(({ key }) => key as SectionName), documents };
}

function readNamed(section: Section, entry: WrittenEntry, report: Report): WrittenDocument {
  const path = pathOf(section.kind, entry.key);
  const { must, example, fits } = FORMS.name;
  if (!fits(entry.key)) report({ path, line: entry.line, cause: `is named otherwise than by ${must}`, remedy: `for example ${example}` });
  return { kind: section.kind, key: entry.key, line: entry.line, value: readObject(section.fields, entry.value, path, report) };
}

function readObject(fields: Fields, written: Written, path: string, report: Report): Readonly<Record<string, unknown>> {
  const value: Record<string, unknown> = {};
  for (const { key, value: inner } of namedEntries(written, path, Object.keys(fields), report)) {
    const leaf = fields[key];
    const read = leaf && readLeaf(leaf, inner, `${path}.${key}`, report);
    if (read !== undefined) value[key] = read;
  }
  return value;
}

function readLeaf(leaf: Leaf, written: Written, path: string, report: Report): unknown {
  switch (leaf.is) {
    case "flag":
      if (written.is === "scalar" && (written.text === "true" || written.text === "false")) return written.text === "true";
      return wrong(written, path, "true or false", "true", report);
    case "text":
      return readText(leaf.form, written, path, report);
    case "texts":
      return readTexts(leaf.form, written, path, report);
    default:
      return unreachable(leaf);
  }
}

/** One text stands for a list of it. */
function readTexts(form: FormName, written: Written, path: string, report: Report): readonly string[] | undefined {
  if (written.is === "scalar") return [readText(form, written, path, report)].filter((one) => one !== undefined);
  if (written.is !== "list") return wrong(written, path, "a list", "[a, b]", report);
  const { items, line } = written;
  if (items.length > MOST_TEXTS) {
    report({ path, line, cause: `has ${items.length} entries, and may have ${MOST_TEXTS}`, remedy: "spread them over several documents" });
    return undefined;
  }
  return items.map((item, index) => readText(form, item, `${path}[${index}]`, report)).filter((one) => one !== undefined);
}

function readText(form: FormName, written: Written, path: string, report: Report): string | undefined {
  const { must, example, fits } = FORMS[form];
  if (written.is === "scalar" && fits(written.text)) return written.text;
  return wrong(written, path, must, example, report);
}

const LONGEST_QUOTE = 60;

function wrong(written: Written, path: string, must: string, example: string, report: Report): undefined {
  if (written.is === "empty") report({ path, line: written.line, cause: "has no value", remedy: `write ${must}, or remove the line` });
  else {
    const got = written.is === "scalar" ? `(got ${JSON.stringify(written.text.slice(0, LONGEST_QUOTE))})` : `(got a ${written.is})`;
    report({ path, line: written.line, cause: `must be ${must}, for example ${example} ${got}`, remedy: undefined });
  }
  return undefined;
}

/** The entries that have a known name; the others are told. */
function namedEntries(written: Written, path: string, known: readonly string[], report: Report): readonly WrittenEntry[] {
  return mapEntries(written, path, report).filter(({ key, line }) => {
    if (known.includes(key)) return true;
    const guess = nearest(key, known);
    const remedy = guess === undefined ? `known here: ${known.join(", ")}` : `did you mean ${guess}?`;
    report({ path: path === "" ? key : `${path}.${key}`, line, cause: "is not a setting", remedy });
    return false;
  });
}

/** Of equal names the first; that there is another is told. */
function mapEntries(written: Written, path: string, report: Report): readonly WrittenEntry[] {
  if (written.is !== "map") {
    if (written.is === "empty")
      report({ path, line: written.line, cause: "has no value", remedy: "write {} for none, or remove the line" });
    else report({ path, line: written.line, cause: "must be lines of NAME: VALUE", remedy: undefined });
    return [];
  }
  const first = new Map<string, WrittenEntry>();
  for (const entry of written.entries) {
    const before = first.get(entry.key);
    if (before === undefined) first.set(entry.key, entry);
    else
      report({
        path: path === "" ? entry.key : `${path}.${entry.key}`,
        line: entry.line,
        cause: `is set twice, first in line ${before.line}`,
        remedy: undefined,
      });
  }
  return [...first.values()];
}
