/** Rules: what is shipped is sane and sourced, and what the operator writes stands instead. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { findByKey } from "../../mail/replies/providers.ts";
import { DEFAULT_EGRESS } from "../../model/egress.ts";
import { LIMIT_NAMES } from "../../model/override.ts";
import { InForce } from "./in-force.ts";
import { LIMIT_RANGES, operatorRules, SHIPPED_RULES } from "./limits.ts";

test("every shipped rule names a known provider, a figure within its range, a source and a year, and none comes twice", () => {
  const seen = new Set<string>();
  for (const { scope, limit, n, source } of SHIPPED_RULES) {
    const key = `${scope.provider} ${limit}`;
    assert.ok(findByKey(scope.provider ?? ""), key);
    const { least, most } = LIMIT_RANGES[limit];
    assert.ok(n >= least && n <= most && Number.isInteger(n), key);
    assert.match(source, /20\d\d-\d\d$/, key);
    assert.ok(!seen.has(key), key);
    seen.add(key);
  }
});

test("an operator's rule stands instead of the shipped one, and a narrower one beside it by strictness", () => {
  const written = new Map([
    ["google", { connections: 40 }],
    ["gmail.com", { perConnection: 10 }],
    ["relay.example.net:587", { perMinute: 60 }],
  ]);
  const rules = new InForce([...SHIPPED_RULES, ...operatorRules(written)]);
  const gmail = rules.effective({ egress: DEFAULT_EGRESS, provider: "google", domain: "gmail.com" });
  assert.deepEqual([gmail.connections, gmail.perConnection], [40, 10]);
  assert.deepEqual(
    gmail.stack.map(({ what, holds }) => ["limit" in what && what.limit, "n" in what && what.n, holds]),
    [
      ["connections", 5, false],
      ["perConnection", 50, false],
      ["connections", 40, true],
      ["perConnection", 10, true],
    ],
  );
  assert.equal(rules.effective({ egress: DEFAULT_EGRESS, provider: "google", domain: "other.example" }).perConnection, 50);
  assert.equal(rules.effective({ egress: DEFAULT_EGRESS, domain: "relay.example.net:587" }).perMinute, 60);
});

test("a receiver that counts at each site bounds every lane there, and not their sum", () => {
  const rules = new InForce(SHIPPED_RULES);
  const node = { egress: DEFAULT_EGRESS, provider: "mimecast" };
  assert.equal(rules.effective({ ...node, domain: "example.org" }).connections, 10);
  assert.equal(rules.effective(node).connections, undefined);
  assert.equal(rules.effective({ egress: DEFAULT_EGRESS, provider: "google" }).connections, 5);
});

test("docs/limits.md lists what is shipped", () => {
  const page = readFileSync(new URL("../../../docs/limits.md", import.meta.url), "utf8");
  for (const { scope, limit, n, source } of SHIPPED_RULES) {
    const row = page.split("\n").find((line) => line.includes(`| \`${scope.provider}\` |`) && line.endsWith(`| ${source} |`));
    const cells = row?.split("|").map((cell) => cell.trim());
    assert.match(cells?.[3 + LIMIT_NAMES.indexOf(limit)] ?? "", new RegExp(`^${n}( each site)?$`), `${scope.provider} ${limit}`);
  }
});
