/**
 * Rules and overrides in force, by their scopes, and what they come to for a lane. Asked at each pump of a lane: what
 * was composed is kept until something changes, and a scope is found without looking at the others.
 */
import type { Effective, LimitRule, Override, OverrideScope } from "../../model/override.ts";
import { compose } from "./compose.ts";
import { type LimitNode, scopeKey, scopesAbove } from "./scope.ts";

/** Nodes kept composed; when there are more, all are composed anew. */
const MOST_COMPOSED = 20_000;

export class InForce {
  readonly #rules = new Map<string, LimitRule[]>();
  readonly #overrides = new Map<string, Override[]>();
  readonly #composed = new Map<string, Effective>();
  #generation = 0;

  constructor(rules: readonly LimitRule[]) {
    for (const rule of rules) listAt(this.#rules, rule.scope).push(rule);
  }

  /** Grows with each change: what was composed under another may be out of date. */
  get generation(): number {
    return this.#generation;
  }

  put(override: Override): void {
    const list = listAt(this.#overrides, override.scope);
    const place = list.findIndex(({ id }) => id === override.id);
    if (place < 0) list.push(override);
    else list[place] = override;
    this.#changed();
  }

  remove({ id, scope }: Override): void {
    const key = scopeKey(scope);
    const rest = (this.#overrides.get(key) ?? []).filter((one) => one.id !== id);
    if (rest.length === 0) this.#overrides.delete(key);
    else this.#overrides.set(key, rest);
    this.#changed();
  }

  /** Those of exactly this scope. */
  at(scope: OverrideScope): readonly Override[] {
    return this.#overrides.get(scopeKey(scope)) ?? [];
  }

  effective(node: LimitNode): Effective {
    const key = scopeKey(node);
    const known = this.#composed.get(key);
    if (known) return known;
    const fitting = scopesAbove(node).flatMap((scope) => {
      const at = scopeKey(scope);
      const rules = (this.#rules.get(at) ?? []).filter(({ eachSite }) => !eachSite || node.domain);
      return [...rules, ...(this.#overrides.get(at) ?? [])];
    });
    const composed = compose(fitting, node.egress);
    if (this.#composed.size >= MOST_COMPOSED) this.#composed.clear();
    this.#composed.set(key, composed);
    return composed;
  }

  #changed(): void {
    this.#generation++;
    this.#composed.clear();
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
