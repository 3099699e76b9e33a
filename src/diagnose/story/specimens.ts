/** Records for tests: one invented Tuesday's messages, in every state and on every path a story can take. */
import type { WallMs } from "../../base/clock.ts";
import { domainOf } from "../../model/address.ts";
import type { Diagnosis } from "../../model/diagnosis.ts";
import type { EventBody, FairleadEvent } from "../../model/event.ts";
import type { MessageKey, SenderKey, SiteKey, SourceName, TenantId } from "../../model/ids.ts";
import type { Envelope } from "../../model/message.ts";
import type { AttemptFacts } from "../../model/outcome.ts";
import type { SpooledDelivery } from "../../store/spool/spool.ts";
import type { MessageRecord } from "./story.ts";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Tue 3 March 2026, 10:09:50 CET. */
export const T0 = Date.parse("2026-03-03T09:09:50Z") as WallMs;
export const KEY = 1_000_000 as MessageKey;
export const at = (ms: number): WallMs => (T0 + ms) as WallMs;

export function attempt(times: AttemptFacts["times"], more: Partial<AttemptFacts> = {}): AttemptFacts {
  return { host: "mx1.example.org", ip: "192.0.2.1", stage: "dot", times, nth: 1, localIp: "198.51.100.7", ...more };
}

export const reply = (code: number, enhanced: string, text: string) => ({ code, enhanced, text });

export const NO_MAILBOX: Diagnosis = {
  ...{ class: "badrcpt", scope: "recipient", provider: "Google", permanent: true, rule: "gmail-no-such-user", confidence: 0.99 },
  cause: "no such mailbox",
  remedy: { who: "sender", text: "correct the address; Google is exact, so mail to it is refused for 30 days" },
};
export const RATE: Diagnosis = {
  ...{ class: "rate", scope: "ip", provider: "Google", permanent: false, rule: "gmail-unusual-rate-ip", confidence: 0.97 },
  cause: "Google limits this address",
  remedy: { who: "operator", text: "slow down; raise again when it takes mail", link: "https://support.example/limits" },
};
export const GREY: Diagnosis = {
  ...{ class: "grey", scope: "recipient", permanent: false, rule: "greylisted", confidence: 0.75, waitSeconds: 300 },
  cause: "the receiver asks unknown senders to come back later",
  remedy: { who: "nobody", text: "" },
};
export const UNREAD: Diagnosis = {
  ...{ class: "other", scope: "message", permanent: true, rule: "none", confidence: 0.3 },
  cause: "who knows",
  remedy: { who: "operator", text: "guess" },
};

export interface Specimen {
  readonly to?: readonly string[];
  readonly events?: readonly (readonly [ms: number, body: EventBody, rcpt?: number])[];
  /** Absent: recipient 0 is settled. */
  readonly open?: Partial<SpooledDelivery>;
  readonly envelope?: Partial<Envelope>;
}

export function specimen({ to = ["j.doe@example.org"], events = [], open, envelope: over }: Specimen): MessageRecord {
  const envelope: Envelope = {
    ...{ key: KEY, acceptedAt: T0, expiresAt: at(3 * DAY), tenant: "hotel-lux" as TenantId, source: "srv12" as SourceName },
    ...{ sender: "wp@hotel-lux" as SenderKey, mailFrom: "billing@hotel-lux.example", class: "normal", bytes: 18_432, body: "7bit" },
    ...{ smtpUtf8: false, recipients: to.map((address) => ({ address, domain: domainOf(address) })) },
    peer: { ip: "192.0.2.7", helo: "srv12.example", listener: "smtp", tls: "TLSv1.3 TLS_AES_256_GCM_SHA384" },
    ...over,
  };
  const { key: _, ...accepted } = envelope;
  const refused = events.some(([, { kind }]) => kind === "refused");
  const all: readonly (readonly [number, EventBody, number?])[] = [
    ...(refused ? [] : [[0, { kind: "accepted", envelope: accepted }] as const]),
    ...events.map(([ms, body, rcpt = 0]) => [ms, body, rcpt] as const),
  ];
  return {
    envelope,
    open: open === undefined ? [] : [openDelivery(envelope, open)],
    events: all.map(
      ([ms, body, rcpt], i): FairleadEvent => ({ seq: i + 1, at: at(ms), message: KEY, ...(rcpt === undefined ? {} : { rcpt }), body }),
    ),
  };
}

function openDelivery(envelope: Envelope, open: Partial<SpooledDelivery>): SpooledDelivery {
  const [first] = envelope.recipients;
  const { tenant, sender, source, mailFrom, bytes, expiresAt } = envelope;
  const domain = first?.domain ?? "example.org";
  return {
    ...{
      ref: { message: KEY, rcpt: 0 },
      version: 1,
      dueAt: at(43 * MINUTE),
      expiresAt,
      attempts: 1,
      site: domain as SiteKey,
      tenant,
      sender,
    },
    ...{ source, class: "normal", mailFrom, address: first?.address ?? "", domain, bytes, body: "7bit", smtpUtf8: false },
    ...{ delayTold: false, state: "queued", acceptedAt: T0 },
    ...open,
  };
}

/** An event `lane` of a whole site. */
export function lane(ms: number, open: boolean, why: string, site = "example.org"): FairleadEvent {
  return { seq: 500 + Math.round(ms / SECOND), at: at(ms), body: { kind: "lane", site, open, why } };
}
