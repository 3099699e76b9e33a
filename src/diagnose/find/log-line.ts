/**
 * Lines of the logs of Exim, Postfix, sendmail and qmail: the servers that hand mail to us, whose operators look there
 * first. What such a line says of one delivery; no pattern looks further than a line, and none goes back far.
 */
import { replyOf } from "./smtp-reply.ts";

export type LogKind = "exim" | "postfix" | "sendmail" | "qmail";

export interface LogLine {
  readonly kind: LogKind;
  /** The log's own time; null where the line has none. */
  readonly at: string | null;
  /** The server's own id of the message. */
  readonly queueId?: string | undefined;
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  /** With its angle brackets. */
  readonly messageId?: string | undefined;
  /** What the next host said, and which that was. */
  readonly reply?: string | undefined;
  readonly host?: string | undefined;
}

const MOST_LINE = 8000;

export function readLogLine(text: string): LogLine | undefined {
  const line = text.slice(0, MOST_LINE).trim();
  return exim(line) ?? postfix(line) ?? sendmail(line) ?? qmail(line);
}

const EXIM_ID = /(?<![\w-])[0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4})(?![\w-])/;
const EXIM_TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d{1,6})?(?: ([+-]\d{4}))?/;

/** `=>` and what is like it names a recipient, `<=` the sender. */
function exim(line: string): LogLine | undefined {
  const [, day, time, offset] = EXIM_TIME.exec(line) ?? [];
  const queueId = EXIM_ID.exec(line.slice(0, 120))?.[0];
  const [, arrow, rest = ""] = /\s(=>|->|>>|\*>|==|\*\*|<=|Completed\b)(.*)$/.exec(line) ?? [];
  if (queueId === undefined || (arrow === undefined && day === undefined)) return undefined;
  const at = day === undefined ? null : `${day}T${time}${offset === undefined ? "" : `${offset.slice(0, 3)}:${offset.slice(3)}`}`;
  const base = { kind: "exim", at, queueId } as const;
  if (arrow === undefined || arrow === "Completed") return base;
  const said = /\bC="((?:[^"\\]|\\.){1,2000})"/.exec(rest)?.[1]?.replace(/\\(.)/g, "$1") ?? replyOf(rest);
  const host = /\bH=([\w.-]{1,253})/.exec(rest)?.[1];
  const first = rest.trim().split(" ", 1)[0] ?? "";
  if (arrow === "<=") {
    const id = /\bid=(\S{1,250}@\S{1,253})/.exec(rest)?.[1];
    return { ...base, from: clean(first), messageId: id === undefined ? undefined : `<${id.replace(/^<|>$/g, "")}>` };
  }
  const to = /^\S{1,320} <([^\s<>]{1,320})>/.exec(rest.trim())?.[1] ?? first;
  const from = /\b[FP]=<([^\s<>]{1,320})>/.exec(rest)?.[1];
  return { ...base, to: clean(to), from, reply: said, host };
}

/** Syslog's head, old or with a full time. */
const SYSLOG =
  /^(?:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?|([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d)) \S{1,255} /;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function syslogTime(line: string): string | null {
  const [, iso, offset = "", month = "", day = "", time] = SYSLOG.exec(line) ?? [];
  if (iso !== undefined) return `${iso}${offset}`;
  const number = MONTHS.indexOf(month) + 1;
  return number === 0 ? null : `${String(number).padStart(2, "0")}-${day.padStart(2, "0")}T${time}`;
}

function postfix(line: string): LogLine | undefined {
  const [, daemon, rest = ""] = /\bpostfix(?:-[\w-]{1,40})?\/((?:[\w-]{1,40}\/){0,2}[\w-]{1,40})\[\d{1,10}\]: (.*)$/.exec(line) ?? [];
  if (daemon === undefined) return undefined;
  const queueId = /^([0-9A-F]{6,20}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,20}): /.exec(rest)?.[1];
  const said = /\bstatus=\w{1,20} \((.{1,4000})\)$/.exec(rest)?.[1];
  const host = /\bhost ([\w.-]{1,253})\[/.exec(said ?? "")?.[1] ?? /\brelay=([\w.-]{1,253})(?:\[|,)/.exec(rest)?.[1];
  const refused = /\breject: [A-Z]{1,10} from [^:]{1,300}: (.*?); from=</.exec(rest)?.[1];
  return {
    kind: "postfix",
    at: syslogTime(line),
    queueId,
    to: /\bto=<([^<>\s]{1,320})>/.exec(rest)?.[1],
    from: /\bfrom=<([^<>\s]{1,320})>/.exec(rest)?.[1],
    messageId: /\bmessage-id=(<[^<>\s]{1,250}>)/.exec(rest)?.[1],
    reply: refused ?? (said === undefined ? undefined : replyOf(said.replace(/ \(in reply to [\w /-]{1,60}\)$/, ""))),
    host: refused === undefined && host !== "none" ? host : undefined,
  };
}

function sendmail(line: string): LogLine | undefined {
  const [, queueId, rest = ""] = /\b(?:sendmail|sm-mta|sm-msp-queue)(?:\[\d{1,10}\])?: ([0-9A-Za-z]{12,20}): (.*)$/.exec(line) ?? [];
  if (queueId === undefined) return undefined;
  const said = /\bstat=(.{1,2000})$/.exec(rest)?.[1];
  return {
    kind: "sendmail",
    at: syslogTime(line),
    queueId,
    to: /\bto=<?([^<>\s,]{1,320}@[^<>\s,]{1,253})>?(?:,|$)/.exec(rest)?.[1],
    from: /\bfrom=<?([^<>\s,]{1,320}@[^<>\s,]{1,253})>?(?:,|$)/.exec(rest)?.[1],
    messageId: /\bmsgid=(<[^<>\s]{1,250}>)/.exec(rest)?.[1],
    reply: said === undefined ? undefined : replyOf(said),
    host: /\brelay=([\w-]{1,63}(?:\.[\w-]{1,63}){0,10})\.? ?\[/.exec(rest)?.[1],
  };
}

/** Its reports write blanks as underscores. TAI64N stamps are left alone: the consumer looks around the whole day. */
function qmail(line: string): LogLine | undefined {
  const [, msg, to] = /\bstarting delivery \d{1,12}: msg (\d{1,20}) to (?:remote|local) (\S{1,320})/.exec(line) ?? [];
  if (msg !== undefined) return { kind: "qmail", at: syslogTime(line), queueId: msg, to: clean(to ?? "") };
  const [, info, from] = /\binfo msg (\d{1,20}): bytes \d{1,20} from <([^<>\s]{0,320})>/.exec(line) ?? [];
  if (info !== undefined) return { kind: "qmail", at: syslogTime(line), queueId: info, from: from || undefined };
  const said = /\bdelivery \d{1,12}: (?:success|failure|deferral): (\S{1,4000})/.exec(line)?.[1];
  if (said === undefined) return undefined;
  return { kind: "qmail", at: syslogTime(line), reply: replyOf(said.replaceAll("_", " ").replace(/\/$/, "")) };
}

/** An address without the signs around it; nothing where there is none, as for `<>`. */
function clean(word: string): string | undefined {
  const plain = word.replace(/^<|[>:,]{1,3}$/g, "");
  return plain.includes("@") ? plain : undefined;
}
