/**
 * The path of MAIL and RCPT (RFC 5321 §4.1.2, RFC 6531 §3.3): `<local@domain>`, with a source route dropped as §4.1.1.3
 * asks. Read by character codes, because each message passes here at least twice. Lenient where real senders are loose
 * and nothing depends on it: no brackets, blanks before them, dots anywhere in a local part, underscores in a domain.
 */
import { domainToASCII } from "node:url";

/** RFC 5321 §4.5.3.1.3, brackets included. Local parts over 64 octets (§4.5.3.1.1) exist and are let through. */
const MAX_PATH_OCTETS = 256;
/** RFC 1035 §2.3.4. */
const MAX_DOMAIN_OCTETS = 255;
const MAX_LABEL_OCTETS = 63;

/** An address taken apart. "" everywhere is the null path `<>`. */
export interface Path {
  /** As given, without brackets and source route. */
  readonly address: string;
  /** Lower case, A-labels; an address literal with its brackets; "" for a bare local part such as `postmaster`. */
  readonly domain: string;
  /** Holds characters beyond ASCII, so it may travel under SMTPUTF8 only. */
  readonly nonAscii: boolean;
}

export type PathFault = "malformed" | "too long" | "bad domain";
export type ReadPath =
  | { readonly ok: true; readonly path: Path /** Where it ended in the text. */; readonly end: number }
  | { readonly ok: false; readonly fault: PathFault };

const AT = 64;
const BACKSLASH = 92;
const CLOSE = 62;
const COLON = 58;
const DEL = 127;
const DOT = 46;
const OPEN = 60;
const QUOTE = 34;
const SPACE = 32;

/** 1 for what a dot-string is made of: atext (RFC 5322 §3.2.3) and the dot. */
const IS_LOCAL = table("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+-/=?^_`{|}~");
/** 1 for letters, digits, hyphen, underscore and the dot. */
const IS_DOMAIN = table("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
const IS_LITERAL = table("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-:.");

const MALFORMED = { ok: false, fault: "malformed" } as const;
const TOO_LONG = { ok: false, fault: "too long" } as const;
const BAD_DOMAIN = { ok: false, fault: "bad domain" } as const;

/** Reads the path that starts at `from` (blanks before it are skipped) and ends at a blank or at the text's end. */
export function readPath(text: string, from = 0): ReadPath {
  let at = from;
  while (text.charCodeAt(at) === SPACE) at++;
  const bracketed = text.charCodeAt(at) === OPEN;
  const start = bracketed ? skipRoute(text, at + 1) : at;
  if (start < 0) return MALFORMED;
  if (bracketed && text.charCodeAt(start) === CLOSE) {
    // A route with nothing behind it is not the null path.
    return start === at + 1 && endsWord(text, start + 1) ? { ok: true, path: NULL_PATH, end: start + 1 } : MALFORMED;
  }
  const localEnd = text.charCodeAt(start) === QUOTE ? quotedEnd(text, start) : runEnd(text, start, IS_LOCAL);
  if (localEnd <= start) return MALFORMED;
  const domainStart = text.charCodeAt(localEnd) === AT ? localEnd + 1 : localEnd;
  const domainEnd = domainStart === localEnd ? localEnd : domainStop(text, domainStart);
  if (domainEnd < 0 || (domainStart > localEnd && domainEnd === domainStart)) return MALFORMED;
  const end = bracketed ? domainEnd + 1 : domainEnd;
  if ((bracketed && text.charCodeAt(domainEnd) !== CLOSE) || !endsWord(text, end)) return MALFORMED;
  if (!bracketed && domainStart === localEnd) return MALFORMED; // a bare word is more likely a typing error than a mailbox

  const address = text.slice(start, domainEnd);
  const nonAscii = !isAscii(address);
  const octets = nonAscii ? Buffer.byteLength(address) : address.length;
  if (octets + 2 > MAX_PATH_OCTETS) return TOO_LONG;
  const domain = canonicalDomain(address.slice(domainStart - start));
  return domain === undefined ? BAD_DOMAIN : { ok: true, path: { address, domain, nonAscii }, end };
}

/** Whether `address` can stand between the brackets of MAIL or RCPT as it is. "" (the null path) can. */
export function isAddress(address: string): boolean {
  const read = readPath(`<${address}>`);
  return read.ok && read.path.address === address;
}

/** The address in its brackets. @throws TypeError for what would end the line or the path early; check with `isAddress`. */
export function formatPath(address: string): string {
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code < SPACE || code === DEL) throw new TypeError("a path holds a control character");
  }
  return `<${address}>`;
}

/** Lower case with A-labels, or undefined where no domain name or address literal is written so. "" stays "". */
export function canonicalDomain(written: string): string | undefined {
  if (written === "" || written.charCodeAt(0) === 91) return written.toLowerCase();
  const ascii = isAscii(written) ? written.toLowerCase() : domainToASCII(written);
  if (ascii === "" || ascii.length > MAX_DOMAIN_OCTETS) return undefined;
  let labelStart = 0;
  for (let i = 0; i <= ascii.length; i++) {
    if (i < ascii.length && ascii.charCodeAt(i) !== DOT) continue;
    if (i === labelStart || i - labelStart > MAX_LABEL_OCTETS) return undefined;
    labelStart = i + 1;
  }
  return ascii;
}

const NULL_PATH: Path = { address: "", domain: "", nonAscii: false };

/** Past `@a,@b:`, or where it started if there is no route; -1 if one starts and does not end. */
function skipRoute(text: string, from: number): number {
  if (text.charCodeAt(from) !== AT) return from;
  for (let at = from; ; at++) {
    if (text.charCodeAt(at) !== AT) return -1;
    const stop = runEnd(text, at + 1, IS_DOMAIN);
    if (stop === at + 1) return -1;
    at = stop;
    if (text.charCodeAt(at) === COLON) return at + 1;
    if (text.charAt(at) !== ",") return -1;
  }
}

/** Past the closing quote; -1 if the string is broken or empty of it. RFC 5321 §4.1.2 Quoted-string. */
function quotedEnd(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    if (code === BACKSLASH) i++;
    const literal = text.charCodeAt(i);
    if (!(literal >= SPACE) || literal === DEL) return -1; // also NaN: a backslash at the end
  }
  return -1;
}

function domainStop(text: string, from: number): number {
  if (text.charCodeAt(from) !== 91) return runEnd(text, from, IS_DOMAIN);
  const stop = runEnd(text, from + 1, IS_LITERAL);
  return stop > from + 1 && text.charAt(stop) === "]" ? stop + 1 : -1;
}

function runEnd(text: string, from: number, allowed: Uint8Array): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code < 128 ? allowed[code] !== 1 : code < 160) break; // C1 controls belong to no name
    at++;
  }
  return at;
}

function endsWord(text: string, at: number): boolean {
  return at >= text.length || text.charCodeAt(at) === SPACE;
}

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 126) return false;
  return true;
}

function table(characters: string): Uint8Array {
  const allowed = new Uint8Array(128);
  for (const character of characters) allowed[character.charCodeAt(0)] = 1;
  return allowed;
}
