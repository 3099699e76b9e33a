/** A part while it is being read: what its header says of its content, with the defaults of its place. */
import type { TransferEncoding } from "./decoder.ts";
import { transferEncodingOf } from "./decoder.ts";
import { decodeWords, unfolded } from "./encoded-words.ts";
import { BOUNDARY_OCTETS_MAX } from "./limits.ts";
import { readParams } from "./params.ts";
import type { DefectKind, MediaType, MimeField, MimePart } from "./part.ts";

const NONE: ReadonlyMap<string, string> = new Map();
const PLAIN: MediaType = { type: "text", subtype: "plain", params: NONE };
const MESSAGE: MediaType = { type: "message", subtype: "rfc822", params: NONE };
const TYPE = /^([^\s/;]{1,127})\s*\/\s*([^\s/;]{1,127})/;

/** Subtypes of `message` that are whole messages. RFC 2046 §5.2.1, RFC 6532 §3.7; the third is an old habit of news. */
const MESSAGES = ["rfc822", "global", "news"];

export class OpenPart implements MimePart {
  readonly path: string;
  readonly depth: number;
  readonly parent: OpenPart | undefined;
  readonly layer: OpenPart | undefined;
  readonly headerAt: number;
  bodyAt: number;
  media: MediaType;
  encoding: TransferEncoding = "7bit";
  disposition = "";
  filename: string | undefined;
  holds: MimePart["holds"] = "octets";
  readonly #seen = new Set<string>();

  constructor(parent: OpenPart | undefined, path: string, headerAt: number, layer: OpenPart | undefined) {
    this.path = path;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    this.parent = parent;
    this.layer = layer;
    this.headerAt = headerAt;
    this.bodyAt = headerAt;
    this.media = isMultipart(parent?.media, "digest") ? MESSAGE : PLAIN;
  }

  /** Of two fields with the same name the first counts, as most readers of mail have it. */
  take(field: MimeField, defect: (kind: DefectKind) => void): void {
    const name = field.name.toLowerCase();
    if (name !== "content-type" && name !== "content-transfer-encoding" && name !== "content-disposition") return;
    if (this.#seen.has(name)) return defect("duplicate-field");
    this.#seen.add(name);
    const text = unfolded(field.value);
    if (name === "content-transfer-encoding") {
      this.encoding = transferEncodingOf(text);
      if (this.encoding === "unknown") defect("bad-encoding");
      return;
    }
    const { value, params, cut } = readParams(text);
    if (cut) defect("too-many-params");
    if (name === "content-disposition") {
      this.disposition = value.split(/\s/, 1)[0] ?? "";
      this.filename = params.get("filename") ?? this.filename;
      return;
    }
    this.filename ??= params.get("name");
    const [, type, subtype] = TYPE.exec(value) ?? [];
    if (type !== undefined && subtype !== undefined) this.media = { type, subtype, params };
    else {
      defect("bad-media-type");
      // `text` alone stands for plain text; anything else that cannot be read is octets. RFC 2045 §5.2, RFC 2049 §2.
      this.media = value === "" || value === "text" ? { ...PLAIN, params } : { type: "application", subtype: "octet-stream", params };
    }
  }
}

export function openPart(parent: OpenPart | undefined, nth: number, headerAt: number, layer: OpenPart | undefined): OpenPart {
  return new OpenPart(parent, parent === undefined ? "1" : `${parent.path}.${nth}`, headerAt, layer);
}

/** Decides what the part holds, its header being read. The boundary of a multipart, "" otherwise. */
export function describe(
  part: OpenPart,
  bodyAt: number,
  around: { readonly deepest: boolean; readonly taken: ReadonlySet<string>; defect(kind: DefectKind): void },
): string {
  part.bodyAt = bodyAt;
  const { type, subtype, params } = part.media;
  const message = type === "message" && MESSAGES.includes(subtype);
  if (type !== "multipart" && !message) return "";
  if (around.deepest) return (around.defect("too-deep"), "");
  if (message) {
    part.holds = "message";
    return "";
  }
  // RFC 2046 §5.1: trailing blanks are not part of a boundary. Compared octet by octet, so as latin1.
  const boundary = Buffer.from(params.get("boundary") ?? "", "utf8")
    .toString("latin1")
    .trimEnd();
  if (boundary === "") return (around.defect("missing-boundary"), "");
  if (boundary.length > BOUNDARY_OCTETS_MAX) return (around.defect("boundary-too-long"), "");
  if (around.taken.has(boundary)) around.defect("duplicate-boundary");
  // RFC 2045 §6.4: parts have encodings, a multipart has none.
  if (part.encoding === "base64" || part.encoding === "quoted-printable" || part.encoding === "uuencode") {
    around.defect("encoding-not-allowed");
    part.encoding = "8bit";
  }
  part.holds = "parts";
  return boundary;
}

function isMultipart(media: MediaType | undefined, subtype: string): boolean {
  return media?.type === "multipart" && media.subtype === subtype;
}

/** A field's text with encoded words decoded. */
export function textOf(field: MimeField): string {
  return decodeWords(unfolded(field.value));
}
