/** What an operator installs agrees with what the program tells: dashboard, alert rules, the list of metrics, runbooks. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";

const ROOT = join(import.meta.dirname, "../../..");
const text = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const EXPOSITION = text("src/control/metrics/golden/exposition.txt");
const DOCUMENT = text("docs/metrics.md");
const RULES = text("dist/prometheus/fairlead.rules.yml");
const DASHBOARD = text("dist/grafana/fairlead.json");

/** Family names with their types. */
const FAMILIES = new Map([...EXPOSITION.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => [name, type]));

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
}

const rules = (parse(RULES) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }).groups.flatMap((group) => group.rules);

interface Target {
  readonly expr: string;
  readonly datasource: unknown;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: unknown;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
}

const dashboard = JSON.parse(DASHBOARD) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
};
const panels = dashboard.panels.filter(({ type }) => type !== "row");

/** The family behind a name in an expression: a histogram's lines have endings of their own. */
function familyOf(name: string): string {
  const family = name.replace(/_(bucket|sum|count)$/, "");
  return FAMILIES.get(family) === "histogram" ? family : name;
}

/** Labels that a metric has at all: as in the exposition, else as documented. */
function labelsOf(family: string): readonly string[] {
  const told = [...EXPOSITION.matchAll(new RegExp(`^${family}(?:_bucket)?\\{(.*)\\} `, "gm"))].flatMap(([, labels = ""]) =>
    [...labels.matchAll(/(\w+)=/g)].map(([, label = ""]) => label),
  );
  const [, documented = ""] = new RegExp(`^\\| \`${family}\` \\|([^|]*)\\|`, "m").exec(DOCUMENT) ?? [];
  return [...told, ...[...documented.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label)];
}

const asked: readonly (readonly [where: string, expr: string])[] = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
];

test("every metric that dashboard and rules ask for exists, with the labels they ask by", () => {
  for (const [where, expr] of asked) {
    for (const [, name = "", matchers = ""] of expr.matchAll(/\b(fairlead_\w+)(?:\{([^}]*)\})?/g)) {
      const family = familyOf(name);
      assert.ok(FAMILIES.has(family), `${where} asks for ${name}, which is not told`);
      assert.equal(FAMILIES.get(family) === "histogram", family !== name, `${where}: ${name} is ${FAMILIES.get(family)}`);
      for (const [, label = ""] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
        assert.ok(["job", "instance", ...labelsOf(family)].includes(label), `${where} asks for ${name} by ${label}, which it has not`);
    }
  }
});

test("words that a label is compared with are words that it has", () => {
  const words = new Set([...EXPOSITION.matchAll(/\w+="([^"]*)"/g)].map(([, word = ""]) => word));
  const known = ["14400", "grey", "badrcpt", "full"]; // not in a short stream of events; ages and classes of replies
  for (const [where, expr] of asked)
    for (const [, label = "", word = ""] of expr.matchAll(/(\w+)!?="([^"$]*)"/g))
      if (label !== "job") assert.ok(words.has(word) || known.includes(word), `${where}: ${label}="${word}"`);
});

test("counters are asked for their growth, gauges are not", () => {
  for (const [where, expr] of asked)
    for (const [, before = "", name = ""] of expr.matchAll(/(\w+)?\(?(fairlead_\w+)/g)) {
      const type = FAMILIES.get(familyOf(name));
      assert.equal(type !== "gauge", before === "rate" || before === "increase", `${where}: ${before}(${name}) of a ${type}`);
    }
});

test("docs/metrics.md lists every metric, and none that is not", () => {
  const listed = [...DOCUMENT.matchAll(/^\| `(fairlead_\w+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual([...listed].sort(), [...FAMILIES.keys()].sort());
  for (const family of FAMILIES.keys()) {
    const [, documented = ""] = new RegExp(`^\\| \`${family}\` \\|([^|]*)\\|`, "m").exec(DOCUMENT) ?? [];
    const labels = new Set(labelsOf(family).filter((label) => label !== "le"));
    assert.deepEqual([...documented.matchAll(/`(\w+)`/g)].map(([, label]) => label).sort(), [...labels].sort(), family);
  }
});

/** A heading's anchor, as code hosts make it. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

function anchorsOf(path: string): readonly string[] {
  return [...text(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchor(heading));
}

test("every alert says what it is, how urgent, and where the way out stands", () => {
  assert.ok(rules.length >= 20);
  for (const { alert, labels, annotations } of rules) {
    assert.match(alert, /^Fairlead[A-Z]\w+$/);
    assert.match(labels.severity, /^(warning|critical)$/);
    assert.match(annotations.summary, /\{\{ \$labels\.instance \}\}/, `${alert} names the node`);
    assert.match(annotations.description, /\.$/);
    const [path = "", section = ""] = annotations.runbook.split("#");
    assert.ok(anchorsOf(path).includes(section), `${alert}: ${annotations.runbook} does not exist`);
  }
  const sections = [...text("docs/operating.md").matchAll(/^### (Fairlead\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(
    sections,
    rules.map(({ alert }) => alert),
    "a section for each, in their order",
  );
});

test("links between the pages lead somewhere", () => {
  for (const path of ["docs/metrics.md", "docs/operating.md"])
    for (const [, to = "", section = ""] of text(path).matchAll(/\]\(([\w-]+\.md)?#([^)]+)\)/g))
      assert.ok(anchorsOf(to === "" ? path : `docs/${to}`).includes(section), `${path}: ${to}#${section}`);
});

test("the dashboard asks the data source that its viewer chooses, and nothing overlaps in it", () => {
  assert.deepEqual(
    dashboard.templating.list.map(({ name }) => name),
    ["datasource", "instance"],
  );
  const chosen = { type: "prometheus", uid: "${datasource}" };
  const taken = new Map<string, string>();
  assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
  for (const { title, description, datasource, targets = [], gridPos } of panels) {
    assert.ok(description, `${title} says what it shows`);
    assert.deepEqual(datasource, chosen);
    assert.ok(targets.length > 0, title);
    for (const target of targets) {
      assert.deepEqual(target.datasource, chosen);
      assert.match(target.expr, /instance=~"\$instance"/, `${title} is of the chosen nodes`);
    }
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.equal(taken.get(`${x},${y}`), undefined, `${title} lies over another`);
        taken.set(`${x},${y}`, title);
      }
  }
});
