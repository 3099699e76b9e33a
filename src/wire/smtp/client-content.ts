/**
 * Content on its way out: dots stuffed (RFC 5321 §4.5.2) and line ends watched. A bare CR or LF would let content end
 * the transaction at a lax receiver and smuggle another in, so it never leaves this side: the relay stores normalised
 * lines, and this is the belt over it (R22).
 */
import { asBuffer, CR, DOT, LF } from "../../base/bytes.ts";

/** DATA; BDAT with text in it; BDAT with a BINARYMIME body, whose octets mean nothing to SMTP. */
export type Framing = "dots" | "lines" | "octets";

const STUFFING = Buffer.from(".");
const LINE_END = Buffer.from("\r\n");
const DOT_LINE = Buffer.from("\n.");
const BARE = /\r[^\n]|[^\r]\n/;
/**
 * What needs a closer look; true of some harmless chunk borders too. Each alternative starts with a rare octet, which the
 * regular-expression engine skips to: 1.5 µs for 5 KB, where BARE takes 5 and a loop over the octets 8.
 */
const SUSPECT = /\r(?!\n)|(?<!\r)\n|\n\./;

export class ContentFramer {
  readonly #framing: Framing;
  /** The octet before the next one. Content starts as if after a line's end. */
  #last = LF;

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  /** Hands the framed octets to `put` in order, as views of `chunk` wherever they can be. False: a bare CR or LF was found. */
  chunk(chunk: Uint8Array, put: (bytes: Uint8Array) => void): boolean {
    const first = chunk[0];
    if (first === undefined) return true;
    if (this.#framing === "octets") {
      put(chunk);
      return true;
    }
    const bytes = asBuffer(chunk);
    if ((this.#last === CR) !== (first === LF)) return false; // half a pair at the border of two chunks
    const text = bytes.toString("latin1");
    const suspect = SUSPECT.test(text);
    if (suspect && BARE.test(text)) return false;
    if (this.#framing === "dots" && this.#last === LF && first === DOT) put(STUFFING);
    this.#last = bytes[bytes.length - 1] ?? LF;
    if (suspect && this.#framing === "dots") stuffDots(bytes, put);
    else put(bytes);
    return true;
  }

  /** After the last chunk: ends the last line if the content did not. False: it ended in a bare CR. */
  end(put: (bytes: Uint8Array) => void): boolean {
    if (this.#framing === "octets" || this.#last === LF) return true;
    if (this.#last === CR) return false;
    put(LINE_END);
    return true;
  }
}

/** Bare LFs are excluded by now, so every LF is a line's end, also one whose CR was in the chunk before. */
function stuffDots(bytes: Buffer, put: (bytes: Uint8Array) => void): void {
  let from = 0;
  for (let at = bytes.indexOf(DOT_LINE); at >= 0; at = bytes.indexOf(DOT_LINE, from)) {
    put(bytes.subarray(from, at + 1));
    put(STUFFING);
    from = at + 1;
  }
  put(bytes.subarray(from));
}
