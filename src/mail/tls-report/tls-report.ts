/**
 * Reports to domains on the TLS of mail that was sent to them (SMTP TLS Reporting, RFC 8460): what a domain asks for,
 * what is told, and the mail that tells it. Pure; who counts, and when it is sent, is for others.
 */
export { type ReportFrame, reportDocument, reportFileName, reportId } from "./document.ts";
export { type ReportRequest, type ReportTo, readReportRequest, reportRecordName } from "./record.ts";
export { composeReportMail, REPORT_MEDIA_TYPE, type ReportMail } from "./report-mail.ts";
export { type DomainResults, type FailedSessions, failureOf, type PolicyApplied, type PolicyResults, policyOf } from "./results.ts";
