/** Where a page ended, as text that nobody needs to understand: the next page is what stands below it. */
import type { DeliveryRef, MessageKey } from "../../../model/ids.ts";
import { RECIPIENTS } from "../day/day.ts";
import { HistoryFault } from "../history-fault.ts";

export type Place = DeliveryRef;

export function writePlace({ message, rcpt }: Place): string {
  return `${message.toString(36)}.${rcpt.toString(36)}`;
}

/** @throws {HistoryFault} `HISTORY_QUERY` */
export function readPlace(text: string): Place {
  const [, message = "", rcpt = ""] = /^([0-9a-z]{1,11})\.([0-9a-z]{1,4})$/.exec(text) ?? [];
  const place = { message: Number.parseInt(message, 36) as MessageKey, rcpt: Number.parseInt(rcpt, 36) };
  if (!Number.isSafeInteger(place.message) || !(place.rcpt < RECIPIENTS))
    throw new HistoryFault("HISTORY_QUERY", "after is no page's `next`: take it from the page before, or begin anew without it");
  return place;
}
