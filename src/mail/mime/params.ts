/**
 * `value; name=value; …` of Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2183), with RFC 2231 charsets and
 * continuations, and with what the field does instead: encoded words in values, quotes that are never closed, blanks in
 * bare file names, missing semicolons.
 */
import { decodeText } from "./charset.ts";
import { decodeWords } from "./encoded-words.ts";
import { PARAMS_MAX } from "./limits.ts";

export interface Params {
  /** What stands before the first semicolon, comments removed, lower case. */
  readonly value: string;
  /** By name in lower case; of two with the same name the first counts. */
  readonly params: ReadonlyMap<string, string>;
  /** There were more parameters than are read. */
  readonly cut: boolean;
}

interface Piece {
  readonly nth: number;
  /** Percent-encoded: RFC 2231 §4. */
  readonly extended: boolean;
  readonly text: string;
}

const BLANK = " \t\r\n";
/** Names whose bare values may hold blanks: file names, as careless software writes them. */
const WITH_BLANKS = /^(?:file)?name\b/;
/** `multipart/mixed boundary=x`: the first semicolon is missing. */
const NO_SEMICOLON = /^([^\s;()/]{1,127}\/[^\s;()/]{1,127})[ \t]+(?=[\w-]{1,60}\*?=)/;
const NAME = /^([^*]+)(?:\*(\d{1,4}))?(\*)?$/;

/** `text` is the field's value, unfolded. */
export function readParams(text: string): Params {
  const scan = new Scan(text.replace(NO_SEMICOLON, "$1;"));
  const value = scan.upTo(";").toLowerCase();
  const whole = new Map<string, string>();
  const pieces = new Map<string, Piece[]>();
  let count = 0;
  while (!scan.done && count < PARAMS_MAX) {
    const found = scan.param();
    if (found === undefined) continue;
    count++;
    const [, name = found.name, nth, star] = NAME.exec(found.name) ?? [];
    if (nth === undefined && star === undefined) {
      if (!whole.has(name)) whole.set(name, decodeWords(found.value));
      continue;
    }
    const list = pieces.get(name) ?? [];
    list.push({ nth: Number(nth ?? 0), extended: star !== undefined, text: found.value });
    pieces.set(name, list);
  }
  // Where both forms stand, the extended one is meant: the plain one is for old readers (RFC 6266 §4.3 says so for HTTP).
  for (const [name, list] of pieces) whole.set(name, joined(list));
  return { value, params: whole, cut: !scan.done };
}

/** Pieces in the order of their numbers; the first may name a charset. */
function joined(pieces: readonly Piece[]): string {
  const sorted = [...pieces].sort((a, b) => a.nth - b.nth);
  const first = sorted[0];
  const [, charset = "", rest] = first?.extended ? (/^([^']*)'[^']*'([^]*)$/.exec(first.text) ?? []) : [];
  const octets = sorted.map((piece, nth) => {
    const text = nth === 0 && rest !== undefined ? rest : piece.text;
    return piece.extended ? percent(text) : Buffer.from(text, "utf8");
  });
  return decodeWords(decodeText(Buffer.concat(octets), charset).text);
}

function percent(text: string): Buffer {
  return Buffer.concat(
    text
      .split(/(%[0-9a-fA-F]{2})/)
      .map((part) => (/^%[0-9a-fA-F]{2}$/.test(part) ? Buffer.of(Number.parseInt(part.slice(1), 16)) : Buffer.from(part, "utf8"))),
  );
}

class Scan {
  readonly #text: string;
  #pos = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#pos >= this.#text.length;
  }

  /** Text up to the sign or the end, without comments; the sign is passed. */
  upTo(sign: string): string {
    let out = "";
    while (!this.done) {
      const c = this.#text[this.#pos] as string;
      if (c === sign) break;
      if (c === "(") this.#comment();
      else {
        out += c;
        this.#pos++;
      }
    }
    this.#pos++;
    return out.trim();
  }

  /** One parameter, its semicolon passed. Undefined: there was none here. */
  param(): { readonly name: string; readonly value: string } | undefined {
    this.#blanks();
    const start = this.#pos;
    while (!this.done && !"=;".includes(this.#text[this.#pos] as string)) this.#pos++;
    const name = this.#text.slice(start, this.#pos).trim().toLowerCase();
    const sign = this.#text[this.#pos++];
    if (sign !== "=") return undefined;
    this.#blanks();
    const value = this.#text[this.#pos] === '"' ? this.#quoted() : this.#bare(WITH_BLANKS.test(name));
    return name === "" ? undefined : { name, value };
  }

  #quoted(): string {
    let out = "";
    for (this.#pos++; !this.done; this.#pos++) {
      const c = this.#text[this.#pos] as string;
      if (c === '"') break;
      if (c === "\\" && this.#pos + 1 < this.#text.length) {
        const next = this.#text[++this.#pos] as string;
        out += next === '"' || next === "\\" ? next : `\\${next}`; // C:\path, from software that does not know of quoting
      } else out += c;
    }
    this.#pos++;
    // Behind it a semicolon is due; a missing one is not missed.
    this.#blanks();
    if (this.#text[this.#pos] === "(") this.#comment();
    this.#blanks();
    if (this.#text[this.#pos] === ";") this.#pos++;
    return out;
  }

  #bare(blanks: boolean): string {
    const start = this.#pos;
    while (!this.done) {
      const c = this.#text[this.#pos] as string;
      if (c === ";" || (!blanks && BLANK.includes(c))) break;
      this.#pos++;
    }
    const value = this.#text.slice(start, this.#pos).trim();
    if (!blanks && !this.done && this.#text[this.#pos] !== ";") {
      this.#blanks();
      if (this.#text[this.#pos] === "(") this.#comment();
      this.#blanks();
    }
    if (this.#text[this.#pos] === ";") this.#pos++;
    return value;
  }

  #blanks(): void {
    while (!this.done && BLANK.includes(this.#text[this.#pos] as string)) this.#pos++;
  }

  /** Past a comment, nested or not; one that is never closed reaches to the end. */
  #comment(): void {
    let depth = 0;
    for (; !this.done; this.#pos++) {
      const c = this.#text[this.#pos];
      if (c === "\\") this.#pos++;
      else if (c === "(") depth++;
      else if (c === ")" && --depth === 0) break;
    }
    if (this.#text[this.#pos] === ")") this.#pos++;
  }
}
