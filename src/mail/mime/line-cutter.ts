/**
 * Cuts a stream of octets into lines, whatever the chunks are and whichever line end the message uses. A line is LF or
 * CRLF ended, unless the first line end of all is a bare CR: then the message comes from an old Mac, and CR, LF and CRLF
 * all end lines. Deciding once keeps a stray CR inside ordinary mail what it is, content.
 */
import { asBuffer, CR, LF } from "../../base/bytes.ts";
import { LINE_HELD_MAX } from "./limits.ts";

export interface LineSink {
  /**
   * A line with its line end (`eol` octets of it, 0 at the end of input), or a piece of a line longer than
   * `LINE_HELD_MAX`: `first` says that a line begins here, `last` that it ends here. A shorter line always comes whole.
   * `bytes` is valid during the call.
   */
  line(bytes: Buffer, at: number, first: boolean, last: boolean, eol: number): void;
}

type Mode = "undecided" | "lf" | "cr";

const NOTHING = Buffer.alloc(0);

export class LineCutter {
  readonly #sink: LineSink;
  #mode: Mode = "undecided";
  /** The beginning of a line whose end has not come yet; beyond the held length only a CR that may belong to a CRLF. */
  #held: Buffer = NOTHING;
  /** Part of the line has been handed on already. */
  #inside = false;
  /** Where `#held` begins in the stream. */
  #at = 0;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const chunk = asBuffer(bytes);
    const joined = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const searched = Math.max(0, this.#held.length - 1);
    this.#held = NOTHING;
    this.#cut(joined, searched);
  }

  end(): void {
    const rest = this.#held;
    this.#held = NOTHING;
    if (rest.length === 0) {
      if (this.#inside) this.#give(NOTHING, true, 0);
      return;
    }
    const eol = this.#mode !== "lf" && rest[rest.length - 1] === CR ? 1 : 0;
    this.#give(rest, true, eol);
  }

  /** `searched`: this far there is no line end, from an earlier look. */
  #cut(bytes: Buffer, searched: number): void {
    let from = 0;
    let look = searched;
    if (this.#mode === "undecided") {
      this.#mode = modeOf(bytes);
      look = 0; // what was passed over undecided may be line ends now
    }
    for (;;) {
      const end = this.#mode === "cr" ? pastCrLine(bytes, look) : this.#mode === "lf" ? bytes.indexOf(LF, look) + 1 : 0;
      if (end === 0) break;
      this.#give(bytes.subarray(from, end), true, eolOf(bytes, from, end));
      from = end;
      look = end;
    }
    this.#keep(bytes.subarray(from));
  }

  /** The unfinished line: held while it is short, handed on as a piece when it is not. */
  #keep(rest: Buffer): void {
    if (rest.length === 0) return;
    if (!this.#inside && rest.length <= LINE_HELD_MAX) {
      this.#held = Buffer.from(rest); // a copy: the chunk is its owner's again after the call
      return;
    }
    const crs = rest[rest.length - 1] === CR ? 1 : 0;
    if (rest.length > crs) this.#give(rest.subarray(0, rest.length - crs), false, 0);
    this.#held = crs === 0 ? NOTHING : Buffer.of(CR);
  }

  #give(bytes: Buffer, last: boolean, eol: number): void {
    const first = !this.#inside;
    this.#inside = !last;
    const at = this.#at;
    this.#at += bytes.length;
    this.#sink.line(bytes, at, first, last, eol);
  }
}

/**
 * What follows the first run of CR decides; a run at the end of what is known decides nothing. Only the first
 * `LINE_HELD_MAX` octets are asked, so that the answer does not depend on how the stream was cut.
 */
function modeOf(bytes: Buffer): Mode {
  const asked = bytes.subarray(0, LINE_HELD_MAX);
  const open = bytes.length > LINE_HELD_MAX ? "lf" : "undecided";
  const lf = asked.indexOf(LF);
  const cr = asked.indexOf(CR);
  if (cr < 0 || (lf >= 0 && lf < cr)) return lf >= 0 ? "lf" : open;
  let i = cr;
  while (asked[i] === CR) i++;
  return i === asked.length ? open : asked[i] === LF ? "lf" : "cr";
}

/** Past the next CR, LF or CRLF; 0 while a CR is the last octet known, for its LF may follow. */
function pastCrLine(bytes: Buffer, from: number): number {
  for (let i = from; i < bytes.length; i++) {
    if (bytes[i] === LF) return i + 1;
    if (bytes[i] === CR) return i + 1 === bytes.length ? 0 : bytes[i + 1] === LF ? i + 2 : i + 1;
  }
  return 0;
}

function eolOf(bytes: Buffer, from: number, end: number): number {
  return bytes[end - 1] === LF && end - 2 >= from && bytes[end - 2] === CR ? 2 : 1;
}
