/** An event as the journal stores it, as what it is. */
import type { WallMs } from "../../../base/clock.ts";
import type { EventBody, FairleadEvent } from "../../../model/event.ts";
import type { MessageKey } from "../../../model/ids.ts";
import type { EventRow } from "../../journal/journal.ts";

/** The journal wrote it: what it holds is not checked again. */
export function decodeEvent([seq, at, message, rcpt, body]: EventRow): FairleadEvent {
  return {
    seq,
    at: at as WallMs,
    ...(message === null ? {} : { message: message as MessageKey }),
    ...(rcpt === null ? {} : { rcpt }),
    body: JSON.parse(body) as EventBody,
  };
}
