/** The part of a report that is written for machines: message/delivery-status, RFC 3464 §2, and RFC 6533 §3 for UTF-8 addresses. */
import { type Reply, replyLine } from "../../model/reply.ts";
import { cleanAscii, cleanText, isAscii } from "./clean.ts";
import type { Report, Reported, ReportKind } from "./dsn.ts";
import { dateTime } from "./trace-fields.ts";

const ADDRESS_OCTETS = 320;
/** With its field name below the 998 octets of RFC 5322 §2.1.1. */
const DIAGNOSTIC_OCTETS = 900;

/** Fields of the message, then those of each recipient after an empty line; without line ends. */
export function deliveryStatus(report: Report): string[] {
  const lines: string[] = [];
  if (report.envid !== undefined) lines.push(`Original-Envelope-Id: ${cleanAscii(report.envid, 200)}`);
  lines.push(
    `Reporting-MTA: dns; ${report.host}`,
    `X-Fairlead-Reference: ${report.reference}`,
    `Arrival-Date: ${dateTime(report.acceptedAt)}`,
  );
  for (const one of report.recipients) lines.push("", ...recipientFields(report.kind, one));
  return lines;
}

function recipientFields(kind: ReportKind, one: Reported): string[] {
  const lines: string[] = [];
  if (one.orcpt !== undefined) lines.push(`Original-Recipient: ${originalRecipient(one.orcpt)}`);
  lines.push(`Final-Recipient: ${typed(one.address)}`, `Action: ${kind}`, `Status: ${statusOf(kind, one)}`);
  if (one.remote !== undefined) lines.push(`Remote-MTA: dns; ${cleanAscii(one.remote, 255)}`);
  if (one.reply !== undefined) lines.push(`Diagnostic-Code: smtp; ${cleanAscii(replyLine(one.reply), DIAGNOSTIC_OCTETS)}`);
  else if (one.fault !== undefined) lines.push(`Diagnostic-Code: X-Fairlead; ${cleanAscii(one.fault, DIAGNOSTIC_OCTETS)}`);
  if (one.lastAttemptAt !== undefined) lines.push(`Last-Attempt-Date: ${dateTime(one.lastAttemptAt)}`);
  if (kind === "delayed" && one.retryUntil !== undefined) lines.push(`Will-Retry-Until: ${dateTime(one.retryUntil)}`);
  return lines;
}

/** `rfc822; address`, or `utf-8; address` (RFC 6533 §3). */
function typed(address: string): string {
  const clean = cleanText(address, ADDRESS_OCTETS);
  return `${isAscii(clean) ? "rfc822" : "utf-8"}; ${clean}`;
}

/** ORCPT carries its address type (RFC 3461 §4.2); one that came without, or with a broken one, gets ours. */
function originalRecipient(orcpt: string): string {
  const split = /^([A-Za-z0-9-]{1,40});(.*)$/su.exec(orcpt);
  if (split === null) return typed(orcpt);
  const [, type = "", address = ""] = split;
  if (/^(rfc822|utf-8)$/i.test(type)) return typed(address);
  return `${type}; ${cleanText(address, ADDRESS_OCTETS)}`;
}

/** The receiver's own status where it gave one that fits the outcome, else one made from what is known. */
export function statusOf(kind: ReportKind, one: Reported): string {
  const given = one.status ?? one.reply?.enhanced;
  switch (kind) {
    case "relayed":
    case "delivered":
      return fits(given, "2") ? given : "2.0.0";
    case "delayed":
      return fits(given, "4") ? given : "4.4.7";
    // A message that expired failed for good, and RFC 3463 §3.5 (X.4.7) asks for the code of the actual, temporary problem.
    case "failed":
      return fits(given, "45") ? given : expiredFor(one.reply);
  }
}

function expiredFor(reply: Reply | undefined): string {
  return reply !== undefined && reply.code >= 500 ? "5.0.0" : "4.4.7";
}

function fits(status: string | undefined, kinds: string): status is string {
  return status !== undefined && /^[245]\.\d{1,3}\.\d{1,3}$/.test(status) && kinds.includes(status.charAt(0));
}
