/** Messages over a byte stream: two octets of length before each (RFC 1035 §4.2.2). */

export function framed(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(message.length + 2);
  frame.set([message.length >> 8, message.length & 0xff]);
  frame.set(message, 2);
  return frame;
}

/** Cuts messages out of what arrives, in whatever pieces. Holds at most one message and what came in the same read. */
export class FrameReader {
  #held = new Uint8Array(0);

  /** Copies what it keeps. The messages are views that stay valid. */
  take(bytes: Uint8Array): readonly Uint8Array[] {
    const all = new Uint8Array(this.#held.length + bytes.length);
    all.set(this.#held);
    all.set(bytes, this.#held.length);
    const messages: Uint8Array[] = [];
    let at = 0;
    while (at + 2 <= all.length) {
      const end = at + 2 + (((all[at] ?? 0) << 8) | (all[at + 1] ?? 0));
      if (end > all.length) break;
      messages.push(all.subarray(at + 2, end));
      at = end;
    }
    this.#held = all.slice(at);
    return messages;
  }
}
