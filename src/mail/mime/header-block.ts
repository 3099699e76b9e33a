/**
 * The header of one part, line by line: fields come out as they end, bounded in length and number. A line that is no
 * field ends the header, as in Postfix and Exim: it is body.
 */
import { latin1 } from "../../base/bytes.ts";
import { FIELD_OCTETS_MAX, HEADER_FIELDS_MAX, HEADER_OCTETS_MAX } from "./limits.ts";
import type { DefectKind, MimeField } from "./part.ts";

const COLON = 58;
const SPACE = 32;
const TAB = 9;
/** RFC 5322 §3.6.8 with the obsolete blanks before the colon. Real names are shorter than 100. */
const NAME = /^([\x21-\x39\x3b-\x7e]{1,1000})[ \t]{0,100}:/;
/** Names are looked for this far into a line. */
const NAME_OCTETS = 1_200;
/** What mailbox files put before a message. */
const MBOX = /^>?From /;

/** What to do with the line: it was taken, it ended the header, or it is the body's first. */
export type Taken = "taken" | "ended" | "body";

export interface HeaderSink {
  field(field: MimeField): void;
  defect(kind: DefectKind, at: number): void;
}

export class HeaderBlock {
  readonly #sink: HeaderSink;
  #pieces: Buffer[] = [];
  #kept = 0;
  #fieldAt = 0;
  #cut = false;
  #total = 0;
  #fields = 0;
  /** No more is kept: a bound was passed. */
  #full = false;
  /** The rest of the line at hand is only counted. */
  #skipping = false;
  /** An mbox line may stand here. */
  #begins: boolean;

  constructor(sink: HeaderSink, ofMessage: boolean) {
    this.#sink = sink;
    this.#begins = ofMessage;
  }

  /** See `LineSink`. */
  line(bytes: Buffer, at: number, first: boolean, eol: number): Taken {
    if (!first) return (this.#more(bytes), "taken");
    this.#skipping = false;
    if (isEmpty(bytes, eol)) return "ended";
    const blank = bytes[0] === SPACE || bytes[0] === TAB;
    if (blank && this.#pieces.length > 0) return (this.#more(bytes), "taken");
    if (blank && this.#full) return "taken";
    this.finish();
    const head = latin1(bytes, 0, Math.min(bytes.length, NAME_OCTETS));
    if (this.#begins && MBOX.test(head)) {
      this.#skipping = true; // a message that was stored twice has two of them
      return "taken";
    }
    this.#begins = false;
    if (!NAME.test(head)) {
      this.#sink.defect("header-malformed", at);
      return "body";
    }
    this.#fieldAt = at;
    this.#total += 1;
    if (this.#fields >= HEADER_FIELDS_MAX || this.#total > HEADER_OCTETS_MAX) this.#overflow(at);
    else this.#fields++;
    this.#more(bytes);
    return "taken";
  }

  /** Hands on the field at hand. */
  finish(): void {
    if (this.#pieces.length === 0) return;
    const raw = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#kept = 0;
    const name = NAME.exec(latin1(raw, 0, Math.min(raw.length, NAME_OCTETS)))?.[1] ?? "";
    const value = raw.subarray(raw.indexOf(COLON) + 1);
    if (this.#cut) this.#sink.defect("field-cut", this.#fieldAt);
    this.#sink.field({ name, raw, value, at: this.#fieldAt, cut: this.#cut });
    this.#cut = false;
  }

  #more(bytes: Buffer): void {
    this.#total += bytes.length;
    if (this.#full || this.#skipping) return;
    const room = FIELD_OCTETS_MAX - this.#kept;
    if (bytes.length > room) this.#cut = true;
    if (room <= 0) return;
    const piece = Buffer.from(bytes.subarray(0, room)); // a copy: the field may end in a later chunk
    this.#kept += piece.length;
    this.#pieces.push(piece);
  }

  #overflow(at: number): void {
    if (!this.#full) this.#sink.defect("header-too-long", at);
    this.#full = true;
  }
}

/** Nothing but its line end, and stray CRs before it. */
function isEmpty(bytes: Buffer, eol: number): boolean {
  let end = bytes.length - eol;
  while (end > 0 && bytes[end - 1] === 13) end--;
  return end === 0;
}
