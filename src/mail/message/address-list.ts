/**
 * Address lists as they stand in To, Cc and Bcc (RFC 5322 §3.4 with its obsolete forms, RFC 6532): names, quoted
 * strings, nested comments, groups, source routes. One pass; every place where the grammar breaks becomes a fault with
 * the text concerned, and the rest of the list is still read.
 */
export interface Mailbox {
  /** As for RCPT TO: quotes only where they are needed, no comments, no route. Without a domain where none was written. */
  readonly address: string;
  /** What stood before the angle bracket, quotes removed, encoded words as they were; absent if nothing did. */
  readonly name?: string;
}

export interface AddressList {
  readonly mailboxes: readonly Mailbox[];
  /** One for each entry that is no mailbox. */
  readonly faults: readonly { readonly text: string; readonly why: string }[];
}

type Token =
  | {
      readonly is: "word";
      readonly text: string;
      readonly quoted: boolean /** Blanks or a comment stood before it. */;
      readonly apart: boolean;
    }
  | { readonly is: "literal"; readonly text: string; readonly apart: boolean }
  | { readonly is: "sign"; readonly text: string; readonly apart: boolean }
  | { readonly is: "broken"; readonly text: string; readonly apart: boolean; readonly why: string };

/** Comments may nest; deeper than this is an attack, and read as broken. */
const DEEPEST_COMMENT = 50;
const SIGNS = "<>,;:@.";
const BLANK = " \t\r\n";
const NOT_ATOM = `${SIGNS}${BLANK}()[]"\\`;

/** `text` is a field's value, folded or not. An empty list is no fault. */
export function readAddressList(text: string): AddressList {
  const mailboxes: Mailbox[] = [];
  const faults: { text: string; why: string }[] = [];
  for (const entry of entriesOf(tokensOf(text))) {
    const read = mailboxOf(entry);
    if ("why" in read)
      faults.push({
        text: entry
          .map(({ text, apart }) => (apart ? ` ${text}` : text))
          .join("")
          .trim()
          .slice(0, 200),
        why: read.why,
      });
    else mailboxes.push(read);
  }
  return { mailboxes, faults };
}

/** Splits at commas outside brackets. A group's name falls away, its members are entries; `;` separates too, as Outlook writes it. */
function entriesOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const entries: Token[][] = [];
  let entry: Token[] = [];
  /** `route`: in `<@a,@b:x@c>`, where commas belong to the route (RFC 5322 §4.4). */
  let inside: "no" | "opened" | "route" | "address" = "no";
  /** The entry so far could be a group's name. */
  let onlyWords = true;
  const end = (): void => {
    if (entry.length > 0) entries.push(entry);
    entry = [];
    inside = "no";
    onlyWords = true;
  };
  for (const token of tokens) {
    const sign = token.is === "sign" ? token.text : "";
    // A bracket that is never closed ends with its entry, or one slip would swallow the rest of the list.
    if ((sign === "," && inside !== "route") || (sign === ";" && inside === "no")) end();
    else if (sign === ":" && inside === "no" && onlyWords) entry = [];
    else entry.push(token);
    onlyWords &&= token.is === "word" || sign === "." || entry.length === 0;
    if (sign === "<") inside = "opened";
    else if (sign === ">") inside = "no";
    else if (inside === "opened") inside = sign === "@" ? "route" : "address";
    else if (inside === "route" && sign === ":") inside = "address";
  }
  end();
  return entries;
}

function mailboxOf(entry: readonly Token[]): Mailbox | { readonly why: string } {
  const broken = entry.find((token) => token.is === "broken");
  if (broken?.is === "broken") return { why: broken.why };
  const open = entry.findIndex(isSign("<"));
  if (open < 0) return addressOf(entry, "apart");
  const close = entry.findIndex(isSign(">"));
  if (close < 0) return { why: "the angle bracket is not closed" };
  if (close < open || close !== entry.length - 1) return { why: "something stands behind the address" };
  const inside = withoutRoute(entry.slice(open + 1, close));
  const found = inside.length === 0 ? { why: "the angle brackets are empty" } : addressOf(inside, "blank");
  const name = nameOf(entry.slice(0, open));
  return "why" in found || name === "" ? found : { ...found, name };
}

function isSign(sign: string): (token: Token) => boolean {
  return ({ is, text }) => is === "sign" && text === sign;
}

function withoutRoute(tokens: readonly Token[]): readonly Token[] {
  const colon = tokens.findIndex(isSign(":"));
  return tokens[0] !== undefined && isSign("@")(tokens[0]) && colon > 0 ? tokens.slice(colon + 1) : tokens;
}

/** Any words may be a name: dots, colons and stray at signs are found in real ones. */
function nameOf(tokens: readonly Token[]): string {
  return tokens
    .map(({ text, apart }) => (apart ? ` ${text}` : text))
    .join("")
    .trim();
}

/**
 * local-part ["@" domain]. Blanks around dots and the at sign are obsolete and read; two words with nothing but a
 * blank between them are no address, in brackets (`blank`) or without (`apart`).
 */
function addressOf(tokens: readonly Token[], where: "blank" | "apart"): Mailbox | { readonly why: string } {
  const at = tokens.findIndex(isSign("@"));
  const local = joined(at < 0 ? tokens : tokens.slice(0, at));
  if (local === undefined) return { why: where === "apart" ? "words without an address" : "the part before the @ is malformed" };
  if (local === "") return { why: "nothing stands before the @" };
  if (at < 0) return { address: local };
  const domain = domainOf(tokens.slice(at + 1));
  return domain === undefined ? { why: "the domain is malformed" } : { address: `${local}@${domain}` };
}

/** Words and dots in turn. Dots where none may be (`a..b`, `a.`) occur in real addresses and stay; quotes stay where needed. */
function joined(tokens: readonly Token[]): string | undefined {
  let text = "";
  let word = false;
  let needsQuotes = false;
  for (const token of tokens) {
    if (token.is === "word") {
      if (word) return undefined;
      text += token.text;
      needsQuotes ||= token.quoted && (token.text === "" || [...token.text].some((letter) => NOT_ATOM.includes(letter) && letter !== "."));
      word = true;
    } else if (token.is === "sign" && token.text === ".") {
      text += ".";
      word = false;
    } else return undefined;
  }
  return needsQuotes ? `"${text.replace(/["\\]/g, "\\$&")}"` : text;
}

function domainOf(tokens: readonly Token[]): string | undefined {
  const [first, more] = tokens;
  if (first?.is === "literal") return more === undefined ? first.text : undefined;
  if (tokens.some((token) => token.is === "word" && token.quoted)) return undefined;
  const text = joined(tokens);
  return text === undefined || !/^[^.]+(?:\.[^.]+)*\.?$/.test(text) ? undefined : text.replace(/\.$/, "");
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let apart = false;
  for (let at = 0; at < text.length; ) {
    const letter = text.charAt(at);
    if (BLANK.includes(letter)) {
      apart = true;
      at++;
      continue;
    }
    if (letter === "(") {
      const end = commentEnd(text, at);
      if (end < 0) tokens.push({ is: "broken", text: text.slice(at), apart, why: "a comment is not closed" });
      apart = true;
      at = end < 0 ? text.length : end;
      continue;
    }
    const { token, end } = tokenAt(text, at, apart);
    tokens.push(token);
    apart = false;
    at = end;
  }
  return tokens;
}

function tokenAt(text: string, at: number, apart: boolean): { readonly token: Token; readonly end: number } {
  const letter = text.charAt(at);
  if (SIGNS.includes(letter)) return { token: { is: "sign", text: letter, apart }, end: at + 1 };
  if (letter === '"') return quotedAt(text, at, apart);
  if (letter === "[") {
    const close = text.indexOf("]", at);
    const literal = close < 0 ? text.slice(at) : text.slice(at, close + 1).replace(/[ \t\r\n]/g, "");
    if (close < 0 || !/^\[[\x21-\x5a\x5e-\x7e]*\]$/.test(literal))
      return {
        token: { is: "broken", text: literal, apart, why: "the address literal is malformed" },
        end: close < 0 ? text.length : close + 1,
      };
    return { token: { is: "literal", text: literal, apart }, end: close + 1 };
  }
  // RFC 2047 forbids a comma in an encoded word, yet mailers write them; taken as one word it cannot split a name.
  const encoded = letter === "=" ? /^=\?[\w*-]+\?[bq]\?[^?\s<>]*\?=/i.exec(text.slice(at, at + 200))?.[0] : undefined;
  if (encoded !== undefined) return { token: { is: "word", text: encoded, quoted: false, apart }, end: at + encoded.length };
  let end = at;
  while (end < text.length && !NOT_ATOM.includes(text.charAt(end))) end++;
  if (end === at) return { token: { is: "broken", text: letter, apart, why: `a stray ${letter}` }, end: at + 1 };
  const word = text.slice(at, end);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  if (/[\u0000-\u001f\u007f]/.test(word)) return { token: { is: "broken", text: "", apart, why: "a control character" }, end };
  return { token: { is: "word", text: word, quoted: false, apart }, end };
}

function quotedAt(text: string, at: number, apart: boolean): { readonly token: Token; readonly end: number } {
  let value = "";
  for (let i = at + 1; i < text.length; i++) {
    const letter = text.charAt(i);
    if (letter === '"') return { token: { is: "word", text: value, quoted: true, apart }, end: i + 1 };
    if (letter === "\\" && i + 1 < text.length) value += text.charAt(++i);
    else if (letter !== "\r" && letter !== "\n") value += letter;
  }
  return { token: { is: "broken", text: text.slice(at), apart, why: "a quoted string is not closed" }, end: text.length };
}

/** Just past the comment's last parenthesis, or -1. */
function commentEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const letter = text.charAt(at);
    if (letter === "\\") at++;
    else if (letter === "(" && ++depth > DEEPEST_COMMENT) return -1;
    else if (letter === ")" && --depth === 0) return at + 1;
  }
  return -1;
}
