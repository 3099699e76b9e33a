/**
 * The reference: a YAML file with every setting, its default, and what it is for. Made from the schema, so it cannot be
 * out of date; with its settings uncommented as they stand it says what no file says.
 */
import { unreachable } from "../../base/brand.ts";
import type { Description } from "../../base/option.ts";
import { SCHEMA } from "./schema.ts";

export interface ReferenceRow {
  /** `listeners[].smtp`, `routes.DOMAIN`. */
  readonly path: string;
  /** What it must be. */
  readonly form: string;
  /** The default as one would write it, or in words; "" if there is none. */
  readonly usual: string;
  readonly change: "live" | "restart";
  readonly doc: string;
}

type Leaf = Extract<Description, { is: "leaf" }>;
type List = Extract<Description, { is: "list" }>;

const WIDTH = 110;
const INTRO =
  "Fairlead's settings. ## explains; # is a setting with its default: remove the # to change it. Times have a unit (30s, 15m, 4h, 3d); " +
  "sizes count in steps of 1024 (50 MB); a list of one may be written as that one. Flags win over this file; --smtp and --allow add to its lists. " +
  "A change takes effect at the next start.";

/** The whole file: prose begins with `##`, settings with `#`. */
export function reference(): string {
  const fields = SCHEMA.description.is === "section" ? Object.entries(SCHEMA.description.fields) : [];
  const blocks = [prose(INTRO, ""), ...fields.map(([name, field]) => block(name, field, ""))];
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** The same as rows, one a leaf. */
export function referenceRows(): readonly ReferenceRow[] {
  return rows("", SCHEMA.description);
}

function block(name: string, field: Description, indent: string): string[] {
  switch (field.is) {
    case "leaf":
      return leafLines(name, field, indent);
    case "list":
      return [...prose(field.doc, indent), ...listLines(name, field, indent)];
    case "map":
      return [...prose(field.doc, indent), `##${indent}${name}:`, ...mapLines(field.key, field.item, `${indent}  `)];
    case "section":
      return [
        ...prose(field.doc, indent),
        `#${indent}${name}:`,
        ...Object.entries(field.fields).flatMap(([below, inner]) => block(below, inner, `${indent}  `)),
      ];
    default:
      return unreachable(field);
  }
}

function exampleOf(field: Description): string {
  if (field.is === "list") return `[${exampleOf(field.item)}]`;
  return field.is === "leaf" ? field.example : "…";
}

/** An entry as an example, so all of it is prose. */
function mapLines(key: string, item: Description, indent: string): string[] {
  if (item.is !== "section") return [`##${indent}${key}: ${exampleOf(item)}`];
  const fields = Object.entries(item.fields).flatMap(([name, field]) => block(name, field, `${indent}  `));
  return [`##${indent}${key}:`, ...fields.map((line) => line.replace(/^#(?!#)/, "##"))];
}

function leafLines(name: string, field: Leaf, indent: string): string[] {
  if (field.usual !== undefined) return [...prose(`${field.doc}${bounds(field)}`, indent), `#${indent}${name}: ${field.usual}`];
  const otherwise = field.otherwise === undefined ? "" : ` Without it: ${field.otherwise}.`;
  return [...prose(`${field.doc}${bounds(field)}${otherwise} For example:`, indent), `##${indent}${name}: ${field.example}`];
}

function listLines(name: string, { item, usual }: List, indent: string): string[] {
  if (item.is !== "section")
    return [`#${indent}${name}: [${usual.map((one) => (one.startsWith(":") ? JSON.stringify(one) : one)).join(", ")}]`];
  const fields = Object.entries(item.fields).flatMap(([below, inner]) => prose(`${below}: ${sentenceOf(inner)}`, `${indent}    `));
  return [`#${indent}${name}:`, ...usual.map((one) => `#${indent}  - ${one}`), `##${indent}  An item may have:`, ...fields];
}

function sentenceOf(field: Description): string {
  if (field.is !== "leaf") return field.doc;
  const otherwise = field.otherwise === undefined ? ` For example ${field.example}.` : ` Without it: ${field.otherwise}.`;
  return `${field.doc}${bounds(field)}${otherwise}`;
}

/** `one of a, b` and limits are worth saying; that a path is a path is not. */
function bounds({ form }: Leaf): string {
  return /^one of | from \S+ to /.test(form) ? ` Must be ${form}.` : "";
}

function prose(text: string, indent: string): string[] {
  const start = `##${indent === "" ? " " : indent}`;
  const lines: string[] = [];
  let line = start;
  for (const word of text.split(" ")) {
    if (line.length + word.length > WIDTH) {
      lines.push(line.trimEnd());
      line = start;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}

function rows(path: string, field: Description): ReferenceRow[] {
  const below = (name: string): string => (path === "" ? name : `${path}.${name}`);
  switch (field.is) {
    case "leaf":
      return [{ path, form: field.form, usual: field.usual ?? field.otherwise ?? "", change: field.change, doc: field.doc }];
    case "list":
      if (field.item.is === "leaf")
        return [{ path: `${path}[]`, form: field.item.form, usual: field.usual.join(", "), change: field.change, doc: field.doc }];
      return rows(`${path}[]`, field.item);
    case "map":
      if (field.item.is === "section") return rows(below("NAME"), field.item);
      return rows(below("DOMAIN"), field.item).map((row) => ({ ...row, doc: field.doc }));
    case "section":
      return Object.entries(field.fields).flatMap(([name, inner]) => rows(below(name), inner));
    default:
      return unreachable(field);
  }
}
