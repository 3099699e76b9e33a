/**
 * What domains publish of how mail is to reach them over TLS (DANE, MTA-STS), and whether a host lives up to it. Plain
 * functions: records, texts and what a handshake showed go in, a rule for a host and a verdict on it come out.
 *
 * In order: `policyKey` and `DomainPolicy` say what holds for a domain, `ruleFor` what follows for one of its hosts, `verdictOn`
 * whether its certificate will do, `resultOf` how a report calls a failure.
 */
import type { Tlsa } from "../../base/resolver.ts";
import type { LocalFault } from "../../model/outcome.ts";
import type { StsPolicy } from "./sts-text.ts";

export { policyKey, ruleFor } from "./host-rule.ts";
export { readStsPolicy, readStsRecord, STS_OCTETS, type StsPolicy, type StsText } from "./sts-text.ts";
export { publishedBy, resultOf, testedBy, verdictOn } from "./verdict.ts";

/** What the operator asks of a domain's hosts: TLS if they can, TLS with any certificate, or with one of their own name. */
export type TlsDemand = "opportunistic" | "encrypted" | "required";

/** What holds for all hosts of a domain. */
export interface DomainPolicy {
  /** The recipient domain. */
  readonly domain: string;
  /** Domains that share hosts and this may share connections: `open`, or what is asked of TLS. */
  readonly key: string;
  readonly demand: TlsDemand;
  /** In force, `none` apart. */
  readonly sts?: StsPolicy;
}

/** What must be true of TLS with one host before anything is sent to it. */
export type HostRule =
  /** TLS if it comes about, with any certificate, and in clear otherwise (RFC 7435). `testing`: what a domain only tries out. */
  | { readonly is: "open"; readonly testing?: StsPolicy }
  /** TLS, with any certificate. */
  | { readonly is: "encrypted"; readonly by: "operator" | "dane"; readonly records?: readonly Tlsa[] }
  /** A certificate of a trusted root for the host's name. */
  | { readonly is: "named"; readonly by: "operator" | "message" }
  | { readonly is: "sts"; readonly policy: StsPolicy }
  /** `names`: of which an authority's certificate must have one (RFC 7672 §3.2.2). */
  | { readonly is: "dane"; readonly records: readonly Tlsa[]; readonly names: readonly string[] }
  /** Nothing is sent to it now. `published`: the policy that says so, for reports. */
  | { readonly is: "unusable"; readonly fault: LocalFault; readonly policy?: StsPolicy };

/** What came of asking for a host's TLSA records: "there are none" in whatever way is `none`. */
export type TlsaFound =
  | { readonly is: "found"; readonly name: string; readonly records: readonly Tlsa[] }
  | { readonly is: "none" }
  | { readonly is: "failed"; readonly name: string; readonly why: string };
