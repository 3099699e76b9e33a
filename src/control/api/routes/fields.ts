/** What many routes take: ids, selectors, limits, zones. */
import { flag, list, maybe, oneOf, orElse, patterned, type Static, text, type Written, whole } from "./schema.ts";

/** More ids in one request are better said as a condition. */
export const MOST_IDS = 1000;
/** The longest mailbox of RFC 5321 §4.5.3.1: 64 + 1 + 255. */
export const MOST_TEXT = 320;
export const MOST_ROWS = 1000;

export const reference = patterned(
  "an id of 16 characters; .0, .1 … behind it name one recipient",
  "^[0-9A-Za-z]{16}(\\.[0-9]{1,6})?$",
  "is not an id (16 letters and digits)",
  23,
  "06BK3Z9QW4T7M0RX",
);
export const NAME = text("the source's name", 64, "srv7");
export const address = text("an address", MOST_TEXT, "j.doe@gmail.com");
export const tenant = text("the tenant", 64, "hotel-lux");
export const zone = orElse(text("the IANA time zone of clock times in sentences", 64, "Europe/Berlin"), "UTC");
export const limit = (usual: number, most = MOST_ROWS) => orElse(whole(`at most so many; ${usual} if not given`, 1, most), usual);
export const after = maybe(text("where the last page ended: its `next`", 200, "06BK3Z9QW4T7M0RX.0"));
/** RFC 3339, or a date of UTC. */
export const moment = patterned(
  "a moment: RFC 3339, or a date",
  "^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?(Z|[+-]\\d\\d:\\d\\d)?)?$",
  "must be a moment such as 2026-11-25T10:00:00Z",
  40,
  "2026-11-25T10:00:00Z",
);
export const span = patterned("a duration", "^(\\d+(\\.\\d+)? *[A-Za-z]+ *)+$", "must be a duration such as 30min, 2h or 3d", 40, "2h");
export const note = maybe(text("why, for the record", 500, "asked by the tenant"));
export const seq = whole("the sequence of the last event already seen", 0);

/** Which deliveries are meant: the same conditions in a query, in an action and on the command line. */
export const selectorProps = {
  states: maybe(list(oneOf("in which state", ["queued", "held"]), 2)),
  id: maybe(list(reference, MOST_IDS)),
  sender: maybe(text("the account, as account@source", MOST_TEXT, "shop3@srv7")),
  from: maybe(text("the MAIL FROM address; <> for the null sender", MOST_TEXT, "billing@hotel-lux.example")),
  to: maybe(text("the recipient's address", MOST_TEXT, "j.doe@gmail.com")),
  domain: maybe(text("the recipients' domain", MOST_TEXT, "gmail.com")),
  source: maybe(text("the source that handed it over", MOST_TEXT, "srv7")),
  site: maybe(text("the destination, as in lanes", MOST_TEXT, "upstream:ses-eu")),
  older: maybe(span),
  reply: maybe(text("part of the last reply or fault, in any case", 200, "4.7.28")),
  action: maybe(whole("changed by this operator action", 1)),
};

export type SelectorInput = Written<typeof selectorProps>;
export type Moment = Static<typeof moment>;
export const dryRun = flag("count only, change nothing");
