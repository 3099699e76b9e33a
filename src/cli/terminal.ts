/**
 * What a command sees of the outside: two streams of text out, one of bytes in, and what is known of who reads. Passed
 * in, so that a test reads the very bytes a person would.
 */
import { styleText } from "node:util";
import type { Clock } from "../base/clock.ts";

export interface Terminal {
  /** Data, on stdout. */
  out(text: string): void;
  /** Progress, notes and errors, on stderr. */
  err(text: string): void;
  /** Resolves once the reader of stdout has kept up; a long file waits for it and needs no memory. */
  flushed(): Promise<void>;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** A line that whoever types it does not see. Only where `inIsTerminal`. @throws once interrupted */
  hidden(prompt: string, signal: AbortSignal): Promise<string>;
  /** A person reads: tables adapt to the width, questions are asked. */
  readonly outIsTerminal: boolean;
  readonly inIsTerminal: boolean;
  /** Columns; Infinity off a terminal. */
  width(): number;
  /** Whether colours may be used at all; a command line's --color may overrule it. */
  readonly colour: boolean;
  readonly unicode: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** IANA name of the reader's time zone. */
  readonly zone: string;
  readonly clock: Clock;
  /** The operating system's name for whoever asks; for the record. */
  readonly user: string;
}

/** State has a glyph, a word and a colour; the colour is never the only one. */
export type State =
  | "delivered"
  | "relayed"
  | "queued"
  | "doubt"
  | "held"
  | "bounced"
  | "expired"
  | "discarded"
  | "refused"
  | "need"
  | "fault"
  | "good";

type Hue = "blue" | "gray" | "yellow" | "red" | "none";

const LOOKS: Readonly<Record<State, readonly [glyph: string, ascii: string, hue: Hue]>> = {
  delivered: ["✓", "+", "blue"],
  relayed: ["⇢", ">", "blue"],
  queued: ["◷", "o", "gray"],
  doubt: ["◷?", "o?", "gray"],
  held: ["‖", "=", "yellow"],
  bounced: ["✕", "x", "red"],
  expired: ["⧖", "-", "red"],
  discarded: ["∅", "0", "gray"],
  refused: ["⊘", "/", "red"],
  need: ["!", "!", "yellow"],
  fault: ["✗", "X", "red"],
  good: ["✓", "+", "none"],
};

/** Glyph and words in the state's colour: `◷ queued`. */
export function stateText(state: State, words: string, look: { readonly unicode: boolean; readonly colour: boolean }): string {
  const [glyph, ascii, hue] = LOOKS[state];
  const text = `${look.unicode ? glyph : ascii}${words === "" ? "" : ` ${words}`}`;
  return look.colour && hue !== "none" ? styleText(hue, text, { validateStream: false }) : text;
}

/** A word of the API as a state that can be shown. */
export function stateNamed(word: string): State {
  return Object.hasOwn(LOOKS, word) ? (word as State) : "queued";
}

export function strong(text: string, look: { readonly colour: boolean }): string {
  return look.colour ? styleText("bold", text, { validateStream: false }) : text;
}

/** For output that is cut by neither a pipe nor a small window, ASCII stands in for the few signs that prose uses. */
export function plainSigns(text: string, unicode: boolean): string {
  return unicode ? text : text.replaceAll("·", "-").replaceAll("…", "...").replaceAll("→", "->").replaceAll("×", "x");
}

/**
 * A terminal that obeys nobody but us: what stands in strangers' mail reaches it as blanks, whichever way it came, also as
 * JSON or CSV. A pipe gets every octet.
 */
export function guarded(terminal: Terminal, screens = false): Terminal {
  const { out, err, outIsTerminal } = terminal;
  return { ...terminal, out: outIsTerminal ? (text) => out(harmless(text, screens)) : out, err: (text) => err(harmless(text)) };
}

/** Begins a screen anew: the first thing of what a verb prints that draws screens. */
export const NEW_SCREEN = "\u001b[H\u001b[J";

function harmless(text: string, screens = false): string {
  const head = screens && text.startsWith(NEW_SCREEN) ? NEW_SCREEN : "";
  const rest = text.slice(head.length);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced; tabs, line ends and our colours pass.
  return head + rest.replace(/\u001b\[\d{1,2}m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (sign) => (sign.length > 1 ? sign : " "));
}
