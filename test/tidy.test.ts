/**
 * The source itself is tested: layers, faces, cycles, sizes, names, calls. Each rule is a function from all files to a
 * list of sentences; the sentences say what to do. Each rule is tried on a small wrong tree too, so that it can fail.
 *
 * The tables at the top are the law; change them with a reason in the commit. The ratchets may shrink, never grow.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "..");

/** A file may import from its own layer and from those to its left. */
const LAYERS = ["base", "model", "wire", "mail", "judge", "store", "relay", "diagnose", "watch", "control", "node", "cli"];

/** Folders outside src, and what they may import besides themselves. Absent: anything. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  "lab/world": ["src/base", "src/model", "src/wire"], // a simulated receiver that shared our code would share our bugs
  panel: ["src/model", "src/base", "src/control/api"], // types of what the API answers, and how times and sizes are written
};

/** Layers of single files; in the others a folder is a part, and the file named after it is its face. */
const WITHOUT_PARTS = ["base", "model", "node", "cli"];
/** Parts with other faces than that one. */
const FACES: Readonly<Record<string, readonly string[]>> = {
  "src/wire/smtp": ["server.ts", "server-host.ts", "client.ts"],
  // Who answers and what stands behind it; who asks, and what both speak; the query's grammar; keys of story links; how an
  // event looks, which is told to webhooks too, what of it a tenant sees, and which is the newest.
  "src/control/api": [
    ...["api.ts", "node-face.ts", "desk.ts", "client.ts", "routes.ts", "paths.ts", "query-text.ts", "links.ts"],
    ...["event-row.ts", "tenant-sees.ts", "newest-event.ts"],
  ],
  "src/control/metrics": ["metrics.ts", "traffic.ts"], // what Prometheus reads, and what the panel shows of the last hour
  "src/mail/replies": ["replies.ts", "providers.ts"], // what replies mean; and who runs a host, for threads that need no more
  "src/relay/intake": ["intake.ts", "pickup-file.ts"], // sendmail loads the drop folder's files and nothing else:
  "src/mail/message": ["message.ts", "address-list.ts"], // it starts once a message
  "src/store/settings": ["control-settings.ts"], // whose Settings are numbered revisions
  "src/store/sql": ["sql.ts", "served-sql.ts", "dialect.ts", "migrations.ts"], // a database here, one that another thread serves, and how it grows
};

/** Written for tests, beside what they stand in for; the program must not import them. */
const FOR_TESTS = [
  "src/cli/stage.ts",
  "src/diagnose/story/specimens.ts",
  "src/control/metrics/event-stream.ts",
  "src/control/metrics/watched-traffic.ts",
  "src/control/webhooks/hook-house.ts",
  "src/control/api/memory-desk.ts",
  "src/control/api/memory-house.ts",
  "src/control/api/memory-node.ts",
  "src/control/api/memory-rows.ts",
  "src/store/history/specimens.ts",
  "src/store/sql/both-engines.ts",
  "src/wire/smtp/scripted-host.ts",
  "src/mail/mime/spoken.ts",
];

const FILE_LINES = 600;
const FILE_LINES_ARGUED = 400;
/** Files above 400 lines, with the most they may have. */
const LONG_FILES: Readonly<Record<string, number>> = {
  "test/tidy.test.ts": 490,
};
const FUNCTION_LINES = 70;
const LONG_FUNCTIONS: Readonly<Record<string, number>> = {};

/** Drawers, not names: what lies in them has a word of its own. */
const BANNED_WORDS = ["util", "utils", "helper", "helpers", "manager", "handler", "service", "common", "misc", "info", "types"];

/** Who touches files. */
const DISK = [
  "src/base/folder.ts",
  "src/base/system-resolver.ts",
  "src/base/tls-files.ts",
  "dist/release.ts",
  "panel/build.ts",
  "src/cli/",
  "src/control/api/door/panel-files.ts", // the built panel, as it stood in its folder at start
  "src/control/api/door/socket.ts",
  "src/control/api/socket-place.ts",
  "src/node/",
  "src/relay/intake/pickup-file.ts",
  "src/store/history/disk/",
  "src/store/spool/disk/",
];

/** What each port hides is touched in its adapter only. */
const BANNED_CALLS: readonly { readonly what: RegExp; readonly instead: string; readonly in: readonly string[] }[] = [
  { what: /\bDate\.now\b|\bnew Date\(\)/, instead: "clock.wall()", in: ["src/base/clock.ts", "panel/src/look/clock.ts"] },
  { what: /\bperformance\.now\b/, instead: "clock.mono()", in: ["src/base/clock.ts"] },
  {
    what: /\bset(Timeout|Interval|Immediate)\(|"node:timers/,
    instead: "clock.after() or clock.sleep()",
    in: ["src/base/clock.ts", "panel/src/look/clock.ts", "lab/world/sim-clock.ts"],
  },
  { what: /\bMath\.random\b/, instead: "random.next()", in: ["src/base/random.ts"] },
  { what: /"node:net"/, instead: "the Network port", in: ["src/base/system-network.ts", "src/base/ip.ts"] },
  {
    what: /"node:tls"/,
    instead: "the Network port",
    in: ["src/base/system-network.ts", "src/base/tls-files.ts", "src/control/api/door/secure.ts"], // HTTP wants node's own sockets
  },
  {
    what: /"node:https?"/,
    instead: "the HttpClient port of control/webhooks",
    in: [
      "src/control/api/", // the API's own server, and its client over the socket
      "src/control/webhooks/https-client.ts", // receivers of webhooks speak HTTP: TLS, chunks and timeouts of it are node's
    ],
  },
  { what: /"node:dns/, instead: "the Resolver port", in: ["src/base/system-resolver.ts"] },
  { what: /"node:sqlite"/, instead: "store/sql", in: ["src/store/sql/database.ts"] },
  { what: /"node:child_process"/, instead: "nothing: the program starts no programs", in: ["dist/release.ts"] },
  { what: /"node:fs/, instead: "bytes or text from the caller", in: DISK },
  { what: /\bconsole\./, instead: "a Log, or the Terminal", in: [] },
  { what: /\bprocess\.exit\(/, instead: "process.exitCode, and an orderly end", in: ["src/cli/main.ts", "src/cli/process-terminal.ts"] },
];

/** Only ever a mistake of whoever wrote it: paths and hosts of one machine. Split, so that this file has none. */
const FOREIGN = [/\/wor[k]\//, /\/roo[t]\//, /registry\.npm[j]s\.org/, /\bfar[m]-[a-z]/];

interface Import {
  /** Path from the root; a package or `node:` name as it is. */
  readonly to: string;
  readonly kind: "value" | "type" | "later";
}

interface Source {
  readonly path: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

type Rule = (sources: readonly Source[], texts: ReadonlyMap<string, string>) => string[];

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const IMPORT = /^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm;
const LATER = /\bimport\(\s*"([^"]+)"\s*\)|new URL\("([^"]+\.ts)", import\.meta\.url\)/g;

function sourceOf(path: string, text: string): Source {
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

function isTest(path: string): boolean {
  return path.endsWith(".test.ts") || FOR_TESTS.includes(path) || path.startsWith("test/") || path.startsWith("bench/");
}

/** `src/relay` of `src/relay/dispatch/site.ts`. */
function layerOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** `src/relay/dispatch` of `src/relay/dispatch/site.ts`; undefined where the layer has no parts. */
function partOf(path: string): string | undefined {
  const [, part, layer = ""] = /^(src\/([^/]+)\/[^/]+)\/.+/.exec(path) ?? [];
  return WITHOUT_PARTS.includes(layer) ? undefined : part;
}

function facesOf(part: string): readonly string[] {
  return (FACES[part] ?? [`${part.split("/").at(-1)}.ts`]).map((face) => `${part}/${face}`);
}

// ── Rules ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const layers: Rule = (sources) =>
  sources.flatMap(({ path, imports }) => {
    const layer = layerOf(path);
    const outside = Object.keys(ONLY).find((folder) => path.startsWith(`${folder}/`));
    if (layer !== undefined && !LAYERS.includes(layer)) return [`${path}: src/${layer} is no layer; the layers are ${LAYERS.join(", ")}`];
    return imports.flatMap(({ to, kind }) => {
      const theirs = layerOf(to);
      if (layer !== undefined && !isTest(path)) {
        if (FOR_TESTS.includes(to)) return [`${path} imports ${to}, which is written for tests`];
        if (kind !== "later" && /^(test|bench|lab|panel)\//.test(to))
          return [`${path} imports ${to}: the program stands without ${to.split("/")[0]}/`];
        if (theirs !== undefined && LAYERS.indexOf(theirs) > LAYERS.indexOf(layer))
          return [`${path} imports ${to}: ${theirs} is above ${layer}; turn it round, or pass it in`];
      }
      if (
        outside !== undefined &&
        !isTest(path) &&
        to.startsWith("src/") &&
        !ONLY[outside]?.some((allowed) => to.startsWith(`${allowed}/`))
      )
        return [`${path} imports ${to}: ${outside} may import ${ONLY[outside]?.join(", ")} only`];
      return [];
    });
  });

const faces: Rule = (sources) =>
  sources.flatMap(({ path, imports }) => {
    const mine = partOf(path);
    if (isTest(path)) return [];
    return imports.flatMap(({ to, kind }) => {
      const theirs = partOf(to);
      if (theirs === undefined) return [];
      const face = facesOf(theirs).includes(to);
      if (theirs !== mine) return face ? [] : [`${path} imports ${to}: of ${theirs} others import ${facesOf(theirs).join(", ")} only`];
      return kind === "value" && to === `${theirs}/${theirs.split("/").at(-1)}.ts`
        ? [`${path} imports its own face ${to}: import the leaf, or the type`]
        : [];
    });
  });

const cycles: Rule = (sources) => {
  const files = new Map(sources.map(({ path, imports }) => [path, imports.filter(({ kind }) => kind === "value").map(({ to }) => to)]));
  const parts = new Map<string, string[]>();
  for (const { path, imports } of sources) {
    const part = isTest(path) ? undefined : partOf(path);
    if (part !== undefined)
      parts.set(part, [
        ...(parts.get(part) ?? []),
        ...imports.flatMap(({ to, kind }) => (kind === "value" ? (partOf(to) ?? []) : [])).filter((to) => to !== part),
      ]);
  }
  return [
    ...circles(files).map((circle) => `files import each other in a circle: ${circle.join(" → ")}`),
    ...circles(parts).map((circle) => `parts import each other in a circle: ${circle.join(" → ")}`),
  ];
};

/** Every circle that a walk meets, each once. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>();
  const way: string[] = [];
  const found: string[][] = [];
  const walk = (node: string): void => {
    if (way.includes(node)) return void found.push([...way.slice(way.indexOf(node)), node]);
    if (done.has(node)) return;
    way.push(node);
    for (const next of graph.get(node) ?? []) walk(next);
    way.pop();
    done.add(node);
  };
  for (const node of graph.keys()) walk(node);
  return found;
}

const fileSizes: Rule = (sources) =>
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
const functionSizes: Rule = (sources) =>
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

const names: Rule = (sources) =>
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

const calls: Rule = (sources) =>
  sources.flatMap(({ path, code }) => {
    if (isTest(path)) return [];
    return BANNED_CALLS.flatMap(({ what, instead, in: allowed }) => {
      const line = code.split("\n").findIndex((text) => what.test(text) && !/^(?:import|export) type /.test(text));
      return line >= 0 && !allowed.some((place) => path.startsWith(place))
        ? [`${path}:${line + 1} has ${what.exec(code)?.[0]}; use ${instead}`]
        : [];
    });
  });

const openings: Rule = (sources) =>
  sources.flatMap(({ path, text }) =>
    path.endsWith(".test.ts") || /^(\/\*\*|\/\/)/.test(text) ? [] : [`${path}: a file opens with why it exists`],
  );

/** Test files count for nothing here: what only a test uses is not used. */
const orphans: Rule = (sources) => {
  const used = new Set(sources.filter(({ path }) => !path.endsWith(".test.ts")).flatMap(({ imports }) => imports.map(({ to }) => to)));
  return sources.flatMap(({ path }) =>
    path.startsWith("src/") && !isTest(path) && path !== "src/cli/main.ts" && !used.has(path) ? [`${path}: nobody imports it`] : [],
  );
};

const citations: Rule = (sources, texts) => {
  const rows = (texts.get("docs/rfc.md") ?? "").matchAll(/^\| *(?:RFC )?(\d+)[^|]*\|[^|]*\| *yes\b/gm);
  return [...rows].flatMap(([, number]) =>
    sources.some(({ path, text }) => path.startsWith("src/") && !isTest(path) && new RegExp(`RFC ${number} §`).test(text))
      ? []
      : [`docs/rfc.md says yes to RFC ${number}, but no line in src cites a section of it (RFC ${number} §…)`],
  );
};

/** Files named in prose, from any folder on: `relay/dispatch/site.ts`, `site.ts`, docs/rfc.md. */
const NAMED = /(?<![\w*/-])((?:[\w.-]+\/)*[\w-]+(?:\.test)?\.(?:ts|md))\b/g;

const namedFiles: Rule = (_, texts) => {
  const all = [...texts.keys()];
  return all.flatMap((path) => {
    if (!path.endsWith(".md")) return [];
    const named = new Set([...(texts.get(path) ?? "").matchAll(NAMED)].map(([, name = ""]) => name.replace(/^(\.\.?\/)+/, "")));
    return [...named]
      .filter((name) => !all.some((file) => file === name || file.endsWith(`/${name}`)))
      .map((name) => `${path} names ${name}, which does not exist`);
  });
};

const foreign: Rule = (_, texts) =>
  [...texts].flatMap(([path, text]) =>
    FOREIGN.flatMap((pattern) =>
      pattern.test(text) ? [`${path} names ${pattern.exec(text)?.[0]}, which exists on one machine only`] : [],
    ),
  );

// ── The tree ────────────────────────────────────────────────────────────────────────────────────────────────────────

function read(patterns: readonly string[]): Map<string, string> {
  const paths = globSync([...patterns], { cwd: ROOT, exclude: (path) => /(^|\/)(node_modules|\.git)(\/|$)/.test(path) }).sort();
  return new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), "utf8")]));
}

const SOURCES = [...read(["{src,lab,panel,test,bench,dist}/**/*.{ts,tsx}"])].map(([path, text]) => sourceOf(path, text));
const TEXTS = read([
  "{src,lab,panel,test,bench,docs,dist,.ci}/**/*.{ts,md,c,h,json,service,txt}",
  "*.{md,json,jsonc}",
  ".ci/run",
  "fairlead",
]);

function nothingIn(faults: readonly string[]): void {
  if (faults.length > 0) assert.fail(faults.join("\n"));
}

const RULES: readonly (readonly [sentence: string, rule: Rule])[] = [
  ["a file imports from its own layer and from those below it", layers],
  ["other parts import the face of a part", faces],
  ["nothing imports itself in a circle at run time", cycles],
  ["a file is one idea", fileSizes],
  ["a function fits a screen", functionSizes],
  ["names say something", names],
  ["clock, chance, network, disk and resolver are passed in", calls],
  ["each file opens with why it exists", openings],
  ["every file is used", orphans],
  ["an RFC that we say we follow is cited where we follow it", citations],
  ["documents name files that exist", namedFiles],
  ["nothing names a machine", foreign],
];

for (const [sentence, rule] of RULES) test(sentence, () => nothingIn(rule(SOURCES, TEXTS)));

test("the ratchets name only what still needs them", () => {
  const long = SOURCES.filter(({ text }) => text.trimEnd().split("\n").length > FILE_LINES_ARGUED).map(({ path }) => path);
  assert.deepEqual(
    Object.keys(LONG_FILES).filter((path) => !long.includes(path)),
    [],
  );
});

// ── Each rule on a tree that breaks it ──────────────────────────────────────────────────────────────────────────────

const WRONG: readonly (readonly [rule: Rule, tree: Readonly<Record<string, string>>, said: RegExp])[] = [
  [layers, { "src/base/a.ts": 'import { b } from "../relay/x/x.ts";' }, /relay is above base/],
  [layers, { "src/model/a.ts": 'import type { B } from "../cli/b.ts";' }, /cli is above model/],
  [layers, { "src/extra/a.ts": "" }, /is no layer/],
  [layers, { "src/cli/a.ts": 'import { t } from "../../test/t.ts";' }, /stands without test/],
  [layers, { "lab/world/a.ts": 'import { b } from "../../src/relay/x/x.ts";' }, /may import src\/base, src\/model, src\/wire only/],
  [faces, { "src/relay/a/a.ts": 'import { b } from "../b/leaf.ts";' }, /others import src\/relay\/b\/b\.ts only/],
  [faces, { "src/relay/a/a.ts": 'import { b } from "../../wire/smtp/line-reader.ts";' }, /server-host/],
  [faces, { "src/relay/a/leaf.ts": 'import { a } from "./a.ts";' }, /its own face/],
  [
    cycles,
    { "src/base/a.ts": 'import { b } from "./b.ts";', "src/base/b.ts": 'export { a } from "./a.ts";' },
    /a\.ts → src\/base\/b\.ts → src\/base\/a\.ts/,
  ],
  [
    cycles,
    { "src/relay/a/a.ts": 'import { b } from "../b/b.ts";', "src/relay/b/leaf.ts": 'import { a } from "../a/a.ts";' },
    /parts import each other/,
  ],
  [fileSizes, { "src/base/a.ts": `${"\n".repeat(700)}x` }, /none may have more than 600/],
  [fileSizes, { "src/base/a.ts": `${"\n".repeat(500)}x` }, /more than 400/],
  [functionSizes, { "src/base/a.ts": `export function long(): void {${"\n  x();".repeat(80)}\n}` }, /a\.ts:long .* has 80 lines/],
  [
    functionSizes,
    { "src/base/a.ts": `class A {\n  async #long(\n    a: number,\n  ): Promise<void> {${"\n    x();".repeat(80)}\n  }\n}` },
    /has 80 lines/,
  ],
  [functionSizes, { "src/base/a.ts": `export const long = (a: number): void => {${"\n  x();".repeat(80)}\n};` }, /a\.ts:long/],
  [names, { "src/base/string-utils.ts": "" }, /"utils" says nothing/],
  [names, { "src/base/a.ts": "export class QueueManager {}" }, /QueueManager has "manager"/],
  [names, { "src/base/CamelCase.ts": "" }, /kebab-case/],
  [names, { "src/base/index.ts": "" }, /named after its part/],
  [names, { "src/base/a.ts": 'export * from "./b.ts";' }, /export \*/],
  [calls, { "src/relay/a.ts": "const t = Date.now();" }, /use clock\.wall/],
  [calls, { "src/relay/a.ts": "setTimeout(() => {}, 5);" }, /use clock\.after/],
  [calls, { "src/relay/a.ts": 'import { connect } from "node:net";' }, /Network port/],
  [calls, { "src/relay/a.ts": 'import { readFileSync } from "node:fs";' }, /bytes or text/],
  [openings, { "src/base/a.ts": 'import "./b.ts";' }, /opens with why/],
  [orphans, { "src/base/a.ts": "", "src/base/a.test.ts": 'import { a } from "./a.ts";' }, /nobody imports it/],
  [
    citations,
    { "docs/rfc.md": "| RFC 9999 | Something | yes | a.ts |", "src/base/a.ts": "// RFC 9999 in general" },
    /RFC 9999, but no line/,
  ],
  [namedFiles, { "docs/a.md": "see `dispatch/nowhere.ts`" }, /nowhere\.ts, which does not exist/],
  [foreign, { "docs/a.md": ["see /wor", "k/notes"].join("") }, /one machine only/],
];

for (const [index, [rule, tree, said]] of WRONG.entries()) {
  test(`a tree that breaks a rule is told so: ${said.source} (${index + 1})`, () => {
    const sources = Object.entries(tree)
      .filter(([path]) => path.endsWith(".ts"))
      .map(([path, text]) => sourceOf(path, text));
    assert.match(rule(sources, new Map(Object.entries(tree))).join("\n"), said);
  });
}

test("what only looks wrong is left alone", () => {
  const fine: Readonly<Record<string, string>> = {
    "src/base/a.ts": '/** Date.now() is banned. */\nimport type { B } from "./b.ts";\nexport const a = 1; // setTimeout(x)\n',
    "src/base/b.ts": '/** b */\nimport { type A, a } from "./a.ts";\nexport type B = A;\n',
    "src/cli/main.ts": '/** main */\nawait import("../base/b.ts");\nimport { a } from "../base/a.ts";\n',
  };
  const sources = Object.entries(fine).map(([path, text]) => sourceOf(path, text));
  for (const [sentence, rule] of RULES) assert.deepEqual(rule(sources, new Map(Object.entries(fine))), [], sentence);
});
