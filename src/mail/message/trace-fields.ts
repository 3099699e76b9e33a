/**
 * The lines a relay puts before a message: Received (RFC 5321 §4.4), Date, Message-ID and our own trace, by which a
 * node knows a message that has come round to it again (RFC 5321 §6.3).
 */
import { createHmac } from "node:crypto";
import type { WallMs } from "../../base/clock.ts";
import type { NodeNumber } from "../../model/ids.ts";
import type { Peer } from "../../model/message.ts";
import { cleanAscii, foldWords, isAscii } from "./clean.ts";
import type { Headers } from "./headers.ts";

export interface Hop {
  readonly peer: Peer;
  /** It said EHLO. */
  readonly esmtp: boolean;
  readonly smtpUtf8: boolean;
  /** This node's name. */
  readonly host: string;
  /** Our id of the message. */
  readonly id: string;
  /** The only recipient; absent if there are more, so that none learns of another (RFC 5321 §7.6). */
  readonly recipient?: string;
  readonly at: WallMs;
}

/** One folded field with its CRLF, to be sent as UTF-8. Whatever HELO, address or recipient hold, it stays one field. */
export function receivedLine(hop: Hop): string {
  const words = ["from", ...fromClause(hop.peer)];
  if (hop.peer.tls !== undefined) words.push(`(using ${cleanComment(hop.peer.tls, 100)})`);
  words.push("by", cleanAscii(hop.host, 255), "(Fairlead)", "with", protocolOf(hop), "id", hop.id);
  if (hop.recipient !== undefined && mayStandInFor(hop.recipient, hop.smtpUtf8)) words.push("for", `<${hop.recipient}>`);
  const last = words.pop() ?? "";
  return foldWords("Received", [...words, `${last};`, dateTime(hop.at)]);
}

/** RFC 3848, and RFC 6531 §4.3 with its UTF8 forms. */
function protocolOf(hop: Hop): string {
  const secured = `${hop.peer.tls === undefined ? "" : "S"}${hop.peer.login === undefined ? "" : "A"}`;
  if (hop.smtpUtf8) return `UTF8SMTP${secured}`;
  return hop.esmtp || secured !== "" ? `ESMTP${secured}` : "SMTP";
}

const DOMAIN = /^(?=.{1,255}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/;
const LITERAL = /^\[(IPv6:)?[0-9A-Fa-f.:]{1,60}\]$/;

/** A HELO that is no name is told in a comment, where it cannot be taken for one. */
function fromClause(peer: Peer): string[] {
  const literal = addressLiteral(peer.ip);
  if (DOMAIN.test(peer.helo) || LITERAL.test(peer.helo)) return [peer.helo, `(${literal})`];
  return peer.helo === "" ? [literal] : [literal, `(helo=${cleanComment(peer.helo, 255)})`];
}

function addressLiteral(ip: string): string {
  const clean = cleanAscii(ip, 60).replace(/[^0-9A-Fa-f.:]/g, "?");
  return clean.includes(":") ? `[IPv6:${clean}]` : `[${clean}]`;
}

/** Text for a comment: no parenthesis or backslash of its own (RFC 5322 §3.2.2). */
function cleanComment(text: string, most: number): string {
  return cleanAscii(text, most).replace(/[()\\]/g, "?");
}

/** Quoted local parts may hold what would look like the end of the clause; then it is left out, as it is optional. */
function mayStandInFor(address: string, smtpUtf8: boolean): boolean {
  return address !== "" && address.length <= 320 && (smtpUtf8 || isAscii(address)) && !/[\p{Cc}\u2028\u2029\s<>"();]/u.test(address);
}

/** RFC 5322 §3.3, in UTC: `Tue, 03 Mar 2026 09:09:50 +0000`. */
export function dateTime(at: WallMs): string {
  const second = Math.floor(at / 1000);
  if (second !== lastDate.second) lastDate = { second, text: new Date(at).toUTCString().replace("GMT", "+0000") };
  return lastDate.text;
}

/** A busy relay writes the same second's date a thousand times. */
let lastDate = { second: Number.NaN, text: "" };

export function dateLine(at: WallMs): string {
  return `Date: ${dateTime(at)}\r\n`;
}

/** `id` and `host` are ours. */
export function messageIdLine(id: string, host: string): string {
  return `Message-ID: <${id}@${host}>\r\n`;
}

export const TRACE_FIELD = "X-Fairlead-Trace";

/** What only this node can write: `n1-5YtR0cWw1n3jZq2K`. The secret stays on the node, so nobody can stop mail by forging it. */
export function traceToken(secret: Uint8Array, node: NodeNumber): string {
  const mac = createHmac("sha256", secret).update(`trace of node ${node}`).digest("base64url");
  return `n${node}-${mac.slice(0, 16)}`;
}

export function traceLine(token: string): string {
  return `${TRACE_FIELD}: ${token}\r\n`;
}

/** How often this node has had the message before. */
export function timesSeen(headers: Headers, token: string): number {
  return headers.all(TRACE_FIELD).filter((field) => headers.value(field) === token).length;
}

/** More hops than any honest route has. Postfix's hopcount_limit is 50, too. */
export const MOST_HOPS = 50;

/** True for a message that goes round (R16): above `most` Received fields, or here for the third time. */
export function isLoop(headers: Headers, token: string, most = MOST_HOPS): boolean {
  return headers.count("Received") > most || timesSeen(headers, token) >= 2;
}
