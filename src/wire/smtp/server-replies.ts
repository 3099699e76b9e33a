/**
 * What the server says, apart from the replies its host decides. Positive ones that every session needs stand ready as
 * text. Sentences are lower case and for a person who reads a log; FL-codes never change their meaning.
 */
import type { Reply } from "../../model/reply.ts";
import { formatReply } from "./reply-text.ts";

function reply(code: number, enhanced: string | undefined, text: string): Reply {
  return enhanced === undefined ? { code, text } : { code, enhanced, text };
}

export function greeting(hostname: string): string {
  return `220 ${hostname} ESMTP Fairlead\r\n`;
}

export const OK_MAIL = formatReply(reply(250, "2.1.0", "ok"));
export const OK_RCPT = formatReply(reply(250, "2.1.5", "ok"));
export const OK_RESET = formatReply(reply(250, "2.0.0", "ok"));
export const GO_AHEAD = formatReply(reply(354, undefined, "go ahead; end with <CRLF>.<CRLF>"));
export const BYE = formatReply(reply(221, "2.0.0", "bye"));
export const TLS_READY = formatReply(reply(220, "2.0.0", "ready for TLS"));
export const CANNOT_VERIFY = formatReply(reply(252, "2.0.0", "not told here; send the message, and it will be tried"));
export const HELP = formatReply(reply(214, "2.0.0", "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY HELP STARTTLS AUTH; RFC 5321"));
export const AUTHENTICATED = formatReply(reply(235, "2.7.0", "authenticated"));

export const UNKNOWN_COMMAND = reply(500, "5.5.1", "that command is not known");
export const BARE_LINE_FEED = reply(500, "5.5.2", "command lines end in CRLF only");
export const LINE_TOO_LONG = reply(500, "5.5.2", "the command line is too long");
export const AUTH_LINE_TOO_LONG = reply(500, "5.5.6", "the AUTH line is too long");
export const NOT_TEXT = reply(501, "5.5.2", "the command line holds NUL, a bare CR, or what is not UTF-8");
export const NOT_OFFERED = reply(502, "5.5.1", "that command is not offered here");
export const HELLO_FIRST = reply(503, "5.5.1", "say EHLO first");
export const MAIL_FIRST = reply(503, "5.5.1", "MAIL comes first");
export const MAIL_TWICE = reply(503, "5.5.1", "a transaction is open; RSET ends it");
export const IN_TRANSACTION = reply(503, "5.5.1", "not inside a transaction");
export const IN_CHUNKS = reply(503, "5.5.1", "content has begun with BDAT; BDAT or RSET comes next");
export const BINARY_NEEDS_BDAT = reply(503, "5.5.1", "BINARYMIME needs BDAT");
export const PIPELINED = reply(503, "5.5.1", "nothing may be pipelined behind that command");
export const ALREADY_TLS = reply(503, "5.5.1", "TLS is on already");
export const ALREADY_AUTHENTICATED = reply(503, "5.5.1", "authenticated already");
export const NO_RECIPIENTS = reply(554, "5.5.1", "no recipient was accepted");
export const TOO_MANY_RECIPIENTS = reply(452, "4.5.3", "too many recipients; send the others in another transaction");
export const NEEDS_SMTPUTF8 = reply(553, "5.6.7", "an address beyond ASCII needs SMTPUTF8");
export const PARAMETER_NOT_OFFERED = reply(555, "5.5.4", "that parameter belongs to an extension not offered here");
export const NEEDS_TLS = reply(530, "5.7.0", "use STARTTLS first");
export const NEEDS_AUTH = reply(530, "5.7.0", "authentication is needed");
export const AUTH_NEEDS_TLS = reply(538, "5.7.11", "AUTH needs TLS; use STARTTLS first");
export const UNKNOWN_MECHANISM = reply(504, "5.5.4", "that mechanism is not offered");
export const AUTH_CANCELLED = reply(501, "5.7.0", "cancelled");
export const NOT_BASE64 = reply(501, "5.5.2", "that is not base64");
export const AUTH_MALFORMED = reply(501, "5.5.2", "that is not what the mechanism expects");
export const WRONG_PASSWORD = reply(535, "5.7.8", "FL-5101 user or password wrong");
export const AUTH_TROUBLE = reply(454, "4.7.0", "cannot check passwords now; try again later");
export const BARE_LINES = reply(550, "5.6.11", "FL-5502 bare line feed");
export const XCLIENT_REFUSED = reply(550, "5.7.0", "XCLIENT is not for you");
export const XCLIENT_MALFORMED = reply(501, "5.5.4", "an attribute of XCLIENT is unknown or malformed");
export const OWN_TROUBLE = reply(451, "4.3.0", "trouble here; keep it and try again");
export const CANNOT_STORE = reply(451, "4.3.0", "FL-4002 cannot store mail now; keep it and retry");

/** Each of these is followed by the end of the connection. */
export const SPOKE_TOO_SOON = reply(554, "5.5.1", "the server speaks first");
export const NOT_SMTP = reply(500, "5.5.1", "this is SMTP");
export const TLS_NOT_HERE = reply(500, "5.5.1", "TLS begins with STARTTLS on this port");
export const LINE_ENDLESS = reply(500, "5.5.2", "a command line without an end");
export const TOO_MANY_FAULTS = reply(421, "4.7.0", "too many faulty commands");
export const TOO_MANY_IDLE = reply(421, "4.7.0", "too many commands without a message");
export const TOO_SLOW = reply(421, "4.4.2", "timeout");
export const SHUTTING_DOWN = reply(421, "4.3.2", "shutting down; try again soon");

/** RFC 1870 §6.1; sizes in decimal megabytes, as people know them from disks and providers. */
export function tooBig(octets: number | undefined, limit: number): Reply {
  const size = octets === undefined ? `over ${megabytes(limit)} MB` : `${megabytes(octets)} MB, limit ${megabytes(limit)} MB`;
  return { code: 552, enhanced: "5.3.4", text: `FL-5501 ${size}` };
}

function megabytes(octets: number): string {
  const value = octets / 1_000_000;
  return value >= 10 ? String(Math.round(value)) : String(Math.ceil(value * 100) / 100);
}
