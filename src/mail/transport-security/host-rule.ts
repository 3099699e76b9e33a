/**
 * From what is published to the rule for one host. DANE comes first; MTA-STS counts only where there is no DANE, so a host
 * that fails one is never saved by the other (RFC 8461 §2).
 */
import { createHash } from "node:crypto";
import { usableTlsa } from "./dane.ts";
import { isListed, type StsPolicy } from "./sts-text.ts";
import type { DomainPolicy, HostRule, TlsaFound, TlsDemand } from "./transport-security.ts";

/**
 * A name for what is asked of TLS: two domains with the same one may share connections to the same host. A policy that is
 * only tried out asks for nothing.
 */
export function policyKey(demand: TlsDemand, dane: boolean, sts: StsPolicy | undefined): string {
  const enforced =
    sts?.mode === "enforce"
      ? createHash("sha256")
          .update([...sts.mx].sort().join(" "))
          .digest("hex")
          .slice(0, 12)
      : undefined;
  const parts = [...(demand === "opportunistic" ? [] : [demand]), ...(dane ? ["dane"] : []), ...(enforced ? [`sts:${enforced}`] : [])];
  return parts.length === 0 ? "open" : parts.join("+");
}

/** `host`: as its MX record names it. */
export function ruleFor({ domain, demand, sts }: DomainPolicy, host: string, tlsa: TlsaFound): HostRule {
  if (tlsa.is === "failed") {
    // In clear or unverified it would be exactly what whoever suppressed the answer wants (RFC 7672 §2.1.2).
    const text = `the TLSA records of ${tlsa.name} could not be looked up (${tlsa.why}), so it is not known how ${host} must be verified`;
    return { is: "unusable", fault: { code: "tlsa-lookup", text } };
  }
  if (tlsa.is === "found") {
    const records = usableTlsa(tlsa.records);
    if (records.length > 0) return { is: "dane", records, names: [...new Set([tlsa.name, host])] };
  }
  if (sts?.mode === "enforce") {
    if (isListed(sts, host)) return { is: "sts", policy: sts };
    const text = `${host} is not among the hosts that the MTA-STS policy of ${domain} names`;
    return { is: "unusable", fault: { code: "sts-not-listed", text }, policy: sts };
  }
  if (demand === "required") return { is: "named", by: "operator" };
  // TLSA records none of which we understand still say that TLS is to be had (RFC 7672 §2.2).
  if (tlsa.is === "found") return { is: "encrypted", by: "dane", records: tlsa.records };
  if (demand === "encrypted") return { is: "encrypted", by: "operator" };
  return { is: "open", ...(sts?.mode === "testing" && { testing: sts }) };
}
