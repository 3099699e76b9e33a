/** What a file looks like by itself: its size and that of its functions, its names, its calls, its first line. */
import { BANNED_CALLS, BANNED_WORDS, FILE_LINES, FILE_LINES_ARGUED, FUNCTION_LINES, LONG_FILES, LONG_FUNCTIONS } from "./law.ts";
import { isTest, type Rule } from "./source.ts";

export const fileSizes: Rule = (sources) =>
  sources.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split("\n").length;
    const most = LONG_FILES[path] ?? FILE_LINES_ARGUED;
    if (lines > FILE_LINES) return [`${path} has ${lines} lines; none may have more than ${FILE_LINES}: find the second idea in it`];
    return lines > most
      ? [`${path} has ${lines} lines, more than ${most}: find the second idea in it, or argue for a place in LONG_FILES`]
      : [];
  });

const HEADER =
  /\bfunction\b.*\{$|=> \{$|^\s*\)(?:: .+)? \{$|^\s+(?:(?:async|static|get|set|override|\*)\s+)*[#\w$[\].]+(?:<.*>)?\(.*\)(?:: .+)? \{$/;
const NO_HEADER = /^\s*(?:\} )?(?:if|for|while|switch|catch|else|do|try|return|await|export (?:interface|type)|interface)\b(?!.*=> \{$)/;

/** The formatter's indentation tells where a body ends. */
export const functionSizes: Rule = (sources) =>
  sources.flatMap(({ path, code }) => {
    if (isTest(path)) return [];
    const lines = code.split("\n");
    return lines.flatMap((line, start) => {
      if (!HEADER.test(line) || NO_HEADER.test(line)) return [];
      const indent = /^\s*/.exec(line)?.[0] ?? "";
      const length = lines.slice(start + 1).findIndex((below) => below.startsWith(`${indent}}`));
      const name = `${path}:${/([#\w$]+)\s*(?:=|\(|<)/.exec(line)?.[1] ?? start + 1}`;
      const most = LONG_FUNCTIONS[name] ?? FUNCTION_LINES;
      return length > most ? [`${name} (line ${start + 1}) has ${length} lines, more than ${most}: give its steps names`] : [];
    });
  });

const EXPORTED = /^export\s+(?:default\s+)?(?:abstract\s+|async\s+|declare\s+)*(?:function\*?|class|const|let|type|interface)\s+([\w$]+)/gm;

export const names: Rule = (sources) =>
  sources.flatMap(({ path, code }) => {
    const file = path.split("/").at(-1) ?? "";
    const faults: string[] = [];
    if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.tsx?$/.test(file)) faults.push(`${path}: file names are kebab-case`);
    if (file === "index.ts") faults.push(`${path}: a face is named after its part`);
    if (/^export \*/m.test(code)) faults.push(`${path}: export * hides what a face offers; name each thing`);
    const bad = wordsOf(file.replace(/(\.test)?\.tsx?$/, "")).find((word) => BANNED_WORDS.includes(word));
    if (bad !== undefined) faults.push(`${path}: "${bad}" says nothing; name the idea`);
    for (const [, name = ""] of code.matchAll(EXPORTED)) {
      const word = wordsOf(name).find((part) => BANNED_WORDS.includes(part));
      if (word !== undefined) faults.push(`${path}: ${name} has "${word}" in it, which says nothing; name the idea`);
    }
    return faults;
  });

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .split(/[-_$]/);
}

export const calls: Rule = (sources) =>
  sources.flatMap(({ path, code }) => {
    if (isTest(path)) return [];
    return BANNED_CALLS.flatMap(({ what, instead, in: allowed }) => {
      const line = code.split("\n").findIndex((text) => what.test(text) && !/^(?:import|export) type /.test(text));
      return line >= 0 && !allowed.some((place) => path.startsWith(place))
        ? [`${path}:${line + 1} has ${what.exec(code)?.[0]}; use ${instead}`]
        : [];
    });
  });

export const openings: Rule = (sources) =>
  sources.flatMap(({ path, text }) =>
    path.endsWith(".test.ts") || /^(\/\*\*|\/\/)/.test(text) ? [] : [`${path}: a file opens with why it exists`],
  );
