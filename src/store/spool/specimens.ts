/** For tests of the spool: a clock that stands until it is moved, messages of any kind in one call, and what all tests ask. */
import assert from "node:assert/strict";
import type { Clock, MonoMs, WallMs } from "../../base/clock.ts";
import type { EventBody } from "../../model/event.ts";
import type { DeliveryRef, MessageKey, SenderKey, SiteKey, SourceName, TenantId } from "../../model/ids.ts";
import type { Envelope, Recipient, TlsWish } from "../../model/message.ts";
import type { AttemptFacts } from "../../model/outcome.ts";
import type { Change, FirstState, Spool, Submission } from "./spool.ts";

export const NOON = Date.UTC(2026, 0, 1, 12) as WallMs;
export const HOUR = 3_600_000;
/** Where a submission goes unless it says otherwise. */
export const SITE = "example.net" as SiteKey;

export interface HandClock extends Clock {
  /** Moves time on and makes every call that falls due, in order. */
  move(ms: number): void;
}

export function handClock(at: WallMs = NOON): HandClock {
  let now = 0;
  let calls: { at: number; then: () => void }[] = [];
  const after = (ms: number, then: () => void): (() => void) => {
    const call = { at: now + ms, then };
    calls.push(call);
    return () => {
      calls = calls.filter((other) => other !== call);
    };
  };
  return {
    wall: () => (at + now) as WallMs,
    mono: () => now as MonoMs,
    after,
    nextTurn: (then) => queueMicrotask(then),
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    move: (ms) => {
      const until = now + ms;
      for (;;) {
        const next = calls.filter((call) => call.at <= until).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        calls = calls.filter((call) => call !== next);
        now = next.at;
        next.then();
      }
      now = until;
    },
  };
}

export interface MessageLike {
  readonly key?: number;
  readonly to?: readonly string[];
  readonly from?: string;
  readonly sender?: string;
  readonly source?: string;
  readonly tenant?: string;
  readonly site?: string;
  readonly dueAt?: number;
  readonly leased?: boolean;
  readonly acceptedAt?: number;
  readonly expiresAt?: number;
  readonly first?: readonly FirstState[];
  readonly content?: Uint8Array;
  readonly parts?: number;
  readonly tls?: TlsWish;
}

let lastKey = 1_000_000;

/** A message with one queued recipient, due at noon, unless told otherwise. */
export function submission(like: MessageLike = {}): Submission {
  const to = like.to ?? ["bob@example.net"];
  const content = like.content ?? Buffer.from("Subject: hello\r\n\r\nhello\r\n");
  const recipients: Recipient[] = to.map((address) => ({ address, domain: address.slice(address.lastIndexOf("@") + 1).toLowerCase() }));
  const acceptedAt = (like.acceptedAt ?? NOON) as WallMs;
  const envelope: Envelope = {
    key: (like.key ?? ++lastKey) as MessageKey,
    acceptedAt,
    expiresAt: (like.expiresAt ?? acceptedAt + 120 * HOUR) as WallMs,
    tenant: (like.tenant ?? "default") as TenantId,
    source: (like.source ?? "web1") as SourceName,
    sender: (like.sender ?? "joe@web1") as SenderKey,
    mailFrom: like.from ?? "joe@customer.example",
    recipients,
    class: "normal",
    bytes: content.length,
    body: "8bit",
    smtpUtf8: false,
    peer: { ip: "192.0.2.1", helo: "web1.customer.example", listener: "smtp" },
    ...(like.tls && { tls: like.tls }),
  };
  const site = (like.site ?? SITE) as SiteKey;
  const queued: FirstState = { state: "queued", site, dueAt: (like.dueAt ?? NOON) as WallMs, leased: like.leased ?? false };
  return {
    envelope,
    first: like.first ?? recipients.map(() => queued),
    prelude: Buffer.from("Received: from web1\r\n"),
    content: like.parts === undefined ? { is: "inline", bytes: content } : { is: "staged", parts: like.parts },
  };
}

export function refOf(from: Submission, rcpt = 0): DeliveryRef {
  return { message: from.envelope.key, rcpt };
}

const ATTEMPT: AttemptFacts = { host: "mx.example.net", ip: "198.51.100.1", stage: "dot", times: {}, nth: 1 };
export const DELIVERED: EventBody = { kind: "delivered", attempt: ATTEMPT, reply: { code: 250, text: "ok" }, possiblyTwice: false };

export function delivered(ref: DeliveryRef, version = 0): Change {
  return { ref, version, to: "delivered", event: DELIVERED };
}

export function sent(ref: DeliveryRef, version = 0, at = NOON): Change {
  return { ref, version, to: "sent", at, host: "mx.example.net" };
}

export function deferred(
  ref: DeliveryRef,
  version: number,
  dueAt: number,
  more: { site?: string; why?: string; sentAt?: number; attempts?: number } = {},
): Change {
  const attempts = more.attempts ?? 1;
  return {
    ref,
    version,
    to: "queued",
    dueAt: dueAt as WallMs,
    attempts,
    sentAt: (more.sentAt ?? null) as WallMs | null,
    ...(more.site === undefined ? {} : { site: more.site as SiteKey }),
    ...(more.why === undefined ? {} : { why: more.why }),
    event: { kind: "deferred", dueAt: dueAt as WallMs, attempts, counted: true },
  };
}

export function held(ref: DeliveryRef, version: number, why = "looks odd", action?: number): Change {
  const event: EventBody = { kind: "held", why, by: { kind: "operator", id: "ann" } };
  return { ref, version, to: "held", why, ...(action === undefined ? {} : { action }), event };
}

export function released(ref: DeliveryRef, version: number, dueAt: number, action?: number): Change {
  const event: EventBody = {
    kind: "released",
    why: "fine",
    by: { kind: "operator", id: "ann" },
    ...(action === undefined ? {} : { action }),
  };
  return { ref, version, to: "queued", dueAt: dueAt as WallMs, attempts: 0, sentAt: null, event };
}

/** Messages with a delivery that is due at SITE, which leases it. */
export async function dueKeys(spool: Spool, now = NOON, limit = 100, perSender = 100): Promise<number[]> {
  return (await spool.due(SITE, now, limit, perSender)).deliveries.map((delivery) => delivery.ref.message);
}

export async function keepsBalance(spool: Spool): Promise<void> {
  const ledger = await spool.ledger();
  assert.deepEqual(ledger.drift, []);
  assert.ok(ledger.balances);
}
