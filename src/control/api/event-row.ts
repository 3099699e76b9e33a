/** An event as the API gives it, and as webhooks are told of it. */
import type { FairleadEvent } from "../../model/event.ts";
import { idOf, type NodeNumber } from "../../model/ids.ts";
import type * as rows from "./routes/rows.ts";
import type { Static } from "./routes/schema.ts";
import { iso, wired } from "./wire-form.ts";

export function eventRow(event: FairleadEvent, node: NodeNumber): Static<typeof rows.eventRow> {
  return {
    seq: event.seq,
    at: iso(event.at),
    id: event.message === undefined ? null : idOf(event.message, node),
    rcpt: event.rcpt ?? null,
    body: wired(event.body),
  };
}
