/**
 * Messages as trees of parts (RFC 2045–2049), read as a stream: octets go in, in any chunks, and what they mean comes
 * out in the order in which it stands there, with offsets. Nothing is held but the header at hand and a line, nothing is
 * refused, and whatever a stranger wrote is read in linear time within the bounds of `limits.ts`.
 */
import type { MimeSink } from "./part.ts";
import { LayerWalk } from "./walk.ts";

export { type Decoder, decoderFor, type TransferEncoding } from "./decoder.ts";
export { headerText } from "./encoded-words.ts";
export { Gathered } from "./gather.ts";
export { textOf } from "./open-part.ts";
export { type Params, readParams } from "./params.ts";
export type { Defect, DefectKind, MediaType, MimeField, MimePart, MimeSink, Place } from "./part.ts";
export {
  PREVIEW_ATTACHMENTS,
  PREVIEW_HTML_OCTETS,
  PREVIEW_TEXT_OCTETS,
  type Preview,
  type PreviewAttachment,
  previewOf,
} from "./preview.ts";
export { visibleLine } from "./visible.ts";

/**
 * Walks one message. `push` its octets in order, then `end` once; the sink is called from within these two. The same
 * octets give the same events however they are cut, only a body's octets may come in more or fewer pieces.
 */
export class MimeWalk {
  readonly #layer: LayerWalk;

  constructor(sink: MimeSink) {
    this.#layer = new LayerWalk(sink);
  }

  push(bytes: Uint8Array): void {
    this.#layer.push(bytes);
  }

  /** Ends every open part. */
  end(): void {
    this.#layer.end();
  }
}
