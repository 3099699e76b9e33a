/** What the texts claim: sections that are cited, files that exist, no place that only one machine has. */
import { FOREIGN } from "./law.ts";
import { isTest, type Rule } from "./source.ts";

export const citations: Rule = (sources, texts) => {
  const rows = (texts.get("docs/rfc.md") ?? "").matchAll(/^\| *(?:RFC )?(\d+)[^|]*\|[^|]*\| *yes\b/gm);
  return [...rows].flatMap(([, number]) =>
    sources.some(({ path, text }) => path.startsWith("src/") && !isTest(path) && new RegExp(`RFC ${number} §`).test(text))
      ? []
      : [`docs/rfc.md says yes to RFC ${number}, but no line in src cites a section of it (RFC ${number} §…)`],
  );
};

/** Files named in prose, from any folder on: `relay/dispatch/site.ts`, `site.ts`, docs/rfc.md. */
const NAMED = /(?<![\w*/-])((?:[\w.-]+\/)*[\w-]+(?:\.test)?\.(?:ts|md))\b/g;

export const namedFiles: Rule = (_, texts) => {
  const all = [...texts.keys()];
  return all.flatMap((path) => {
    if (!path.endsWith(".md")) return [];
    const named = new Set([...(texts.get(path) ?? "").matchAll(NAMED)].map(([, name = ""]) => name.replace(/^(\.\.?\/)+/, "")));
    return [...named]
      .filter((name) => !all.some((file) => file === name || file.endsWith(`/${name}`)))
      .map((name) => `${path} names ${name}, which does not exist`);
  });
};

export const foreign: Rule = (_, texts) =>
  [...texts].flatMap(([path, text]) =>
    FOREIGN.flatMap((pattern) =>
      pattern.test(text) ? [`${path} names ${pattern.exec(text)?.[0]}, which exists on one machine only`] : [],
    ),
  );
