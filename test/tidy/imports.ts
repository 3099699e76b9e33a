/** Who may import whom: layers, faces, no circles, and nobody whom no one imports. */
import { AWAITED, FOR_TESTS, LAYERS, ONLY } from "./law.ts";
import { facesOf, isTest, layerOf, partOf, type Rule } from "./source.ts";

export const layers: Rule = (sources) =>
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

export const faces: Rule = (sources) =>
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

export const cycles: Rule = (sources) => {
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

/** Test files count for nothing here: what only a test uses is not used. */
export const orphans: Rule = (sources) => {
  const used = new Set(sources.filter(({ path }) => !path.endsWith(".test.ts")).flatMap(({ imports }) => imports.map(({ to }) => to)));
  return sources.flatMap(({ path }) =>
    path.startsWith("src/") && !isTest(path) && path !== "src/cli/main.ts" && !AWAITED.includes(path) && !used.has(path)
      ? [`${path}: nobody imports it`]
      : [],
  );
};
