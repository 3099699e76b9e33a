/**
 * Encoded words of header fields (RFC 2047), as they are found: adjacent ones joined before decoding, for writers split
 * characters across them; blanks inside Q; broken ones shown as they stand.
 */
import { asBuffer, checkedUtf8, latin1 } from "../../base/bytes.ts";
import { Base64Decoder } from "./base64.ts";
import { decodeText } from "./charset.ts";

/** charset, RFC 2231's language, encoding, text. No part of it can hold the sign that ends it, so this is linear. */
const WORD = /=\?([^?*\s]{1,64})(?:\*[^?\s]{0,64})?\?([bBqQ])\?([^?\r\n]*)\?=/g;
const BLANKS = /^[ \t\r\n]*$/;

interface Run {
  charset: string;
  octets: Uint8Array[];
}

/** A field's raw value as text: unfolded, UTF-8 where it is well-formed (RFC 6532), else latin1, encoded words decoded. */
export function headerText(raw: Uint8Array): string {
  return decodeWords(unfolded(raw));
}

/** The same without decoding encoded words: for values with a grammar of their own. */
export function unfolded(raw: Uint8Array): string {
  const text = checkedUtf8(raw) ?? latin1(raw);
  return text.replace(/(?:\r\n|\r|\n)(?=[ \t])/g, "").trim();
}

export function decodeWords(text: string): string {
  if (!text.includes("=?")) return text;
  let out = "";
  let from = 0;
  let run: Run | undefined;
  const flush = (): void => {
    if (run !== undefined) out += decodeText(Buffer.concat(run.octets), run.charset).text;
    run = undefined;
  };
  for (const word of text.matchAll(WORD)) {
    const [whole, charset = "", encoding = "", coded = ""] = word;
    const between = text.slice(from, word.index);
    // Blanks between two encoded words belong to neither (RFC 2047 §6.2).
    const joined = from > 0 && BLANKS.test(between);
    if (!joined) {
      flush();
      out += between;
    }
    const octets = encoding === "B" || encoding === "b" ? fromB(coded) : fromQ(coded);
    const name = charset.toLowerCase();
    if (run?.charset !== name) {
      flush();
      run = { charset: name, octets: [] };
    }
    run.octets.push(octets);
    from = word.index + whole.length;
  }
  flush();
  return out + text.slice(from);
}

function fromB(coded: string): Uint8Array {
  const decoder = new Base64Decoder();
  return Buffer.concat([decoder.push(Buffer.from(coded, "latin1")), decoder.end()]);
}

function fromQ(coded: string): Uint8Array {
  const octets = asBuffer(Buffer.from(coded.replaceAll("_", " "), "utf8"));
  const out = Buffer.allocUnsafe(octets.length);
  let to = 0;
  for (let i = 0; i < octets.length; i++) {
    const digits = octets[i] === 61 ? octets.toString("latin1", i + 1, i + 3) : "";
    if (/^[0-9a-fA-F]{2}$/.test(digits)) {
      out[to++] = Number.parseInt(digits, 16);
      i += 2;
    } else out[to++] = octets[i] as number;
  }
  return out.subarray(0, to);
}
