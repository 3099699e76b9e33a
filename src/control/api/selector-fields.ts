/** Which deliveries are meant: the same conditions in a query, in an action and on the command line. */
import type { WallMs } from "../../base/clock.ts";
import { type MessageKey, type NodeNumber, readId, type SenderKey, type SiteKey, type SourceName } from "../../model/ids.ts";
import type { Selector } from "../../store/spool/spool.ts";
import { type Field, list, maybe, oneOf, span, text, type Values, whole } from "./fields.ts";

/** More ids in one request are better said as a condition. */
export const MOST_IDS = 1000;
const MOST_TEXT = 320; // the longest mailbox of RFC 5321 §4.5.3.1: 64 + 1 + 255

/** A message, or one of its recipients: `ID` or `ID.2` (the third). */
export interface Reference {
  readonly message: MessageKey;
  readonly node: NodeNumber;
  readonly rcpt?: number;
}

export const reference: Field<Reference, string, false> = {
  doc: "an id of 16 characters; .0, .1 … behind it name one recipient",
  optional: false,
  example: "06BK3Z9QW4T7M0RX",
  read: (written) => {
    const [id = "", rcpt, more] = typeof written === "string" ? written.split(".") : [];
    const read = readId(id);
    if ("fault" in read || more !== undefined || (rcpt !== undefined && !/^\d{1,6}$/.test(rcpt)))
      return {
        ok: false,
        wrong:
          "fault" in read && read.fault === "mistyped"
            ? "has a typing error: its check characters do not fit"
            : "is not an id (16 letters and digits)",
      };
    return { ok: true, value: { message: read.key, node: read.node, ...(rcpt === undefined ? {} : { rcpt: Number(rcpt) }) } };
  },
};

export const selectorFields = {
  states: maybe(list(oneOf("in which state", ["queued", "held"]), 2)),
  id: maybe(list(reference, MOST_IDS)),
  sender: maybe(text("the account, as account@source", MOST_TEXT, "shop3@srv7")),
  from: maybe(text("the MAIL FROM address; <> for the null sender", MOST_TEXT, "billing@hotel-lux.example")),
  to: maybe(text("the recipient's address", MOST_TEXT, "j.doe@gmail.com")),
  domain: maybe(text("the recipients' domain", MOST_TEXT, "gmail.com")),
  source: maybe(text("the source that handed it over", MOST_TEXT, "srv7")),
  site: maybe(text("the destination, as in lanes", MOST_TEXT, "upstream:ses-eu")),
  older: maybe(span("accepted at least this long ago")),
  reply: maybe(text("part of the last reply or fault, in any case", 200, "4.7.28")),
  action: maybe(whole("changed by this operator action", 1, Number.MAX_SAFE_INTEGER)),
};

export type SelectorInput = Values<typeof selectorFields>;

/** The spool's selector, or what is wrong with the combination. */
export function selectorOf(
  input: SelectorInput,
  now: WallMs,
  node: NodeNumber,
): { readonly selector: Selector } | { readonly wrong: string } {
  const references = input.id ?? [];
  const stranger = references.find((ref) => ref.node !== node);
  if (stranger !== undefined) return { wrong: `id names a message of node ${stranger.node}; this is node ${node}` };
  const whole = references.filter((ref) => ref.rcpt === undefined);
  if (whole.length > 0 && whole.length < references.length)
    return { wrong: "id must name either whole messages or single recipients, not both" };
  return {
    selector: {
      ...(input.states && { states: input.states }),
      ...(whole.length > 0 && { messages: whole.map((ref) => ref.message) }),
      ...(references.length > whole.length && { refs: references.map(({ message, rcpt = 0 }) => ({ message, rcpt })) }),
      ...(input.sender && { sender: input.sender as SenderKey }),
      ...(input.from && { mailFrom: input.from === "<>" ? "" : input.from }),
      ...(input.to && { recipient: input.to }),
      ...(input.domain && { recipientDomain: input.domain }),
      ...(input.source && { source: input.source as SourceName }),
      ...(input.site && { site: input.site as SiteKey }),
      ...(input.older !== undefined && { acceptedBefore: (now - input.older) as WallMs }),
      ...(input.reply && { reply: input.reply }),
      ...(input.action !== undefined && { action: input.action }),
    },
  };
}

/** The names of the conditions that were given; empty means: everything. */
export function given(input: SelectorInput): readonly string[] {
  return Object.entries(input).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}
