/**
 * Domain names as text and as octets (RFC 1035 §3.1, §4.1.4). As text they are in lower case, without the final dot,
 * "" for the root; a dot or an odd octet inside a label is escaped (`\.`, `\032`), so that one text is one name and a
 * hostile name cannot pass for another or break a log line.
 */
import { domainToASCII } from "node:url";

const LABEL_OCTETS = 63;
/** With its length octets and the root's (RFC 1035 §2.3.4). */
export const NAME_OCTETS = 255;
/** Pointers followed for one name. They lead backwards only, so there are no circles; this bounds the depth. */
const POINTERS = 64;

export interface ReadName {
  readonly text: string;
  /** On the wire, uncompressed. */
  readonly octets: number;
  /** Where the next field begins. */
  readonly end: number;
}

/** Names read from one message, by offset: what pointers lead to is decoded once, however often it is named. */
export type NamesRead = Map<number, ReadName>;

/** Undefined if it is no name: too long, cut off, or with a pointer that does not lead backwards. */
export function readName(bytes: Uint8Array, at: number, read: NamesRead, depth = 0): ReadName | undefined {
  const known = read.get(at);
  if (known) return known;
  let text = "";
  let octets = 1;
  for (let next = at; next < bytes.length; ) {
    const length = bytes[next] ?? 0;
    if (length === 0) return remember(read, at, { text, octets, end: next + 1 });
    if (length >= 0xc0) {
      const target = ((length & 0x3f) << 8) | (bytes[next + 1] ?? 0);
      if (next + 1 >= bytes.length || target >= at || depth >= POINTERS) return undefined;
      const rest = readName(bytes, target, read, depth + 1);
      if (rest === undefined || octets + rest.octets - 1 > NAME_OCTETS) return undefined;
      const whole = text === "" || rest.text === "" ? text + rest.text : `${text}.${rest.text}`;
      return remember(read, at, { text: whole, octets: octets + rest.octets - 1, end: next + 2 });
    }
    octets += length + 1;
    if (length > LABEL_OCTETS || next + length >= bytes.length || octets > NAME_OCTETS) return undefined;
    text += (text === "" ? "" : ".") + labelText(bytes, next + 1, next + 1 + length);
    next += length + 1;
  }
  return undefined;
}

function remember(read: NamesRead, at: number, name: ReadName): ReadName {
  read.set(at, name);
  return name;
}

const DOT = 0x2e;
const BACKSLASH = 0x5c;

function labelText(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let at = from; at < to; at++) {
    const octet = bytes[at] ?? 0;
    if (octet >= 0x41 && octet <= 0x5a) text += String.fromCharCode(octet + 32);
    else if (octet === DOT || octet === BACKSLASH) text += `\\${String.fromCharCode(octet)}`;
    else if (octet > 0x20 && octet < 0x7f) text += String.fromCharCode(octet);
    else text += `\\${String(octet).padStart(3, "0")}`;
  }
  return text;
}

/**
 * The one form of a name that somebody wrote, the root as `.`; undefined for what is none. Letters beyond ASCII become their A-labels
 * (RFC 5891).
 */
export function nameOf(written: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything that is not ASCII
  const ascii = /[^\x00-\x7f]/.test(written) ? domainToASCII(written) : written;
  if (ascii === "") return undefined;
  const labels = labelsOf(ascii === "." ? "" : ascii.replace(/(?<!\\)\.$/, ""));
  if (labels === undefined || labels.reduce((sum, label) => sum + label.length + 1, 1) > NAME_OCTETS) return undefined;
  return labels.map((label) => labelText(Uint8Array.from(label), 0, label.length)).join(".");
}

/** The octets of each label; undefined if one is empty or too long. */
export function labelsOf(text: string): readonly (readonly number[])[] | undefined {
  if (text === "") return [];
  const labels: number[][] = [];
  let label: number[] = [];
  for (let at = 0; at <= text.length; at++) {
    const unit = text.charCodeAt(at);
    if (at === text.length || unit === DOT) {
      if (label.length === 0 || label.length > LABEL_OCTETS) return undefined;
      labels.push(label);
      label = [];
    } else if (unit === BACKSLASH) {
      const decimal = /^\d{3}/.exec(text.slice(at + 1, at + 4))?.[0];
      if (decimal === undefined ? at + 1 >= text.length : Number(decimal) > 255) return undefined;
      label.push(decimal === undefined ? text.charCodeAt(at + 1) : Number(decimal));
      at += decimal?.length ?? 1;
    } else label.push(unit);
  }
  return labels;
}

/** The name without its first label; undefined for the root. */
export function parentOf(name: string): string | undefined {
  if (name === "") return undefined;
  for (let at = 0; at < name.length; at++) {
    if (name.charCodeAt(at) === BACKSLASH) at++;
    else if (name.charCodeAt(at) === DOT) return name.slice(at + 1);
  }
  return "";
}
