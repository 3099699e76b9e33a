/**
 * HTML from strangers' text. Whatever is put into the template is escaped unless a template made it, so forgetting to
 * escape is not possible, only forgetting to use the template, which the types refuse.
 */
const made: unique symbol = Symbol("markup");

/** Made by `html` alone. */
export interface Markup {
  readonly [made]: string;
}

export type Piece = Markup | string | number | null | readonly Piece[];

export function html(pieces: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  return { [made]: pieces.reduce((text, piece, i) => text + textOf(values[i - 1] ?? null) + piece) };
}

export function markupText(markup: Markup): string {
  return markup[made];
}

function textOf(value: Piece): string {
  if (value === null) return "";
  if (typeof value === "string") return escaped(value);
  if (typeof value === "number") return String(value);
  return isList(value) ? value.map(textOf).join("") : value[made];
}

function isList(value: Markup | readonly Piece[]): value is readonly Piece[] {
  return Array.isArray(value);
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/**
 * Fit for text and for quoted attributes. Control characters and those that turn the direction of writing, with which
 * an address can be made to look like another, become visible.
 */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "\ufffd")
    .replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
