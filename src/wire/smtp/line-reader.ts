/**
 * Cuts command lines out of what arrives. A line ends in CRLF and in nothing else; one that holds a bare LF, or is too
 * long, is reported at once (a client that sends LF only would otherwise wait for its answer for ever) and swallowed
 * up to its real end, so that nothing inside it is ever taken for a command.
 */
type LineFault = "bare line feed" | "too long" | "endless";

/** RFC 5321 §4.5.3.1.4, CRLF included. */
const MAX_LINE = 512;
/** MAIL and RCPT grow by the extensions' parameters (RFC 5321 §4.1.1.11); XCLIENT carries seven attributes. */
const MAX_LONG_LINE = 2_048;
/** RFC 4954 §4. */
const MAX_AUTH_LINE = 12_288;
/** How much of a faulty line is swallowed before the connection is given up. */
const MAX_SWALLOWED = 65_536;

const CR = 13;
const LF = 10;

export class LineReader {
  /** A whole line without its CRLF; valid until the next `read`. */
  line: Buffer | undefined;
  /** Set once for a faulty line, before its end is found. */
  fault: LineFault | undefined;
  #partial: Buffer | undefined;
  #swallowed = -1; // octets of a faulty line; -1 while the line is sound
  #lastWasCr = false;

  /** Nothing of a line has come yet. */
  get empty(): boolean {
    return this.#partial === undefined && this.#swallowed < 0;
  }

  /**
   * Reads up to the end of a line or of `input`, and returns where it stopped. Sets `line` or `fault`, or neither if
   * more must come. `authExchange` widens the limit: there any line may be long.
   */
  read(input: Buffer, from: number, authExchange: boolean): number {
    this.line = undefined;
    this.fault = undefined;
    let at = from;
    while (at < input.length) {
      const feed = input.indexOf(LF, at);
      const stop = feed < 0 ? input.length : feed + 1;
      const cr = feed > at ? input[feed - 1] === CR : feed === at && this.#lastWasCr;
      this.#lastWasCr = feed < 0 && input[stop - 1] === CR;
      if (this.#swallowed >= 0) {
        this.#swallowed += stop - at;
        at = stop;
        if (cr) this.#swallowed = -1;
        else if (this.#swallowed > MAX_SWALLOWED) {
          this.fault = "endless";
          return at;
        }
        continue;
      }
      const octets = (this.#partial?.length ?? 0) + stop - at;
      const long = octets > MAX_LINE && octets > (authExchange ? MAX_AUTH_LINE : this.#limit(input, at));
      if (long || (feed >= 0 && !cr)) {
        this.fault = long ? "too long" : "bare line feed";
        this.#swallowed = cr ? -1 : octets;
        this.#partial = undefined;
        return stop;
      }
      const piece = input.subarray(at, stop);
      const whole = this.#partial === undefined ? piece : Buffer.concat([this.#partial, piece]);
      if (feed >= 0) {
        this.#partial = undefined;
        this.line = whole.subarray(0, whole.length - 2);
        return stop;
      }
      this.#partial = whole === piece ? Buffer.from(piece) : whole; // the input's memory is not ours to keep
      at = stop;
    }
    return at;
  }

  /** Forgets what has come of a line: what was said in plain text is void under TLS (RFC 3207 §4.2). */
  reset(): void {
    this.#partial = undefined;
    this.#swallowed = -1;
    this.#lastWasCr = false;
  }

  #limit(input: Buffer, at: number): number {
    const partial = this.#partial ?? input.subarray(at, at + 8);
    const verb = (partial.length >= 8 ? partial : Buffer.concat([partial, input.subarray(at, at + 8)]))
      .toString("latin1", 0, 8)
      .toUpperCase();
    if (verb.startsWith("AUTH ")) return MAX_AUTH_LINE;
    return verb.startsWith("MAIL ") || verb.startsWith("RCPT ") || verb === "XCLIENT " ? MAX_LONG_LINE : MAX_LINE;
  }
}
