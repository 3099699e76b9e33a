/**
 * Divides a notice's text into what the reporter says and the message that it quotes. No list of separators in all
 * languages: a returned message shows by its header, fields in a row of which some are a message's own.
 */
import { LINE_MAX, LINES_MAX } from "./limits.ts";

export interface Notice {
  /** Without trailing blanks; indentation stays, it carries meaning. */
  readonly lines: readonly string[];
  /** The quoted message, from its first field. */
  readonly original: string | undefined;
  readonly cut: boolean;
}

const FIELD = /^[A-Za-z][A-Za-z0-9_-]{0,76}:(?:[ \t]|$|[^/:])/;
/** Fields that a message has and a report of the machine kind has not. */
const OF_A_MESSAGE =
  /^(?:Received|Return-Path|Message-ID|Date|From|To|Subject|MIME-Version|DKIM-Signature|X-Mailer|Delivered-To|Sender|Reply-To):/i;
const STRONG = /^(?:Received|Return-Path|DKIM-Signature|Message-ID|MIME-Version):/i;
/** `--- Below this line is a copy`, `----- Original message -----`, `Message headers follow`: in English they are certain. */
const SEPARATOR =
  /^[\s>*=_-]*(?:(?:below|this) (?:this line )?is a copy|(?:the )?(?:original|unsent|returned|undelivered|rejected|bounced) (?:message|mail)(?:\s*[-:=_*.]|\s+(?:follows|headers?|info|text)\b|$)|unsent message|message headers? (?:follow|are)|message (?:header|text) follows|(?:the )?(?:header|body|text) of the (?:original )?message|copy of (?:the |your )?(?:original )?message|included is a copy)/i;

/** Fewest fields in a row that make a header. */
const FEWEST = 3;

export function divideNotice(text: string): Notice {
  const all = text.split("\n", LINES_MAX + 1);
  const lines = all.slice(0, LINES_MAX).map((line) => line.slice(0, LINE_MAX).trimEnd());
  const cut = all.length > LINES_MAX;
  const header = headerStart(lines);
  const marked = separatorLine(lines);
  const end = Math.min(header ?? lines.length, marked ?? lines.length);
  const original = header === undefined ? undefined : lines.slice(header).join("\n");
  return { lines: lines.slice(0, end), original, cut };
}

/** Where a row of fields begins that only a message has. */
function headerStart(lines: readonly string[]): number | undefined {
  for (let i = 0; i < lines.length; i++) {
    if (!FIELD.test(lines[i] as string)) continue;
    let [fields, own, strong, end] = [0, 0, 0, i];
    for (; end < lines.length; end++) {
      const line = lines[end] as string;
      if (FIELD.test(line)) {
        fields++;
        if (OF_A_MESSAGE.test(line)) own++;
        if (STRONG.test(line)) strong++;
      } else if (!/^[ \t]/.test(line)) break;
    }
    if (fields >= FEWEST && own >= 2 && (strong >= 1 || own > FEWEST)) return i;
    i = end;
  }
  return undefined;
}

/** The first such line that has something before it and, in what follows, no more of the reporter's words. */
function separatorLine(lines: readonly string[]): number | undefined {
  const at = lines.findIndex((line, nth) => nth > 0 && SEPARATOR.test(line) && /[-:.=]/.test(line));
  return at < 0 ? undefined : at;
}
