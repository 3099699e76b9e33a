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
  /** The running read: where content not yet handed on begins, where the line began (before the buffer, maybe). */
  #start = 0;
  #lineBegin = 0;
  /** The CR last seen came with an earlier read. */
  #held = false;
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
    let at = from;
    let bits = 0;
    this.#start = from;
    this.#lineBegin = from - this.#lineOctets;
    this.#held = this.#state === CR_SEEN;
    while (at < to && this.#state !== ENDED) {
      if (this.#state !== TEXT) {
        at = this.#atEdge(input, at);
        continue;
      }
      let octet = 0;
      // Nearly every octet of nearly every message passes this line and no other: it decides what content costs.
      while (at < to && (octet = input[at] as number) > CR) {
        bits |= octet;
        at++;
      }
      if (at === to) break;
      if (octet === CR) this.#state = CR_SEEN;
      else if (octet === LF) this.#bareLineFeed(input, at);
      else if (octet === 0) this.#hasNul = true;
      at++;
    }
    const kept = this.#state === CR_SEEN && !this.#held ? 1 : 0;
    this.#hand(input, at - kept);
    this.#lineOctets = at - this.#lineBegin - kept;
    if (bits > 127) this.#eightBit = true;
    return at;
  }

  /** One octet at the start or the end of a line; returns where to go on. */
  #atEdge(input: Buffer, at: number): number {
    const octet = input[at];
    switch (this.#state) {
      case LINE_START:
        if (octet !== DOT || !this.#dots) return this.#inText(at);
        this.#hand(input, at);
        return this.#leaveOut(at, DOT_SEEN);
      case DOT_SEEN:
        return octet === CR ? this.#leaveOut(at, DOT_CR_SEEN) : this.#inText(at);
      case DOT_CR_SEEN:
        if (octet === LF) return this.#leaveOut(at, ENDED);
        this.#state = CR_SEEN; // ".", CR, something: an unstuffed line that begins with a bare CR
        this.#held = true;
        return at;
      default:
        return octet === LF ? this.#lineEnd(at) : this.#bareCr(input, at);
    }
  }

  /** LF behind CR: the end of a line. */
  #lineEnd(at: number): number {
    this.#endLine(this.#octetsBeforeCr(at));
    if (this.#held) {
      this.#insert(CRLF);
      this.#start = at + 1;
      this.#held = false;
    }
    this.#lineBegin = at + 1;
    this.#state = LINE_START;
    return at + 1;
  }

  /** A run of bare CRs counts as one line end, also before LF: CR CR LF is a common slip, not a blank line. */
  #bareCr(input: Buffer, at: number): number {
    this.#bareLines++;
    if (!this.#normalise) {
      if (this.#held) {
        this.#insert(ONLY_CR);
        this.#start = at;
        this.#lineBegin--;
        this.#held = false;
      }
      return this.#inText(at);
    }
    if (!this.#held) this.#hand(input, at - 1);
    this.#endLine(this.#octetsBeforeCr(at));
    this.#held = false;
    this.#start = at;
    this.#lineBegin = at;
    if (input[at] === CR) return at + 1; // now this one waits for what follows
    this.#insert(CRLF);
    return this.#inText(at);
  }

  #bareLineFeed(input: Buffer, at: number): void {
    this.#bareLines++;
    this.#endLine(at - this.#lineBegin);
    this.#lineBegin = at + 1;
    if (!this.#normalise) return;
    this.#hand(input, at);
    this.#insert(CRLF);
    this.#start = at + 1;
  }

  #inText(at: number): number {
    this.#state = TEXT;
    return at;
  }

  /** The octet at `at` is framing. */
  #leaveOut(at: number, state: number): number {
    this.#state = state;
    this.#start = at + 1;
    this.#lineBegin = at + 1;
    return at + 1;
  }

  #octetsBeforeCr(at: number): number {
    return at - this.#lineBegin - (this.#held ? 0 : 1);
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

  #hand(input: Buffer, to: number): void {
    const from = this.#start;
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
