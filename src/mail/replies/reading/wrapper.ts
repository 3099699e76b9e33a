/**
 * What mail systems put around a reply when they write it down: which host it was, where in the dialogue, and signs of
 * their own. The receiver's words are taken out of it, so that "recipient" in a wrapper is not taken for a word of theirs.
 */
import type { Stage } from "../../../model/outcome.ts";

export interface Unwrapped {
  readonly text: string;
  readonly host?: string;
  readonly stage?: Stage;
}

/** One look tells whether there is a wrapper at all; replies from the wire have none. */
const SIGNS =
  /\bsaid: |in reply to |SMTP error from|did not like our|refused to talk to me|[Rr]emote (?:host|server) |Unknown address error|does not like recipient|delivery attempts|\[(?:RCPT|MAIL)_?/;

const HOST = /(?:\bhost |^|\bServer |relay=)([\w-]+(?:\.[\w-]+)+)\.? ?\[[\da-fA-F.:]+\]/;

/** What stands before the reply, and after it. Each pattern is linear: no two unbounded runs follow each other. */
const BEFORE: readonly RegExp[] = [
  /^.{0,400}?\bsaid: /,
  /^.{0,400}?SMTP error from (?:the )?remote (?:mail )?server after [^:]{1,400}(?::<[^>]{0,320}>(?: SIZE=\d+)?)?: (?:host \S+ \[[^\]]{1,60}\]: )?/,
  /^.{0,400}?did not like our [A-Z ]{3,14}:\s?/i,
  /^.{0,400}?refused to talk to me: /,
  /^.{0,1000}?[Rr]emote [Ss]erver returned '/,
];
const AFTER = [/ \(in reply to [^)]{3,60}\)?.{0,80}$/, / ?\[(?:RCPT|MAIL)_(?:TO|FROM)\]$/, / \(delivery attempts: \d+\)$/];

const STAGES: readonly (readonly [RegExp, Stage])[] = [
  [/in reply to RCPT|after RCPT|our RCPT|\[RCPT_TO\]|does not like recipient|RCPT TO command/i, "rcpt"],
  [/in reply to MAIL|after MAIL|our MAIL|\[MAIL_FROM\]|sender was rejected|MAIL FROM command/i, "mail"],
  [/in reply to end of DATA|after (?:the )?end of data|our final DATA|after I sent the message/i, "dot"],
  [/in reply to DATA|after DATA|our DATA/i, "data"],
  [/in reply to [EH]?(?:HELO|EHLO)|after (?:EHLO|HELO)/i, "ehlo"],
  [/after initial connection|refused to talk to me|did not like our connection/i, "banner"],
];

export function unwrapped(written: string): Unwrapped {
  if (!SIGNS.test(written)) return { text: written };
  let text = written;
  for (const pattern of BEFORE) text = text.replace(pattern, "");
  for (const pattern of AFTER) text = text.replace(pattern, "");
  text = text.replace(/- Unknown address error '/, "");
  const host = HOST.exec(written)?.[1];
  const stage = STAGES.find(([pattern]) => pattern.test(written))?.[1];
  return { text, ...(host !== undefined && { host: host.toLowerCase() }), ...(stage !== undefined && { stage }) };
}
