/**
 * The small language in which rules say what they look for. A phrase is words that follow each other:
 * `a|b` either, `stem*` whatever begins so, `word?` may be missing, `..` up to six words between, `@` any address, host
 * or URL, `@.` any host, `@host.example` a host or URL at or below that name, `#` a number, `#10-20` a number in that
 * range. Accents do not count.
 * Matching looks at each word a bounded number of times, whatever the text.
 */
import { withoutAccents } from "./letters.ts";
import { HOST, NAME, URL_HOST } from "./words.ts";

type Element =
  | { readonly is: "words"; readonly exact: ReadonlySet<string>; readonly stems: readonly string[] }
  | { readonly is: "name" }
  | { readonly is: "any-host" }
  | { readonly is: "host"; readonly name: string }
  | { readonly is: "number"; readonly from: number; readonly to: number }
  | { readonly is: "gap" };

/** One way to say it, without optional words. */
export interface Sequence {
  readonly elements: readonly Element[];
  /** The element by which it is found. */
  readonly anchor: number;
}

/** Most words between two that `..` parts. */
export const GAP = 6;

export function sequencesOf(phrase: string): readonly Sequence[] {
  let ways: Element[][] = [[]];
  for (const part of phrase.split(" ")) {
    const optional = part.endsWith("?");
    const elements = elementsOf(optional ? part.slice(0, -1) : part);
    const longer = ways.flatMap((way) => elements.map((element) => [...way, element]));
    ways = optional ? [...longer, ...ways] : longer;
  }
  return ways.map((elements) => ({ elements, anchor: anchorOf(elements, phrase) }));
}

/** Hosts among alternatives are found by other keys than words, so each is a way of its own. */
function elementsOf(part: string): readonly Element[] {
  const [hosts, words] = [part.split("|").filter((name) => name.startsWith("@")), part.split("|").filter((name) => !name.startsWith("@"))];
  return [...(words.length === 0 ? [] : [elementOf(words.join("|"))]), ...hosts.map(elementOf)];
}

function elementOf(part: string): Element {
  if (part === "..") return { is: "gap" };
  if (part === "@") return { is: "name" };
  if (part === "@.") return { is: "any-host" };
  if (part.startsWith("@")) return { is: "host", name: part.slice(1) };
  if (part.startsWith("#")) {
    const [from, to = from] = part.slice(1).split("-").map(Number);
    return part === "#"
      ? { is: "number", from: 0, to: Number.POSITIVE_INFINITY }
      : { is: "number", from: from ?? 0, to: to ?? Number.POSITIVE_INFINITY };
  }
  const words = part.split("|").flatMap(spellings);
  return {
    is: "words",
    exact: new Set(words.filter((word) => !word.endsWith("*"))),
    stems: words.filter((word) => word.endsWith("*")).map((word) => word.slice(0, -1)),
  };
}

/** Without accents, and as Germans write umlauts where they have none. */
function spellings(word: string): readonly string[] {
  const plain = withoutAccents(word);
  return /[äöü]/.test(word) ? [plain, withoutAccents(word.replaceAll("ä", "ae").replaceAll("ö", "oe").replaceAll("ü", "ue"))] : [plain];
}

/** The rarest element: long words are rarer than short ones, and some words are in every reply. */
function anchorOf(elements: readonly Element[], phrase: string): number {
  let best = -1;
  let most = 0;
  for (const [at, element] of elements.entries()) {
    const worth = worthOf(element);
    if (worth > most) [best, most] = [at, worth];
  }
  if (best < 0) throw new Error(`the phrase "${phrase}" has no word to find it by`);
  return best;
}

function worthOf(element: Element): number {
  if (element.is === "host") return 40;
  if (element.is !== "words") return 0;
  if (element.stems.some((stem) => stem.length < STEM)) return 0;
  const words = [...element.exact, ...element.stems];
  return Math.min(...words.map((word) => (EVERYDAY.has(word) ? 1 : word.length))) / (1 + words.length / 8) + 0.01;
}

const EVERYDAY = new Set(
  "the is not no to a of for your you this that and or in on by with from has have be was are it its please mail email message messages user recipient sender address server host mailbox account rejected see".split(
    " ",
  ),
);

/** Stems are found by their first letters. */
export const STEM = 4;

/** The keys under which a phrase's anchor is filed: exact words, `stem*` by four letters, `@host`. */
export function keysOf({ elements, anchor }: Sequence): readonly string[] {
  const element = elements[anchor];
  if (element?.is === "host") return [`@${element.name}`];
  if (element?.is !== "words") return [];
  return [...element.exact, ...element.stems.map((stem) => `${stem.slice(0, STEM)}*`)];
}

export function matches({ elements, anchor }: Sequence, words: readonly string[], at: number): boolean {
  return fits(elements[anchor], words[at]) && ahead(elements, anchor + 1, words, at + 1) && behind(elements, anchor - 1, words, at - 1);
}

function ahead(elements: readonly Element[], next: number, words: readonly string[], at: number): boolean {
  const element = elements[next];
  if (element === undefined) return true;
  if (element.is !== "gap") return fits(element, words[at]) && ahead(elements, next + 1, words, at + 1);
  for (let skip = 0; skip <= GAP && at + skip < words.length; skip++) if (ahead(elements, next + 1, words, at + skip)) return true;
  return false;
}

function behind(elements: readonly Element[], next: number, words: readonly string[], at: number): boolean {
  const element = elements[next];
  if (element === undefined) return true;
  if (element.is !== "gap") return fits(element, words[at]) && behind(elements, next - 1, words, at - 1);
  for (let skip = 0; skip <= GAP && at - skip >= 0; skip++) if (behind(elements, next - 1, words, at - skip)) return true;
  return false;
}

/** `120s` is a number too. */
const NUMBER = /^\d+[a-z]{0,4}$/;

function fits(element: Element | undefined, word: string | undefined): boolean {
  if (element === undefined || word === undefined) return false;
  switch (element.is) {
    case "words":
      return element.exact.has(word) || element.stems.some((stem) => word.startsWith(stem));
    case "name":
      return word.startsWith(NAME);
    case "any-host":
      return word.startsWith(HOST);
    case "host":
      return isBelow(hostOf(word), element.name);
    case "number": {
      const number = NUMBER.test(word) ? Number.parseInt(word, 10) : Number.NaN;
      return number >= element.from && number <= element.to;
    }
    case "gap":
      return true;
  }
}

/** The host of a word that names one; of a URL with its path. */
export function hostOf(word: string): string {
  return word.startsWith(HOST) || word.startsWith(URL_HOST) ? word.slice(HOST.length) : "";
}

/** `host` is `name` or below it; a name with a path needs the path's beginning too. */
export function isBelow(host: string, name: string): boolean {
  if (host === "") return false;
  const slash = name.indexOf("/");
  if (slash >= 0) return isBelow(host.split("/", 1)[0] ?? "", name.slice(0, slash)) && host.includes(name.slice(slash));
  const bare = host.split(/[/:?]/, 1)[0] ?? "";
  return bare === name || bare.endsWith(`.${name}`);
}
