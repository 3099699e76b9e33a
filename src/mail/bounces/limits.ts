/** How much of a report is kept while it is read. What lies beyond is walked and not kept: a report says what it has to say early. */

/** Octets of text that people were meant to read, of all parts together. */
export const NOTICE_OCTETS_MAX = 256 * 1024;
/** Octets of each machine-readable part. RFC 3464 needs some 300 a recipient. */
export const STATUS_OCTETS_MAX = 512 * 1024;
/** Octets of header lines kept of the message that came back. */
export const ORIGINAL_OCTETS_MAX = 64 * 1024;
/** Most recipients of one report; the rest is left out, and `cut` says so. */
export const RECIPIENTS_MAX = 1_000;
/** Characters of one diagnostic text. */
export const DIAGNOSTIC_MAX = 4_000;
/** Most addresses that may be return-path tokens. */
export const TOKENS_MAX = 50;
/** Longest line of a notice that is looked into; longer ones are prose without an end, or an attack. */
export const LINE_MAX = 4_000;
/** Most lines of a notice. */
export const LINES_MAX = 5_000;
