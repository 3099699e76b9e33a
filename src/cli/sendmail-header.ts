/**
 * The header of a message that a local program hands over: whom it is for (-t), what must not travel (Bcc), and what is
 * missing (From, Date, Message-ID; RFC 6409 §8).
 */
import { concat, fromUtf8 } from "../base/bytes.ts";
import type { WallMs } from "../base/clock.ts";
import { type AddressList, readAddressList } from "../mail/message/address-list.ts";
import { dateLine, type Headers, messageIdLine, readHeaders } from "../mail/message/message.ts";

export interface HeaderOptions {
  /** Take the recipients from To, Cc and Bcc, and take Bcc out. */
  readonly fromHeaders: boolean;
  /** For a missing From. */
  readonly from: { readonly address: string; readonly name?: string };
  readonly now: WallMs;
  /** Unique, fit for the left side of a Message-ID. */
  readonly uniqueId: string;
  readonly host: string;
}

export interface ReadyHeader {
  /** Header and what followed it in the bytes given, ready to send. */
  readonly bytes: Uint8Array;
  /** From the header, if asked for; in order, without repeats. */
  readonly recipients: readonly string[];
  readonly faults: AddressList["faults"];
}

const RECIPIENT_FIELDS = ["To", "Cc", "Bcc"] as const;
const HIDDEN = new Set(["bcc", "resent-bcc"]);

/** `start` holds the whole header, unless the header is longer than is read: then undefined. Lines end in CR LF. */
export function readyHeader(start: Uint8Array, options: HeaderOptions): ReadyHeader | undefined {
  const bytes = withoutMboxLine(start);
  const headers = readHeaders(bytes);
  if (headers.ended === "too long" || headers.ended === "too many fields") return undefined;
  const { mailboxes, faults } = options.fromHeaders ? recipientsOf(headers) : { mailboxes: [], faults: [] };
  const kept: Uint8Array[] = [];
  for (let nth = 0; nth < headers.size; nth++) {
    const field = headers.field(nth);
    if (field && !(options.fromHeaders && HIDDEN.has(headers.name(field).toLowerCase()))) kept.push(bytes.subarray(field.start, field.end));
  }
  const added = missing(headers, options);
  // Without an empty line between them, the first line of the body would become part of the header.
  const gap = headers.ended === "empty line" ? "" : "\r\n";
  const rest = bytes.subarray(headers.end);
  return {
    bytes: concat([fromUtf8(added), ...kept, fromUtf8(gap), rest]),
    recipients: [...new Set(mailboxes.map(({ address }) => address))],
    faults,
  };
}

/** A resent message is for whom it was resent to (RFC 5322 §3.6.6). */
function recipientsOf(headers: Headers): AddressList {
  const fields = (prefix: string) => RECIPIENT_FIELDS.flatMap((name) => headers.all(prefix + name));
  const resent = fields("Resent-");
  const lists = (resent.length > 0 ? resent : fields("")).map((field) => readAddressList(headers.value(field)));
  return { mailboxes: lists.flatMap(({ mailboxes }) => mailboxes), faults: lists.flatMap(({ faults }) => faults) };
}

function missing(headers: Headers, { from, now, uniqueId, host }: HeaderOptions): string {
  let lines = "";
  if (!headers.has("Date")) lines += dateLine(now);
  if (!headers.has("From")) lines += `From: ${from.name === undefined ? from.address : `${phrase(from.name)} <${from.address}>`}\r\n`;
  if (!headers.has("Message-ID")) lines += messageIdLine(uniqueId, host);
  return lines;
}

/** A name as it may stand before an angle bracket: quoted where it must be, encoded where it is not ASCII (RFC 2047). */
function phrase(name: string): string {
  const clean = name
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, 100);
  if (/^[\w !#$%&'*+/=?^`{|}~-]+$/.test(clean)) return clean;
  if (/^[\x20-\x7e]*$/.test(clean)) return `"${clean.replace(/["\\]/g, "\\$&")}"`;
  const words = clean.match(/.{1,12}/gsu) ?? []; // 12 characters of up to 3 octets stay below an encoded word's 75
  return words.map((word) => `=?utf-8?b?${Buffer.from(word.toWellFormed(), "utf8").toString("base64")}?=`).join(" ");
}

/** `From anna Tue Mar 3 …`: a mailbox file's separator, which some programs leave in front. */
function withoutMboxLine(bytes: Uint8Array): Uint8Array {
  if (Buffer.from(bytes.subarray(0, 5)).toString("latin1") !== "From ") return bytes;
  const end = bytes.indexOf(10);
  return end < 0 ? bytes : bytes.subarray(end + 1);
}
