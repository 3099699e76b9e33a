/**
 * Paste anything: an id, an address, a line of a server's log, a reply, a bounce. What is found in it, best first: our
 * own id before the Message-ID, that before a recipient with a time, and words when there is nothing better. Pure;
 * whoever asks looks each candidate up until one is there.
 */
import { ipFamily, unmapped } from "../../base/ip.ts";
import { type MessageId, readId } from "../../model/ids.ts";
import { findCode } from "../codes/codes.ts";
import { type LogKind, type LogLine, readLogLine } from "./log-line.ts";
import { replyIn } from "./smtp-reply.ts";

export type Found =
  /** An id of ours whose check characters fit. `rcpt`: `ID.2` named one recipient. */
  | { readonly is: "message"; readonly id: MessageId; readonly rcpt: number | null }
  /** 16 letters that look like an id and are mistyped. */
  | { readonly is: "mistyped"; readonly text: string }
  /** The key of `/s/KEY`: whoever holds the keys knows the message. */
  | { readonly is: "link"; readonly key: string }
  /** With its angle brackets. */
  | { readonly is: "message-id"; readonly messageId: string }
  /** `at` is the log's own time: `2026-03-03T10:09:51`, with its offset where the log has one, without the year where it has none. */
  | { readonly is: "address"; readonly address: string; readonly role: "to" | "from" | "any"; readonly at: string | null }
  /** `FL-5203`, a code that exists. */
  | { readonly is: "code"; readonly code: string }
  /** What a host said, from its code on. */
  | { readonly is: "reply"; readonly text: string; readonly host: string | null }
  | { readonly is: "ip"; readonly ip: string }
  | { readonly is: "domain"; readonly domain: string }
  /** A queue id of another program: nothing of ours, but its log says more under it. */
  | { readonly is: "foreign"; readonly id: string; readonly of: LogKind }
  | { readonly is: "words"; readonly text: string };

/** Of a longer text so much is read; a bounce's beginning says it all. */
const MOST_CHARS = 64 * 1024;
const MOST_LINES = 400;
const MOST_FOUND = 20;
const MOST_WORDS_CHARS = 200;
const ADDRESS_CHARS = 320;
/** `mailto:` before an address, and dots and colons behind it. */
const SIGNS_CHARS = 20;

/** At most 20, best first; empty only for an empty text. */
export function findIn(pasted: string): readonly Found[] {
  const text = pasted.slice(0, MOST_CHARS);
  const whole = text.trim();
  if (whole === "") return [];
  const lines = text.split(/\r?\n/, MOST_LINES);
  const logged = lines.flatMap((line) => readLogLine(line) ?? []);
  const tokens = tokensOf(text);
  const found: Found[] = [
    ...idsIn(text),
    ...linksIn(text),
    ...messageIdsIn(whole, lines, logged),
    ...alone(whole),
    ...inLog(logged),
    ...codesIn(text),
    ...(logged.length > 0 ? [] : addressesIn(lines, tokens)), // what else a log line holds is ids and hosts
    ...repliesIn(logged, lines),
    ...logged.flatMap(({ kind, queueId }) => (queueId === undefined ? [] : [{ is: "foreign", id: queueId, of: kind } as const])),
    ...tokens.flatMap((token) => ipOf(token) ?? []),
  ];
  const distinct = [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
  if (distinct.length > 0) return distinct.slice(0, MOST_FOUND);
  return [{ is: "words", text: whole.replace(/\s+/g, " ").slice(0, MOST_WORDS_CHARS) }];
}

const ID = /(?<![0-9A-Za-z])([0-9A-Za-z]{16})(?:\.(\d{1,6}))?(?![0-9A-Za-z])/g;

/** The id that the text says something was accepted as, or refers to, before others. */
function idsIn(text: string): readonly Found[] {
  const named: Found[] = [];
  const others: Found[] = [];
  const mistyped: Found[] = [];
  for (const { 0: word, 1: id = "", 2: rcpt, index } of text.matchAll(ID)) {
    const says = /(?:accepted[ _]as[ _]|reference:\s{1,40})$/i.test(text.slice(Math.max(0, index - 60), index));
    const read = readId(id);
    if (!("fault" in read))
      (says ? named : others).push({ is: "message", id: asTyped(id), rcpt: rcpt === undefined ? null : Number(rcpt) });
    else if (read.fault === "mistyped" && (says || text.trim() === word)) mistyped.push({ is: "mistyped", text: word });
    if (named.length + others.length >= MOST_FOUND) break;
  }
  return [...named, ...others, ...mistyped];
}

/** As it is printed: readId takes letters for digits that look alike. */
function asTyped(id: string): MessageId {
  return id.toUpperCase().replace(/[IL]/g, "1").replace(/O/g, "0") as MessageId;
}

function linksIn(text: string): readonly Found[] {
  return [...text.matchAll(/\/s\/([A-Za-z0-9_-]{12,40})(?![A-Za-z0-9_-])/g)]
    .slice(0, MOST_FOUND)
    .map(([, key = ""]) => ({ is: "link", key }) as const);
}

/** Where something says that it is one: a header, a log's field, or the text itself in angle brackets. */
function messageIdsIn(whole: string, lines: readonly string[], logged: readonly LogLine[]): readonly Found[] {
  const texts = [
    ...(isMessageId(whole) ? [whole] : []),
    ...logged.flatMap(({ messageId }) => messageId ?? []),
    ...lines.flatMap((line) => /^\s{0,40}(?:original-)?message-id:\s{0,40}(<[^\s<>]{1,250}>)/i.exec(line)?.[1] ?? []),
  ];
  return texts.map((messageId) => ({ is: "message-id", messageId }) as const);
}

function isMessageId(text: string): boolean {
  return /^<[^\s<>@]{1,200}@[^\s<>@]{1,253}>$/.test(text);
}

/** The text is nothing but one address, domain or IP address. */
function alone(whole: string): readonly Found[] {
  const plain = whole.replace(/^<|>$/g, "");
  const address = addressOf(plain);
  if (address !== undefined) return [{ is: "address", address, role: "any", at: null }];
  const ip = ipOf(plain);
  if (ip !== undefined) return [ip];
  const domain = plain.replace(/^@/, "").toLowerCase();
  return isDomain(domain) ? [{ is: "domain", domain }] : [];
}

function codesIn(text: string): readonly Found[] {
  return [...text.matchAll(/\bFL-\d{4}\b/gi)].slice(0, MOST_FOUND).flatMap(([word]) => {
    const meaning = findCode(word);
    return meaning === undefined ? [] : [{ is: "code", code: meaning.code } as const];
  });
}

/** Recipients, then senders. A refusal in a log is found by its recipient, so these come before its code. */
function inLog(logged: readonly LogLine[]): readonly Found[] {
  return [
    ...logged.flatMap(({ to, at }) => (to === undefined ? [] : [{ is: "address", address: to, role: "to", at } as const])),
    ...logged.flatMap(({ from, at }) => (from === undefined ? [] : [{ is: "address", address: from, role: "from", at } as const])),
  ];
}

/** The recipient that a bounce names; else whatever stands first. */
function addressesIn(lines: readonly string[], tokens: readonly string[]): readonly Found[] {
  const named = lines.flatMap((line) => {
    const recipient = /^\s{0,40}(?:final|original)-recipient:\s{0,40}[\w-]{1,40};\s{0,40}(\S{1,320})/i.exec(line)?.[1];
    const address = recipient === undefined ? undefined : addressOf(recipient.replace(/^<|>$/g, ""));
    return address === undefined ? [] : [{ is: "address", address, role: "to", at: null } as const];
  });
  if (named.length > 0) return named;
  return tokens
    .flatMap((token) => addressOf(token) ?? [])
    .slice(0, MOST_FOUND)
    .map((address) => ({ is: "address", address, role: "any", at: null }) as const);
}

function repliesIn(logged: readonly LogLine[], lines: readonly string[]): readonly Found[] {
  const said = logged.flatMap(({ reply, host }) =>
    reply === undefined ? [] : [{ is: "reply", text: reply, host: host ?? null } as const],
  );
  if (said.length > 0) return said;
  const text = replyIn(lines);
  return text === undefined ? [] : [{ is: "reply", text, host: null }];
}

/** Words without the signs that surround addresses in logs and headers. */
function tokensOf(text: string): readonly string[] {
  return text.split(/[\s<>"'`(),;=|{}]+/).filter((token) => token !== "");
}

function addressOf(token: string): string | undefined {
  // First, because a search for signs at the end goes over thousands of them again from each.
  if (token.length > ADDRESS_CHARS + SIGNS_CHARS) return undefined;
  const plain = token.replace(/^mailto:/i, "").replace(/[.:]+$/, "");
  const at = plain.lastIndexOf("@");
  if (at < 1 || plain.length > ADDRESS_CHARS || /[\s<>]/.test(plain)) return undefined;
  const domain = plain.slice(at + 1);
  return isDomain(domain.toLowerCase()) || /^\[[\w.:]{3,60}\]$/.test(domain) || /^[a-z0-9-]{1,63}$/i.test(domain) ? plain : undefined;
}

function ipOf(token: string): Found | undefined {
  const plain = /^\[?([0-9a-f.:]{2,45})\]?(?::\d{1,5})?$/i.exec(token)?.[1];
  return plain !== undefined && ipFamily(plain) !== undefined ? { is: "ip", ip: unmapped(plain) } : undefined;
}

/** Letters of any script, so that a domain as people type it passes. */
function isDomain(text: string): boolean {
  return (
    text.length <= 253 &&
    text.includes(".") &&
    text.split(".").every((label) => /^[\p{L}\p{N}_-]{1,63}$/u.test(label)) &&
    !/\.\d+$/.test(text)
  );
}
