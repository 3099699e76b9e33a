/** What the walk says: parts, their fields, defects, and the sink that hears of them. */
import type { TransferEncoding } from "./decoder.ts";

/** Content-Type, with the default of its place filled in (RFC 2045 §5.2, RFC 2046 §5.1.5). All lower case. */
export interface MediaType {
  readonly type: string;
  readonly subtype: string;
  readonly params: ReadonlyMap<string, string>;
}

/** A part of a message. Everything behind `headerAt` is filled in when its header has been read. */
export interface MimePart {
  /** `1` is the message, `1.2` its second part, `1.2.1` the message inside that part or its first part. */
  readonly path: string;
  /** 0 for the message. */
  readonly depth: number;
  readonly parent: MimePart | undefined;
  /** Offsets count in this part's decoded body; undefined: in the octets that were pushed. */
  readonly layer: MimePart | undefined;
  readonly headerAt: number;
  /** First octet of the body; `headerAt` until the header has been read. */
  readonly bodyAt: number;
  readonly media: MediaType;
  readonly encoding: TransferEncoding;
  /** Lower case: `attachment`, `inline`; "" where the field is missing. */
  readonly disposition: string;
  /** Decoded, and as the sender wrote it: a path or control characters may be in it. */
  readonly filename: string | undefined;
  /** What lies inside: parts, another message, or octets. */
  readonly holds: "parts" | "message" | "octets";
}

export interface MimeField {
  /** As it was written. */
  readonly name: string;
  /** The whole field with its line ends, cut at `FIELD_OCTETS_MAX`; valid during the call. */
  readonly raw: Uint8Array;
  /** Of `raw`, what stands behind the colon. */
  readonly value: Uint8Array;
  readonly at: number;
  readonly cut: boolean;
}

/** Where octets of a body stand: in a leaf or an encoded message, or around the parts of a multipart. */
export type Place = "body" | "preamble" | "epilogue";

export type DefectKind =
  | "header-malformed"
  | "header-too-long"
  | "header-without-end"
  | "field-cut"
  | "bad-media-type"
  | "bad-encoding"
  | "encoding-not-allowed"
  | "missing-boundary"
  | "boundary-too-long"
  | "boundary-not-found"
  | "duplicate-boundary"
  | "missing-end"
  | "too-deep"
  | "too-many-parts"
  | "too-many-params"
  | "duplicate-field";

export interface Defect {
  readonly kind: DefectKind;
  readonly part: MimePart;
  /** In the part's layer. */
  readonly at: number;
}

/** Hears of everything in the order of the octets. All methods are optional; views are valid during the call. */
export interface MimeSink {
  begin?(part: MimePart): void;
  field?(part: MimePart, field: MimeField): void;
  /** The header is read: `part` is complete now. */
  header?(part: MimePart): void;
  /** Octets as they stand, not decoded. The line end before a delimiter belongs to the delimiter. */
  body?(part: MimePart, octets: Uint8Array, at: number, place: Place): void;
  /** `at`: just past the part's last octet; `octets` and `lines` of its own body. */
  end?(part: MimePart, extent: { readonly at: number; readonly octets: number; readonly lines: number }): void;
  defect?(defect: Defect): void;
}
