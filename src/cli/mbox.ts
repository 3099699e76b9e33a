/**
 * Messages of a mailbox file as they come, chunk by chunk. A file that begins with a `From ` line is a mailbox; in it,
 * such a line with a date, behind an empty line, begins the next message (RFC 4155). Anything else is one message.
 */

export interface MboxPiece {
  /** A message begins with this piece. */
  readonly begins: boolean;
  readonly bytes: Uint8Array;
}

const MARK = Buffer.from("From ");
const LINE = /^From \S+ .*\b\d{1,2}:\d\d.*\b\d{4}\b/;
/** A `From ` line is short; of a longer line this much is looked at. */
const LINE_MAX = 500;
const LF = 10;
const CR = 13;

export async function* mboxPieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<MboxPiece> {
  let held = Buffer.alloc(0);
  let isMailbox: boolean | undefined;
  let begins = true;
  /** The line before was empty, and the next octet begins a line. */
  let behindEmpty = false;
  let lineStart = true;
  const cut = function* (bytes: Buffer, ended: boolean): Generator<MboxPiece> {
    let [from, at] = [0, 0];
    while (at < bytes.length) {
      const lf = bytes.indexOf(LF, at);
      if (lineStart && behindEmpty && bytes[at] === MARK[0]) {
        if (lf < 0 && bytes.length - at < LINE_MAX && !ended) break;
        if (LINE.test(bytes.toString("latin1", at, Math.min(lf < 0 ? bytes.length : lf, at + LINE_MAX)))) {
          if (at > from) yield { begins, bytes: bytes.subarray(from, at) };
          begins = true;
          from = at;
        }
      }
      if (lf < 0) {
        behindEmpty = lineStart && at + 1 === bytes.length && bytes[at] === CR;
        lineStart = false;
        at = bytes.length;
      } else {
        const length = lf - at;
        behindEmpty = lineStart ? length === 0 || (length === 1 && bytes[at] === CR) : behindEmpty && length === 0;
        lineStart = true;
        at = lf + 1;
      }
    }
    if (at > from) {
      yield { begins, bytes: bytes.subarray(from, at) };
      begins = false;
    }
    held = Buffer.from(bytes.subarray(at));
  };
  for await (const chunk of source) {
    const bytes = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    held = Buffer.alloc(0);
    if (isMailbox === undefined) {
      if (bytes.length < MARK.length) {
        held = bytes;
        continue;
      }
      isMailbox = bytes.subarray(0, MARK.length).equals(MARK);
    }
    if (isMailbox) yield* cut(bytes, false);
    else {
      yield { begins, bytes };
      begins = false;
    }
  }
  if (held.length > 0) yield* cut(held, true);
}
