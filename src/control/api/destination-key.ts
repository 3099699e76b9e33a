/** What people call a destination, as the scope of limits: a provider's key, a recipient domain, an upstream. */
import { nearest } from "../../base/nearest.ts";
import { findByKey, PROVIDERS } from "../../mail/replies/providers.ts";
import type { EgressName } from "../../model/egress.ts";
import type { OverrideScope } from "../../model/override.ts";
import { covers } from "../../relay/limits/limits.ts";
import type { LaneRecord, NodeFace } from "./node-face.ts";
import { notFound, type Refused } from "./refused.ts";

/** Without its kind and its egress: `mx:gmail.com|out2` is gmail.com's, `upstream:mail.example:587` that upstream's. */
export function domainOfSite(site: string): string {
  return site.replace(/^(mx|upstream):/, "").replace(/\|.*$/, "");
}

/** A name with a dot or a port is a domain or an upstream; others are providers, and must be known. @throws {Refused} */
export function scopeOfKey(key: string, egress: string | undefined): OverrideScope {
  const by = egress === undefined ? {} : { egress: egress as EgressName };
  const name = domainOfSite(key.trim().toLowerCase()).replace(/\.$/, "");
  if (findByKey(name) !== undefined) return { ...by, provider: name };
  if (/^[^\s/]*[.:][^\s/]*$/.test(name)) return { ...by, domain: name };
  throw noProvider(key);
}

export function noProvider(key: string): Refused {
  const guess = nearest(
    key.slice(0, 64),
    PROVIDERS.map((provider) => provider.key),
  );
  return notFound(
    `there is no provider ${JSON.stringify(key.slice(0, 80))}`,
    guess === undefined ? "name a provider's key, a domain, or an upstream as HOST:PORT" : `did you mean ${guess}?`,
  );
}

export function laneIsWithin(scope: OverrideScope, { egress, provider, site }: Pick<LaneRecord, "egress" | "provider" | "site">): boolean {
  return covers(scope, { egress: egress as EgressName, provider, domain: domainOfSite(site) });
}

/** Deliveries that are queued for lanes within the scope, which may be a moment old. */
export async function waitingWithin(scope: OverrideScope, node: NodeFace): Promise<number> {
  const lanes = await node.lanes();
  return lanes.filter((lane) => laneIsWithin(scope, lane)).reduce((sum, { queued }) => sum + queued, 0);
}
