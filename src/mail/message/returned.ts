/**
 * What a report sends back of the message it is about: the whole of it while that is small, wanted and can be carried
 * unchanged, else its header (RFC 3461 §4.3, RFC 6522 §4).
 */
import { asBuffer, CR, fromUtf8, LF } from "../../base/bytes.ts";
import { isAscii } from "./clean.ts";
import type { Report } from "./dsn.ts";
import { type Headers, readHeaders } from "./headers.ts";
import { quotedPrintable } from "./quoted-printable.ts";

/** Above this a report carries the header only, whatever RET asked (R15). */
export const RETURN_BYTES = 50 * 1024;
/** Of a header that is longer only this much goes back. */
const HEADER_RETURN_BYTES = 32 * 1024;
const LINE_OCTETS = 998;

export interface Returned {
  readonly type: "message/rfc822" | "text/rfc822-headers" | "message/global" | "message/global-headers";
  readonly encoding: "7bit" | "8bit" | "quoted-printable";
  /** CRLF lines, the last one ended. */
  readonly bytes: Uint8Array;
  /** The original's Message-ID, if it has one that is fit to be repeated. */
  readonly messageId?: string;
  readonly headers: Headers;
}

export function returned(report: Report): Returned {
  const { original } = report;
  const headers = readHeaders(original.bytes);
  const messageId = repeatable(headers);
  const whole =
    report.kind === "failed" && // RFC 3461 §4.3: without a failure the header is enough
    original.ret !== "headers" &&
    original.size === original.bytes.length &&
    original.size <= RETURN_BYTES &&
    carries(original.bytes);
  const utf8 = !isAsciiBytes(original.bytes.subarray(0, headers.end)) && original.smtpUtf8;
  const base = { headers, ...(messageId === undefined ? {} : { messageId }) };
  if (whole)
    return {
      ...base,
      type: utf8 ? "message/global" : "message/rfc822",
      encoding: isAsciiBytes(original.bytes) ? "7bit" : "8bit",
      bytes: ended(original.bytes),
    };
  const block = original.bytes.subarray(0, Math.min(headers.end, HEADER_RETURN_BYTES));
  const plain = isAsciiBytes(block) && carries(block);
  return {
    ...base,
    type: utf8 ? "message/global-headers" : "text/rfc822-headers",
    encoding: plain ? "7bit" : "quoted-printable",
    bytes: plain ? ended(block) : fromUtf8(quotedPrintable(block)),
  };
}

/** Whether the bytes may stand in a message as they are: CRLF lines of at most 998 octets, no NUL. RFC 2046 §5.2.1 forbids encoding message/rfc822. */
function carries(bytes: Uint8Array): boolean {
  const buffer = asBuffer(bytes);
  if (buffer.includes(0)) return false;
  for (let from = 0; from < buffer.length; ) {
    const lf = buffer.indexOf(LF, from);
    const end = lf < 0 ? buffer.length : lf;
    const cr = buffer.indexOf(CR, from);
    if (lf >= 0 && cr !== lf - 1) return false; // a bare LF, or a bare CR in the line
    if (lf < 0 && cr >= 0) return false;
    if (end - from > LINE_OCTETS + 1) return false; // the CR counts here, not there
    from = end + 1;
  }
  return true;
}

function isAsciiBytes(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) > 127) return false;
  return true;
}

/** With a line end, so that the next boundary begins a line. */
function ended(bytes: Uint8Array): Uint8Array {
  return bytes.length === 0 || bytes.at(-1) === LF ? bytes : Buffer.concat([bytes, fromUtf8("\r\n")]);
}

/** A Message-ID that is one short word in angle brackets. */
function repeatable(headers: Headers): string | undefined {
  const text = headers.text("Message-ID");
  return text !== undefined && isAscii(text) && /^<[!-;=?-~]{1,250}>$/.test(text) ? text : undefined;
}
