/**
 * xtext (RFC 3461 §4): how ENVID, ORCPT, AUTH= and XCLIENT carry arbitrary text inside one word of a command line.
 * Everything but printable ASCII other than "+" and "=" is written as "+" and two upper-case hex digits. RFC 3461
 * speaks of ASCII only; text beyond it travels here as its UTF-8 octets, which is what peers do.
 */
import { checkedUtf8, fromUtf8 } from "../../base/bytes.ts";

const PLUS = 43;
const EQUALS = 61;

export function encodeXtext(text: string): string {
  let plain = true;
  for (let i = 0; i < text.length && plain; i++) plain = isXchar(text.charCodeAt(i));
  if (plain) return text;
  let encoded = "";
  for (const octet of fromUtf8(text))
    encoded += isXchar(octet) ? String.fromCharCode(octet) : `+${octet.toString(16).toUpperCase().padStart(2, "0")}`;
  return encoded;
}

/**
 * The text behind the encoding. Lower-case hex is read too. Undefined if a character may not stand there, a "+" is not
 * followed by two hex digits, or the octets are not UTF-8.
 */
export function decodeXtext(encoded: string): string | undefined {
  const octets: number[] = [];
  let escaped = false;
  for (let i = 0; i < encoded.length; i++) {
    const code = encoded.charCodeAt(i);
    if (isXchar(code)) {
      octets.push(code);
      continue;
    }
    const high = hexDigit(encoded.charCodeAt(i + 1));
    const low = hexDigit(encoded.charCodeAt(i + 2));
    if (code !== PLUS || high < 0 || low < 0) return undefined;
    octets.push(high * 16 + low);
    escaped = true;
    i += 2;
  }
  return escaped ? checkedUtf8(Uint8Array.from(octets)) : encoded;
}

function isXchar(code: number): boolean {
  return code > 32 && code < 127 && code !== PLUS && code !== EQUALS;
}

/** -1 for anything that is not a hex digit, NaN (past the end) included. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
