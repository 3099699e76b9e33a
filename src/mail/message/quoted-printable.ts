/** Text of any letters in lines that every mail server takes. */
import { CR, LF } from "../../base/bytes.ts";

/** RFC 2045 §6.7, of text lines. What is no line end in the original is encoded, so the lines come back as they were. */
export function quotedPrintable(bytes: Uint8Array): string {
  let text = "";
  let column = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte === LF || (byte === CR && bytes[i + 1] === LF)) {
      if (byte === CR) i++;
      text += "\r\n";
      column = 0;
      continue;
    }
    const plain = (byte > 32 && byte < 127 && byte !== 61) || ((byte === 32 || byte === 9) && !isLineEnd(bytes, i + 1));
    const piece = plain ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    if (column + piece.length > 75) {
      text += "=\r\n";
      column = 0;
    }
    text += piece;
    column += piece.length;
  }
  return text === "" || text.endsWith("\r\n") ? text : `${text}\r\n`;
}

function isLineEnd(bytes: Uint8Array, at: number): boolean {
  return at >= bytes.length || bytes[at] === LF || bytes[at] === CR;
}
