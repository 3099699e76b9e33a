/**
 * Text that strangers wrote: addresses, replies, subjects, bodies. It is a text node and nothing else; what would
 * reorder, hide or break it is shown by its number.
 */
import type { JSX } from "preact";

// Controls, zero-width marks, bidirectional overrides, separators, the byte order mark, tags.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ODD = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;
const ODD_SPLIT = new RegExp(`(${ODD.source})`, "g");

function numberOf(letter: string): string {
  return `U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Pieces of a text, the odd characters by themselves. */
function piecesOf(text: string): readonly { readonly text: string; readonly odd: boolean }[] {
  return text
    .split(ODD_SPLIT)
    .filter((piece) => piece !== "")
    .map((piece) => (ODD.test(piece) && piece.length === 1 ? { text: numberOf(piece), odd: true } : { text: piece, odd: false }));
}

export function Foreign({ text, mono = false }: { readonly text: string; readonly mono?: boolean }): JSX.Element {
  const style = mono ? "foreign mono" : "foreign";
  if (!ODD.test(text)) return <span class={style}>{text}</span>;
  return (
    <span class={style}>
      {piecesOf(text).map((piece) =>
        piece.odd ? (
          <span class="odd" title="a character that does not show">
            {piece.text}
          </span>
        ) : (
          piece.text
        ),
      )}
    </span>
  );
}

/** Links that cannot be clicked or copied into a browser by mistake: `hxxps://parcel-upd[.]example/x`. */
export function defanged(text: string): string {
  return text.replace(
    /\b(h)tt(ps?:\/\/)([^\s/?#<>"')]+)/gi,
    (_, h: string, rest: string, host: string) => `${h}xx${rest}${host.replaceAll(".", "[.]")}`,
  );
}
