/**
 * YAML as the neutral tree that schemas read. Of YAML's many ways only the plain ones are taken: no anchors, tags or
 * several documents, so that a line means what it seems to mean. Scalars keep the source's characters, so a port stays
 * a port and `off` stays a word.
 */
import { createRequire } from "node:module";
import type * as Yaml from "yaml";
import { textOf } from "../../base/fault.ts";
import type { Report, Written, WrittenEntry } from "../../base/option.ts";

/** Loaded with the first text: a node without a file, whose settings nobody changes, need not hold its 70 modules. */
const load = createRequire(import.meta.url);
function yaml(): typeof Yaml {
  return load("yaml") as typeof Yaml;
}

/** A configuration is some kilobytes; a file above this is another file. */
const LONGEST = 1 << 20;

/** Consequences of the first faults are not worth reading. */
const MOST_SYNTAX_FAULTS = 3;
/** The parser recurses: brackets or dashes nested by the thousand would end its stack. */
const NESTED = /(?:[[{]\s*|- +){64}/;

/** The tree; undefined if the text is not YAML, which is reported then, by line. */
export function readYaml(text: string, report: Report): Written | undefined {
  if (text.length > LONGEST) return refuse(report, undefined, `has ${text.length} characters; a configuration has at most ${LONGEST}`);
  if (NESTED.test(text)) return refuse(report, undefined, "is nested too deeply");
  const { LineCounter, parseDocument } = yaml();
  const lines = new LineCounter();
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: "error" });
    for (const { code, message, pos } of document.errors.slice(0, MOST_SYNTAX_FAULTS))
      refuse(report, lineAt(pos[0]), sentenceOf(code, message));
    if (document.errors.length > 0) return undefined;
    return new TreeReader(text, lineAt, report).read(document.contents, 1);
  } catch (thrown) {
    return refuse(report, undefined, `cannot be read: ${textOf(thrown)}`); // no text is known to get here
  }
}

/** A value as a file of its own, under a comment of whole lines. */
export function writeYaml(value: unknown, comment: string): string {
  const { Document } = yaml();
  const document = new Document(value);
  document.commentBefore = comment.replace(/^/gm, " ");
  return document.toString({ lineWidth: 0 });
}

function refuse(report: Report, line: number | undefined, cause: string): undefined {
  report({ path: "", line, cause, remedy: undefined });
}

function sentenceOf(code: string, message: string): string {
  switch (code) {
    case "TAB_AS_INDENT":
      return "is indented by a tab: YAML takes spaces only";
    case "MULTIPLE_DOCS":
      return "begins a second document (---): one file holds one configuration";
    case "BAD_INDENT":
      return "is indented differently from what it belongs to, or a bracket above is not closed";
    case "MULTILINE_IMPLICIT_KEY":
    case "MISSING_CHAR":
      return `is no YAML: ${firstSentence(message)}; a colon, quote or bracket may be missing here or above`;
    default:
      return `is no YAML: ${firstSentence(message)}`;
  }
}

function firstSentence(message: string): string {
  const line = message.split("\n", 1)[0] ?? message;
  return `${line.charAt(0).toLowerCase()}${line.slice(1)}`.replace(/\.$/, "");
}

class TreeReader {
  readonly #text: string;
  readonly #lineAt: (offset: number) => number;
  readonly #report: Report;

  constructor(text: string, lineAt: (offset: number) => number, report: Report) {
    this.#text = text;
    this.#lineAt = lineAt;
    this.#report = report;
  }

  read(node: unknown, lineBefore: number): Written {
    if (node === null || node === undefined) return { is: "empty", line: lineBefore };
    const { isAlias, isMap, isScalar, isSeq } = yaml();
    const line = this.#lineOf(node, lineBefore);
    if (isScalar(node)) {
      this.#plainOnly(node, line);
      const text = typeof node.value === "string" ? node.value : (node.source ?? "");
      return node.value === null && (text === "" || text === "~" || text === "null") ? { is: "empty", line } : { is: "scalar", line, text };
    }
    if (isSeq(node)) {
      this.#plainOnly(node, line);
      return { is: "list", line, items: node.items.map((item) => this.read(item, line)) };
    }
    if (isMap(node)) {
      this.#plainOnly(node, line);
      return { is: "map", line, entries: node.items.map(({ key, value }) => this.#entry(key, value, line)) };
    }
    this.#report({
      path: "",
      line,
      cause: isAlias(node) ? `uses the alias *${node.source}` : "holds something that is no setting",
      remedy: "write the value out",
    });
    return { is: "empty", line };
  }

  #entry(key: unknown, value: unknown, lineBefore: number): WrittenEntry {
    const line = this.#lineOf(key, lineBefore);
    const written = this.read(key, lineBefore);
    return { key: written.is === "scalar" ? written.text : "?", line, value: this.read(value, line) };
  }

  #plainOnly(node: { tag?: string; anchor?: string | undefined }, line: number): void {
    if (node.anchor !== undefined)
      this.#report({ path: "", line, cause: `defines the anchor &${node.anchor}`, remedy: "write the value where it belongs" });
    // The parser names the built-in tags itself; only one that was written begins with "!".
    if (node.tag?.startsWith("!"))
      this.#report({ path: "", line, cause: `uses the tag ${node.tag}`, remedy: "write the value without it" });
  }

  #lineOf(node: unknown, lineBefore: number): number {
    const range = typeof node === "object" && node !== null && "range" in node ? node.range : undefined;
    const start = Array.isArray(range) ? range[0] : undefined;
    return typeof start === "number" && start <= this.#text.length ? this.#lineAt(start) : lineBefore;
  }
}
