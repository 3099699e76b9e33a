/** Uuencode as a stream: what stands between a line `begin 644 name` and a line `end`; anything around it is skipped. */
import type { Decoder } from "./decoder.ts";
import { LineCutter } from "./line-cutter.ts";

const BEGIN = /^begin [0-7]{3,4} (.+)$/;
/** A line codes at most 45 octets in 61 characters; some writers add a checksum. */
const LINE_MAX = 100;

export class UuDecoder implements Decoder {
  readonly #lines: LineCutter;
  #state: "before" | "inside" | "behind" = "before";
  #out: Buffer[] = [];
  #fault: string | undefined;
  /** As the first `begin` line has it. */
  name: string | undefined;

  constructor() {
    this.#lines = new LineCutter({
      line: (bytes, _at, first, last, eol) => {
        if (first && last) this.#line(bytes.subarray(0, bytes.length - eol));
        else if (this.#state === "inside") this.#fault = "a line that is too long for uuencode";
      },
    });
  }

  get fault(): string | undefined {
    return this.#fault;
  }

  push(bytes: Uint8Array): Uint8Array {
    this.#lines.push(bytes);
    return this.#taken();
  }

  end(): Uint8Array {
    this.#lines.end();
    if (this.#state === "before") this.#fault = "no line that begins uuencode";
    else if (this.#state === "inside") this.#fault = "uuencode without its end";
    return this.#taken();
  }

  #taken(): Uint8Array {
    const out = Buffer.concat(this.#out);
    this.#out = [];
    return out;
  }

  #line(line: Buffer): void {
    if (this.#state === "inside") {
      if (line.length <= LINE_MAX && line.toString("latin1").trim() === "end") this.#state = "behind";
      else this.#decode(line);
      return;
    }
    const name = line.length < 1_000 ? uuBegin(line.toString("latin1")) : undefined;
    if (name === undefined || this.#state === "behind") return;
    this.name = name;
    this.#state = "inside";
  }

  #decode(line: Buffer): void {
    const count = value(line[0]);
    if (line.length === 0 || count === 0) return;
    const needed = Math.ceil(count / 3) * 4;
    if (line.length > LINE_MAX || line.length - 1 > needed + 3) {
      this.#fault = "a line that is no uuencode";
      return;
    }
    const out = Buffer.alloc(Math.ceil(count / 3) * 3);
    for (let i = 1, to = 0; to < out.length; i += 4, to += 3) {
      // Blanks at a line's end were zeros, and are often lost on the way.
      const bits = (value(line[i]) << 18) | (value(line[i + 1]) << 12) | (value(line[i + 2]) << 6) | value(line[i + 3]);
      out[to] = bits >> 16;
      out[to + 1] = bits >> 8;
      out[to + 2] = bits;
    }
    this.#out.push(out.subarray(0, count));
  }
}

/** The file name of a line that begins uuencode. */
export function uuBegin(line: string): string | undefined {
  return BEGIN.exec(line)?.[1]?.trim();
}

function value(octet: number | undefined): number {
  return octet === undefined ? 0 : (octet - 32) & 63;
}
