/** Gathers the first octets of decoded bodies, so that a reader of messages holds no more than it asked for. */
import { decodeText } from "./charset.ts";
import { type Decoder, decoderFor } from "./decoder.ts";
import type { MimePart } from "./part.ts";

/** One part's decoded body, up to a bound. */
export class Gathered {
  readonly part: MimePart;
  readonly #most: number;
  readonly #decoder: Decoder;
  readonly #kept: Uint8Array[] = [];
  #size = 0;
  /** Decoded octets, kept or not. */
  octets = 0;

  constructor(part: MimePart, most: number) {
    this.part = part;
    this.#most = most;
    this.#decoder = decoderFor(part.encoding);
  }

  push(octets: Uint8Array): void {
    this.#keep(this.#decoder.push(octets));
  }

  end(): void {
    this.#keep(this.#decoder.end());
  }

  get cut(): boolean {
    return this.octets > this.#size;
  }

  /** In the part's charset. */
  text(): string {
    return decodeText(Buffer.concat(this.#kept), this.part.media.params.get("charset") ?? "", this.cut).text;
  }

  #keep(octets: Uint8Array): void {
    this.octets += octets.length;
    const piece = octets.subarray(0, this.#most - this.#size);
    if (piece.length === 0) return;
    this.#size += piece.length;
    this.#kept.push(Uint8Array.from(piece)); // a copy: the view is valid during the call only
  }
}
