/**
 * A text as words that can be compared: lower case, without punctuation, with addresses, hosts and URLs as single words
 * of their own kind. So a mailbox called `full` or a domain called `spam.example` is never mistaken for what is said.
 */

import { unmangled, withoutAccents } from "./letters.ts";

/** Opens the words that are names: `<a>`, `<i>` stand for any address, any IP; `<h>` and `<u>` go on with the host. */
export const NAME = "<";
export const ADDRESS = "<a>";
export const IP = "<i>";
export const HOST = "<h>";
export const URL_HOST = "<u>";

/** What a name of ours in a reply may be at most; longer ones are cut, not dropped. */
const MOST_CHUNK = 300;

/** Words in order, without accents. Linear in the text's length. */
export function wordsOf(written: string): string[] {
  const words: string[] = [];
  const text = BEYOND_ASCII.test(written) ? withoutAccents(unmangled(written).toLowerCase()) : written;
  const end = text.length;
  let start = 0;
  for (let at = 0; at <= end; at++) {
    if (at < end && !isBreak(text.charCodeAt(at))) continue;
    if (at > start) {
      const inAngles = text.charCodeAt(start - 1) === 60 && text.charCodeAt(at) === 62;
      addChunk(text.slice(start, Math.min(at, start + MOST_CHUNK)), inAngles, words);
    }
    start = at + 1;
  }
  return words;
}

const BEYOND_ASCII = /[\u0080-\uffff]/;

/** White space, brackets, quotes and the marks that end a clause; not what hosts, paths and addresses are made of. */
function isBreak(code: number): boolean {
  if (code <= 33) return true; // control characters, space, !
  if (code < 128) return BREAKS[code] === 1;
  return code === 0xa0 || code === 0x3000 || code === 0xab || code === 0xbb || (code >= 0x2018 && code <= 0x201f && code !== 0x2019);
}

const BREAKS = new Uint8Array(128);
for (const sign of '"(),;<>[]{}|*?=`') BREAKS[sign.charCodeAt(0)] = 1;

function addChunk(chunk: string, inAngles: boolean, words: string[]): void {
  const scheme = chunk.indexOf("://");
  if (scheme >= 0) return addUrl(chunk, scheme, words);
  const at = chunk.indexOf("@");
  if (at >= 0 && chunk.length > 1) {
    words.push(ADDRESS);
    // Barracuda writes what it says of an address behind it: `kim@example.org:blocked`.
    const said = chunk.indexOf(":", at);
    if (said > 0) addWords(chunk.slice(said + 1), words);
    return;
  }
  if (inAngles && !chunk.includes("/") && !chunk.includes(".")) return void words.push(ADDRESS);
  if (chunk.includes(".") || chunk.includes(":")) {
    const bare = chunk.replace(/^[.:#'-]+|[.:'/-]+$/g, "");
    if (IPV4.test(bare) || IPV6.test(bare)) return void words.push(IP);
    if (HOST_NAME.test(bare) && !isGlue(bare)) return void words.push(HOST + bare.replace(/[/:].*$/, "").toLowerCase());
  }
  addWords(chunk, words);
}

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}|\/\d{1,2})?$/;
const IPV6 = /^(?=[^:]*:[^:]*:)(?=[0-9a-f:.]*\d)[0-9a-f:.]{3,45}$/i;
/** A host, perhaps with a port or a path behind it. */
const HOST_NAME = /^[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[a-z]{2,13}(?::\d{1,5})?(?:\/\S*)?$/i;

/** `rejected.For` and `storedrv.deliver` are words that lost a space, or names of programs. */
function isGlue(chunk: string): boolean {
  return /[a-z]\.[A-Z][a-z]/.test(chunk) || GLUE.test(chunk);
}
const GLUE =
  /^(?:resolver|storedrv|smtpsend|routing|agent|queue|mapi\w*|bin)\.|\.(?:see|for|please|this|the|if|more|your|contact|try|visit|click|php|html?|ptr|unresponsive)$/i;

function addUrl(chunk: string, scheme: number, words: string[]): void {
  if (scheme > 8) addWords(chunk.slice(0, scheme).replace(/[a-z]*$/i, ""), words);
  const rest = chunk.slice(scheme + 3).toLowerCase();
  words.push(URL_HOST + rest.replace(/[).,:;'\]]+$/, ""));
  // Google's links name the cause: `support.google.com/mail/?p=NoSuchUser`.
  const page = PAGE.exec(rest)?.[1];
  if (page !== undefined) words.push(page);
}

const PAGE = /[?&]p=([a-z]{4,40})/;

function addWords(chunk: string, words: string[]): void {
  const text = chunk.toLowerCase();
  let start = -1;
  let plain = true;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 45;
    if (code === 39 || code === 0x2019) {
      plain = false;
      continue;
    }
    if (isWordCode(code)) {
      if (start < 0) start = at;
    } else if (start >= 0) {
      const word = text.slice(start, at);
      words.push(plain ? word : word.replace(/['’]/g, ""));
      start = -1;
      plain = true;
    } else plain = true;
  }
}

function isWordCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 128 && code !== 0x2026 && code !== 0x2013 && code !== 0x2014)
  );
}
