/** Rules from the operator's configuration, by provider, recipient domain or upstream. */
import { findByKey } from "../../mail/replies/providers.ts";
import { LIMIT_NAMES, type LimitName, type LimitRule } from "../../model/override.ts";

/** What may be written for one of them. */
export type RuleSettings = { readonly [L in LimitName]?: number | undefined };

/** `written`: under a provider's key, a domain, or `HOST:PORT`, lower case. */
export function operatorRules(written: ReadonlyMap<string, RuleSettings>): readonly LimitRule[] {
  return [...written].flatMap(([name, settings]) =>
    LIMIT_NAMES.flatMap((limit): readonly LimitRule[] => {
      const n = settings[limit];
      const scope = findByKey(name) === undefined ? { domain: name } : { provider: name };
      return n === undefined ? [] : [{ scope, limit, n, by: "operator", source: "the configuration" }];
    }),
  );
}
