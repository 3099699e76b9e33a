/**
 * Made-up mail as a journal records it: few senders write much, four of ten recipients are at one provider, each reply
 * has an id of its own; a tenth is put off at first, one of forty bounces. From a fixed seed.
 */

import type { WallMs } from "../../src/base/clock.ts";
import type { Diagnosis } from "../../src/model/diagnosis.ts";
import type { EventBody } from "../../src/model/event.ts";
import { keyAt, type MessageKey, type SenderKey, type SourceName, type TenantId } from "../../src/model/ids.ts";
import type { Reply } from "../../src/model/reply.ts";
import type { EventRow } from "../../src/store/journal/journal.ts";

export interface MadeUp {
  /** Events so far, and deliveries whose acceptance is among them. */
  readonly events: number;
  readonly deliveries: number;
  next(limit: number): EventRow[];
  /** From now on it is now. */
  hurry(): void;
  /** A value that some delivery has. */
  some(what: keyof Sample): string;
  someKey(): MessageKey;
}

interface Sample {
  readonly address: string;
  readonly messageId: string;
  readonly sender: string;
  readonly source: string;
  readonly domain: string;
  readonly ip: string;
  readonly replyId: string;
  readonly words: string;
}

const BIG = ["gmail.com", "gmail.com", "outlook.com", "yahoo.com", "web.de", "gmx.net", "icloud.com"];
const PUT_OFF: readonly Reply[] = [
  { code: 451, enhanced: "4.7.1", text: "Greylisting in action, please come back in 300 seconds" },
  { code: 421, enhanced: "4.7.28", text: "Our system has detected an unusual rate of unsolicited mail from your IP address" },
  { code: 452, enhanced: "4.2.2", text: "The recipient's inbox is out of storage space" },
];
const NO: readonly Reply[] = [
  { code: 550, enhanced: "5.1.1", text: "The email account that you tried to reach does not exist" },
  { code: 552, enhanced: "5.2.2", text: "Mailbox is over quota" },
  { code: 554, enhanced: "5.7.1", text: "Message rejected because of its content" },
];
/** Understood when it happened, as the relay does. */
const MEANT: Diagnosis = {
  class: "grey",
  scope: "message",
  permanent: false,
  rule: "made-up",
  confidence: 0.9,
  cause: "the receiver puts off what it has not seen before",
  remedy: { who: "nobody", text: "" },
};
const SAMPLES = 2000;

/** `since`: when the first was accepted; then one every `everyMs`. */
export function madeUpMail(since: number, everyMs: number): MadeUp {
  let seed = 12_345;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const samples: (Sample & { readonly key: MessageKey })[] = [];
  const later: { readonly at: number; readonly key: number; readonly sample: Sample }[] = [];
  let ready: EventRow[] = [];
  let [events, deliveries, now, step, lastKey] = [0, 0, since, everyMs, 0];

  const add = (message: number | null, rcpt: number | null, body: EventBody): void => {
    ready.push([++events, Math.floor(now), message, rcpt, JSON.stringify(body)]);
  };
  const attemptTo = (domain: string, n: number) => ({
    host: `mx${n % 4}.${domain}`,
    ip: `198.51.${n % 100}.${n % 250}`,
    stage: "dot" as const,
    times: { mail: 12.5, rcpt: 14.1, data: 12, dot: 310.2 },
    nth: 1 + (n % 20),
    localIp: "192.0.2.25",
    dialogue: `S: 220 mx${n % 4}.${domain} ESMTP ready\nC: EHLO relay.example.net\nS: 250-mx${n % 4}.${domain} at your service\nS: 250-SIZE 157286400\nS: 250-8BITMIME\nS: 250-STARTTLS\nS: 250-ENHANCEDSTATUSCODES\nS: 250-PIPELINING\nS: 250 SMTPUTF8\nC: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n* TLSv1.3 began\nC: EHLO relay.example.net\nC: MAIL FROM:<account${n}@customer.example>\nS: 250 2.1.0 OK\nC: RCPT TO:<someone>\nS: 250 2.1.5 OK\nC: DATA\nS: 354 Go ahead\n* content of ${1000 + n} octets`,
  });
  const finish = (key: number, sample: Sample, n: number): void => {
    const attempt = attemptTo(sample.domain, n % 5000);
    if (n % 40 === 7) {
      const reply = NO[n % NO.length] as Reply;
      add(key, 0, {
        kind: "bounced",
        attempt,
        reply,
        why: reply.text,
        dsn: "sent",
        by: { kind: "dispatch", id: "reply" },
        diagnosis: { ...MEANT, class: n % 3 === 0 ? "badrcpt" : n % 3 === 1 ? "full" : "content" },
      });
    } else
      add(key, 0, {
        kind: "delivered",
        attempt,
        reply: { code: 250, enhanced: "2.0.0", text: `OK ${Math.floor(now / 1000)} ${sample.replyId} - queued` },
        possiblyTwice: false,
      });
  };
  const accept = (): void => {
    now += step;
    const n = deliveries++;
    const key = (lastKey = Math.max(lastKey + 1, keyAt(Math.floor(now) as WallMs)));
    const who = Math.floor((random(1000) * random(1000)) / 500);
    const domain = random(10) < 6 ? (BIG[random(BIG.length)] as string) : `firm${random(20_000)}.example`;
    const source = `web${who % 40}`;
    const sample: Sample = {
      address: `person${random(3_000_000)}@${domain}`,
      messageId: `<${n.toString(36)}.${random(2 ** 31).toString(36)}@${source}.customer.example>`,
      sender: `account${who}@${source}`,
      source,
      domain,
      ip: `203.0.${who % 40}.${who % 250}`,
      replyId: `${random(2 ** 31).toString(16)}si${n.toString(36)}pl.${n % 90}`,
      words: n % 2 === 0 ? "over quota" : "does not exist",
    };
    add(key, null, {
      kind: "accepted",
      envelope: {
        acceptedAt: Math.floor(now) as WallMs,
        expiresAt: Math.floor(now + 432_000_000) as WallMs,
        tenant: `tenant${who % 5}` as TenantId,
        source: source as SourceName,
        sender: sample.sender as SenderKey,
        mailFrom: `account${who}@customer${who % 300}.example`,
        recipients: [{ address: sample.address, domain }],
        class: "normal",
        bytes: 5000 + random(20_000),
        body: "8bit",
        smtpUtf8: false,
        peer: { ip: sample.ip, helo: `${source}.customer.example`, tls: "TLSv1.3 TLS_AES_256_GCM_SHA384", listener: "smtp" },
        messageId: sample.messageId,
      },
    });
    if (samples.length < SAMPLES) samples.push({ ...sample, key: key as MessageKey });
    else if (random(500) === 0) samples[random(SAMPLES)] = { ...sample, key: key as MessageKey };
    if (random(10) > 0) return finish(key, sample, n);
    const reply = PUT_OFF[n % PUT_OFF.length] as Reply;
    const dueAt = Math.floor(now + 300_000) as WallMs;
    add(key, 0, { kind: "deferred", attempt: attemptTo(domain, n % 5000), reply, dueAt, attempts: 1, counted: true, diagnosis: MEANT });
    later.push({ at: dueAt, key, sample });
  };

  return {
    get events() {
      return events - ready.length;
    },
    get deliveries() {
      return deliveries;
    },
    next: (limit) => {
      while (ready.length < limit) {
        const due = later[0];
        if (due !== undefined && due.at <= now) {
          later.shift();
          finish(due.key, due.sample, events);
        } else accept();
      }
      const taken = ready.slice(0, limit);
      ready = ready.slice(limit);
      return taken;
    },
    hurry: () => {
      step = 0.2;
    },
    some: (what) => (samples[Math.floor(Math.random() * samples.length)] as Sample)[what],
    someKey: () => (samples[Math.floor(Math.random() * samples.length)] as { readonly key: MessageKey }).key,
  };
}
