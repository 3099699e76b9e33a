/**
 * A search over what the journal still has, by one address: the last three days, walked. It stands in while no history
 * keeps more.
 */
import type { Clock, WallMs } from "../base/clock.ts";
import type { MessageRecord } from "../control/api/node-face.ts";
import type { MessageKey } from "../model/ids.ts";
import type { HistoryQuery, HistoryRow, HistoryState, SearchPage } from "../store/history/history.ts";
import type { Spool } from "../store/spool/spool.ts";

export interface JournalPorts {
  readonly spool: Spool;
  readonly clock: Clock;
  record(key: MessageKey): Promise<MessageRecord | undefined>;
}

export async function searchJournal(ports: JournalPorts, query: HistoryQuery, limit: number): Promise<SearchPage> {
  const started = ports.clock.mono();
  const address = (query.to ?? query.from)?.[0];
  const keys = address === undefined ? [] : await ports.spool.messagesOf(address, limit);
  const rows = await Promise.all(keys.map(async (key) => rowOf(key, address ?? "", await ports.record(key))));
  const found = rows.filter((row) => row !== undefined).filter((row) => row.at >= (query.since ?? 0));
  return { rows: found, searchedBackTo: query.since ?? (0 as WallMs), tookMs: ports.clock.mono() - started };
}

const ENDS: ReadonlySet<string> = new Set<HistoryState>(["delivered", "relayed", "bounced", "expired", "discarded", "refused"]);

/** The recipient that was asked for; of a sender's message the first. */
function rowOf(key: MessageKey, address: string, record: MessageRecord | undefined): HistoryRow | undefined {
  if (!record) return undefined;
  const { envelope, open, events } = record;
  const wanted = address.toLowerCase();
  const named = envelope.recipients.findIndex((recipient) => recipient.address.toLowerCase() === wanted);
  const rcpt = Math.max(0, named);
  const mine = events.filter((event) => event.rcpt === undefined || event.rcpt === rcpt);
  const row = open.find(({ ref }) => ref.rcpt === rcpt);
  const end = mine.findLast(({ body }) => ENDS.has(body.kind));
  return {
    ref: { message: key, rcpt },
    at: envelope.acceptedAt,
    state: row?.state ?? ((end?.body.kind ?? "discarded") as HistoryState),
    inDoubt: row?.sentAt !== undefined,
    possiblyTwice: end !== undefined && "possiblyTwice" in end.body && end.body.possiblyTwice,
    from: envelope.mailFrom,
    to: envelope.recipients[rcpt]?.address ?? address,
    ...{ sender: envelope.sender, source: envelope.source, tenant: envelope.tenant, recipients: envelope.recipients.length },
    attempts: row?.attempts ?? mine.filter(({ body }) => "attempt" in body && body.attempt !== undefined).length,
    changedAt: mine.at(-1)?.at ?? envelope.acceptedAt,
    ...(row === undefined && end !== undefined && { doneAt: end.at }),
    ...(row?.state === "queued" && { dueAt: row.dueAt }),
    ...(row?.why !== undefined && { why: row.why }),
  };
}
