/** What a scope holds for. Scopes are compared by their parts; a part that is absent fits everything. */
import type { EgressName } from "../../model/egress.ts";
import type { OverrideScope } from "../../model/override.ts";

/**
 * A lane, or a node above it: without `domain` all that goes from an egress to a provider, without `provider` too all
 * that leaves there. What holds for a node holds for the sum of what is below it, so a permit must pass every level (R5).
 */
export interface LimitNode {
  readonly egress: EgressName;
  readonly provider?: string | undefined;
  readonly domain?: string | undefined;
}

type Parts = { readonly [K in keyof OverrideScope]: OverrideScope[K] | undefined };

/** Whether all that `inner` means is within `scope`: whether an override of that scope holds for a lane, or a node as a whole. */
export function covers(scope: OverrideScope, inner: Parts): boolean {
  return (
    (scope.egress === undefined || scope.egress === inner.egress) &&
    (scope.provider === undefined || scope.provider === inner.provider) &&
    (scope.domain === undefined || scope.domain === inner.domain)
  );
}

/** A scope's one form as text: parts cannot hold a line break. */
export function scopeKey({ egress, provider, domain }: Parts): string {
  return `${egress ?? ""}\n${provider ?? ""}\n${domain ?? ""}`;
}

/** Keys of all scopes that cover a node, the widest first: said without making them, for it is asked for each lane. */
export function keysAbove({ egress, provider, domain }: LimitNode): readonly string[] {
  const tops = provider === undefined ? [`${egress}\n\n`] : [`${egress}\n\n`, `\n${provider}\n`, `${egress}\n${provider}\n`];
  return domain === undefined ? tops : [...tops, `\n\n${domain}`, ...tops.map((key) => key + domain)];
}
