/** Letters made comparable: accents off, and UTF-8 that somebody read as Latin-1 read again. */

const LATIN_BEYOND_ASCII = /[\u00c0-\u024f]/;
const MARKS = /[\u0300-\u036f]/g;
const APART: Readonly<Record<string, string>> = { ß: "ss", ł: "l", ø: "o", æ: "ae", œ: "oe", đ: "d", ı: "i" };
const LETTERS_APART = /[ßłøæœđı]/g;

/** `text` is lower case. What has no accents is given back as it is. */
export function withoutAccents(text: string): string {
  if (!LATIN_BEYOND_ASCII.test(text)) return text;
  return text
    .normalize("NFD")
    .replace(MARKS, "")
    .replace(LETTERS_APART, (letter) => APART[letter] ?? letter);
}

/** Lead and continuation octets as Latin-1 shows them: `Ã©`. Real text hardly ever has such pairs. */
const MANGLED = /[\u00c2-\u00f4][\u0080-\u00bf]+/g;

/** Log files and relays often hand UTF-8 on as if each octet were a letter. */
export function unmangled(text: string): string {
  return text.replace(MANGLED, (run) => {
    const read = Buffer.from(run, "latin1").toString("utf8");
    return read.includes("\ufffd") ? run : read;
  });
}
