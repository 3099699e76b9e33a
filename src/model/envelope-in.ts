/** The envelope of a message of which only its events are left. */
import type { WallMs } from "../base/clock.ts";
import { domainOf } from "./address.ts";
import type { EventBody, FairleadEvent } from "./event.ts";
import type { MessageKey, SenderKey, SourceName, TenantId } from "./ids.ts";
import type { Envelope } from "./message.ts";

/** As it was accepted, or what was known of it when it was refused. Undefined where events tell of neither. */
export function envelopeIn(events: readonly FairleadEvent[], key: MessageKey): Envelope | undefined {
  for (const { at, body } of events) {
    if (body.kind === "accepted") return { ...body.envelope, key };
    if (body.kind === "refused") return offered(body, key, at);
  }
  return undefined;
}

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
