/** Transfer encodings (RFC 2045 §6) as streams: octets in, octets out, in any chunks, with a few octets of state. */
import { Base64Decoder } from "./base64.ts";
import { QuotedPrintableDecoder } from "./quoted-printable.ts";
import { UuDecoder } from "./uuencode.ts";

export interface Decoder {
  push(bytes: Uint8Array): Uint8Array;
  /** The rest. Call it once. */
  end(): Uint8Array;
  /** What was wrong with the input so far; decoding went on. */
  readonly fault: string | undefined;
}

/** `unknown` is read as it stands. */
export type TransferEncoding = "7bit" | "8bit" | "binary" | "base64" | "quoted-printable" | "uuencode" | "unknown";

const NAMES: Readonly<Record<string, TransferEncoding>> = {
  "": "7bit",
  "7bit": "7bit",
  "7-bit": "7bit",
  "us-ascii": "7bit",
  "8bit": "8bit",
  "8-bit": "8bit",
  "utf-8": "8bit",
  binary: "binary",
  none: "binary",
  base64: "base64",
  "base-64": "base64",
  "quoted-printable": "quoted-printable",
  quotedprintable: "quoted-printable",
  "quoted printable": "quoted-printable",
  uuencode: "uuencode",
  "x-uuencode": "uuencode",
  "x-uue": "uuencode",
  uue: "uuencode",
};

/** Reads the value of Content-Transfer-Encoding, with the blanks, quotes, comments and semicolons found in the wild. */
export function transferEncodingOf(value: string): TransferEncoding {
  const name = value
    .replace(/\([^)]{0,200}\)/g, "")
    .replace(/["';]/g, "")
    .trim()
    .toLowerCase()
    .replace(/^(\d) ?-?bits?$/, "$1bit");
  return Object.hasOwn(NAMES, name) ? (NAMES[name] ?? "unknown") : "unknown";
}

const AS_IT_IS = (): Decoder => ({ push: (bytes) => bytes, end: () => new Uint8Array(0), fault: undefined });

export function decoderFor(encoding: TransferEncoding): Decoder {
  switch (encoding) {
    case "base64":
      return new Base64Decoder();
    case "quoted-printable":
      return new QuotedPrintableDecoder();
    case "uuencode":
      return new UuDecoder();
    default:
      return AS_IT_IS();
  }
}
