/**
 * Strangers' text made fit to be shown: control characters are gone, and signs that turn the direction of text, with
 * which `gpj.exe` looks like `exe.jpg`, stand there by name.
 */

/** Unicode's embeddings, overrides and isolates. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;
/** Marks that are proper in prose and have no place in a name. */
const MARKS = /[\u200b-\u200f\u061c\ufeff\u2060]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed.
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Text of several lines; line ends become LF, tabs stay. */
export function visibleText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, "\n").replace(TURNS, byName).replace(CONTROLS, "");
}

/** One line: subjects, names of people and files. At most `most` characters. */
export function visibleLine(text: string, most: number): string {
  const line = visibleText(text)
    .replace(MARKS, byName)
    .replace(/[\t\n]+/g, " ")
    .trim();
  return line.length <= most ? line : `${line.slice(0, most - 1).toWellFormed()}…`;
}

function byName(sign: string): string {
  return `[U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`;
}
