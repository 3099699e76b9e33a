/**
 * Delivery status notifications: what Fairlead writes back to a sender, as RFC 3464 in RFC 6522's three parts: text for
 * people, fields for machines, and the message or its header. Pure. Whether one is wanted at all (R15) is the relay's
 * question; so is its envelope, whose MAIL FROM is always empty.
 */
import { asBuffer, fromUtf8 } from "../../base/bytes.ts";
import type { WallMs } from "../../base/clock.ts";
import type { Reply } from "../../model/reply.ts";
import { cleanText, foldWords, isAscii, unstructured } from "./clean.ts";
import { deliveryStatus } from "./dsn-fields.ts";
import { type Language, languageOf } from "./dsn-language.ts";
import { subjectOf, textForPeople } from "./dsn-text.ts";
import { quotedPrintable } from "./quoted-printable.ts";
import { returned } from "./returned.ts";
import { dateTime } from "./trace-fields.ts";

/** RFC 3464 §2.3.3. `relayed`: SUCCESS was asked for and the next host takes no such requests (RFC 3461 §5.2.2). */
export type ReportKind = "failed" | "delayed" | "relayed" | "delivered";

export interface Reported {
  readonly address: string;
  /** As in `Recipient`: `rfc822;user@example.org`. */
  readonly orcpt?: string;
  /** Our own verdict, `5.4.6`; absent: the reply's, or one that fits the kind. */
  readonly status?: string;
  /** What the remote host said last … */
  readonly reply?: Reply;
  /** … or what we saw where none spoke. */
  readonly fault?: string;
  /** The name of the host of the last attempt. */
  readonly remote?: string;
  readonly lastAttemptAt?: WallMs;
  readonly retryUntil?: WallMs;
  /** A clause that says why, better than the status does: `Google limits this address`. English. */
  readonly cause?: string;
  /** What the sender can do, a verb first. Empty: nothing, and no line says so. */
  readonly advice?: string;
}

export interface Report {
  readonly kind: ReportKind;
  /** This report's id; its Message-ID is made from it. */
  readonly id: string;
  /** This node's name. */
  readonly host: string;
  readonly at: WallMs;
  /** The message's MAIL FROM; never empty. */
  readonly to: string;
  /** The message's id. */
  readonly reference: string;
  readonly acceptedAt: WallMs;
  readonly envid?: string;
  /** Where the story can be read. */
  readonly detailsUrl?: string;
  /** Said before everything else. */
  readonly notice?: string;
  /** At least one. Each has the report's kind. */
  readonly recipients: readonly Reported[];
  readonly original: {
    /** Prelude and content as far as they are at hand: at least the header. */
    readonly bytes: Uint8Array;
    /** Octets of the whole. */
    readonly size: number;
    readonly smtpUtf8: boolean;
    readonly ret?: "full" | "headers";
  };
}

export interface ComposedReport {
  /** CRLF lines of at most 998 octets. */
  readonly bytes: Uint8Array;
  /** True of the bytes: `7bit` unless something of the original needs more. */
  readonly body: "7bit" | "8bit";
  /** The header itself holds UTF-8 (the sender's address), so every hop needs SMTPUTF8. */
  readonly smtpUtf8: boolean;
}

const ADDRESS_OCTETS = 320;

export function composeReport(report: Report): ComposedReport {
  const original = returned(report);
  const language = languageOf(original.headers);
  const text = lines(textForPeople(report, language));
  const fields = lines(deliveryStatus(report));
  const plain = isAscii(text) ? text : quotedPrintable(fromUtf8(text)); // so that every host takes it
  const boundary = boundaryFor(report.id, [fromUtf8(plain), fromUtf8(fields), original.bytes]);
  const to = cleanText(report.to, ADDRESS_OCTETS);
  const eightBit = original.encoding === "8bit" || !isAscii(fields) || !isAscii(to);
  const head = [
    foldWords("From", [`"Mail delivery"`, `<mailer-daemon@${report.host}>`]),
    `To: <${to}>\r\n`,
    foldWords("Subject", unstructured(subjectOf(report, language))),
    `Date: ${dateTime(report.at)}\r\n`,
    `Message-ID: <${report.id}@${report.host}>\r\n`,
    ...(original.messageId === undefined ? [] : [`In-Reply-To: ${original.messageId}\r\n`, `References: ${original.messageId}\r\n`]),
    "Auto-Submitted: auto-replied\r\n", // RFC 3834 §5
    "MIME-Version: 1.0\r\n",
    `Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="${boundary}"\r\n`,
    `Content-Transfer-Encoding: ${eightBit ? "8bit" : "7bit"}\r\n`,
    "\r\nThis is a report in MIME form.\r\n",
  ].join("");
  const statusType = isAscii(fields) ? "message/delivery-status" : "message/global-delivery-status"; // RFC 6533 §3
  const parts = [
    fromUtf8(head),
    fromUtf8(part(boundary, "text/plain; charset=utf-8", isAscii(text) ? "7bit" : "quoted-printable", language) + plain),
    fromUtf8(part(boundary, statusType, isAscii(fields) ? "7bit" : "8bit") + fields),
    fromUtf8(part(boundary, original.type, original.encoding)),
    original.bytes,
    fromUtf8(`\r\n--${boundary}--\r\n`),
  ];
  return { bytes: Buffer.concat(parts), body: eightBit ? "8bit" : "7bit", smtpUtf8: !isAscii(to) };
}

function part(boundary: string, type: string, encoding: string, language: Language = "en"): string {
  const spoken = language === "en" ? "" : `Content-Language: ${language}\r\n`;
  return `\r\n--${boundary}\r\nContent-Type: ${type}\r\n${spoken}Content-Transfer-Encoding: ${encoding}\r\n\r\n`;
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\r\n`).join("");
}

/** Ids are unique, so the first try fits unless something was made to clash. */
function boundaryFor(id: string, parts: readonly Uint8Array[]): string {
  for (let n = 0; ; n++) {
    const boundary = `=_${id}_${n}`; // no encoding makes "=_"
    if (!parts.some((one) => asBuffer(one).includes(boundary))) return boundary;
  }
}
