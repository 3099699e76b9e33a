/** The part of a report that is written for people: what happened to which message, why, and what to do now. */
import type { WallMs } from "../../base/clock.ts";
import { replyLine } from "../../model/reply.ts";
import { cleanText } from "./clean.ts";
import type { Report, Reported } from "./dsn.ts";
import { statusOf } from "./dsn-fields.ts";
import { wordsFor } from "./dsn-words.ts";

/** Told in words; the rest stands in the fields. A list of a thousand failures helps nobody who reads. */
const RECIPIENTS_IN_WORDS = 20;
const ADDRESS_OCTETS = 320;
const REPLY_OCTETS = 1_000;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** The text's lines, each at most 998 octets, without line ends. */
export function textForPeople(report: Report): string[] {
  const { recipients } = report;
  const lines: string[] = [...firstSentence(report)];
  for (const one of recipients.slice(0, RECIPIENTS_IN_WORDS)) {
    if (recipients.length > 1) lines.push("", cleanText(one.address, ADDRESS_OCTETS));
    lines.push(...about(report, one));
  }
  const left = recipients.length - RECIPIENTS_IN_WORDS;
  if (left > 0) lines.push("", `And ${left} more, listed in the part for machines.`);
  if (report.details !== undefined) lines.push("", ...row("Details:", cleanText(report.details, 500)));
  lines.push(...(report.details === undefined ? [""] : []), ...row("Reference:", report.reference));
  return lines;
}

/** The subject: what happened, to whom. */
export function subjectOf(report: Report): string {
  const [only, ...more] = report.recipients;
  const whom = only === undefined || more.length > 0 ? `${report.recipients.length} recipients` : cleanText(only.address, ADDRESS_OCTETS);
  return `${HEADLINE[report.kind]}: ${whom}`;
}

const HEADLINE = { failed: "Not delivered", delayed: "Delayed", relayed: "Relayed", delivered: "Delivered" } as const;

function firstSentence(report: Report): string[] {
  const [only, ...more] = report.recipients;
  const whom = only === undefined || more.length > 0 ? `${report.recipients.length} recipients` : cleanText(only.address, ADDRESS_OCTETS);
  const message = `Your message to ${whom} of ${minute(report.acceptedAt)}`;
  switch (report.kind) {
    case "failed":
      return [`${message} was not delivered.`];
    case "delayed": {
      const until = Math.max(...report.recipients.map((one) => one.retryUntil ?? 0));
      return [
        `${message} is delayed.`,
        until > 0 ? `You need not do anything; we try until ${minute(until as WallMs)}.` : "You need not do anything; we keep trying.",
      ];
    }
    case "relayed":
      return [`${message} was handed on.`, "The next mail server sends no receipts, so this is the last that you hear of it from us."];
    case "delivered":
      return [`${message} was taken by the recipient's mail server.`];
  }
}

function about(report: Report, one: Reported): string[] {
  const lines: string[] = [];
  if (report.kind === "failed" || report.kind === "delayed") {
    const words = wordsFor(statusOf(report.kind, one));
    lines.push(...row("Why:", cleanText(one.why ?? words.why, REPLY_OCTETS)));
    if (report.kind === "failed") lines.push(...row("What you can do:", cleanText(one.remedy ?? words.remedy, REPLY_OCTETS)));
  }
  const where = [one.remote, one.lastAttemptAt === undefined ? undefined : second(one.lastAttemptAt)]
    .filter((part) => part !== undefined)
    .join(", ");
  const source = where === "" ? "" : ` (${cleanText(where, 300)})`;
  if (one.reply !== undefined) lines.push(...row("Their server said:", cleanText(replyLine(one.reply), REPLY_OCTETS) + source));
  else if (one.fault !== undefined) lines.push(...row("What we saw:", cleanText(one.fault, REPLY_OCTETS) + source));
  return lines;
}

const LABEL_COLUMNS = 19;
const TEXT_COLUMNS = 58;

/** A label and its text, wrapped beside it. A word longer than a line may be is cut into pieces. */
function row(label: string, text: string): string[] {
  const words = text.split(" ").flatMap((word) => (word.length > 200 ? (word.match(/.{1,200}/gsu) ?? []) : [word]));
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    if (line !== "" && line.length + 1 + word.length > TEXT_COLUMNS) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((one, n) => (n === 0 ? label : "").padEnd(LABEL_COLUMNS) + one);
}

/** `3 Mar 10:09 UTC`. */
function minute(at: WallMs): string {
  const date = new Date(at);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.toISOString().slice(11, 16)} UTC`;
}

/** `10:09:51 UTC`. */
function second(at: WallMs): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}
