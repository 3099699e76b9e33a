/**
 * What a message is, given its bytes: reading its header where it lies, the lines a relay adds, and the reports it
 * writes back to senders (RFC 5322, 5321 §4.4, 3464). Pure: bytes and values in, bytes and text out.
 */
export { foldWords } from "./clean.ts";
export { type ComposedReport, composeReport, type Report, type Reported, type ReportKind } from "./dsn.ts";
export { type Field, type HeaderEnd, Headers, readHeaders } from "./headers.ts";
export {
  dateLine,
  type Hop,
  isLoop,
  messageIdLine,
  receivedLine,
  traceLine,
  traceToken,
} from "./trace-fields.ts";
