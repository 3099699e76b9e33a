/** All that a day knows of one message: its events, and the envelope that the first of them carries. */
import type { WallMs } from "../../../base/clock.ts";
import { domainOf } from "../../../model/address.ts";
import type { EventBody } from "../../../model/event.ts";
import type { MessageKey, SenderKey, SourceName, TenantId } from "../../../model/ids.ts";
import type { Envelope } from "../../../model/message.ts";
import { decodeEvent } from "../../journal/journal.ts";
import type { HistoryRecord } from "../history.ts";
import type { DayReader } from "./day-reader.ts";

/** Undefined where the day has none of it. @throws {HistoryFault} `HISTORY_DAMAGED` */
export function recordOf(reader: DayReader, key: MessageKey): HistoryRecord | undefined {
  const events = reader.eventsOf(key).map(decodeEvent);
  for (const { at, body } of events) {
    if (body.kind === "accepted") return { envelope: { ...body.envelope, key }, events };
    if (body.kind === "refused") return { envelope: offered(body, key, at), events };
  }
  return undefined;
}

/** What was known of a message that was refused. */
function offered(refused: EventBody & { readonly kind: "refused" }, key: MessageKey, at: WallMs): Envelope {
  const { peer, helo = "", login, source = "", tenant = "", sender = "", mailFrom, rcptTo } = refused;
  return {
    key,
    acceptedAt: at,
    expiresAt: at,
    tenant: tenant as TenantId,
    source: source as SourceName,
    sender: sender as SenderKey,
    mailFrom,
    recipients: rcptTo === undefined ? [] : [{ address: rcptTo, domain: domainOf(rcptTo) }],
    class: "normal",
    bytes: 0,
    body: "7bit",
    smtpUtf8: false,
    peer: { ip: peer, helo, ...(login !== undefined && { login }), listener: "" },
  };
}
