/** For tests of history: a journal in memory, and what happens to messages, a line each. */

import type { WallMs } from "../../base/clock.ts";
import { diagnose } from "../../mail/replies/replies.ts";
import type { Diagnosis } from "../../model/diagnosis.ts";
import type { EventBody } from "../../model/event.ts";
import { keyAt, type MessageKey, type SenderKey, type SiteKey, type SourceName, type TenantId } from "../../model/ids.ts";
import type { AttemptFacts } from "../../model/outcome.ts";
import type { Reply } from "../../model/reply.ts";
import type { EventRow } from "../journal/journal.ts";
import type { JournalSource } from "./disk/progress.ts";

export const NOON = Date.UTC(2026, 4, 20, 12) as WallMs;
export const DAY = 86_400_000;

export interface MailLike {
  readonly at?: number;
  /** When its key was drawn, if that was sooner. */
  readonly begunAt?: number;
  readonly from?: string;
  readonly to?: readonly string[];
  readonly sender?: string;
  readonly source?: string;
  readonly tenant?: string;
  readonly messageId?: string;
  readonly ip?: string;
}

/** Grows as things happen; `rows` may be cut and replaced, as a spool's journal is. */
export class Events implements JournalSource {
  rows: EventRow[] = [];
  #keys = 0;

  after(seq: number, limit: number): readonly EventRow[] {
    return this.rows.filter(([one]) => one > seq).slice(0, limit);
  }

  bounds(): readonly [number, number] {
    return [this.rows[0]?.[0] ?? 1, this.rows.at(-1)?.[0] ?? 0];
  }

  add(at: number, message: number | null, rcpt: number | null, body: EventBody): void {
    this.rows.push([(this.rows.at(-1)?.[0] ?? 0) + 1, at, message, rcpt, JSON.stringify(body)]);
  }

  accept(like: MailLike = {}): MessageKey {
    const at = (like.at ?? NOON) as WallMs;
    const key = (keyAt((like.begunAt ?? at) as WallMs) + this.#keys++) as MessageKey;
    const to = like.to ?? ["bob@example.net"];
    this.add(at, key, null, {
      kind: "accepted",
      envelope: {
        acceptedAt: at,
        expiresAt: (at + 5 * DAY) as WallMs,
        tenant: (like.tenant ?? "default") as TenantId,
        source: (like.source ?? "web1") as SourceName,
        sender: (like.sender ?? "joe@web1") as SenderKey,
        mailFrom: like.from ?? "joe@customer.example",
        recipients: to.map((address) => ({ address, domain: address.slice(address.lastIndexOf("@") + 1).toLowerCase() })),
        class: "normal",
        bytes: 1000,
        body: "8bit",
        smtpUtf8: false,
        peer: { ip: like.ip ?? "192.0.2.1", helo: "web1.customer.example", listener: "smtp" },
        ...(like.messageId === undefined ? {} : { messageId: like.messageId }),
      },
    });
    return key;
  }

  deliver(key: MessageKey, rcpt = 0, text = "2.0.0 Ok: queued as 4WX9Y21ABC", at: number = NOON + 1000): void {
    this.add(at, key, rcpt, { kind: "delivered", attempt: ATTEMPT, reply: { code: 250, text }, possiblyTwice: false });
  }

  defer(key: MessageKey, rcpt = 0, reply: Reply = GREY, attempts = 1, at: number = NOON + 1000): void {
    this.add(at, key, rcpt, {
      kind: "deferred",
      attempt: ATTEMPT,
      reply,
      diagnosis: read(reply),
      dueAt: (at + 60_000) as WallMs,
      attempts,
      counted: true,
    });
  }

  bounce(key: MessageKey, rcpt = 0, reply: Reply = UNKNOWN, diagnosis = read(reply), at: number = NOON + 2000): void {
    const why = `${reply.code} ${reply.text}`;
    const by = { kind: "dispatch", id: "reply" } as const;
    this.add(at, key, rcpt, { kind: "bounced", attempt: ATTEMPT, reply, why, dsn: "sent", by, diagnosis });
  }

  lane(site: string, open: boolean, at: number): void {
    this.add(at, null, null, { kind: "lane", site: site as SiteKey, open, why: open ? "it answers again" : "it does not answer" });
  }

  refuse(at: number = NOON, like: { readonly to?: string; readonly tenant?: string; readonly begunAt?: number } = {}): MessageKey {
    const key = (keyAt((like.begunAt ?? at) as WallMs) + this.#keys++) as MessageKey;
    this.add(at, key, null, {
      kind: "refused",
      peer: "203.0.113.7",
      source: "web1" as SourceName,
      tenant: (like.tenant ?? "default") as TenantId,
      sender: "joe@web1",
      mailFrom: "joe@customer.example",
      rcptTo: like.to ?? "eve@example.org",
      reply: { code: 550, enhanced: "5.7.1", text: "too much mail, ref 06BK3Z9QW4T7M0RX" },
      code: "FL-5203",
    });
    return key;
  }
}

const ATTEMPT: AttemptFacts = {
  host: "mx1.example.net",
  ip: "198.51.100.1",
  stage: "dot",
  times: { connect: 12, dot: 80 },
  nth: 1,
  localIp: "192.0.2.25",
  dialogue: "S: 220 mx1.example.net\nC: EHLO relay\nS: 250 ok",
};
const GREY: Reply = { code: 451, enhanced: "4.7.1", text: "greylisted, try again in 300 seconds" };
const UNKNOWN: Reply = { code: 550, enhanced: "5.1.1", text: "<bob@example.net>: user unknown" };

function read(reply: Reply): Diagnosis {
  return diagnose(reply, { host: ATTEMPT.host, stage: ATTEMPT.stage });
}
