/** What the API answers with: the node's data under the names that people use, keys turned into ids. */
import type { WallMs } from "../../base/clock.ts";
import type { Story } from "../../diagnose/story/story.ts";
import type { EventBody, FairleadEvent } from "../../model/event.ts";
import { type DeliveryRef, idOf, type MessageId, type NodeNumber } from "../../model/ids.ts";
import type { Ledger, LedgerCounts, SpooledDelivery } from "../../store/spool/spool.ts";
import type { NodeFace, NodeStatus } from "./node-face.ts";

/** `ID.2`: one recipient of a message. */
export function deliveryName(ref: DeliveryRef, node: NodeNumber): string {
  return `${idOf(ref.message, node)}.${ref.rcpt}`;
}

export interface DeliveryRow {
  readonly id: MessageId;
  readonly rcpt: number;
  readonly state: "queued" | "held";
  readonly from: string;
  readonly to: string;
  readonly domain: string;
  readonly sender: string;
  readonly source: string;
  readonly tenant: string;
  readonly class: string;
  readonly site: string;
  readonly bytes: number;
  readonly acceptedAt: WallMs;
  readonly expiresAt: WallMs;
  /** Of queued deliveries only. */
  readonly due: WallMs | null;
  readonly attempts: number;
  readonly inDoubt: boolean;
  readonly lastHost: string | null;
  /** The last reply or fault, or why it is held. */
  readonly why: string | null;
  /** The operator action that held it. */
  readonly action: number | null;
}

export function deliveryRow(row: SpooledDelivery, node: NodeNumber): DeliveryRow {
  return {
    id: idOf(row.ref.message, node),
    rcpt: row.ref.rcpt,
    state: row.state,
    from: row.mailFrom,
    to: row.address,
    domain: row.domain,
    sender: row.sender,
    source: row.source,
    tenant: row.tenant,
    class: row.class,
    site: row.site,
    bytes: row.bytes,
    acceptedAt: row.acceptedAt,
    expiresAt: row.expiresAt,
    due: row.state === "queued" ? row.dueAt : null,
    attempts: row.attempts,
    inDoubt: row.sentAt !== undefined,
    lastHost: row.lastHost ?? null,
    why: row.why ?? null,
    action: row.action ?? null,
  };
}

export type StoryReply = Story & Pick<Story["recipients"][number], "line" | "now" | "totalMs" | "steps" | "parts" | "remedy">;

/** The story with one recipient's told at the top: the first that is still open, else the first. Undefined without recipients. */
export function storyReply(story: Story): StoryReply | undefined {
  const chosen = story.recipients.find(({ now }) => now.k === "queued" || now.k === "held") ?? story.recipients[0];
  if (chosen === undefined) return undefined;
  const { line, now, totalMs, steps, parts, remedy } = chosen;
  return { ...story, line, now, totalMs, steps, parts, remedy };
}

export interface EventRow {
  readonly seq: number;
  readonly at: WallMs;
  readonly id: MessageId | null;
  readonly rcpt: number | null;
  readonly body: EventBody;
}

export function eventRow(event: FairleadEvent, node: NodeNumber): EventRow {
  return {
    seq: event.seq,
    at: event.at,
    id: event.message === undefined ? null : idOf(event.message, node),
    rcpt: event.rcpt ?? null,
    body: event.body,
  };
}

export interface LedgerReply {
  readonly balances: boolean;
  readonly drift: readonly string[];
  readonly tenants: readonly {
    readonly tenant: string;
    readonly events: LedgerCounts;
    readonly sweep: { readonly queued: number; readonly held: number };
  }[];
}

export function ledgerReply(ledger: Ledger): LedgerReply {
  const tenants = new Set([...ledger.byEvents.keys(), ...ledger.bySweep.keys()]);
  const none: LedgerCounts = { accepted: 0, queued: 0, held: 0, delivered: 0, relayed: 0, bounced: 0, expired: 0, discarded: 0 };
  return {
    balances: ledger.balances,
    drift: ledger.drift,
    tenants: [...tenants].sort().map((tenant) => ({
      tenant,
      events: ledger.byEvents.get(tenant) ?? none,
      sweep: ledger.bySweep.get(tenant) ?? { queued: 0, held: 0 },
    })),
  };
}

export interface StatusReply extends Omit<NodeStatus, "oldest"> {
  readonly node: { readonly name: string; readonly number: number; readonly version: string };
  /** The sentence that stands above everything. */
  readonly line: string;
  readonly oldest: { readonly id: MessageId; readonly rcpt: number; readonly acceptedAt: WallMs; readonly site: string } | null;
}

export function statusReply(status: NodeStatus, node: NodeFace): StatusReply {
  const { oldest, ...rest } = status;
  return {
    node: { name: node.name, number: node.number, version: node.version },
    line: statusLine(status),
    ...rest,
    oldest:
      oldest === undefined
        ? null
        : { id: idOf(oldest.ref.message, node.number), rcpt: oldest.ref.rcpt, acceptedAt: oldest.acceptedAt, site: oldest.site },
  };
}

function statusLine(status: NodeStatus): string {
  const needs = status.needs.length;
  const tail = needs === 0 ? "Nothing needs you." : needs === 1 ? "1 thing needs you." : `${needs} things need you.`;
  if (status.phase === "draining") return `Stopping; no new mail is taken. ${tail}`;
  if (status.phase === "starting") return `Starting; no mail is taken yet. ${tail}`;
  switch (status.spool.is) {
    case "sick":
      return `No mail is taken: the disk does not keep what is written. ${tail}`;
    case "full":
      return `No new mail is taken: the disk is nearly full. Deliveries go on. ${tail}`;
    default:
      return `Mail is flowing. ${tail}`;
  }
}
