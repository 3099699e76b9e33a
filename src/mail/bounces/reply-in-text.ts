/** The SMTP facts in a reporter's words: code, enhanced code, host, command. */
import type { Stage } from "../../model/outcome.ts";
import { statusIn } from "./status-report.ts";

export interface Facts {
  readonly code: number | undefined;
  readonly status: string | undefined;
  /** The enhanced code that stands right behind the code: the receiver's own. */
  readonly besideCode: string | undefined;
  readonly host: string | undefined;
  readonly command: string | undefined;
}

/** A code stands at a line's start or behind a sign that ends a clause, and something follows it. */
const CODE = /(?:^|[\s:：;"'(<>,=[-])([45]\d\d)(?=[ \-:,;#]|$)(?! (?:days?|hours?|minutes?|seconds?|bytes|messages|octets|KB|MB)\b)/m;
/** Sendmail's `554 <x@y>... 550 Host unknown`: the inner code is what was said. */
const INNER = /[45]\d\d <?[^\s<>]{1,320}>?\.\.\. ([45]\d\d) /;
const BESIDE = /(?:^|\D)[45]\d\d[ -]{1,2}[("'#]{0,2}([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/;
const OK_CODE = /(?:^|[\s:;"'(])(2[0-5]\d)[ -]/m;
/** How reporters name the host that spoke: Postfix, Exim, qmail, Google, MailFoundry, sendmail. */
const HOSTS: readonly RegExp[] = [
  /\bhost ([\w.-]{3,255}) ?\[[\da-fA-F.:]+\]/,
  /\bhost:? ([\w-]+(?:\.[\w-]+)+)/i,
  /\bServer ([\w-]+(?:\.[\w-]+)+)\[/,
  /\bby ([\w-]+(?:\.[\w-]+)+)\.? \[[\da-fA-F.:]+\]/,
  /\bWhile talking to ([\w-]+(?:\.[\w-]+)+)/i,
  /^([\w-]+(?:\.[\w-]+)+) \[[\da-fA-F.:]+\] did not like/m,
  /\bConnected to ([\w.:-]{3,255}) but\b/,
  /^([\d.]{7,15}) (?:does not like|failed after)/m,
  /\bGenerating server: [^\n]*\n[^]{0,400}?\b([\w-]+(?:\.[\w-]+)+) (?:rejected|gave)/i,
];
const COMMANDS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:RCPT(?:[ _]TO)?|recipient command)\b/i, "RCPT"],
  [/\bMAIL(?: FROM|_FROM|\s+command)\b/i, "MAIL"],
  [/\bend of data\b|\bfinal DATA\b|\bend of DATA\b|\bafter I sent the message\b/i, "DATA"],
  [/(?:reply to|response to|after|in|>>>) (?:the )?DATA\b|\bDATA command\b|^DATA$/m, "DATA"],
  [/\bSTARTTLS\b/, "STARTTLS"],
  [/\b(?:EHLO|HELO)\b/, "EHLO"],
];
const STAGES: Readonly<Record<string, Stage>> = { RCPT: "rcpt", MAIL: "mail", DATA: "dot", STARTTLS: "tls", EHLO: "ehlo" };

export function factsIn(text: string): Facts {
  const code = codeIn(text);
  return {
    code,
    status: statusIn(text),
    besideCode: BESIDE.exec(text)?.[1],
    host: HOSTS.map((pattern) => pattern.exec(text)?.[1])
      .find((host) => host !== undefined)
      ?.toLowerCase()
      .replace(/\.$/, ""),
    command: COMMANDS.find(([pattern]) => pattern.test(text))?.[1],
  };
}

export function codeIn(text: string): number | undefined {
  const found = INNER.exec(text)?.[1] ?? CODE.exec(text)?.[1] ?? OK_CODE.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

export function stageOf(command: string | undefined): Stage | undefined {
  return command === undefined || !Object.hasOwn(STAGES, command) ? undefined : STAGES[command];
}
