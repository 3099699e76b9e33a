/** The part of a report that is written for people: what happened to which message, why, and what to do now. */
import type { WallMs } from "../../base/clock.ts";
import { replyLine } from "../../model/reply.ts";
import { cleanText } from "./clean.ts";
import type { Report, Reported } from "./dsn.ts";
import { statusOf } from "./dsn-fields.ts";
import type { Language } from "./dsn-language.ts";
import { fill, PHRASES, type Phrases } from "./dsn-phrases.ts";
import { wordsFor } from "./dsn-words.ts";

/** Told in words; the rest stands in the fields. A list of a thousand failures helps nobody who reads. */
const RECIPIENTS_IN_WORDS = 20;
const ADDRESS_OCTETS = 320;
const REPLY_OCTETS = 1_000;
const URL_OCTETS = 500;

/** The text's lines, each at most 998 octets, without line ends. */
export function textForPeople(report: Report, language: Language): string[] {
  const { recipients } = report;
  const phrases = PHRASES[language];
  const row = rowWriter(phrases);
  const notice = report.notice === undefined ? [] : [cleanText(report.notice, REPLY_OCTETS), ""];
  const lines: string[] = [...notice, ...firstSentences(report, phrases)];
  for (const one of recipients.slice(0, RECIPIENTS_IN_WORDS)) {
    if (recipients.length > 1) lines.push("", cleanText(one.address, ADDRESS_OCTETS));
    for (const [label, text] of about(report, one, language)) lines.push(...row(label, text));
  }
  const left = recipients.length - RECIPIENTS_IN_WORDS;
  if (left > 0) lines.push("", fill(phrases.more, { n: String(left) }));
  lines.push("");
  if (report.detailsUrl !== undefined) lines.push(...row(phrases.details, cleanText(report.detailsUrl, URL_OCTETS)));
  lines.push(...row(phrases.reference, report.reference));
  return lines;
}

/** The subject: what happened, to whom. */
export function subjectOf(report: Report, language: Language): string {
  const phrases = PHRASES[language];
  return `${phrases.headline[report.kind]}: ${whomText(report, phrases)}`;
}

function whomText({ recipients }: Report, phrases: Phrases): string {
  const [only, ...more] = recipients;
  return only === undefined || more.length > 0
    ? fill(phrases.recipients, { n: String(recipients.length) })
    : cleanText(only.address, ADDRESS_OCTETS);
}

function firstSentences(report: Report, phrases: Phrases): string[] {
  const first = fill(phrases.first[report.kind], { whom: whomText(report, phrases), when: minute(report.acceptedAt, phrases) });
  switch (report.kind) {
    case "delayed": {
      const until = Math.max(...report.recipients.map((one) => one.retryUntil ?? 0));
      return [first, until > 0 ? fill(phrases.tryUntil, { until: minute(until as WallMs, phrases) }) : phrases.keepTrying];
    }
    case "relayed":
      return [first, phrases.lastYouHear];
    case "failed":
    case "delivered":
      return [first];
  }
}

/** Labels with their texts. */
function about(report: Report, one: Reported, language: Language): readonly (readonly [string, string])[] {
  const phrases = PHRASES[language];
  const rows: (readonly [string, string])[] = [];
  if (report.kind === "failed" || report.kind === "delayed") {
    const { why, advice } = reasonFor(report, one, language);
    rows.push([phrases.why, cleanText(why, REPLY_OCTETS)]);
    if (report.kind === "failed" && advice !== "") rows.push([phrases.whatToDo, cleanText(advice, REPLY_OCTETS)]);
  }
  const at = one.lastAttemptAt === undefined ? undefined : second(one.lastAttemptAt);
  const where = [one.remote, at].filter((part) => part !== undefined).join(", ");
  const source = where === "" ? "" : ` (${cleanText(where, 300)})`;
  if (one.reply !== undefined) rows.push([phrases.theySaid, cleanText(replyLine(one.reply), REPLY_OCTETS) + source]);
  else if (one.fault !== undefined) rows.push([phrases.weSaw, cleanText(one.fault, REPLY_OCTETS) + source]);
  return rows;
}

/**
 * A diagnosis knows more than the status, but speaks English only: in another language it gives way where the status
 * names the very detail.
 */
function reasonFor(report: Report, one: Reported, language: Language): { readonly why: string; readonly advice: string } {
  const words = wordsFor(statusOf(report.kind, one), language);
  const own = language !== "en" && words.exact;
  return {
    why: own || one.cause === undefined ? words.why : sentence(one.cause),
    advice: own || one.advice === undefined ? words.remedy : sentence(one.advice),
  };
}

function sentence(clause: string): string {
  return clause === "" || /[.!?]$/.test(clause) ? clause : `${clause}.`;
}

const LINE_COLUMNS = 77;
/** A word longer than this is cut into pieces: no line may pass 998 octets. */
const WORD_CHARS = 200;

/** Writes a label and its text, wrapped beside it, all labels of a language in one column. */
function rowWriter({ why, whatToDo, theySaid, weSaw, details, reference }: Phrases): (label: string, text: string) => string[] {
  const column = Math.max(...[why, whatToDo, theySaid, weSaw, details, reference].map((label) => label.length)) + 1;
  return (label, text) => {
    const words = text.split(" ").flatMap((word) => (word.length > WORD_CHARS ? (word.match(/.{1,200}/gsu) ?? []) : [word]));
    const lines: string[] = [];
    let line = "";
    for (const word of words) {
      if (line !== "" && column + line.length + 1 + word.length > LINE_COLUMNS) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(line);
    return lines.map((one, n) => (n === 0 ? label : "").padEnd(column) + one);
  };
}

/** `3 Mar 10:09 UTC`. */
function minute(at: WallMs, { date: form, months }: Phrases): string {
  const date = new Date(at);
  return fill(form, {
    day: String(date.getUTCDate()),
    month: months[date.getUTCMonth()] ?? "",
    time: date.toISOString().slice(11, 16),
  });
}

/** `10:09:51 UTC`. */
function second(at: WallMs): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}
