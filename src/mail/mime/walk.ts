/**
 * The walk through one layer of a message: a machine fed with lines. It keeps a stack of open parts, at most
 * `DEPTH_MAX` of them, and looks at each line once; how a message nests never makes it call itself, only an encoded
 * message inside does, a layer each, which the same depth bounds.
 */
import { latin1 } from "../../base/bytes.ts";
import { type Decoder, decoderFor } from "./decoder.ts";
import { HeaderBlock } from "./header-block.ts";
import { DEFECTS_MAX, DEPTH_MAX, LINE_HELD_MAX, PARTS_MAX } from "./limits.ts";
import { LineCutter } from "./line-cutter.ts";
import { describe, type OpenPart, openPart } from "./open-part.ts";
import type { DefectKind, MimePart, MimeSink, Place } from "./part.ts";

const DASH = 45;
const NOTHING = Buffer.alloc(0);

/** Shared by all layers of a message. */
interface Counts {
  parts: number;
  defects: number;
}

interface Frame {
  readonly part: OpenPart;
  state: "header" | Place;
  header: HeaderBlock | undefined;
  /** Of a multipart; empty for everything else. */
  boundary: string;
  /** The closing delimiter came. */
  closed: boolean;
  children: number;
  octets: number;
  lines: number;
  /** Of an encoded message. */
  inner: { readonly decoder: Decoder; readonly walk: LayerWalk } | undefined;
}

export class LayerWalk {
  readonly #sink: MimeSink;
  readonly #counts: Counts;
  /** The part whose decoded body this layer is. */
  readonly #outer: OpenPart | undefined;
  readonly #lines: LineCutter;
  readonly #frames: Frame[] = [];
  /** Octets of the body that lie side by side in one buffer and have not been handed on. */
  #run: Buffer = NOTHING;
  #runAt = 0;
  /** The last line end, which belongs to the delimiter if one follows. */
  #eol: Buffer = NOTHING;
  #at = 0;
  /** `PARTS_MAX` is reached: what comes is one body. */
  #opaque = false;

  constructor(sink: MimeSink, outer?: OpenPart, counts: Counts = { parts: 0, defects: 0 }) {
    this.#sink = sink;
    this.#outer = outer;
    this.#counts = counts;
    this.#lines = new LineCutter({ line: (...line) => this.#line(...line) });
    this.#begin(0);
  }

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
    this.#flush();
  }

  end(): void {
    this.#lines.end();
    this.#flush();
    this.#handOn(this.#eol, this.#at - this.#eol.length);
    this.#eol = NOTHING;
    this.#closeDownTo(0, this.#at);
  }

  #line(bytes: Buffer, at: number, first: boolean, last: boolean, eol: number): void {
    this.#at = at + bytes.length;
    const dashed = first && last && bytes[0] === DASH && bytes[1] === DASH && bytes.length <= LINE_HELD_MAX;
    if (dashed && this.#delimiter(bytes, at)) return;
    // A line that ends a message's header unread may be the first of the header inside; the depth bounds the turns.
    for (let top = this.#top(); top.state === "header" && top.header !== undefined; top = this.#top()) {
      const taken = top.header.line(bytes, at, first, eol);
      if (taken === "taken") return;
      this.#headerEnd(top, taken === "ended" ? this.#at : at);
      // Where the empty line is missing, the header that this line ended may have named the boundary it is.
      if (taken === "ended" || (dashed && this.#delimiter(bytes, at))) return;
    }
    this.#content(bytes, at, last, eol);
  }

  // ── Bodies ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #content(bytes: Buffer, at: number, last: boolean, eol: number): void {
    this.#handOnEol(at);
    const content = bytes.subarray(0, bytes.length - eol);
    const gap = this.#run.byteOffset + this.#run.length;
    if (this.#run.length > 0 && this.#run.buffer === content.buffer && gap === content.byteOffset && this.#runAt + this.#run.length === at)
      this.#run = Buffer.from(content.buffer, this.#run.byteOffset, this.#run.length + content.length);
    else {
      this.#flush();
      this.#run = content;
      this.#runAt = at;
    }
    if (last) this.#top().lines++;
    // The line end stays in the buffer it came in until the next line, or the flush, decides.
    this.#eol = eol === 0 ? NOTHING : bytes.subarray(bytes.length - eol);
  }

  /** The held line end turned out to be content. */
  #handOnEol(at: number): void {
    if (this.#eol.length === 0) return;
    const eol = this.#eol;
    this.#eol = NOTHING;
    const gap = this.#run.byteOffset + this.#run.length;
    if (this.#run.length > 0 && this.#run.buffer === eol.buffer && gap === eol.byteOffset) {
      this.#run = Buffer.from(eol.buffer, this.#run.byteOffset, this.#run.length + eol.length);
      return;
    }
    this.#flushRun();
    this.#run = eol;
    this.#runAt = at - eol.length;
  }

  /** Before the chunk goes back to its owner. */
  #flush(): void {
    this.#flushRun();
    if (this.#eol.length > 0) this.#eol = Buffer.from(this.#eol);
  }

  #flushRun(): void {
    const run = this.#run;
    this.#run = NOTHING;
    this.#handOn(run, this.#runAt);
  }

  #handOn(octets: Buffer, at: number): void {
    if (octets.length === 0) return;
    const top = this.#top();
    top.octets += octets.length;
    if (top.state !== "header") this.#sink.body?.(top.part, octets, at, top.state);
    top.inner?.walk.push(top.inner.decoder.push(octets));
  }

  // ── Delimiters ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** True if the line delimits parts of an open multipart. RFC 2046 §5.1.1. */
  #delimiter(bytes: Buffer, at: number): boolean {
    const found = this.#opaque ? undefined : this.#delimited(bytes);
    if (found === undefined) return false;
    const bodyEnd = at - this.#eol.length;
    this.#flushRun();
    this.#eol = NOTHING;
    this.#closeDownTo(found.nth + 1, bodyEnd);
    const frame = this.#top();
    if (found.closing) {
      frame.closed = true;
      frame.state = "epilogue";
    } else this.#begin(at + bytes.length);
    return true;
  }

  /** The innermost open multipart whose boundary is the whole line, else the innermost that only has words behind it. */
  #delimited(bytes: Buffer): { readonly nth: number; readonly closing: boolean } | undefined {
    let text: string | undefined;
    let loose: { readonly nth: number; readonly closing: boolean } | undefined;
    for (let nth = this.#frames.length - 1; nth >= 0; nth--) {
      const { boundary, closed } = this.#frames[nth] as Frame;
      if (boundary === "" || closed) continue;
      text ??= latin1(bytes, 2).trimEnd();
      if (!text.startsWith(boundary)) continue;
      const closing = text.startsWith("--", boundary.length);
      const behind = text[boundary.length + (closing ? 2 : 0)];
      if (behind === undefined) return { nth, closing };
      if (behind === " " || behind === "\t") loose ??= { nth, closing };
    }
    return loose;
  }

  // ── Parts ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #begin(at: number): void {
    const parent = this.#frames.at(-1);
    const above = parent?.part ?? this.#outer;
    const nth = parent === undefined ? 1 : ++parent.children;
    const part = openPart(above, nth, at, this.#outer);
    const empty = { header: undefined, boundary: "", closed: false, children: 0, octets: 0, lines: 0, inner: undefined };
    const frame: Frame = { part, state: "header", ...empty };
    this.#frames.push(frame);
    this.#sink.begin?.(part);
    if (++this.#counts.parts > PARTS_MAX) {
      this.#opaque = true;
      this.#defect("too-many-parts", part, at);
      frame.state = "body";
      this.#sink.header?.(part);
      return;
    }
    const ofMessage = parent === undefined || parent.part.holds === "message";
    frame.header = new HeaderBlock(
      {
        field: (field) => {
          part.take(field, (kind) => this.#defect(kind, part, field.at));
          this.#sink.field?.(part, field);
        },
        defect: (kind, where) => this.#defect(kind, part, where),
      },
      ofMessage,
    );
  }

  #headerEnd(frame: Frame, bodyAt: number): void {
    const { part } = frame;
    frame.header?.finish();
    frame.header = undefined;
    frame.state = "body";
    const taken = new Set(this.#frames.flatMap(({ boundary, closed }) => (boundary === "" || closed ? [] : [boundary])));
    frame.boundary = describe(part, bodyAt, {
      deepest: part.depth >= DEPTH_MAX,
      taken,
      defect: (kind) => this.#defect(kind, part, bodyAt),
    });
    this.#sink.header?.(part);
    if (part.holds === "parts") frame.state = "preamble";
    if (part.holds !== "message") return;
    const coded = part.encoding === "base64" || part.encoding === "quoted-printable" || part.encoding === "uuencode";
    if (coded) frame.inner = { decoder: decoderFor(part.encoding), walk: new LayerWalk(this.#sink, part, this.#counts) };
    else this.#begin(bodyAt);
  }

  /** Ends all parts above the first `keep`. */
  #closeDownTo(keep: number, at: number): void {
    while (this.#frames.length > keep) {
      const frame = this.#top();
      if (frame.state === "header") {
        this.#headerWithoutEnd(frame, at);
        continue; // a message inside may have begun
      }
      if (frame.inner !== undefined) {
        frame.inner.walk.push(frame.inner.decoder.end());
        frame.inner.walk.end();
        if (frame.inner.decoder.fault !== undefined) this.#defect("bad-encoding", frame.part, at);
      }
      if (frame.boundary !== "" && frame.children === 0 && !frame.closed) this.#defect("boundary-not-found", frame.part, at);
      else if (frame.boundary !== "" && !frame.closed) this.#defect("missing-end", frame.part, at);
      this.#frames.pop();
      this.#sink.end?.(frame.part, { at, octets: frame.octets, lines: frame.lines });
    }
  }

  #headerWithoutEnd(frame: Frame, at: number): void {
    frame.header?.finish();
    this.#defect("header-without-end", frame.part, at);
    this.#headerEnd(frame, Math.max(at, frame.part.headerAt));
  }

  #top(): Frame {
    const top = this.#frames.at(-1);
    if (top === undefined) throw new Error("a walk that has ended was given more");
    return top;
  }

  #defect(kind: DefectKind, part: MimePart, at: number): void {
    if (this.#counts.defects++ < DEFECTS_MAX) this.#sink.defect?.({ kind, part, at });
  }
}
