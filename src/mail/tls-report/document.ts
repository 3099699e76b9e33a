/** The report as JSON (RFC 8460 §4.4): one domain, one UTC day. */
import type { WallMs } from "../../base/clock.ts";
import type { DomainResults, FailedSessions, PolicyResults } from "./results.ts";

/** Who reports, and on what. */
export interface ReportFrame {
  /** The recipient domain that the report goes to. */
  readonly domain: string;
  /** 00:00 UTC of the day. */
  readonly from: WallMs;
  readonly organization: string;
  /** A mail address. */
  readonly contact: string;
  /** The domain that the report comes from; it is what signs its mail. */
  readonly submitter: string;
  /** Tells the nodes of one submitter apart: letters and digits. */
  readonly node: string;
}

const DAY_MS = 86_400_000;

/** Made from what it is about: so a report that goes out twice is known as the same one. */
export function reportId({ domain, from, submitter, node }: ReportFrame): string {
  return `${dateOf(from).replaceAll("-", "")}.${node}.${domain}@${submitter}`;
}

/** `2026-11-25`. */
export function dateOf(at: WallMs): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** RFC 8460 §5.1: sender, policy domain, first and last second, and the node where there are several. */
export function reportFileName({ domain, from, submitter, node }: ReportFrame): string {
  const seconds = Math.floor(from / 1000);
  return `${submitter}!${domain}!${seconds}!${seconds + DAY_MS / 1000 - 1}!${node}.json.gz`;
}

export function reportDocument(frame: ReportFrame, { policies }: DomainResults): string {
  const { from, organization, contact } = frame;
  return JSON.stringify({
    "organization-name": organization,
    "date-range": {
      "start-datetime": `${dateOf(from)}T00:00:00Z`,
      "end-datetime": `${dateOf(from)}T23:59:59Z`,
    },
    "contact-info": contact,
    "report-id": reportId(frame),
    policies: policies.map(policyObject),
  });
}

function policyObject({ type, domain, lines, mxHosts, succeeded, failed, failures }: PolicyResults): object {
  return {
    policy: {
      "policy-type": type === "none" ? "no-policy-found" : type,
      ...(lines.length > 0 && { "policy-string": lines }),
      "policy-domain": domain,
      ...(type === "sts" && mxHosts.length > 0 && { "mx-host": mxHosts }),
    },
    summary: { "total-successful-session-count": succeeded, "total-failure-session-count": failed },
    ...(failures.length > 0 && { "failure-details": failures.map(failureObject) }),
  };
}

function failureObject({ result, host, ip, localIp, detail, sessions }: FailedSessions): object {
  return {
    "result-type": result,
    ...(localIp !== undefined && { "sending-mta-ip": localIp }),
    ...(host !== undefined && { "receiving-mx-hostname": host }),
    ...(ip !== undefined && { "receiving-ip": ip }),
    "failed-session-count": sessions,
    ...(detail !== undefined && { "failure-reason-code": detail }),
  };
}
