/**
 * In which language a report is written: the sender's, where their own message says it (RFC 3282), else English. A
 * domain's country says nothing about a person, so it is not asked.
 */
import type { Headers } from "./headers.ts";

export const LANGUAGES = ["en", "de", "fr", "es", "it", "nl"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The language that the message is in comes before those that its writer's program prefers. */
const FIELDS = ["Content-Language", "Accept-Language"];
/** Tags looked at in a field; more than that is no statement. */
const MOST_TAGS = 8;

export function languageOf(headers: Headers): Language {
  for (const name of FIELDS)
    for (const tag of (headers.text(name) ?? "").split(",", MOST_TAGS)) {
      const primary = /^[a-z]{2}(?=$|[-_; ])/.exec(tag.trim().toLowerCase())?.[0];
      const known = LANGUAGES.find((language) => language === primary);
      if (known !== undefined) return known;
    }
  return "en";
}
