/**
 * What does the spool cost? Hypotheses: the whole life of a 5 KB message (append, sent, delivered, its row gone, two
 * events) takes ≤ 30 µs of the store thread's CPU and ≤ 15 µs of the caller's with 20 in flight; a million queued rows
 * open and group by 20,000 sites within a second; ten messages of 50 MB that stream in, out and away at once delay a
 * small one by < 20 ms (p99).
 *
 *   node bench/spool.ts life [MESSAGES] [IN_FLIGHT]
 *   node bench/spool.ts rows [ROWS]
 *   node bench/spool.ts big [STREAMS] [MB]
 *
 * One JSON line a run. On real files below the current folder; nothing else should run meanwhile.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { WallMs } from "../src/base/clock.ts";
import { systemClock } from "../src/base/clock.ts";
import { silentLog } from "../src/base/log.ts";
import type { MessageKey, SenderKey, SiteKey, SourceName, TenantId } from "../src/model/ids.ts";
import { keySource } from "../src/model/ids.ts";
import type { Envelope } from "../src/model/message.ts";
import type { Spool } from "../src/store/spool/spool.ts";
import { openSpool, PART_BYTES } from "../src/store/spool/spool.ts";

const nextKey = keySource(systemClock);
const PRELUDE = new Uint8Array(350).fill(65);
const CONTENT = new Uint8Array(5000).map((_, i) => i * 31);

function envelope(key: MessageKey, sender: number, domain: string): Envelope {
  const now = systemClock.wall();
  return {
    key,
    acceptedAt: now,
    expiresAt: (now + 5 * 24 * 3_600_000) as WallMs,
    tenant: "default" as TenantId,
    source: "web1" as SourceName,
    sender: `account${sender}@web1` as SenderKey,
    mailFrom: `account${sender}@customer.example`,
    recipients: [{ address: `someone${key % 1000}@${domain}`, domain }],
    class: "normal",
    bytes: CONTENT.length,
    body: "8bit",
    smtpUtf8: false,
    peer: { ip: "192.0.2.17", helo: "web1.customer.example", tls: "TLSv1.3 TLS_AES_256_GCM_SHA384", listener: "smtp" },
    messageId: `<${key}.${sender}@customer.example>`,
  };
}

async function oneLife(spool: Spool, n: number, commits: number[], ends: Promise<unknown>[]): Promise<void> {
  const key = nextKey();
  const site = `site${n % 7}.example` as SiteKey;
  const at = performance.now();
  await spool.append({
    envelope: envelope(key, n % 13, site),
    first: [{ state: "queued", site, dueAt: systemClock.wall(), leased: true }],
    prelude: PRELUDE,
    content: { is: "inline", bytes: CONTENT },
  });
  commits.push(performance.now() - at);
  const ref = { message: key, rcpt: 0 };
  await spool.apply([{ ref, version: 0, to: "sent", at: systemClock.wall(), host: "mx1.example" }], "durable");
  const attempt = {
    host: "mx1.example",
    ip: "198.51.100.7",
    stage: "dot",
    times: { mail: 0.6, rcpt: 0.4, data: 0.4, dot: 3.1 },
    nth: 17,
  } as const;
  const reply = { code: 250, enhanced: "2.0.0", text: "Ok: queued as 4XyZ1234567" };
  // The relay does not wait for this one: the next attempt on the connection starts meanwhile.
  ends.push(
    spool.apply([{ ref, version: 1, to: "delivered", event: { kind: "delivered", attempt, reply, possiblyTwice: false } }], "soon"),
  );
}

async function life(folder: string, messages: number, inFlight: number): Promise<object> {
  await using spool = await openSpool({ where: { folder }, clock: systemClock, log: silentLog, keepFreeBytes: 0 });
  const commits: number[] = [];
  const ends: Promise<unknown>[] = [];
  let n = 0;
  const worker = async (until: number): Promise<void> => {
    while (n < until) await oneLife(spool, n++, commits, ends);
  };
  const run = (until: number): Promise<unknown> => Promise.all(Array.from({ length: inFlight }, () => worker(until)));
  await run(messages / 10); // warm-up
  commits.length = 0;
  const from = n;
  const before = { all: process.cpuUsage(), main: process.threadCpuUsage(), at: performance.now() };
  await run(from + messages);
  await Promise.all(ends);
  const seconds = (performance.now() - before.at) / 1000;
  const all = process.cpuUsage(before.all);
  const main = process.threadCpuUsage(before.main);
  const done = n - from;
  const mainUs = (main.user + main.system) / done;
  commits.sort((a, b) => a - b);
  return {
    bench: "spool-life",
    messages: done,
    inFlight,
    perSecond: Math.round(done / seconds),
    storeUs: round((all.user + all.system) / done - mainUs),
    mainUs: round(mainUs),
    appendMsP50: round(commits[Math.floor(done * 0.5)] ?? 0),
    appendMsP99: round(commits[Math.floor(done * 0.99)] ?? 0),
    appendMsMax: round(commits.at(-1) ?? 0),
    walMb: round(statSync(join(folder, "spool.db-wal")).size / 2 ** 20),
    dbMb: round(statSync(join(folder, "spool.db")).size / 2 ** 20),
  };
}

async function rows(folder: string, many: number): Promise<object> {
  const options = { where: { folder }, clock: systemClock, log: silentLog, keepFreeBytes: 0 };
  {
    await using spool = await openSpool(options);
    const dueAt = (systemClock.wall() + 3_600_000) as WallMs;
    for (let n = 0; n < many; ) {
      const group: Promise<void>[] = [];
      for (let i = 0; i < 400 && n < many; i++, n++) {
        const site = `site${n % 20_000}.example` as SiteKey;
        const submission = {
          envelope: envelope(nextKey(), n % 500, site),
          first: [{ state: "queued", site, dueAt, leased: false }],
        } as const;
        group.push(spool.append({ ...submission, prelude: PRELUDE, content: { is: "inline", bytes: CONTENT } }));
      }
      await Promise.all(group);
    }
  }
  const at = performance.now();
  await using spool = await openSpool(options);
  const openMs = performance.now() - at;
  const sites = await spool.sites();
  const sitesMs = performance.now() - at - openMs;
  const find = performance.now();
  const expiring = await spool.count({ states: ["queued"], expiresBefore: systemClock.wall() });
  const expiryMs = performance.now() - find;
  const sweep = performance.now();
  const { balances } = await spool.ledger();
  return {
    bench: "spool-rows",
    rows: many,
    openMs: round(openMs),
    sites: sites.length,
    sitesMs: round(sitesMs),
    expiring,
    expiryMs: round(expiryMs),
    ledgerMs: round(performance.now() - sweep),
    balances,
    rssMb: round(process.memoryUsage.rss() / 2 ** 20),
    dbMb: round(statSync(join(folder, "spool.db")).size / 2 ** 20),
  };
}

async function big(folder: string, streams: number, megabytes: number): Promise<object> {
  await using spool = await openSpool({ where: { folder }, clock: systemClock, log: silentLog, keepFreeBytes: 0 });
  const part = new Uint8Array(PART_BYTES).fill(66);
  const parts = Math.ceil((megabytes * 2 ** 20) / PART_BYTES);
  let streaming = streams;
  const stream = async (): Promise<void> => {
    const key = nextKey();
    for (let i = 0; i < parts; i++) await spool.stage(key, i, part);
    const first = [{ state: "queued", site: "big.example" as SiteKey, dueAt: systemClock.wall(), leased: true }] as const;
    await spool.append({ envelope: envelope(key, 1, "big.example"), first, prelude: PRELUDE, content: { is: "staged", parts } });
    for (let i = 0; i < parts; i++) await spool.part(key, i);
    const ref = { message: key, rcpt: 0 };
    await spool.apply(
      [{ ref, version: 0, to: "discarded", event: { kind: "discarded", why: "done", by: { kind: "policy", id: "bench" } } }],
      "durable",
    );
    streaming--;
  };
  const commits: number[] = [];
  const ends: Promise<unknown>[] = [];
  const small = async (): Promise<void> => {
    for (let n = 0; streaming > 0; n++) {
      await oneLife(spool, n, commits, ends);
      await systemClock.sleep(5);
    }
  };
  const at = performance.now();
  await Promise.all([small(), small(), ...Array.from({ length: streams }, stream)]);
  const seconds = (performance.now() - at) / 1000;
  await Promise.all(ends);
  commits.sort((a, b) => a - b);
  return {
    bench: "spool-big",
    streams,
    megabytes,
    seconds: round(seconds),
    smallAppends: commits.length,
    appendMsP50: round(commits[Math.floor(commits.length * 0.5)] ?? 0),
    appendMsP99: round(commits[Math.floor(commits.length * 0.99)] ?? 0),
    appendMsMax: round(commits.at(-1) ?? 0),
    rssMb: round(process.memoryUsage.rss() / 2 ** 20),
    walMb: round(statSync(join(folder, "spool.db-wal")).size / 2 ** 20),
    dbMb: round(statSync(join(folder, "spool.db")).size / 2 ** 20),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const [question = "life", ...numbers] = process.argv.slice(2);
const folder = mkdtempSync(join(process.cwd(), ".bench-spool-"));
try {
  const [first, second] = numbers.map(Number);
  const result =
    question === "rows"
      ? await rows(folder, first ?? 1_000_000)
      : question === "big"
        ? await big(folder, first ?? 10, second ?? 50)
        : await life(folder, first ?? 40_000, second ?? 60);
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
