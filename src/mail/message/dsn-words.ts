/**
 * What an enhanced status code (RFC 3463) means to the person who wrote the message: why, and what they can do, in
 * their language. The codes are the ones receivers use in practice; a detail that is not listed falls back to its
 * subject, then its class.
 */
import type { Language } from "./dsn-language.ts";
import { DUTCH } from "./dsn-words-dutch.ts";
import { ENGLISH } from "./dsn-words-english.ts";
import { FRENCH } from "./dsn-words-french.ts";
import { GERMAN } from "./dsn-words-german.ts";
import { ITALIAN } from "./dsn-words-italian.ts";
import { SPANISH } from "./dsn-words-spanish.ts";

/** Subject and detail of a status, or the subject alone. */
export type StatusWords =
  | "1"
  | "1.1"
  | "1.2"
  | "1.3"
  | "1.6"
  | "1.7"
  | "1.8"
  | "1.10"
  | "2"
  | "2.1"
  | "2.2"
  | "2.3"
  | "3"
  | "3.4"
  | "4"
  | "4.1"
  | "4.2"
  | "4.3"
  | "4.4"
  | "4.6"
  | "4.7"
  | "5"
  | "6"
  | "6.3"
  | "6.7"
  | "7"
  | "7.1"
  | "7.26"
  | "7.28"
  | "refused"
  | "undecided";

export type RemedyWords =
  | "check"
  | "domain"
  | "spelling"
  | "new-address"
  | "domain-or-person"
  | "person"
  | "later"
  | "their-host"
  | "ask-us"
  | "smaller"
  | "plain-text"
  | "plain-letters";

export interface LanguageWords {
  /** Main clauses that go after "Why:". */
  readonly why: Readonly<Record<StatusWords, string>>;
  /** Imperatives that go after "What you can do:". */
  readonly remedy: Readonly<Record<RemedyWords, string>>;
}

const LANGUAGES: Readonly<Record<Language, LanguageWords>> = {
  en: ENGLISH,
  de: GERMAN,
  fr: FRENCH,
  es: SPANISH,
  it: ITALIAN,
  nl: DUTCH,
};

const REMEDIES: Readonly<Record<StatusWords, RemedyWords>> = {
  "1": "check",
  "1.1": "check",
  "1.2": "domain",
  "1.3": "spelling",
  "1.6": "new-address",
  "1.7": "ask-us",
  "1.8": "ask-us",
  "1.10": "domain-or-person",
  "2": "later",
  "2.1": "person",
  "2.2": "later",
  "2.3": "smaller",
  "3": "later",
  "3.4": "smaller",
  "4": "their-host",
  "4.1": "their-host",
  "4.2": "later",
  "4.3": "later",
  "4.4": "domain",
  "4.6": "ask-us",
  "4.7": "later",
  "5": "ask-us",
  "6": "plain-text",
  "6.3": "ask-us",
  "6.7": "plain-letters",
  "7": "ask-us",
  "7.1": "ask-us",
  "7.26": "ask-us",
  "7.28": "later",
  refused: "ask-us",
  undecided: "later",
};

export interface Words {
  readonly why: string;
  readonly remedy: string;
  /** The detail itself was known, not only its subject or class. */
  readonly exact: boolean;
}

/** Words for a status such as `5.1.1`. */
export function wordsFor(status: string, language: Language): Words {
  const [kind, subject = "", detail = ""] = status.split(".");
  const whole = `${subject}.${detail}`;
  const key = isKnown(whole) ? whole : isKnown(subject) ? subject : kind === "4" ? "undecided" : "refused";
  const words = LANGUAGES[language];
  return { why: words.why[key], remedy: words.remedy[REMEDIES[key]], exact: key === whole };
}

function isKnown(key: string): key is StatusWords {
  return Object.hasOwn(REMEDIES, key);
}
