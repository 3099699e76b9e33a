/**
 * Octets to text by the charset that a message names. `TextDecoder` knows most; here are the names that mail uses for
 * them, the few charsets that it lacks, and an answer for names that nobody knows: latin1, so that nothing is lost, and
 * `known: false`.
 */
import { latin1 } from "../../base/bytes.ts";
import { DOS_PAGES } from "./dos-pages.ts";
import { fromUtf7 } from "./utf7.ts";

export interface Decoded {
  readonly text: string;
  /** False: the charset's name is unknown, the text is a guess. */
  readonly known: boolean;
}

/** Longest name that is looked up. */
const NAME_MAX = 64;

/** Left: as mail has it, in lower case. Right: a name that `TextDecoder`, `DOS_PAGES` or `decodeText` knows. */
const ALIASES: Readonly<Record<string, string>> = {
  "ansi_x3.4-1968": "windows-1252",
  "ks_c_5601-1987": "euc-kr",
  ks_c_5601: "euc-kr",
  ksc5601: "euc-kr",
  ks_c_56011987: "euc-kr",
  cp949: "euc-kr",
  uhc: "euc-kr",
  gb2312: "gb18030",
  gb_2312: "gb18030",
  "gb_2312-80": "gb18030",
  gb2312_charset: "gb18030",
  gbk: "gb18030",
  cp936: "gb18030",
  big5hkscs: "big5",
  "big5-hkscs": "big5",
  cp950: "big5",
  cp932: "shift_jis",
  "windows-31j": "shift_jis",
  "x-sjis": "shift_jis",
  "cp-850": "cp850",
  ibm850: "cp850",
  cp858: "cp850",
  ibm437: "cp437",
  "cp-437": "cp437",
  ibm852: "cp852",
  "cp-852": "cp852",
  "iso-8859-8-i": "iso-8859-8",
  "iso-8859-8-e": "iso-8859-8",
  "iso-8859-6-i": "iso-8859-6",
  "iso-8859-6-e": "iso-8859-6",
  "iso-2022-jp-1": "iso-2022-jp",
  "iso-2022-jp-2": "iso-2022-jp",
  "iso-2022-jp-ms": "iso-2022-jp",
  cp50220: "iso-2022-jp",
  cp50221: "iso-2022-jp",
  utf7: "utf-7",
  "unicode-1-1-utf-7": "utf-7",
  "x-unicode-2-0-utf-7": "utf-7",
  utf8mb4: "utf-8",
  "utf-8n": "utf-8",
  "utf 8": "utf-8",
  "8bit": "utf-8",
  "unicode-1-1-utf-8": "utf-8",
  macroman: "macintosh",
  "x-mac-roman": "macintosh",
  iso8859_1: "iso-8859-1",
  latin1: "iso-8859-1",
  ascii: "windows-1252",
  "x-user-defined": "windows-1252",
};
/** Names of `TextDecoder` for "refuse to decode": for us they are unknown. */
const REPLACEMENT = "replacement";

/**
 * @param cut the octets are the beginning of more: a character whose end is missing is left out instead of being shown
 *   as broken.
 */
export function decodeText(octets: Uint8Array, charset: string, cut = false): Decoded {
  const name = nameOf(charset);
  if (name === "" || name === "us-ascii") return { text: withoutName(octets, cut), known: true };
  if (name === "utf-7") return { text: fromUtf7(latin1(octets)), known: true };
  const page = Object.hasOwn(DOS_PAGES, name) ? DOS_PAGES[name] : undefined;
  if (page !== undefined) return { text: fromPage(octets, page), known: true };
  const decoder = decoderNamed(name);
  return decoder === undefined ? { text: latin1(octets), known: false } : { text: decoder.decode(octets, { stream: cut }), known: true };
}

/** Without a name, or under the name of plain ASCII, mail holds UTF-8 or some Western page. */
function withoutName(octets: Uint8Array, cut: boolean): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets, { stream: cut });
  } catch {
    return new TextDecoder("windows-1252").decode(octets); // not UTF-8: of single-octet pages this one is the likeliest
  }
}

function nameOf(charset: string): string {
  const name = charset
    .slice(0, NAME_MAX)
    .trim()
    .toLowerCase()
    .replace(/^["']+|["';]+$/g, "")
    .replace(/^(?:x-)?(?:cp|windows|win)-?_?(125\d|874)$/, "windows-$1")
    .replace(/^iso[-_ ]?8859[-_ ](\d+)/, "iso-8859-$1");
  return Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name;
}

function decoderNamed(name: string): TextDecoder | undefined {
  try {
    const decoder = new TextDecoder(name);
    return decoder.encoding === REPLACEMENT ? undefined : decoder;
  } catch {
    return undefined; // no such name
  }
}

function fromPage(octets: Uint8Array, page: string): string {
  let text = "";
  for (const octet of octets) text += octet < 128 ? String.fromCharCode(octet) : (page[octet - 128] ?? "\ufffd");
  return text;
}
