/**
 * The bounds of the walk. Each has a defined answer for what lies beyond it, named at its constant: the walk goes on, in
 * linear time and bounded memory, and a defect says what was left out.
 */

/** Deepest nesting, encoded messages included. What would nest deeper is a leaf with defect `too-deep`. */
export const DEPTH_MAX = 30;
/** Most parts of a message. The next one is the last: everything behind it is its body, unread (`too-many-parts`). */
export const PARTS_MAX = 10_000;
/** Most header octets that are kept of one part. Later fields are skipped up to the header's end (`header-too-long`). */
export const HEADER_OCTETS_MAX = 256 * 1024;
/** Most fields that are kept of one part; same answer. */
export const HEADER_FIELDS_MAX = 2_000;
/** Most octets that are kept of one field. It is handed on cut, and marked. */
export const FIELD_OCTETS_MAX = 64 * 1024;
/**
 * Longest boundary. RFC 2046 §5.1.1 allows 70 characters, software in the field has used some 200; a longer one makes
 * the part a leaf (`boundary-too-long`).
 */
export const BOUNDARY_OCTETS_MAX = 1_000;
/** Lines up to this length are seen whole, so a delimiter with blanks behind it fits. A longer line is never a delimiter. */
export const LINE_HELD_MAX = 2_048;
/** Most parameters that are read of one field; the rest is ignored (`too-many-params`). */
export const PARAMS_MAX = 100;
/** Most defects that are reported; the walk itself does not change. */
export const DEFECTS_MAX = 1_000;
