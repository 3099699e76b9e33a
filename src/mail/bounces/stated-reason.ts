/**
 * Which of a diagnostic's words are the reason. Reporters wrap it in words of their own: that they waited, for how long,
 * that they gave up, and under which heading they file the reply that they quote. Those are taken away, so that what the
 * receiver said, or what went wrong last, is what gets judged.
 */

/** Waiting and giving up, up to the sentence's end. */
const WAITING: readonly RegExp[] = [
  /\bwarning: message still undelivered after \d+ \w+/gi,
  /\bwill keep trying until message is [\w ]{1,30}? old\b/gi,
  /\bmessage could not be delivered for (?:the last )?[\d.]+ \w+/gi,
  /\bmessage will be deleted from queue\b/gi,
  /\b(?:your )?message (?:was|has) not (?:been )?delivered (?:within|for|after|in) [^.\n]{1,60}/gi,
  /\bI'm not going to try again; this message has been in the queue too long\b/gi,
  /\b(?:delivery|message|mail)(?: time)?(?: has)?(?: been)? expired\b(?: \(message too old\))?/gi,
  /\b(?:message )?retry time(?:out|) exceeded\b/gi,
  /\bretry time not reached for any host(?: after a long failure period)?/gi,
  /\b(?:maximum|max) (?:number of )?(?:retries|retry|delivery) (?:attempts |time |count )?(?:exceeded|reached)\b/gi,
  /\b(?:message|mail|delivery) (?:has been|was|is) (?:delayed|deferred|in the queue)(?: for| since)? ?[\w ]{0,30}/gi,
  /\bno action is required on your part\b/gi,
  /\bdelivery attempts will continue to be made[^.\n]{0,80}/gi,
];

/** Headings under which a reporter files what it quotes. They name a kind, often the wrong one, and the quote says more. */
const HEADINGS: readonly RegExp[] = [
  // qmail: what the host said is of our name, not of anybody's address
  /(?<=\bmy name was rejected\.)\s+Remote host said:/i,
  /\bgiving up on \S{1,255}/i,
  /\bdelay reason:/i,
  /\bdeferred:/i,
  /\bdelivery temporarily suspended:/i,
  // IronPort: 5.1.0 - Unknown address error 550-'5.7.1 …' (delivery attempts: 0)
  /\b[245]\.\d\.\d{1,3} - (?:[a-z]+ ){1,5}?(?:error|problem|host|address|expired)(?: \([\w ]{1,40}\))?(?= (?:\d{3}-)?')/i,
  // sendmail names the kind of its own exit code behind what the host said: 554 <x@y>... Remote protocol error
  /\b[45]\d\d (?:[45]\.\d{1,3}\.\d{1,3} )?<?[^\s<>]{1,320}>?\.\.\. (?:Remote protocol error|Service unavailable|Data format error|Unknown mailer error \d+)\.?$/i,
];

/**
 * Of hosts that were tried one after the other, or that repeat what the next one said, the last counts: it is nearest to
 * the recipient. A text with one reply, or none, stays as it is.
 */
export function nearestReply(text: string): string {
  let [at, count] = [0, 0];
  for (const found of text.matchAll(/\b(?:host )?[\w.-]{3,255} ?(?:\[[\da-fA-F.:]{3,45}\](?::\d{1,5})? )?said: (?=[45]\d\d[ -])/g)) {
    at = found.index;
    count++;
  }
  return count > 1 ? text.slice(at) : text;
}

/** Postfix names the step at which a rule spoke; it is no judgement of the recipient where the rule's own words follow. */
const STEP = /\bRecipient address rejected: (?=\S)/g;

/** Without the step, for words that are too vague to be judged with it. */
export function withoutStep(reason: string): string {
  return reason.replace(STEP, "");
}

/** That it failed, which every notice says first and which is no reason. */
const FAILED =
  /\b(?:(?:was|were|is|are|be|been) )?(?:unable to|not able to|couldn't|could not|cannot|failed to|wasn't able to) deliver (?:(?:your|the|this|a|attached) ){0,2}(?:message|mail|e-?mail)\b(?:(?: you sent)? to(?: the following (?:address(?:es)?|recipients?)(?:\(e?s\))?)?\b)?/gi;
const NOT_REACHED = /\bdid not reach (?:some or all of )?(?:the )?(?:following|intended) recipient(?:\(s\)|s)?/gi;

export interface Stated {
  /** What remains: a receiver's words, or what went wrong. Empty where only waiting was told. */
  readonly reason: string;
  /** What was said of waiting and giving up. */
  readonly waiting: string;
}

/** `text` is one line. */
export function statedReason(text: string): Stated {
  const waited: string[] = [];
  let reason = text.replace(FAILED, " ").replace(NOT_REACHED, " ");
  for (const pattern of WAITING)
    reason = reason.replace(pattern, (found) => {
      waited.push(found);
      return " ";
    });
  for (const heading of HEADINGS) {
    const without = reason.replace(heading, " ");
    if (saysSomething(without) || waited.length > 0) reason = without;
  }
  return { reason: saysSomething(reason) ? reason.replace(/ {2,}/g, " ").trim() : "", waiting: waited.join(" ") };
}

/** Codes, addresses and signs alone are no words. */
function saysSomething(text: string): boolean {
  return /\p{L}{2,}/u.test(text.replace(/[^\s<>]{1,320}@[^\s<>]{1,320}/g, " "));
}
