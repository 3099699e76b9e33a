/**
 * Looks after deliveries by their age, whatever they wait for: a retry, a closed lane, a route that is gone. Expiry
 * must not depend on an attempt being made, or mail behind a dead lane would wait for ever.
 */
import type { Clock, WallMs } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { type DeliveryRef, keyAt, type SiteKey } from "../../model/ids.ts";
import type { Change, Spool, SpooledDelivery, Submission } from "../../store/spool/spool.ts";
import type { ReportRow, Reports } from "./report.ts";
import type { RetrySettings } from "./schedule.ts";

export interface SweepPorts {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly log: Log;
  readonly reports: Reports;
  readonly retry: RetrySettings;
  expect(site: SiteKey, due: { readonly dueAt: number }): void;
  begin(label: string): () => void;
}

const EVERY_MS = 60_000;
/** Rows a page: one page is one transaction, so that new mail waits for a few milliseconds at most. */
const PAGE = 200;
/** A clock that jumps forward further than this between two sweeps is not believed at once (R27). */
const JUMP_MS = 10 * EVERY_MS;

/** Runs until `signal` aborts: first soon after start, then each minute. */
export function startSweep(ports: SweepPorts, signal: AbortSignal): void {
  const { clock, log } = ports;
  /** Acceptance times up to here have been looked at for delay. Starts at zero: told deliveries say so themselves. */
  let delaySeen = 0 as WallMs;
  let last = clock.wall();
  let lastMono = clock.mono();
  const run = async (): Promise<void> => {
    const now = clock.wall();
    const jumped = now - last - (clock.mono() - lastMono) > JUMP_MS;
    last = now;
    lastMono = clock.mono();
    if (jumped) {
      log("error", "the clock jumped forward; nothing expires until the next sweep", { to: new Date(now).toISOString() });
      ports.spool.record({ at: now, body: { kind: "alarm", code: "clock-jump", text: "the clock jumped forward" } });
      return;
    }
    const end = ports.begin("looking for expired mail");
    try {
      await expire(ports, now, signal);
      delaySeen = await tellDelays(ports, now, delaySeen, signal);
    } finally {
      end();
    }
  };
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      await run().catch((thrown: unknown) => log("warn", "a sweep was cut short", { why: String(thrown) }));
      await clock.sleep(EVERY_MS, signal);
    }
  };
  loop().catch(() => {}); // ends by the signal's abort
}

/** The retry period is over: the sender is told, and the delivery ends. Mail in flight gets its answer first. */
async function expire(ports: SweepPorts, now: WallMs, signal: AbortSignal): Promise<void> {
  await eachMessage(ports.spool, { states: ["queued"], expiresBefore: now }, signal, async (rows) => {
    const ended = rows.filter((row) => row.sentAt === undefined || now - row.sentAt >= ports.retry.inDoubtAfterMs);
    if (ended.length === 0) return;
    const fates = ports.reports.fates(ended);
    const why = (row: SpooledDelivery): string =>
      `not delivered in time${row.why ? `; last: ${row.why}` : ""}${row.sentAt ? "; it may have arrived" : ""}`;
    const told = ended.filter((_, i) => fates[i] === "sent");
    const report = await composed(
      ports,
      told.map((row) => ({ delivery: row, action: "failed", why: why(row), ...lastSaid(row, "4.4.7") })),
    );
    const changes = ended.map(
      (row, i): Change => ({
        ref: row.ref,
        version: row.version,
        to: "expired",
        event: { kind: "expired", why: why(row), dsn: fates[i] ?? "not wanted" },
      }),
    );
    await write(ports, changes, report);
  });
}

/** Returns up to when acceptance times have been looked at. */
async function tellDelays(ports: SweepPorts, now: WallMs, seen: WallMs, signal: AbortSignal): Promise<WallMs> {
  const before = (now - ports.retry.delayWarningMs) as WallMs;
  const from: DeliveryRef | undefined = seen > 0 ? { message: keyAt(seen), rcpt: -1 } : undefined;
  await eachMessage(
    ports.spool,
    { states: ["queued"], acceptedBefore: before },
    signal,
    async (rows) => {
      const late = rows.filter((row) => !row.delayTold && row.sentAt === undefined && row.expiresAt > now);
      if (late.length === 0) return;
      const fates = ports.reports.fates(late, "delay");
      const told = late.filter((_, i) => fates[i] === "sent");
      const report = await composed(
        ports,
        told.map((row) => ({
          delivery: row,
          action: "delayed",
          why: row.why ?? "its mail host could not be reached",
          ...lastSaid(row, "4.4.1"),
        })),
      );
      const changes = late.map(
        (row): Change => ({
          ref: row.ref,
          version: row.version,
          to: "queued",
          dueAt: row.dueAt,
          attempts: row.attempts,
          sentAt: null,
          delayTold: true,
          event: { kind: "delay-told" },
        }),
      );
      await write(ports, changes, report);
      for (const row of late) ports.expect(row.site, row);
    },
    from,
  );
  return before;
}

/** The real problem, in the words and with the code of the host that had it (RFC 3463 §3.5, X.4.7); else ours. */
function lastSaid({ why, lastHost }: SpooledDelivery, ours: string): Pick<ReportRow, "status" | "reply" | "host"> {
  const [, code, enhanced, text = ""] = /^([45]\d\d)(?: ([45]\.\d{1,3}\.\d{1,3}))? ?(.*)$/s.exec(why ?? "") ?? [];
  if (code === undefined) return { status: ours };
  return {
    status: enhanced ?? ours,
    reply: { code: Number(code), ...(enhanced !== undefined && { enhanced }), text },
    ...(lastHost !== undefined && { host: lastHost }),
  };
}

async function composed(ports: SweepPorts, rows: readonly ReportRow[]): Promise<Submission | undefined> {
  return rows.length > 0 ? await ports.reports.compose(rows) : undefined;
}

async function write(ports: SweepPorts, changes: readonly Change[], report: Submission | undefined): Promise<void> {
  const applied = await ports.spool.apply(changes, "durable", report);
  if (report && applied.includes("stale")) await ports.spool.apply([], "durable", report);
  for (const first of report?.first ?? []) if (first.state === "queued") ports.expect(first.site, first);
}

/** Walks matching deliveries in key order and hands over those of one message together. */
async function eachMessage(
  spool: Spool,
  selector: Parameters<Spool["find"]>[0],
  signal: AbortSignal,
  visit: (rows: readonly SpooledDelivery[]) => Promise<void>,
  after?: DeliveryRef,
): Promise<void> {
  let from = after;
  for (;;) {
    const page = await spool.find(selector, PAGE, from);
    const byMessage = Map.groupBy(page, (row) => row.ref.message);
    for (const rows of byMessage.values()) {
      if (signal.aborted) return;
      await visit(rows);
    }
    from = page.at(-1)?.ref;
    if (page.length < PAGE || from === undefined) return;
  }
}
