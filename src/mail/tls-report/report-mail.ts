/** The mail that carries a report (RFC 8460 §5.3): a line for people, and the document packed. */
import { fromUtf8 } from "../../base/bytes.ts";
import type { WallMs } from "../../base/clock.ts";
import { dateLine, foldWords, messageIdLine } from "../message/message.ts";
import { dateOf, type ReportFrame, reportFileName, reportId } from "./document.ts";

export interface ReportMail {
  readonly frame: ReportFrame;
  /** gzip of the document. */
  readonly packed: Uint8Array;
  readonly from: string;
  /** At least one. */
  readonly to: readonly string[];
  readonly at: WallMs;
  /** The message's id, and this node's name. */
  readonly id: string;
  readonly host: string;
  readonly succeeded: number;
  readonly failed: number;
}

export const REPORT_MEDIA_TYPE = "application/tlsrpt+gzip";

/** 7-bit, CRLF lines. */
export function composeReportMail(mail: ReportMail): Uint8Array {
  const { frame, packed, from, to, at, id, host } = mail;
  const boundary = `=_${id}`; // neither our prose nor base64 has "=_"
  const subject = ["Report", "Domain:", frame.domain, "Submitter:", frame.submitter, "Report-ID:", `<${reportId(frame)}>`];
  const lines = [
    `From: <${from}>\r\n`,
    foldWords(
      "To",
      to.map((address, i) => `<${address}>${i < to.length - 1 ? "," : ""}`),
    ),
    foldWords("Subject", subject),
    dateLine(at),
    messageIdLine(id, host),
    foldWords("TLS-Report-Domain", [frame.domain]),
    foldWords("TLS-Report-Submitter", [frame.submitter]),
    // RFC 8460 §3: it goes out whatever is wrong with the receiver's TLS, for that is what it tells. Hosts on the way learn it so.
    "TLS-Required: No\r\n",
    "Auto-Submitted: auto-generated\r\n",
    "MIME-Version: 1.0\r\n",
    `Content-Type: multipart/report; report-type="tlsrpt";\r\n\tboundary="${boundary}"\r\n`,
    "Content-Transfer-Encoding: 7bit\r\n",
    `\r\n--${boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n`,
    ...forPeople(mail).map((line) => `${line}\r\n`),
    `\r\n--${boundary}\r\nContent-Type: ${REPORT_MEDIA_TYPE}\r\nContent-Transfer-Encoding: base64\r\n`,
    `Content-Disposition: attachment;\r\n\tfilename="${reportFileName(frame)}"\r\n\r\n`,
    ...(
      Buffer.from(packed)
        .toString("base64")
        .match(/.{1,76}/g) ?? []
    ).map((line) => `${line}\r\n`),
    `\r\n--${boundary}--\r\n`,
  ];
  return fromUtf8(lines.join(""));
}

function forPeople({ frame, succeeded, failed }: ReportMail): readonly string[] {
  return [
    `This is a report on the TLS sessions of mail to ${frame.domain}`,
    `on ${dateOf(frame.from)} (UTC), from ${frame.submitter}: ${succeeded} succeeded, ${failed} failed.`,
    "",
    "The attachment tells more, in the form of RFC 8460.",
    `You get it because a TXT record at _smtp._tls.${frame.domain} asks for it.`,
    `Questions go to ${frame.contact}.`,
  ];
}
