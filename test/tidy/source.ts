/** What the rules look at: each file with what it imports, where it belongs, and the repository as it stands. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FACES, FOR_TESTS, WITHOUT_PARTS } from "./law.ts";

const ROOT = join(import.meta.dirname, "../..");

interface Import {
  /** Path from the root; a package or `node:` name as it is. */
  readonly to: string;
  readonly kind: "value" | "type" | "later";
}

export interface Source {
  readonly path: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** From all files to sentences that say what is wrong and what to do. The texts are what stands in the repository, by path. */
export type Rule = (sources: readonly Source[], texts: ReadonlyMap<string, string>) => string[];

const IMPORT = /^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm;
const LATER = /\bimport\(\s*"([^"]+)"\s*\)|new URL\("([^"]+\.ts)", import\.meta\.url\)/g;

/** Paths of what it imports are from the root, as its own is. */
export function sourceOf(path: string, text: string): Source {
  const code = withoutComments(text);
  const resolve = (to: string): string => (to.startsWith(".") ? join(dirname(path), to) : to);
  const imports: Import[] = [];
  for (const [whole, type, to = ""] of code.matchAll(IMPORT)) {
    const onlyTypes = type !== undefined || /\{(\s*type [^,}]+,?)+\s*\}/.test(whole);
    imports.push({ to: resolve(to), kind: onlyTypes ? "type" : "value" });
  }
  for (const [, dynamic, worker] of code.matchAll(LATER)) imports.push({ to: resolve(dynamic ?? worker ?? ""), kind: "later" });
  return { path, text, code, imports };
}

/** Comments become spaces, so that lines keep their numbers; strings, templates and regular expressions stay. */
function withoutComments(text: string): string {
  const token =
    /\/\*[^]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|(?<=[=(,:[!&|?{};]\s*|return\s+)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//g;
  return text.replace(token, (found) => (found.startsWith("/*") || found.startsWith("//") ? found.replace(/[^\n]/g, " ") : found));
}

/** Tests, and what is there for them alone: most rules are about the program. */
export function isTest(path: string): boolean {
  return path.endsWith(".test.ts") || FOR_TESTS.includes(path) || path.startsWith("test/") || path.startsWith("bench/");
}

/** `src/relay` of `src/relay/dispatch/site.ts`. */
export function layerOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** `src/relay/dispatch` of `src/relay/dispatch/site.ts`; undefined where the layer has no parts. */
export function partOf(path: string): string | undefined {
  const [, part, layer = ""] = /^(src\/([^/]+)\/[^/]+)\/.+/.exec(path) ?? [];
  return WITHOUT_PARTS.includes(layer) ? undefined : part;
}

/** The files of a part that others may import, by their paths from the root. */
export function facesOf(part: string): readonly string[] {
  return (FACES[part] ?? [`${part.split("/").at(-1)}.ts`]).map((face) => `${part}/${face}`);
}

function read(patterns: readonly string[]): Map<string, string> {
  const paths = globSync([...patterns], { cwd: ROOT, exclude: (path) => /(^|\/)(node_modules|\.git)(\/|$)/.test(path) }).sort();
  return new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), "utf8")]));
}

/** The code of this repository. */
export const SOURCES = [...read(["{src,lab,panel,test,bench,dist}/**/*.{ts,tsx}"])].map(([path, text]) => sourceOf(path, text));
/** Its code and its prose. */
export const TEXTS = read([
  "{src,lab,panel,test,bench,docs,dist,.ci}/**/*.{ts,md,c,h,json,service,txt}",
  "*.{md,json,jsonc}",
  ".ci/run",
  "fairlead",
]);
