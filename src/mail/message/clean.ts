/**
 * Makes strangers' text fit to stand in a header: no control character can end a line or hide text, no length can
 * break a limit. Text changed here is for people to read, never a key.
 */

/** Replaces control characters, separators of lines and broken surrogates, and cuts at `most` UTF-8 octets. */
export function cleanText(text: string, most: number): string {
  const printable = text.toWellFormed().replace(/[\p{Cc}\u2028\u2029]/gu, "?");
  return cutOctets(printable, most);
}

/** The same, without a byte above 126. */
export function cleanAscii(text: string, most: number): string {
  return cleanText(text, most * 4)
    .replace(/[^\x20-\x7e]/gu, "?")
    .slice(0, most);
}

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/** Cuts between characters so that at most `most` UTF-8 octets are left. */
function cutOctets(text: string, most: number): string {
  if (text.length * 3 <= most || Buffer.byteLength(text) <= most) return text;
  let octets = 0;
  let cut = 0;
  for (const character of text) {
    octets += Buffer.byteLength(character);
    if (octets > most) break;
    cut += character.length;
  }
  return text.slice(0, cut);
}

/** RFC 5322 §2.1.1 asks for lines of at most 78 characters; a tab shows as eight. */
const WIDTH = 78;
const TAB_COLUMNS = 8;

/** One header field from words, folded before a word that would pass column 78. A word is never broken. */
export function foldWords(name: string, words: readonly string[]): string {
  let text = `${name}:`;
  let column = text.length;
  for (const word of words) {
    if (column + 1 + word.length > WIDTH && column > TAB_COLUMNS) {
      text += `\r\n\t${word}`;
      column = TAB_COLUMNS + word.length;
    } else {
      text += ` ${word}`;
      column += 1 + word.length;
    }
  }
  return `${text}\r\n`;
}

/** RFC 2047 §2: an encoded word is at most 75 characters; 42 octets make 56 of base 64. */
const WORD_OCTETS = 42;

/** An unstructured value as words ready for `foldWords`: as it is in ASCII, else RFC 2047 encoded words. */
export function unstructured(text: string): string[] {
  if (isAscii(text) && !text.includes("=?")) return text.split(" ").flatMap((word) => word.match(/.{1,400}/g) ?? []);
  const words: string[] = [];
  let rest = text;
  while (rest !== "") {
    const part = cutOctets(rest, WORD_OCTETS);
    words.push(`=?UTF-8?B?${Buffer.from(part).toString("base64")}?=`);
    rest = rest.slice(part.length);
  }
  return words;
}
