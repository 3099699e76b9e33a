/**
 * Bytes stay bytes. Only command lines and header names become text, as latin1 (one byte, one character, nothing lost)
 * or as checked UTF-8.
 */
const utf8 = new TextDecoder("utf-8", { fatal: true });

export const CR = 13;
export const LF = 10;
export const DOT = 46;

/** One character a byte; the reverse of `fromLatin1`. */
export function latin1(bytes: Uint8Array, from = 0, to = bytes.length): string {
  return asBuffer(bytes).toString("latin1", from, to);
}

export function fromLatin1(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

export function fromUtf8(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

/** Text if the bytes are well-formed UTF-8, else undefined. */
export function checkedUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined; // malformed: the caller decides what that means
  }
}

/** A Buffer over the same memory: its native searches are many times faster than Uint8Array's. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One array holding all parts in order. */
export function concat(parts: readonly Uint8Array[], total?: number): Uint8Array {
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, total);
}
