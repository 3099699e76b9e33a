/**
 * What a message's own wish makes of TLS with a host (RFC 8689). REQUIRETLS raises the bar: a verified host, found by names
 * that nobody could forge, which promises to do the same. TLS-Required: No, and a TLS report, lower it to what can be had.
 */
import type { HostRule } from "../../mail/transport-security/transport-security.ts";
import type { TlsWish } from "../../model/message.ts";
import type { LocalFault, Stage } from "../../model/outcome.ts";
import type { Reply } from "../../model/reply.ts";

/** `secure`: the way to the host's name was authentic (DNSSEC), or is the operator's own word. */
export function ruleUnder(
  wish: TlsWish | undefined,
  rule: HostRule,
  { host, secure }: { readonly host: string; readonly secure: boolean },
): HostRule {
  switch (wish) {
    case undefined:
      return rule;
    case "relaxed":
    case "report":
      return { is: "open" };
    case "required":
      return required(rule, host, secure);
  }
}

/** RFC 8689 §4.2.1 steps 2 and 4: DANE, or MTA-STS, or an authority's certificate for a name that DNSSEC vouches for. */
function required(rule: HostRule, host: string, secure: boolean): HostRule {
  switch (rule.is) {
    case "dane":
    case "sts":
    case "unusable":
      return rule;
    case "named":
    case "open":
    case "encrypted":
      if (secure) return { is: "named", by: "message" };
      return {
        is: "unusable",
        fault: {
          code: "requiretls-unverified",
          text: `${host} cannot be verified: its domain has neither DANE nor an MTA-STS policy in force, and its name came by DNS that nobody signed`,
        },
      };
  }
}

interface Ended {
  readonly host: string;
  readonly stage: Stage;
  readonly fault?: LocalFault;
  readonly reply?: Reply;
}

/** Of a host these will not be other tomorrow; all else is a moment's trouble, and the mail waits. */
const FINAL: ReadonlySet<string> = new Set([
  ...["requiretls", "requiretls-unverified", "tls-not-offered", "tls-names", "tls-expired", "tls-untrusted", "tls-unauthorized"],
  ...["dane-mismatch", "dane-names", "dane-expired", "sts-not-listed"],
]);

/**
 * Why mail with REQUIRETLS can reach no host of the domain: undefined while one of them may yet be good enough. All were
 * tried (RFC 8689 §4.2.1: the message is returned only when there are no more).
 */
export function unmet(ends: readonly Ended[]): LocalFault | undefined {
  const faults = ends.flatMap(({ fault, reply }) => (fault && reply === undefined && FINAL.has(fault.code) ? [fault] : []));
  const [first] = faults;
  if (first === undefined || faults.length < ends.length) return undefined;
  const promised = faults.find(({ code }) => code === "requiretls");
  if (promised) return { code: "requiretls", text: `REQUIRETLS support required: ${promised.text}` };
  return { code: "requiretls-unverified", text: `encryption needed: ${first.text}` };
}

export function notPromised(host: string): LocalFault {
  return { code: "requiretls", text: `${host} does not offer REQUIRETLS` };
}
