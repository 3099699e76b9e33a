/**
 * Takes message content out of its framing: DATA with its dots (RFC 5321 §4.5.2), or BDAT chunks (RFC 3030). One pass
 * over the octets finds the end, removes stuffed dots and gathers the facts that later stages decide by.
 *
 * Lines end in CRLF and in nothing else, so `LF . LF`, `LF . CRLF`, `CR . CR` and their like are content and never an
 * end: that is the whole defence against SMTP smuggling. A dot is stuffing only at the start of such a line. Where bare
 * line ends are normalised, that happens behind the unstuffing, so a line that becomes "." by it is content like any
 * other, and is stuffed again on its way out: the framing it came in has no say in the framing it leaves in.
 */
import { isAscii } from "node:buffer";
import type { ContentFacts } from "./server-host.ts";

/** `binary` is BDAT under BODY=BINARYMIME: octets without lines. */
export type Framing = "dots" | "chunks" | "binary";
/** What becomes of a bare CR or LF: a CRLF, or nothing (it is counted, and the owner refuses the message). */
export type BareLines = "normalise" | "refuse";

const CR = 13;
const LF = 10;
const DOT = 46;

/** Where the last octet left the reader. */
const LINE_START = 0; // behind a CRLF, or at the very start: the only place where a dot is framing
const TEXT = 1;
const CR_SEEN = 2; // a CR that may become a CRLF; held back at the end of a read
const DOT_SEEN = 3; // a dot at a line start: stuffing or the end, not content in either case
const DOT_CR_SEEN = 4;
const ENDED = 5;

const ONLY_CR = Buffer.from("\r");
const CRLF = Buffer.from("\r\n");

export class ContentReader {
  readonly #dots: boolean;
  readonly #binary: boolean;
  readonly #normalise: boolean;
  #state = LINE_START;
  /** Octets of the line under way, from earlier reads. */
  #lineOctets = 0;
  #bytes = 0;
  #bareLines = 0;
  #longestLine = 0;
  #hasNul = false;
  #eightBit = false;
  /** What the running read has found, in order. */
  #pieces: Uint8Array[] = [];

  constructor(framing: Framing, bareLines: BareLines) {
    this.#dots = framing === "dots";
    this.#binary = framing === "binary";
    this.#normalise = bareLines === "normalise";
  }

  /** The final dot has been read. */
  get ended(): boolean {
    return this.#state === ENDED;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** It holds bare line ends, and they are not normalised: the message is to be refused. */
  get hasBareLines(): boolean {
    return this.#bareLines > 0 && !this.#normalise;
  }

  facts(): ContentFacts {
    return {
      bytes: this.#bytes,
      bareLines: this.#bareLines,
      hasNul: this.#hasNul,
      longestLine: this.#longestLine,
      eightBit: this.#eightBit,
    };
  }

  /**
   * Reads `input` from `from` to `to`, or to the final dot, and returns where it stopped. What it found waits in
   * `take()`, partly as views of `input`.
   */
  read(input: Buffer, from: number, to: number): number {
    if (from === to) return from;
    if (this.#binary) return this.#readBinary(input, from, to);
    let state = this.#state;
    let at = from;
    let start = from; // of the run of content not yet handed out
    let lineBegin = from - this.#lineOctets; // may lie before the buffer: only differences count
    let held = state === CR_SEEN; // the CR came with an earlier read
    let bits = 0;
    while (at < to) {
      if (state === TEXT) {
        let octet = 0;
        // Nearly every octet of nearly every message passes this line and no other (bench: server-session).
        while (at < to && (octet = input[at] as number) > CR) {
          bits |= octet;
          at++;
        }
        if (at === to) break;
        if (octet === CR) state = CR_SEEN;
        else if (octet === LF) {
          this.#bareLines++;
          this.#endLine(at - lineBegin);
          if (this.#normalise) {
            this.#hand(input, start, at);
            this.#insert(CRLF);
            start = at + 1;
          }
          lineBegin = at + 1;
        } else if (octet === 0) this.#hasNul = true;
        at++;
        continue;
      }
      const octet = input[at] as number;
      if (state === LINE_START) {
        if (octet === DOT && this.#dots) {
          this.#hand(input, start, at);
          start = lineBegin = ++at;
          state = DOT_SEEN;
        } else state = TEXT;
      } else if (state === DOT_SEEN) {
        if (octet === CR) {
          start = lineBegin = ++at;
          state = DOT_CR_SEEN;
        } else state = TEXT;
      } else if (state === DOT_CR_SEEN) {
        if (octet === LF) {
          state = ENDED;
          start = ++at;
          break;
        }
        state = CR_SEEN; // ".", CR, something: an unstuffed line that begins with a bare CR
        held = true;
      } else if (octet === LF) {
        this.#endLine(at - lineBegin - (held ? 0 : 1));
        if (held) {
          this.#insert(CRLF);
          start = at + 1;
        }
        held = false;
        lineBegin = ++at;
        state = LINE_START;
      } else {
        // A bare CR. A run of them counts as one line end, also before LF: CR CR LF is a common slip, not a blank line.
        this.#bareLines++;
        if (this.#normalise) {
          if (!held) this.#hand(input, start, at - 1);
          this.#endLine(at - lineBegin - (held ? 0 : 1));
          if (octet === CR) {
            start = at++; // now this one waits for what follows
            lineBegin = start;
          } else {
            this.#insert(CRLF);
            start = lineBegin = at;
            state = TEXT;
          }
        } else {
          if (held) {
            this.#insert(ONLY_CR);
            start = at;
            lineBegin--;
          }
          state = TEXT;
        }
        held = false;
      }
    }
    const kept = state === CR_SEEN && !held ? 1 : 0;
    this.#hand(input, start, at - kept);
    this.#lineOctets = at - lineBegin - kept;
    this.#state = state;
    if (bits > 127) this.#eightBit = true;
    return at;
  }

  /** Ends chunks (BDAT LAST): a CR still held is a bare one, and a last line without its CRLF gets it. */
  finish(): void {
    if (this.#binary) return;
    if (this.#state === CR_SEEN) {
      this.#bareLines++;
      this.#insert(this.#normalise ? CRLF : ONLY_CR);
      this.#endLine(this.#lineOctets);
      if (!this.#normalise) this.#insert(CRLF);
    } else if (this.#state === TEXT && this.#lineOctets > 0) {
      this.#endLine(this.#lineOctets);
      this.#insert(CRLF);
    }
    this.#state = ENDED;
  }

  /** The content found since the last call, as one array; undefined if there is none. */
  take(): Uint8Array | undefined {
    const pieces = this.#pieces;
    if (pieces.length === 0) return undefined;
    this.#pieces = [];
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }

  #readBinary(input: Buffer, from: number, to: number): number {
    const view = input.subarray(from, to);
    this.#pieces.push(view);
    this.#bytes += view.length;
    if (!this.#hasNul) this.#hasNul = view.includes(0);
    if (!this.#eightBit) this.#eightBit = !isAscii(view);
    return to;
  }

  #hand(input: Buffer, from: number, to: number): void {
    if (to <= from) return;
    this.#pieces.push(from === 0 && to === input.length ? input : input.subarray(from, to));
    this.#bytes += to - from;
  }

  #insert(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
  }

  #endLine(octets: number): void {
    if (octets > this.#longestLine) this.#longestLine = octets;
  }
}
