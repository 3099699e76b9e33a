/** How the node in memory finds: rows of its deliveries as history would have them, and what a selector matches. For tests. */
import { type TenantId, timeOfKey } from "../../model/ids.ts";
import type { Envelope } from "../../model/message.ts";
import { maySee, type View } from "../../model/view.ts";
import type { HistoryQuery, HistoryRow } from "../../store/history/history.ts";
import type { Selector, SpooledDelivery } from "../../store/spool/spool.ts";
import type { MemoryNode } from "./memory-node.ts";

/** With what history finds by and does not show. */
export interface FoundRow extends HistoryRow {
  readonly messageId?: string;
}

export function historyRows(envelope: Envelope, node: MemoryNode): FoundRow[] {
  return envelope.recipients.map(({ address }, rcpt) => {
    const open = node.open.find((row) => row.ref.message === envelope.key && row.ref.rcpt === rcpt);
    const last = node.happened.findLast((event) => event.message === envelope.key && event.rcpt === rcpt && event.body.kind !== "returned");
    const ended = last === undefined || last.body.kind === "deferred" ? undefined : last;
    return {
      ref: { message: envelope.key, rcpt },
      at: envelope.acceptedAt,
      state: open?.state ?? ((ended?.body.kind ?? "discarded") as HistoryRow["state"]),
      ...{ inDoubt: false, possiblyTwice: false, from: envelope.mailFrom, to: address, sender: envelope.sender, source: envelope.source },
      ...{ tenant: envelope.tenant, recipients: envelope.recipients.length, attempts: open?.attempts ?? 1 },
      changedAt: last?.at ?? envelope.acceptedAt,
      ...(ended === undefined || open !== undefined ? {} : { doneAt: ended.at }),
      ...(open?.state === "queued" ? { dueAt: open.dueAt } : {}),
      ...(open?.why === undefined ? {} : { why: open.why }),
      ...(envelope.messageId === undefined ? {} : { messageId: envelope.messageId }),
    };
  });
}

export function shows(view: View, query: HistoryQuery, row: FoundRow): boolean {
  const one = (wanted: readonly string[] | undefined, is: string): boolean =>
    wanted === undefined || wanted.some((want) => is.toLowerCase() === want.toLowerCase() || (want.startsWith("@") && is.endsWith(want)));
  return (
    maySee(view, row.tenant as TenantId, row.ref.message) &&
    one(query.to, row.to) &&
    one(query.from, row.from) &&
    one(query.sender, row.sender) &&
    one(query.source, row.source) &&
    one(query.tenant, row.tenant) &&
    one(query.state, row.state) &&
    (query.reply === undefined || query.reply.some((want) => (row.why ?? "").toLowerCase().includes(want.toLowerCase()))) &&
    (query.messageId === undefined || query.messageId.includes(row.messageId ?? "")) &&
    (query.not === undefined || !oneOfThem(query.not, row)) &&
    (query.since === undefined || timeOfKey(row.ref.message) >= query.since) &&
    (query.until === undefined || timeOfKey(row.ref.message) < query.until)
  );
}

/** Each condition of `not` excludes by itself. */
function oneOfThem(not: NonNullable<HistoryQuery["not"]>, row: FoundRow): boolean {
  return Object.entries(not).some(([key, values]) => shows({ sees: "all" }, { [key]: values }, row));
}

export function matches(selector: Selector, row: SpooledDelivery): boolean {
  const same = (want: string | undefined, is: string): boolean => want === undefined || want.toLowerCase() === is.toLowerCase();
  return (
    (selector.states?.includes(row.state) ?? true) &&
    (selector.messages?.includes(row.ref.message) ?? true) &&
    (selector.refs?.some((ref) => ref.message === row.ref.message && ref.rcpt === row.ref.rcpt) ?? true) &&
    same(selector.sender, row.sender) &&
    same(selector.mailFrom, row.mailFrom) &&
    same(selector.recipient, row.address) &&
    same(selector.recipientDomain, row.domain) &&
    same(selector.source, row.source) &&
    same(selector.site, row.site) &&
    (selector.acceptedBefore === undefined || row.acceptedAt < selector.acceptedBefore) &&
    (selector.reply === undefined || (row.why ?? "").toLowerCase().includes(selector.reply.toLowerCase())) &&
    (selector.action === undefined || row.action === selector.action)
  );
}
