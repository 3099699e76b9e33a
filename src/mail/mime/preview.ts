/** What a person sees of a held message before deciding: a few fields, its text, its HTML, the names of what hangs on it. */
import { Gathered } from "./gather.ts";
import { textOf } from "./open-part.ts";
import type { MimeField, MimePart, MimeSink } from "./part.ts";
import { visibleLine, visibleText } from "./visible.ts";
import { LayerWalk } from "./walk.ts";

export interface Preview {
  /** Of the topmost field of each name; "" where it is missing. One line each. */
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly date: string;
  /** Plain text of the message, at most `PREVIEW_TEXT_OCTETS` octets before decoding; "" without any. */
  readonly text: string;
  /** As it came: whoever shows it must not trust it. Null without any. */
  readonly html: string | null;
  /** At most `PREVIEW_ATTACHMENTS`, in order. */
  readonly attachments: readonly PreviewAttachment[];
  /** Something did not fit: text, HTML or attachments. */
  readonly cut: boolean;
}

export interface PreviewAttachment {
  /** "" where the sender gave none. */
  readonly name: string;
  readonly type: string;
  /** Decoded. */
  readonly bytes: number;
}

export const PREVIEW_TEXT_OCTETS = 64 * 1024;
export const PREVIEW_HTML_OCTETS = 256 * 1024;
export const PREVIEW_ATTACHMENTS = 100;
const LINE_MAX = 1_000;
const NAME_MAX = 255;

/** Reads the message once, to its end, holding no more than the bounds above. */
export async function previewOf(source: AsyncIterable<Uint8Array>): Promise<Preview> {
  const sink = new PreviewSink();
  const walk = new LayerWalk(sink);
  for await (const bytes of source) walk.push(bytes);
  walk.end();
  return sink.preview();
}

class PreviewSink implements MimeSink {
  readonly #fields = new Map<string, string>();
  readonly #texts: Gathered[] = [];
  readonly #htmls: Gathered[] = [];
  readonly #attachments: PreviewAttachment[] = [];
  #textRoom = PREVIEW_TEXT_OCTETS;
  #htmlRoom = PREVIEW_HTML_OCTETS;
  #open: Gathered | undefined;
  #cut = false;

  field(part: MimePart, field: MimeField): void {
    const name = field.name.toLowerCase();
    if (part.path === "1" && ["subject", "from", "to", "date"].includes(name) && !this.#fields.has(name))
      this.#fields.set(name, visibleLine(textOf(field), LINE_MAX));
  }

  header(part: MimePart): void {
    if (part.holds === "octets" && !isInside(part)) this.#open = new Gathered(part, this.#roomFor(part));
  }

  body(part: MimePart, octets: Uint8Array): void {
    if (this.#open?.part === part) this.#open.push(octets);
  }

  end(part: MimePart, extent: { readonly at: number }): void {
    // A message inside is one attachment; what lies in it is not this message's text.
    if (part.holds === "message" && part.depth > 0 && !isInside(part)) this.#attach(part, extent.at - part.bodyAt);
    const done = this.#open;
    if (done?.part !== part) return;
    this.#open = undefined;
    done.end();
    if (isShown(part, "plain")) {
      this.#textRoom -= Math.min(done.octets, this.#textRoom);
      this.#texts.push(done);
    } else if (isShown(part, "html")) {
      this.#htmlRoom -= Math.min(done.octets, this.#htmlRoom);
      this.#htmls.push(done);
    } else this.#attach(part, done.octets);
  }

  #attach({ media, filename = "" }: MimePart, bytes: number): void {
    if (this.#attachments.length >= PREVIEW_ATTACHMENTS) {
      this.#cut = true;
      return;
    }
    const type = visibleLine(`${media.type}/${media.subtype}`, NAME_MAX);
    this.#attachments.push({ name: visibleLine(filename, NAME_MAX), type, bytes });
  }

  preview(): Preview {
    const shown = (name: string): string => this.#fields.get(name) ?? "";
    const whole = (parts: readonly Gathered[]): string => parts.map((part) => visibleText(part.text())).join("\n");
    return {
      ...{ subject: shown("subject"), from: shown("from"), to: shown("to"), date: shown("date") },
      text: whole(this.#texts.filter(({ octets }) => octets > 0)),
      html: this.#htmls.length === 0 ? null : whole(this.#htmls),
      attachments: this.#attachments,
      cut: this.#cut || [...this.#texts, ...this.#htmls].some(({ cut }) => cut),
    };
  }

  #roomFor(part: MimePart): number {
    return isShown(part, "plain") ? this.#textRoom : isShown(part, "html") ? this.#htmlRoom : 0;
  }
}

/** In a message that is itself a part. */
function isInside(part: MimePart): boolean {
  for (let above = part.parent; above !== undefined; above = above.parent) if (above.holds === "message") return true;
  return false;
}

function isShown({ media, disposition, filename }: MimePart, subtype: string): boolean {
  return (
    media.type === "text" &&
    media.subtype === subtype &&
    disposition !== "attachment" &&
    (filename === undefined || disposition === "inline")
  );
}
