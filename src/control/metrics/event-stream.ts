/** Written for tests: whole events from few words, and streams of them from a seed. */
import type { WallMs } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import type { Diagnosis, ReplyClass } from "../../model/diagnosis.ts";
import type { EventBody, NewEvent } from "../../model/event.ts";
import { keyAt, type MessageKey, type SenderKey, type SourceName, type TenantId } from "../../model/ids.ts";
import type { AttemptFacts } from "../../model/outcome.ts";

export const STREAM_START = Date.UTC(2026, 10, 25, 10) as WallMs;

export function acceptedAt(at: number, key: MessageKey, tenant: string, to: readonly string[], source = "srv1"): NewEvent {
  const envelope = {
    acceptedAt: at as WallMs,
    expiresAt: (at + 3 * 86_400_000) as WallMs,
    tenant: tenant as TenantId,
    source: source as SourceName,
    sender: `app@${source}` as SenderKey,
    mailFrom: "app@shop.example",
    recipients: to.map((address) => ({ address, domain: address.split("@")[1] ?? "" })),
    class: "normal",
    bytes: 5_000,
    body: "8bit",
    smtpUtf8: false,
    peer: { ip: "192.0.2.1", helo: "srv1.example", listener: "smtp" },
  } as const;
  return { at: at as WallMs, ref: { message: key }, body: { kind: "accepted", envelope } };
}

export function attempt(host: string): AttemptFacts {
  const times = { dns: 2, connect: 20, banner: 30, ehlo: 10, mail: 10, rcpt: 10, data: 10, dot: 200 };
  return { host, ip: "198.51.100.1", stage: "dot", nth: 1, times };
}

export function diagnosis(kind: ReplyClass): Diagnosis {
  return {
    class: kind,
    scope: "ip",
    permanent: false,
    rule: `test-${kind}`,
    confidence: 0.9,
    cause: "it objects",
    remedy: { who: "operator", text: `see to ${kind}` },
  };
}

export function event(at: number, key: MessageKey, body: EventBody, rcpt = 0): NewEvent {
  return { at: at as WallMs, ref: { message: key, rcpt }, body };
}

export const OK = { code: 250, text: "ok" };

/** What happens to `messages` messages, ten a second, each with one to three recipients. */
export function stream(seed: string, messages: number): NewEvent[] {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly [T, ...T[]]): T => list[Math.floor(random.next() * list.length)] ?? list[0];
  const all: NewEvent[] = [];
  for (let n = 0; n < messages; n++) {
    const at = STREAM_START + n * 100;
    const key = (keyAt(at as WallMs) + (n % 4096)) as MessageKey;
    const domain = pick(["gmail.com", "outlook.com", "small.example", "other.example"]);
    const to = Array.from({ length: 1 + Math.floor(random.next() * 3) }, (_, i) => `u${n}-${i}@${domain}`);
    all.push(acceptedAt(at, key, pick(["default", "hosting-a", "hosting-b"]), to, pick(["srv1", "srv2"])));
    for (const rcpt of to.keys()) all.push(...fate(at + 500 + random.next() * 5_000, key, rcpt, random.next(), domain));
  }
  return all.sort((a, b) => a.at - b.at);
}

function fate(at: number, key: MessageKey, rcpt: number, chance: number, domain: string): NewEvent[] {
  const facts = attempt(domain === "gmail.com" ? "gmail-smtp-in.l.google.com" : `mx.${domain}`);
  const told = { attempt: facts, reply: OK, possiblyTwice: chance < 0.01 };
  const refusal = { code: 550, enhanced: "5.1.1", text: `no mailbox u${key} here` };
  const later = { code: 421, enhanced: "4.7.28", text: "unusual rate of mail" };
  const by = { kind: "dispatch", id: "test" } as const;
  const body: EventBody =
    chance < 0.1
      ? { kind: "bounced", attempt: facts, reply: refusal, diagnosis: diagnosis("badrcpt"), why: "no such mailbox", dsn: "sent", by }
      : chance < 0.15
        ? { kind: "discarded", why: "unwanted", by }
        : chance < 0.2
          ? { kind: "expired", why: "nobody answered", dsn: "sent" }
          : { kind: "delivered", ...told };
  const put: NewEvent[] = [];
  if (chance > 0.7) {
    const dueAt = (at + 1_000) as WallMs;
    put.push(
      event(
        Math.floor(at),
        key,
        { kind: "deferred", attempt: facts, reply: later, diagnosis: diagnosis("rate"), dueAt, attempts: 1, counted: true },
        rcpt,
      ),
    );
  }
  return [...put, event(Math.floor(at + 1_500), key, body, rcpt)];
}
