/** What became of a day's TLS sessions with one domain, in the groups in which a report tells it (RFC 8460 §4). */
import type { TlsPolicyType, TlsResultType, TlsSession } from "../../model/tls-session.ts";

/** Sessions that failed in one way with one host. What is absent is not known, or was folded into a wider group. */
export interface FailedSessions {
  readonly result: TlsResultType;
  readonly host?: string;
  readonly ip?: string;
  readonly localIp?: string;
  /** What was seen, in words. */
  readonly detail?: string;
  readonly sessions: number;
}

export interface PolicyApplied {
  readonly type: TlsPolicyType;
  /** Against which the policy stands: the recipient domain; of TLSA records the host's name (RFC 8460 §1.1, RFC 7672 §2.2.3). */
  readonly domain: string;
  readonly lines: readonly string[];
  readonly mxHosts: readonly string[];
}

export interface PolicyResults extends PolicyApplied {
  readonly succeeded: number;
  /** The sum over `failures`. */
  readonly failed: number;
  readonly failures: readonly FailedSessions[];
}

export interface DomainResults {
  /** The recipient domain, lower case, A-labels. */
  readonly domain: string;
  readonly policies: readonly PolicyResults[];
}

/** A policy is told whole up to here: an STS policy has at most 64 KiB (RFC 8461 §3.2), and its mx lines say the rest. */
const LINES_MOST = 50;
const LINE_CHARS = 300;
const DETAIL_CHARS = 200;

export function policyOf({ domain, host, policy }: Pick<TlsSession, "domain" | "host" | "policy">): PolicyApplied {
  return {
    type: policy.type,
    domain: policy.type === "tlsa" && host !== undefined ? host : domain,
    lines: bounded(policy.lines),
    mxHosts: bounded(policy.mxHosts),
  };
}

/** The failure of a session; undefined if it succeeded. */
export function failureOf({ host, ip, localIp, outcome }: TlsSession): Omit<FailedSessions, "sessions"> | undefined {
  if (outcome.is === "success") return undefined;
  return {
    result: outcome.is,
    ...(host !== undefined && { host }),
    ...(ip !== undefined && { ip }),
    ...(localIp !== undefined && { localIp }),
    ...(outcome.detail !== undefined && { detail: outcome.detail.slice(0, DETAIL_CHARS) }),
  };
}

function bounded(lines: readonly string[]): readonly string[] {
  return lines.slice(0, LINES_MOST).map((line) => line.slice(0, LINE_CHARS));
}
