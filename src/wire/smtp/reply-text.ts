/**
 * A reply as it goes over the line (RFC 5321 §4.2): code, enhanced code on every line (RFC 2034 §4), text, CRLF; ASCII,
 * no line above 512 octets.
 */
import type { Reply } from "../../model/reply.ts";

/** RFC 5321 §4.5.3.1.5, CRLF included. */
const MAX_REPLY_LINE_OCTETS = 512;

/** Long text goes on over several lines; what is not printable ASCII becomes "?", so no text can forge a line. */
export function formatReply(reply: Reply): string {
  const code = String(reply.code);
  const prefix = reply.enhanced === undefined ? "" : `${reply.enhanced} `;
  const text = printable(reply.text);
  const room = MAX_REPLY_LINE_OCTETS - code.length - 1 - prefix.length - 2;
  if (text.length <= room) return `${code} ${prefix}${text}\r\n`;
  const lines = wrap(text, room);
  return lines.map((line, i) => `${code}${i < lines.length - 1 ? "-" : " "}${prefix}${line}\r\n`).join("");
}

/** One line a text, the last without the hyphen: the answer to EHLO and HELP. Texts are short ASCII of our own. */
export function formatLines(code: number, texts: readonly string[]): string {
  let all = "";
  for (let i = 0; i < texts.length; i++) all += `${code}${i < texts.length - 1 ? "-" : " "}${texts[i]}\r\n`;
  return all;
}

function printable(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code > 126) return text.replace(/[^ -~]/gu, "?");
  }
  return text;
}

/** At blanks where there are any, else in the middle of a word. */
function wrap(text: string, room: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > room) {
    const blank = rest.lastIndexOf(" ", room);
    const cut = blank > 0 ? blank : room;
    lines.push(rest.slice(0, cut));
    rest = rest.slice(blank > 0 ? cut + 1 : cut);
  }
  lines.push(rest);
  return lines;
}
