/** Whether what a host showed satisfies its rule, and the words of reports (RFC 8460 §4.3) for where it does not. */
import { unreachable } from "../../base/brand.ts";
import type { WallMs } from "../../base/clock.ts";
import type { TlsHandshake } from "../../base/network.ts";
import type { LocalFault, TlsVerdict } from "../../model/outcome.ts";
import type { TlsResultType, TlsSession } from "../../model/tls-session.ts";
import { type DaneMatch, matchDane, tlsaText } from "./dane.ts";
import { isListed, matchesName, type StsPolicy } from "./sts-text.ts";
import type { HostRule } from "./transport-security.ts";

/** `host`: the name that certificates must have, as its MX record has it. A resumed session satisfies no rule that verifies. */
export function verdictOn(rule: HostRule, handshake: TlsHandshake, host: string, now: WallMs): TlsVerdict {
  switch (rule.is) {
    case "open":
    case "encrypted":
      return { ok: true, verified: handshake.authorized ? "webpki" : "none" };
    case "named":
      return handshake.authorized ? { ok: true, verified: "webpki" } : refuse(webPkiFault(handshake, host), `the ${rule.by} asks for one`);
    case "sts": {
      const fault = webPkiFault(handshake, host);
      return fault === undefined ? { ok: true, verified: "sts" } : refuse(fault, "its domain's MTA-STS policy asks for one");
    }
    case "dane": {
      const match = handshake.peer ? matchDane(rule.records, handshake.peer, rule.names, now) : "no match";
      return match === "match" ? { ok: true, verified: "dane" } : { ok: false, fault: daneFault(match, host) };
    }
    case "unusable":
      return { ok: false, fault: rule.fault };
    default:
      return unreachable(rule);
  }
}

/** What a policy in its testing mode would have said: for reports, nothing follows from it. Undefined where it is satisfied. */
export function testedBy(policy: StsPolicy, handshake: TlsHandshake | undefined, host: string): LocalFault | undefined {
  if (!isListed(policy, host)) return { code: "sts-not-listed", text: `${host} is not named by the policy` };
  if (handshake === undefined) return { code: "tls-not-offered", text: "no TLS" };
  return webPkiFault(handshake, host);
}

/** How reports call it; undefined for what is no matter of TLS. */
export function resultOf({ code }: LocalFault): TlsResultType | undefined {
  return RESULTS[code];
}

/** The policy behind a rule, as reports quote it (RFC 8460 §4.2). */
export function publishedBy(rule: HostRule): TlsSession["policy"] {
  switch (rule.is) {
    case "dane":
      return { type: "tlsa", lines: rule.records.map(tlsaText), mxHosts: [] };
    case "encrypted":
      return rule.by === "dane" ? { type: "tlsa", lines: (rule.records ?? []).map(tlsaText), mxHosts: [] } : NO_POLICY;
    case "sts":
      return ofSts(rule.policy);
    case "open":
      return rule.testing ? ofSts(rule.testing) : NO_POLICY;
    case "unusable":
      if (rule.policy) return ofSts(rule.policy);
      return rule.fault.code === "tlsa-lookup" ? { type: "tlsa", lines: [], mxHosts: [] } : NO_POLICY;
    case "named":
      return NO_POLICY;
    default:
      return unreachable(rule);
  }
}

const NO_POLICY: TlsSession["policy"] = { type: "none", lines: [], mxHosts: [] };

function ofSts({ lines, mx }: StsPolicy): TlsSession["policy"] {
  return { type: "sts", lines, mxHosts: mx };
}

const RESULTS: Readonly<Record<string, TlsResultType>> = {
  "tls-not-offered": "starttls-not-supported",
  "tls-names": "certificate-host-mismatch",
  "tls-expired": "certificate-expired",
  "tls-untrusted": "certificate-not-trusted",
  "tls-unauthorized": "certificate-not-trusted",
  "dane-mismatch": "validation-failure",
  "dane-names": "certificate-host-mismatch",
  "dane-expired": "certificate-expired",
  "tlsa-lookup": "dnssec-invalid",
  "sts-not-listed": "validation-failure",
  TLS: "validation-failure",
  TIMEOUT: "validation-failure",
  closed: "validation-failure",
};

/** OpenSSL's words for a certificate out of its time. */
const OUT_OF_TIME = ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"];

/** RFC 8461 §4.2 takes DNS names only; a common name is none. */
function webPkiFault({ peer, authorized }: TlsHandshake, host: string): LocalFault | undefined {
  if (peer === undefined) return authorized ? undefined : { code: "tls-untrusted", text: `${host} showed no certificate` };
  const { distrust } = peer;
  if (distrust !== undefined && OUT_OF_TIME.includes(distrust))
    return { code: "tls-expired", text: `the certificate of ${host} is out of its time` };
  if (distrust !== undefined)
    return { code: "tls-untrusted", text: `the certificate of ${host} does not come from an authority that is trusted (${distrust})` };
  const [own] = peer.chain();
  if (own?.names.some((pattern) => matchesName(pattern, host))) return undefined;
  return { code: "tls-names", text: `the certificate of ${host} is for other names (${own?.names.slice(0, 3).join(", ") || "none"})` };
}

function refuse(fault: LocalFault | undefined, why: string): TlsVerdict {
  const { code, text } = fault ?? { code: "tls-unauthorized", text: "the host's certificate is not trusted for its name" };
  return { ok: false, fault: { code, text: `${text}, and ${why} that is valid` } };
}

function daneFault(match: Exclude<DaneMatch, "match">, host: string): LocalFault {
  switch (match) {
    case "no match":
      return { code: "dane-mismatch", text: `the certificate of ${host} is none of those that its TLSA records allow` };
    case "expired":
      return { code: "dane-expired", text: `the certificate of ${host}, or one above it, is out of its time` };
    case "other names":
      return { code: "dane-names", text: `the certificate of ${host} is for other names` };
    default:
      return unreachable(match);
  }
}
