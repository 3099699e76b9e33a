/**
 * Fills a data folder with queued deliveries through the spool's own `append`, while no node runs on it: real files, the
 * same rows that intake writes, some thirty times faster than over SMTP.
 */
import { systemClock, type WallMs } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { keySource, type SenderKey, type SiteKey, type SourceName, type TenantId } from "../../src/model/ids.ts";
import { openSpool, type Submission } from "../../src/store/spool/spool.ts";

export interface Filling {
  readonly data: string;
  readonly count: number;
  /** So many are due at once; the others when `dueAt` comes. */
  readonly dueNow: number;
  readonly dueAt: WallMs;
  readonly size: number;
  readonly site: string;
  readonly senders: number;
}

/** Appends that wait for one commit together. */
const AT_ONCE = 500;
const DAY_MS = 86_400_000;
const PRELUDE = Buffer.from("Received: from source.example by relay.example; Tue, 24 Nov 2026 12:00:00 +0000\r\n");

/** Resolves once all are on disk and the spool is closed; returns the seconds it took. */
export async function fillSpool(filling: Filling): Promise<number> {
  const from = systemClock.mono();
  await using spool = await openSpool({ where: { folder: filling.data }, clock: systemClock, log: silentLog });
  const nextKey = keySource(systemClock, spool.opened.lastKey);
  const content = Buffer.from(
    `From: <a@source.example>\r\nTo: <b@dest.example>\r\nSubject: queued\r\n\r\n${"x"
      .repeat(72)
      .concat("\r\n")
      .repeat(filling.size / 74)}`,
  );
  const submission = (i: number): Submission => ({
    envelope: {
      key: nextKey(),
      acceptedAt: systemClock.wall(),
      expiresAt: (systemClock.wall() + 3 * DAY_MS) as WallMs,
      tenant: "default" as TenantId,
      source: "local" as SourceName,
      sender: `s${i % filling.senders}@source.example@local` as SenderKey,
      mailFrom: `s${i % filling.senders}@source.example`,
      recipients: [{ address: `old${i}@dest.example`, domain: "dest.example" }],
      class: "normal",
      bytes: content.length,
      body: "7bit",
      smtpUtf8: false,
      peer: { ip: "127.0.0.1", helo: "source.example", listener: "smtp" },
      messageId: `<${i}@source.example>`,
    },
    first: [
      { state: "queued", site: filling.site as SiteKey, dueAt: i < filling.dueNow ? systemClock.wall() : filling.dueAt, leased: false },
    ],
    prelude: PRELUDE,
    content: { is: "inline", bytes: content },
  });
  for (let i = 0; i < filling.count; i += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, filling.count - i) }, (_, n) => spool.append(submission(i + n)));
    await Promise.all(batch);
  }
  return (systemClock.mono() - from) / 1000;
}
