/**
 * Reads a receiver's replies (RFC 5321 §4.2) from bytes in any cut. Lenient where nothing depends on it (a bare LF ends
 * a line, the text may be missing), bounded everywhere, because a reply is input from a stranger.
 */
import { asBuffer, checkedUtf8, LF } from "../../base/bytes.ts";
import type { Reply } from "../../model/reply.ts";

/** RFC 5321 §4.5.3.1.5 allows 512; real receivers go beyond it. What is longer is read to its end, and only this much of it kept. */
const MAX_LINE_KEPT = 4_096;
const MAX_LINES = 100;
const MAX_REPLY_OCTETS = 65_536;
/** What is kept of the text. */
const MAX_TEXT = 2_000;

export class ReplyReader {
  #input: Buffer = Buffer.alloc(0);
  #at = 0;
  #lines: string[] = [];
  #octets = 0;
  /** The texts of the lines of the reply returned last, for EHLO, whose answer is a list. */
  lastLines: readonly string[] = [];

  /** Takes bytes; call `next` until it returns undefined, which copies what is left of them. */
  push(bytes: Uint8Array): void {
    const rest = this.#input.length - this.#at;
    this.#input = rest === 0 ? asBuffer(bytes) : Buffer.concat([this.#input.subarray(this.#at), bytes]);
    this.#at = 0;
  }

  /** The next whole reply, undefined if more bytes are needed, "garbage" for what is no reply: the dialogue is lost then. */
  next(): Reply | "garbage" | undefined {
    for (;;) {
      const end = this.#input.indexOf(LF, this.#at);
      const octets = (end < 0 ? this.#input.length : end) - this.#at;
      if (this.#octets + octets > MAX_REPLY_OCTETS) return "garbage";
      if (end < 0) {
        this.#input = Buffer.from(this.#input.subarray(this.#at));
        this.#at = 0;
        return undefined;
      }
      const line = textLine(this.#input, this.#at, Math.min(end, this.#at + MAX_LINE_KEPT));
      this.#at = end + 1;
      this.#octets += octets;
      const match = REPLY_LINE.exec(line);
      if (!match || this.#lines.length >= MAX_LINES) return "garbage";
      this.#lines.push(match[3] ?? "");
      if (match[2] === "-") continue;
      this.lastLines = this.#lines;
      this.#lines = [];
      this.#octets = 0;
      return replyOf(Number(match[1]), this.lastLines);
    }
  }

  /** Whether bytes are left that were not part of a reply returned so far. */
  get hasMore(): boolean {
    return this.#at < this.#input.length || this.#lines.length > 0;
  }
}

/** Where the codes of a multi-line reply differ, the last line's stands. */
const REPLY_LINE = /^([2-5]\d\d)(?:([ -])(.*))?$/s;
const ENHANCED = /^([245]\.\d{1,3}\.\d{1,3})(?:[ \t]+|$)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029]/g;

function replyOf(code: number, lines: readonly string[]): Reply {
  const enhanced = ENHANCED.exec(lines[0] ?? "")?.[1];
  let text = "";
  for (const line of lines) {
    const words = clean(enhanced !== undefined && ENHANCED.exec(line)?.[1] === enhanced ? line.slice(enhanced.length) : line);
    if (words !== "") text += text === "" ? words : ` ${words}`;
  }
  if (text.length > MAX_TEXT) text = text.slice(0, MAX_TEXT);
  return enhanced === undefined ? { code, text } : { code, enhanced, text };
}

function clean(text: string): string {
  return text.trim().replace(CONTROL, "?");
}

/** One line without its end; UTF-8 where it is well-formed (RFC 6531 §3.7.4), else one character an octet. */
function textLine(input: Buffer, from: number, lf: number): string {
  const to = lf > from && input[lf - 1] === 13 ? lf - 1 : lf;
  const text = input.toString("latin1", from, to);
  return /[\x80-\xff]/.test(text) ? (checkedUtf8(input.subarray(from, to)) ?? text) : text;
}
