/** Whether a way may carry mail of a From domain. Today what is configured decides; authentication will answer it in time. */
import { nameOf, type Way } from "./plan.ts";

export type Allowed = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** `fromDomain` is the author's; undefined where nobody said. */
export type MayUse = (fromDomain: string | undefined, way: Way) => Allowed;

/** A way that is meant for some domains carries theirs and what is below them. */
export const byForDomains: MayUse = (fromDomain, way) => {
  const { forDomains } = way;
  if (forDomains === undefined) return { ok: true };
  if (fromDomain !== undefined && forDomains.some((domain) => fromDomain === domain || fromDomain.endsWith(`.${domain}`)))
    return { ok: true };
  return { ok: false, why: `${nameOf(way)} is not meant for mail from ${fromDomain ?? "an unknown domain"}` };
};

/** Whether all that may leave by the one may leave by the other. */
export function isAsWide(to: Way, from: Way): boolean {
  if (to.forDomains === undefined) return true;
  return from.forDomains?.every((domain) => byForDomains(domain, to).ok) ?? false;
}
