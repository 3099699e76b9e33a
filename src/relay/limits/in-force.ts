/**
 * Rules and overrides in force, by their scopes, and what they come to for a lane. Asked at each pump of a lane: what
 * was composed is kept until something changes, and a scope is found without looking at the others.
 */
import type { Effective, LimitRule, Override, OverrideScope } from "../../model/override.ts";
import { compose } from "./compose.ts";
import { covers, keysAbove, type LimitNode, scopeKey } from "./scope.ts";

/** Nodes whose answer is kept; when there are more, all are looked up anew. */
const MOST_KNOWN = 20_000;

interface Known {
  readonly node: LimitNode;
  readonly effective: Effective;
}

export class InForce {
  readonly #rules = new Map<string, LimitRule[]>();
  readonly #overrides = new Map<string, Override[]>();
  readonly #known = new Map<string, Known>();
  /** By what it was composed of: what is said of a provider is the same for thousands of domains there. */
  readonly #composed = new Map<string, Effective>();
  #generation = 0;

  constructor(rules: readonly LimitRule[]) {
    for (const rule of rules) listAt(this.#rules, rule.scope).push(rule);
  }

  /** Grows with each change: what was said under another may be out of date. */
  get generation(): number {
    return this.#generation;
  }

  put(override: Override): void {
    const list = listAt(this.#overrides, override.scope);
    const place = list.findIndex(({ id }) => id === override.id);
    if (place < 0) list.push(override);
    else list[place] = override;
    this.#changed(override.scope);
  }

  remove({ id, scope }: Override): void {
    const key = scopeKey(scope);
    const rest = (this.#overrides.get(key) ?? []).filter((one) => one.id !== id);
    if (rest.length === 0) this.#overrides.delete(key);
    else this.#overrides.set(key, rest);
    this.#changed(scope);
  }

  /** Those of exactly this scope. */
  at(scope: OverrideScope): readonly Override[] {
    return this.#overrides.get(scopeKey(scope)) ?? [];
  }

  effective(node: LimitNode): Effective {
    const key = scopeKey(node);
    const known = this.#known.get(key);
    if (known) return known.effective;
    const effective = this.#compose(node);
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(key, { node, effective });
    return effective;
  }

  #compose(node: LimitNode): Effective {
    const said = keysAbove(node).filter((key) => this.#rules.has(key) || this.#overrides.has(key));
    const isLane = node.domain !== undefined;
    const key = [node.egress, isLane, ...said].join("\t");
    const same = this.#composed.get(key);
    if (same) return same;
    const fitting = said.flatMap((at) => [
      ...(this.#rules.get(at) ?? []).filter(({ eachSite }) => !eachSite || isLane),
      ...(this.#overrides.get(at) ?? []),
    ]);
    const composed = compose(fitting, node.egress);
    if (this.#composed.size >= MOST_KNOWN) this.#composed.clear();
    this.#composed.set(key, composed);
    return composed;
  }

  /** What the change is not about stays as it was said. */
  #changed(scope: OverrideScope): void {
    this.#generation++;
    this.#composed.clear();
    for (const [key, { node }] of this.#known) if (covers(scope, node)) this.#known.delete(key);
  }
}

function listAt<T>(lists: Map<string, T[]>, scope: OverrideScope): T[] {
  const key = scopeKey(scope);
  const known = lists.get(key);
  if (known) return known;
  const made: T[] = [];
  lists.set(key, made);
  return made;
}
