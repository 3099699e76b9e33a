/**
 * Reads a report's octets once, and keeps the bounded pieces that its readers need: its own header, the text for people,
 * machine-readable parts, and the header of the message that came back.
 */
import { Gathered, type MimeField, type MimePart, type MimeSink, MimeWalk, textOf } from "../mime/mime.ts";
import type { Block } from "./field-blocks.ts";
import { fromHtml } from "./html-text.ts";
import { NOTICE_OCTETS_MAX, ORIGINAL_OCTETS_MAX, STATUS_OCTETS_MAX } from "./limits.ts";

export interface Pieces {
  /** Decoded values by lower-case name. */
  readonly header: Block;
  /** Text parts before the returned message, line ends LF. */
  readonly notice: string;
  /** Bodies of delivery-status parts. */
  readonly statuses: readonly string[];
  /** Bodies of feedback-report parts. */
  readonly feedbacks: readonly string[];
  /** A disposition notification stood there (RFC 8098): an answer of the recipient's, no bounce. */
  readonly disposition: boolean;
  /** Header of the returned message, decoded. */
  readonly original: Block | undefined;
  readonly cut: boolean;
}

type Use = "plain" | "html" | "status" | "feedback" | "headers" | "none";

class ReportSink implements MimeSink {
  readonly #header = new Map<string, string[]>();
  #headerRoom = STATUS_OCTETS_MAX;
  readonly #original = new Map<string, string[]>();
  #originalRoom = ORIGINAL_OCTETS_MAX;
  /** The message that came back: its fields are kept, what is in it is not. */
  #returned: MimePart | undefined;
  #root: MimePart | undefined;
  #preamble: Gathered | undefined;
  #open: { readonly use: Use; readonly body: Gathered } | undefined;
  readonly #bodies: { readonly use: Use; readonly body: Gathered }[] = [];
  #noticeRoom = NOTICE_OCTETS_MAX;
  #disposition = false;

  begin(part: MimePart): void {
    this.#root ??= part;
    if (part.parent?.holds === "message" && part.parent.depth >= 1 && this.#returned === undefined) this.#returned = part;
  }

  field(part: MimePart, field: MimeField): void {
    if (part === this.#root) this.#headerRoom = keep(this.#header, field, this.#headerRoom);
    else if (part === this.#returned) this.#originalRoom = keep(this.#original, field, this.#originalRoom);
  }

  header(part: MimePart): void {
    if (part.holds === "parts" && part === this.#root) this.#preamble = new Gathered(part, NOTICE_OCTETS_MAX);
    if (part.holds !== "octets" || isWithin(part, this.#returned)) return;
    const use = useOf(part);
    if (part.media.subtype.endsWith("disposition-notification")) this.#disposition = true;
    if (use === "none") return;
    const shown = use === "plain" || use === "html";
    this.#open = { use, body: new Gathered(part, shown ? this.#noticeRoom : STATUS_OCTETS_MAX) };
  }

  body(part: MimePart, octets: Uint8Array, _at: number, place: string): void {
    if (this.#open?.body.part === part) this.#open.body.push(octets);
    else if (place === "preamble" && this.#preamble?.part === part) this.#preamble.push(octets);
  }

  end(part: MimePart): void {
    const done = this.#open;
    if (done === undefined || done.body.part !== part) return;
    this.#open = undefined;
    done.body.end();
    if (done.use === "plain" || done.use === "html") this.#noticeRoom -= Math.min(done.body.octets, this.#noticeRoom);
    this.#bodies.push(done);
  }

  pieces(): Pieces {
    const texts = (use: Use): string[] => this.#bodies.filter((one) => one.use === use).map(({ body }) => withLf(body.text()));
    const plain = texts("plain").filter((text) => text.trim() !== "");
    const html = plain.length > 0 ? [] : texts("html").map(fromHtml);
    // Where no delimiter was found, everything stands before the first one.
    const rest = plain.length + html.length > 0 || this.#preamble === undefined ? [] : [withLf(this.#preamble.text())];
    const headers = texts("headers")[0];
    const original = this.#original.size > 0 ? this.#original : headers === undefined ? undefined : headerOf(headers);
    return {
      header: this.#header,
      notice: [...plain, ...html, ...rest].join("\n\n"),
      statuses: texts("status"),
      feedbacks: texts("feedback"),
      disposition: this.#disposition,
      original,
      cut: this.#bodies.some(({ body }) => body.cut) || this.#preamble?.cut === true,
    };
  }
}

/** Takes a report's octets in any chunks. */
export class ReportGatherer {
  readonly #sink = new ReportSink();
  readonly #walk = new MimeWalk(this.#sink);

  push(bytes: Uint8Array): void {
    this.#walk.push(bytes);
  }

  /** Call it once. */
  end(): Pieces {
    this.#walk.end();
    return this.#sink.pieces();
  }
}

function useOf({ media, disposition }: MimePart): Use {
  const name = `${media.type}/${media.subtype}`;
  if (/^message\/(?:global-)?delivery-status$/.test(name) || name === "text/delivery-status") return "status";
  if (name === "message/feedback-report" || name === "text/feedback-report") return "feedback";
  if (/^(?:text\/rfc822-headers?|message\/(?:global|rfc822)-headers)$/.test(name)) return "headers";
  if (disposition === "attachment" && name !== "text/plain") return "none";
  // A multipart whose boundary is nowhere told is one text.
  return name === "text/html" ? "html" : media.type === "text" || media.type === "multipart" ? "plain" : "none";
}

function isWithin(part: MimePart, above: MimePart | undefined): boolean {
  for (let one: MimePart | undefined = part; one !== undefined; one = one.parent) if (one === above) return true;
  return false;
}

function keep(into: Map<string, string[]>, field: MimeField, room: number): number {
  const left = room - field.raw.length;
  if (left < 0) return 0;
  const name = field.name.toLowerCase();
  into.set(name, [...(into.get(name) ?? []).slice(0, 200), textOf(field)]);
  return left;
}

/** The header lines of a part that holds nothing else, read as a header is. */
function headerOf(text: string): Block {
  const fields = new Map<string, string[]>();
  let root: MimePart | undefined;
  const walk = new MimeWalk({
    begin: (part) => void (root ??= part),
    field: (part, field) => void (part === root && keep(fields, field, ORIGINAL_OCTETS_MAX)),
  });
  walk.push(Buffer.from(text.replace(/^\n+/, "").slice(0, ORIGINAL_OCTETS_MAX)));
  walk.end();
  return fields;
}

function withLf(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}
