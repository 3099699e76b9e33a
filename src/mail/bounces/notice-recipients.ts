/**
 * Recipients and reasons from text, by the kinds of layout that reporters use, not by reporter:
 * an address that has a line to itself, its reason below; `address: reason`; `reason: address`; an address in a sentence;
 * and SMTP dialogue. Which lines speak of whom decides who gets which reason.
 */
import { addressesIn, addressIn, isAddress, isRole } from "./addresses-in-text.ts";
import { RECIPIENTS_MAX } from "./limits.ts";
import { codeIn } from "./reply-in-text.ts";

export interface Noticed {
  readonly address: string;
  /** Lines joined by a blank. */
  readonly reason: string;
  /** Of several recipients, what is said before the first is named: it is meant of all. */
  readonly ofAll?: string;
}

interface Entry {
  readonly address: string;
  readonly at: number;
  /** What stands on the same line. */
  readonly rest: string;
}

/** Lines that name who wrote, or whom the reader may ask, not whom the message failed for. */
const ABOUT_OTHERS =
  /^\s*(?:from|sender|reply-to|original[ -](?:sender|address|recipient)|return-path|envelope[ -]sender|to|cc|subject|sent|date|message-id|x-[\w-]+|reporting-mta|remote-mta|sender-mta|received|hello|dear|hi)\b\s*[:,]|^\s*(?:from|by) [^ ]+@|\b(?:contact|e-?mail (?:us|me|at|support|our)|(?:please|or|by|via|an) e-?mail|forward(?:ed)? to|assistance|questions?|please (?:send|write)|mailto:|sent by|generated from|reply to|your message from|message from)\b[^:@]{0,200}@/i;

/**
 * One more than RECIPIENTS_MAX where there are more.
 *
 * @param known addresses that are certain by other means (X-Failed-Recipients): only these count then.
 * @param senders addresses of whoever the report is written to.
 */
export function readNotice(lines: readonly string[], known: readonly string[], senders: ReadonlySet<string>): Noticed[] {
  const isKnown = new Set(known.map((address) => address.toLowerCase()));
  const tests: readonly ((address: string) => boolean)[] =
    known.length > 0
      ? [(address) => isKnown.has(address.toLowerCase())]
      : // Mail to oneself fails too: if nothing else is named, the reader's own address is what failed.
        [(address) => !isRole(address) && !senders.has(address.toLowerCase()), (address) => !isRole(address), () => true];
  // But a sentence that names the reader only greets it.
  for (const [nth, counts] of tests.entries())
    for (const layout of nth === 0 ? LAYOUTS : LAYOUTS.filter((one) => one !== inSentence)) {
      const entries = withoutRepeats(layout(lines).filter(({ address }) => counts(address))).slice(0, RECIPIENTS_MAX + 1);
      if (entries.length === 1) return reasonsFor(entries, lines, layout === dialogue);
      if (entries.length > 1) {
        const ofAll = wholeReason(lines.slice(0, entries[0]?.at));
        return reasonsFor(entries, lines, layout === dialogue).map((one) => ({ ...one, ofAll }));
      }
    }
  if (known.length === 0) return [];
  const reason = wholeReason(lines);
  return known.slice(0, RECIPIENTS_MAX + 1).map((address) => ({ address, reason }));
}

type Layout = (lines: readonly string[]) => Entry[];

/** `<x@y>:`, `  x@y`, `"x@y":`, `x@y [reason]`, `-- x@y`, `>>> x@y <x@y>`, `x@y: reason`, `x@y on Thu, …`. */
const ownLine: Layout = (lines) =>
  lines.flatMap((line, at) => {
    if (ABOUT_OTHERS.test(line)) return [];
    const bare = line.replace(/^[\s>*•+-]+/, "");
    const [, first = "", rest = ""] = /^(<[^<>\s]{3,320}>|"[^"]{3,320}"(?!@)|[^\s<>:;,]{3,320})(.*)$/.exec(bare) ?? [];
    const address = /^[<"'`]?(.*?)[>"'`]?[.,]?$/.exec(first)?.[1] ?? "";
    if (!isAddress(address)) return [];
    const behind = rest.trim();
    // Another address behind it is the same one in brackets; a word is a sentence that happens to begin with an address.
    const joins = behind === "" || /^[:;[(|<=-]|^\.{3}|^on [\w/,]|^(?:error|failed|rejected)\b/i.test(behind);
    return joins ? [{ address, at, rest: behind.replace(/^[:;|=\s-]+/, "") }] : [];
  });

/** `550 5.1.1 <x@y>... User unknown`, `RCPT TO:<x@y>`: only lines of a dialogue or with a code. */
const dialogue: Layout = (lines) =>
  lines.flatMap((line, at) => {
    const address = addressIn(line);
    if (address === undefined || /MAIL FROM:/i.test(line)) return [];
    return /^\s*(?:>>>|<<<)?\s*(?:RCPT TO:|[45]\d\d[ -])/i.test(line) ? [{ address, at, rest: line.trim() }] : [];
  });

/** `reason: x@y`, `to: <x@y>`. */
const atTheEnd: Layout = (lines) =>
  lines.flatMap((line, at) => {
    if (ABOUT_OTHERS.test(line)) return [];
    const found = /^(.*[:：]\s*)<?([^\s<>:]{3,320})>?[.\s]*$/.exec(line);
    const address = found?.[2] ?? "";
    return isAddress(address) ? [{ address, at, rest: (found?.[1] ?? "").replace(/[:：\s]+$/, "") }] : [];
  });

/** Anywhere in a sentence, in brackets first. */
const inBrackets: Layout = (lines) => sentence(lines, (line) => (/<[^<>\s]+@[^<>\s]+>/.test(line) ? addressIn(line) : undefined));
const inSentence: Layout = (lines) => sentence(lines, (line) => addressesIn(line)[0]);

function sentence(lines: readonly string[], find: (line: string) => string | undefined): Entry[] {
  return lines.flatMap((line, at) => {
    const address = ABOUT_OTHERS.test(line) ? undefined : find(line);
    return address === undefined ? [] : [{ address, at, rest: line.trim() }];
  });
}

const LAYOUTS: readonly Layout[] = [ownLine, dialogue, atTheEnd, inBrackets, inSentence];

function withoutRepeats(entries: readonly Entry[]): Entry[] {
  const seen = new Map<string, Entry>();
  for (const entry of entries) {
    const key = entry.address.toLowerCase();
    if (!seen.has(key)) seen.set(key, entry);
  }
  return [...seen.values()];
}

/** What a transcript says, with whom it says it of. */
interface Spoken {
  readonly of: string | undefined;
  readonly line: string;
}

/** The words for each recipient: beside and below its address; else what a transcript says of it; else what is said of all. */
function reasonsFor(entries: readonly Entry[], lines: readonly string[], inDialogue: boolean): Noticed[] {
  const spoken = spokenIn(lines);
  const only = entries.length === 1;
  let whole: string | undefined;
  return entries.map((entry, nth) => {
    const below = lines
      .slice(entry.at + 1, entries[nth + 1]?.at ?? lines.length)
      .map((line) => (OF_THE_MESSAGE.test(line) ? "" : line.trim()));
    // Of several recipients each has the words up to the empty line; what comes behind the last is said of all.
    const empty = below.findIndex((line, at) => line === "" && at > 0);
    const own = [entry.rest, ...(!only && empty >= 0 ? below.slice(0, empty) : below)].filter((line) => line !== "").join("\n");
    const me = entry.address.toLowerCase();
    const said = spoken.flatMap(({ of, line }) => (of === me || (of === undefined && only) ? [line] : [])).join("\n");
    // Behind the last of a list stands the transcript, which is of all.
    const bare = !only && entry.rest === "" && below[0] === "" && said !== "";
    if (codeIn(own) !== undefined && !inDialogue && !bare) return { address: entry.address, reason: own };
    if (bare) return { address: entry.address, reason: said };
    if (said !== "") return { address: entry.address, reason: own === "" || inDialogue ? said : `${own}\n${said}` };
    if (own !== "" && (!only || isSentence(own))) return { address: entry.address, reason: own };
    whole ??= wholeReason(lines);
    return { address: entry.address, reason: whole };
  });
}

/** Words enough to be a reason, and not only a rule's dashes or a signature. */
function isSentence(text: string): boolean {
  return (text.match(/\p{L}{2,}/gu) ?? []).length >= 3;
}

/**
 * Reply lines; each is of the recipient that it names, else of the one that the command before it named. What a host said
 * to another command than RCPT is why the next line that names a recipient says that it failed.
 */
function spokenIn(lines: readonly string[]): Spoken[] {
  let about: string | undefined;
  let [toAll, heard] = [false, ""];
  return lines.flatMap((raw) => {
    const line = raw.trim();
    if (/^>>>/.test(line)) {
      toAll = !/^>>>\s*RCPT/i.test(line);
      about = toAll ? undefined : addressIn(line)?.toLowerCase();
      heard = "";
    }
    if (!/^(?:<<<\s*)?[45]\d\d(?:[ -]|$)/.test(line)) return [];
    const said = line.replace(/^<<<\s*/, "");
    if (toAll && said !== line) {
      heard = said;
      return about === undefined ? [{ of: undefined, line: said }] : [];
    }
    const named = addressIn(line)?.toLowerCase();
    const why = toAll && named !== undefined ? heard : "";
    if (named !== undefined) heard = "";
    return [{ of: named ?? about, line: why === "" ? said : `${why}\n${said}` }];
  });
}

/**
 * Lines that repeat the message's own fields. A sender chose the words of its subject: "mailbox full" there is no reason.
 */
const OF_THE_MESSAGE =
  /^\s*(?:(?:message )?(?:subject|date|sent|message-?id)\s*:|the (?:message )?(?:subject|date|identifier|id|size)(?: of the message)? (?:is|was)\b|.{0,60}\bwith (?:the )?(?:following )?subject\b|mit (?:dem )?betreff\b|avec l'objet\b|(?:betreff|objet|oggetto|asunto|assunto|onderwerp|тема|件名|主题|主旨)\s*[:：])/i;

/** `****** Message from SomeScanner ******`: a frame round the message, with the name of who made it. */
const FRAME = /^([*=_#])\1{4,}.*\1{5}$/;

/** Everything that is said, but for frames and the lines about others. */
export function wholeReason(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== "" && !ABOUT_OTHERS.test(line) && !FRAME.test(line) && !OF_THE_MESSAGE.test(line))
    .join("\n");
}
