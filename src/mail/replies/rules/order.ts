/**
 * The order in which a reply is asked what it says. The first row that fits speaks, so this is where every conflict
 * is decided:
 *
 * 1. a provider's own codes and sentences, for it knows what it means by them;
 * 2. the words of bounce notices, which are long and unmistakable;
 * 3. phrases with one meaning: first what is said in passing of other things too (greylisting, loops, the form of a
 *    header), then who the sender is, then lists and names, then the recipient, then size and pace, then the rest;
 * 4. an enhanced code that names one thing (`status-codes.ts`): over words that only point somewhere;
 * 5. hints, such words; of a bounce notice, what it says of waiting only;
 * 6. the enhanced code, whatever it says, then the place in the dialogue and the basic code: half guesses.
 */
import type { Rule } from "../rule.ts";
import { AUTHENTICATION } from "./authentication.ts";
import { CARRIERS } from "./carriers.ts";
import { CODE_NAMES } from "./code-names.ts";
import { EAST } from "./east.ts";
import { EUROPE } from "./europe.ts";
import { GATEWAYS } from "./gateways.ts";
import { GOOGLE } from "./google.ts";
import { HINTS } from "./hints.ts";
import { CONTENT, FORM_OF_DIALOGUE, FORM_OF_HEADER, LOOPS, SIZE } from "./message.ts";
import { MICROSOFT } from "./microsoft.ts";
import { NAMES, RECIPIENT_DOMAIN, SENDER_NULL_MX } from "./names.ts";
import { NORTH_AMERICA } from "./north-america.ts";
import { NOTICED_ADDRESS, NOTICED_MAILBOX } from "./notices/recipient.ts";
import { NOTICED_REFUSAL } from "./notices/refusal.ts";
import { NOTICED_WAITING } from "./notices/waiting.ts";
import { NOTICED_WAY } from "./notices/way.ts";
import { GREYLISTING, RATE, SENDING } from "./pace.ts";
import { FORBIDDEN } from "./permission.ts";
import { FULL, NO_MAILBOX, SUSPENDED } from "./recipient.ts";
import { ADDRESS_ELSEWHERE, ADDRESS_REFUSED, ADDRESS_REPUTATION, DOMAIN_LISTS, LISTS } from "./reputation.ts";
import { BACKEND, GIVEN_UP, LOOKUPS, MAILBOX_BUSY, TROUBLE, UNREACHED } from "./trouble.ts";
import { YAHOO } from "./yahoo.ts";

export const SPECIFIC: readonly Rule[] = [
  ...[GOOGLE, MICROSOFT, YAHOO, NORTH_AMERICA, EUROPE, EAST, GATEWAYS, CARRIERS].flat(),
  ...ADDRESS_ELSEWHERE,
  ...GIVEN_UP,
  ...SENDER_NULL_MX,
  ...LOOKUPS,
  // A mailbox that is full exists; a notice that names a way that failed says no more.
  ...[NOTICED_MAILBOX, NOTICED_REFUSAL, NOTICED_ADDRESS, NOTICED_WAY, CODE_NAMES].flat(),
  ...[GREYLISTING, LOOPS, FORM_OF_HEADER, AUTHENTICATION, NAMES].flat(),
  ...[DOMAIN_LISTS, LISTS, ADDRESS_REPUTATION].flat(),
  ...[SENDING, FULL, MAILBOX_BUSY, SUSPENDED, SIZE, NO_MAILBOX, RECIPIENT_DOMAIN, FORBIDDEN].flat(),
  ...[BACKEND, RATE, ADDRESS_REFUSED, CONTENT, FORM_OF_DIALOGUE, UNREACHED, TROUBLE].flat(),
];

export const VAGUE: readonly Rule[] = [...NOTICED_WAITING, ...HINTS];
