/** A message to one recipient, told: for the tests of lines, lanes and parts. */
import assert from "node:assert/strict";
import type { WallMs } from "../../base/clock.ts";
import type { DsnFate, EventBody, FairleadEvent } from "../../model/event.ts";
import { idOf, type MessageKey, type NodeNumber, type SenderKey, type SiteKey, type SourceName, type TenantId } from "../../model/ids.ts";
import type { AttemptFacts } from "../../model/outcome.ts";
import type { SpooledDelivery } from "../../store/spool/spool.ts";
import { type ClosedSites, type MessageRecord, tellStory } from "./story.ts";

const T0 = Date.parse("2026-03-03T09:09:50Z") as WallMs;
export const KEY = 1_000_000 as MessageKey;
export const at = (ms: number): WallMs => (T0 + ms) as WallMs;
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export const attempt = (times: AttemptFacts["times"], host = "mx1.example.org"): AttemptFacts => ({
  host,
  ip: "192.0.2.1",
  stage: "dot",
  times,
  nth: 1,
});
export const reply = (code: number, enhanced: string, text: string) => ({ code, enhanced, text });
export const deferred = (ms: number, words: string, due: number): [number, EventBody] => [
  ms,
  { kind: "deferred", attempt: attempt({ dot: 2000 }), reply: reply(450, "4.2.0", words), dueAt: at(due), attempts: 1, counted: true },
];
export const bounced = (dsn: DsnFate): EventBody => ({
  kind: "bounced",
  attempt: attempt({ rcpt: 900 }),
  reply: reply(550, "5.1.1", "no such mailbox"),
  why: "refused",
  dsn,
  by: { kind: "dispatch", id: "retry" },
});

export function record(to: string, events: readonly (readonly [number, EventBody])[], open?: Partial<SpooledDelivery>): MessageRecord {
  const envelope = {
    ...{
      key: KEY,
      acceptedAt: T0,
      expiresAt: at(3 * 86_400_000),
      tenant: "default" as TenantId,
      source: "srv12" as SourceName,
      sender: "wp@hotel-lux" as SenderKey,
    },
    ...{
      mailFrom: "billing@hotel-lux.example",
      recipients: [{ address: to, domain: "example.org" }],
      class: "normal" as const,
      bytes: 18_432,
      body: "7bit" as const,
      smtpUtf8: false,
    },
    peer: { ip: "192.0.2.7", helo: "srv12.example", listener: "smtp" },
  };
  const { key: _, ...accepted } = envelope;
  const all: readonly (readonly [number, EventBody])[] = [[0, { kind: "accepted", envelope: accepted }], ...events];
  const delivery: SpooledDelivery = {
    ...{
      ref: { message: KEY, rcpt: 0 },
      version: 1,
      dueAt: at(43 * MINUTE),
      expiresAt: envelope.expiresAt,
      attempts: 1,
      site: "example.org" as SiteKey,
    },
    ...{
      tenant: envelope.tenant,
      sender: envelope.sender,
      source: envelope.source,
      class: "normal",
      mailFrom: envelope.mailFrom,
      address: to,
      domain: "example.org",
    },
    ...{ bytes: 18_432, body: "7bit", smtpUtf8: false, delayTold: false, state: "queued", acceptedAt: T0 },
    ...open,
  };
  return {
    envelope,
    open: open === undefined ? [] : [delivery],
    events: all.map(([ms, body], i): FairleadEvent => ({ seq: i + 1, at: at(ms), message: KEY, ...(i === 0 ? {} : { rcpt: 0 }), body })),
  };
}

export function told(made: MessageRecord, now = 42 * MINUTE + 10 * SECOND, closed: ClosedSites = new Map()) {
  const [only] = tellStory(made, { id: idOf(KEY, 1 as NodeNumber), now: at(now), zone: "Europe/Berlin", closed }).recipients;
  assert(only);
  return only;
}

export const twice: EventBody & { readonly kind: "delivered" } = {
  kind: "delivered",
  attempt: attempt({ dot: 4000 }),
  reply: reply(250, "2.0.0", "ok"),
  possiblyTwice: true,
};
