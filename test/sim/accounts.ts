/**
 * The reckoning after a run: what sources were told, what the node's events say, and what stands in the receivers'
 * mailboxes must be one story. Every acknowledged delivery is delivered exactly once, or marked as possibly twice, or
 * reported back, or still in the queue.
 */

import type { HandOver, Mail } from "../../lab/world/senders.ts";
import type { World } from "../../lab/world/world.ts";
import type { EventBody, FairleadEvent } from "../../src/model/event.ts";
import type { Spool } from "../../src/store/spool/spool.ts";

/** A hand-over and what came of it; undefined while it is under way. */
export interface Handed {
  readonly mail: Mail;
  result?: HandOver;
}

/** One delivery's events, in order, by `lab id recipient`. */
type Histories = Map<string, { readonly events: EventBody[]; readonly message: number }>;

export interface Reckoning {
  /** Empty when all is well. */
  readonly wrong: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

export async function reckon(world: World, spool: Spool, handed: readonly Handed[]): Promise<Reckoning> {
  const wrong: string[] = [];
  const counts: Record<string, number> = {};
  const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);
  const all = await allEvents(spool);
  const histories = historiesOf(all);
  const stopped = stoppedReports(all);
  const copies = copiesIn(world);
  const reports = reportsIn(world);

  for (const { mail, result } of handed) {
    if (result?.is !== "taken") continue;
    for (const recipient of mail.recipients) {
      if (result.refused.has(recipient)) continue;
      if (!histories.has(`${mail.id} ${recipient}`))
        wrong.push(`${mail.id} to ${recipient}: acknowledged, but the node knows nothing of it`);
    }
  }
  for (const [key, { events, message }] of histories) {
    const n = copies.get(key) ?? 0;
    const fault = check(events, n, { reported: reports.has(key), stopped: stopped.has(message) }, count);
    if (fault) wrong.push(`${key} (message ${message}): ${fault}; ${events.map(describe).join(" → ")}`);
    copies.delete(key);
  }
  for (const [key, n] of copies) wrong.push(`${key}: ${n} copies of a message that was never accepted`);
  for (const receiver of world.receivers)
    for (const violation of new Set(receiver.violations)) wrong.push(`${receiver.name}: ${violation}`);
  const ledger = await spool.ledger();
  if (!ledger.balances) wrong.push(`the ledger does not balance: ${ledger.drift.join("; ")}`);
  return { wrong, counts };
}

/** What is wrong with a delivery of which `copies` arrived. */
function check(
  events: readonly EventBody[],
  copies: number,
  { reported, stopped }: { reported: boolean; stopped: boolean },
  count: (what: string) => void,
): string | undefined {
  const ends = events.filter((event) => ENDS.has(event.kind));
  if (ends.length > 1) return `ended ${ends.length} times`;
  const end = ends[0];
  const doubted = events.some((event) => event.kind === "in-doubt");
  const held = events.findLast((event) => event.kind === "held" || event.kind === "released")?.kind === "held";
  count(end?.kind ?? (held ? "held" : "unfinished"));
  switch (end?.kind) {
    case "delivered":
    case "relayed":
      if (end.possiblyTwice) count("possibly twice");
      if (copies === 0) return "delivered, but it is nowhere";
      if (reported) return "delivered, but reported as failed";
      if (copies > 1) count("really twice");
      return copies > 1 && !end.possiblyTwice ? `${copies} copies, and not marked` : undefined;
    case "bounced":
    case "expired":
      if (end.dsn === "sent") count("reported");
      if (end.dsn === "sent" && !reported && !stopped) return "reported, but the report is nowhere";
      return copies > 0 && !doubted ? `${end.kind}, but ${copies} copies arrived` : undefined;
    case undefined:
      return copies > 0 && !maybeSent(events) ? `not settled, but ${copies} copies arrived` : undefined;
    default:
      return copies > 0 && !doubted ? `${end?.kind}, but ${copies} copies arrived` : undefined;
  }
}

const ENDS: ReadonlySet<EventBody["kind"]> = new Set(["delivered", "relayed", "bounced", "expired", "discarded"]);

/** In doubt, or held because of it. (One whose mark is younger than the crash that ended the run has no event yet.) */
function maybeSent(events: readonly EventBody[]): boolean {
  return events.some((event) => event.kind === "in-doubt");
}

function historiesOf(events: readonly FairleadEvent[]): Histories {
  const histories: Histories = new Map();
  const keys = new Map<string, string>();
  for (const { message, rcpt, body } of events) {
    if (message === undefined) continue;
    if (body.kind === "accepted") {
      const id = /^<(.+)@lab\.example>$/.exec(body.envelope.messageId ?? "")?.[1];
      body.envelope.recipients.forEach(({ address }, n) => {
        if (id === undefined) return;
        keys.set(`${message} ${n}`, `${id} ${address}`);
        histories.set(`${id} ${address}`, { events: [body], message });
      });
    } else histories.get(keys.get(`${message} ${rcpt}`) ?? "")?.events.push(body);
  }
  return histories;
}

/** Copies in all mailboxes by `lab id recipient`. */
function copiesIn(world: World): Map<string, number> {
  const copies = new Map<string, number>();
  for (const { taken } of world.receivers)
    for (const { content, recipients } of taken) {
      const text = content.toString("latin1");
      const id = /^X-Lab-Id: (.+)\r$/m.exec(text)?.[1];
      if (id === undefined || isReport(text)) continue;
      for (const recipient of recipients) copies.set(`${id} ${recipient}`, (copies.get(`${id} ${recipient}`) ?? 0) + 1);
    }
  return copies;
}

/** Failed recipients of which a report arrived, by `lab id recipient`. */
function reportsIn(world: World): Set<string> {
  const found = new Set<string>();
  for (const { taken } of world.receivers)
    for (const { content } of taken) {
      const text = content.toString("latin1");
      const id = /^X-Lab-Id: (.+)\r$/m.exec(text)?.[1];
      if (!isReport(text) || !text.includes("\r\nAction: failed\r\n")) continue;
      for (const [, recipient] of text.matchAll(/^Final-Recipient: rfc822; (.+)\r$/gm)) found.add(`${id} ${recipient}`);
    }
  return found;
}

/** Messages of which a report did not get through, as it may: an operator stopped it, or its own recipient refused it. */
function stoppedReports(events: readonly FairleadEvent[]): Set<number> {
  const parents = new Map<number, number>();
  const stopped = new Set<number>();
  for (const { message, body } of events) {
    if (message === undefined) continue;
    if (body.kind === "accepted" && body.envelope.parent !== undefined) parents.set(message, body.envelope.parent);
    const parent = parents.get(message);
    if (parent !== undefined && (body.kind === "bounced" || body.kind === "discarded" || body.kind === "expired" || body.kind === "held"))
      stopped.add(parent);
  }
  return stopped;
}

/** A report quotes the header of the message it is about, X-Lab-Id included. */
function isReport(content: string): boolean {
  return /^Content-Type: multipart\/report;/m.test(content.slice(0, content.indexOf("\r\n\r\n")));
}

export async function allEvents(spool: Spool): Promise<FairleadEvent[]> {
  const all: FairleadEvent[] = [];
  for (;;) {
    const page = await spool.eventsAfter(all.at(-1)?.seq ?? 0, 1000);
    if (page.length === 0) return all;
    all.push(...page);
  }
}

function describe(event: EventBody): string {
  return "why" in event ? `${event.kind} (${event.why})` : event.kind;
}
