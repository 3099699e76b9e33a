/**
 * What an attempt to speak TLS with a mail host came to, as reports to domains tell it (RFC 8460): under which policy, and
 * whether it held. One for each connection that got as far as a greeting, and one for a policy that could not be had.
 */
import type { WallMs } from "../base/clock.ts";

/** RFC 8460 §4.2: the policy that was applied; `none` is `no-policy-found`. */
export type TlsPolicyType = "tlsa" | "sts" | "none";

/** RFC 8460 §4.3. */
export type TlsResultType =
  | "starttls-not-supported"
  | "certificate-host-mismatch"
  | "certificate-expired"
  | "certificate-not-trusted"
  | "validation-failure"
  | "tlsa-invalid"
  | "dnssec-invalid"
  | "dane-required"
  | "sts-policy-fetch-error"
  | "sts-policy-invalid"
  | "sts-webpki-invalid";

export interface TlsSession {
  readonly at: WallMs;
  /** The recipient domain; of a TLSA policy the reports are per domain too (RFC 8460 §4.2). */
  readonly domain: string;
  readonly policy: {
    readonly type: TlsPolicyType;
    /** The policy as published: lines of an STS policy, or TLSA records as text. */
    readonly lines: readonly string[];
    /** `mx` patterns of an STS policy. */
    readonly mxHosts: readonly string[];
  };
  /** Absent: the policy could not be had, and no host was tried. */
  readonly host?: string;
  readonly ip?: string;
  readonly localIp?: string;
  readonly outcome: { readonly is: "success" } | { readonly is: TlsResultType; readonly detail?: string };
}
