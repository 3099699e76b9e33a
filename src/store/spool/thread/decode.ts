/** From the engine's rows back to the contract's shapes. The engine wrote them: what they hold is not checked again. */
import type { WallMs } from "../../../base/clock.ts";
import type { QueuedDelivery } from "../../../model/delivery.ts";
import type { MessageKey, SenderKey, SiteKey, SourceName, TenantId } from "../../../model/ids.ts";
import type { BodyKind, MessageClass, Notify, TlsWish } from "../../../model/message.ts";
import type { DeliveryRow, HeldRow } from "../engine/ops.ts";
import { HELD } from "../engine/schema.ts";
import type { HeldCount, SpooledDelivery } from "../spool.ts";

export function decodeQueued(row: DeliveryRow): QueuedDelivery {
  const [message, rcpt, version, dueAt, expiresAt, attempts, sentAt, lastHost, site, tenant, sender] = row;
  const [address, domain, dsn, delayTold, cls, mailFrom, bytes, body, smtpUtf8, ret, envid, , tls] = row.slice(15) as unknown as Tail;
  const [notify, orcpt] = dsn === null ? [null, null] : (JSON.parse(dsn) as [Notify | null, string | null]);
  return {
    ref: { message: message as MessageKey, rcpt },
    version,
    dueAt: dueAt as WallMs,
    expiresAt: expiresAt as WallMs,
    attempts,
    ...(sentAt === null ? {} : { sentAt: sentAt as WallMs }),
    ...(lastHost === null ? {} : { lastHost }),
    site: site as SiteKey,
    tenant: tenant as TenantId,
    sender: sender as SenderKey,
    class: cls as MessageClass,
    mailFrom,
    address,
    domain,
    ...(notify === null ? {} : { notify }),
    ...(orcpt === null ? {} : { orcpt }),
    bytes,
    body: body as BodyKind,
    smtpUtf8: smtpUtf8 === 1,
    ...(ret === null ? {} : { ret: ret as "full" | "headers" }),
    ...(envid === null ? {} : { envid }),
    ...(tls === null ? {} : { tls: tls as TlsWish }),
    delayTold: delayTold === 1,
  };
}

type Tail = [
  address: string,
  domain: string,
  dsn: string | null,
  delayTold: number,
  cls: string,
  mailFrom: string,
  bytes: number,
  body: string,
  smtpUtf8: number,
  ret: string | null,
  envid: string | null,
  acceptedAt: number,
  tls: string | null,
];

export function decodeSpooled(row: DeliveryRow): SpooledDelivery {
  const why = row[13];
  const action = row[14];
  return {
    ...decodeQueued(row),
    state: row[12] === HELD ? "held" : "queued",
    source: row[11] as SourceName,
    acceptedAt: row[26] as WallMs,
    ...(why === null ? {} : { why }),
    ...(action === null ? {} : { action }),
  };
}

export function decodeHeld([sender, source, tenant, why, held, oldest, newest, action]: HeldRow): HeldCount {
  return {
    sender: sender as SenderKey,
    source: source as SourceName,
    tenant: tenant as TenantId,
    why,
    held,
    oldest: oldest as MessageKey,
    newest: newest as MessageKey,
    ...(action === null ? {} : { action }),
  };
}
