/** All that a day knows of one message: its events, and the envelope that the first of them carries. */
import { envelopeIn } from "../../../model/envelope-in.ts";
import type { MessageKey } from "../../../model/ids.ts";
import { decodeEvent } from "../../journal/journal.ts";
import type { HistoryRecord } from "../history.ts";
import type { DayReader } from "./day-reader.ts";

/** Undefined where the day has none of it. @throws {HistoryFault} `HISTORY_DAMAGED` */
export function recordOf(reader: DayReader, key: MessageKey): HistoryRecord | undefined {
  const events = reader.eventsOf(key).map(decodeEvent);
  const envelope = envelopeIn(events, key);
  return envelope && { envelope, events };
}
