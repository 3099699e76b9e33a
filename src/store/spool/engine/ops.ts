/**
 * The language between the spool's callers and its engine: operations as flat tuples, because they cross a thread by
 * the thousand and a tuple of primitives is the cheapest thing to pass. Bytes lie in the batch's arena; a `Span` says
 * where.
 */
import type { EventRow } from "../../journal/journal.ts";
import type { LedgerRows } from "../../ledger/ledger.ts";
import type { Cell } from "../../sql/sql.ts";
import type { Selector } from "../spool.ts";
import type { SpoolCode } from "../spool-error.ts";

/** Where bytes lie in the arena of their batch. */
export type Offset = number;

/** One recipient, flat in `AppendOp.rcpts`: RCPT_FIELDS cells each. */
export type RcptCells = [
  state: "queued" | "leased" | "held" | "discarded",
  site: string,
  dueAt: number,
  why: string | null,
  address: string,
  domain: string,
  dsn: string | null,
];
export const RCPT_FIELDS = 7;

export type AppendOp = readonly [
  op: "append",
  key: number,
  tenant: string,
  source: string,
  sender: string,
  acceptedAt: number,
  expiresAt: number,
  cls: string,
  mailFrom: string,
  bytes: number,
  body: string,
  smtpUtf8: number,
  ret: string | null,
  envid: string | null,
  envelope: string,
  preludeAt: Offset,
  preludeLength: number,
  /** -1 when the content was staged. */
  contentAt: Offset,
  contentLength: number,
  stagedParts: number,
  rcpts: readonly Cell[],
  tls: string | null,
];

export type ChangeOp =
  | readonly [to: "sent", message: number, rcpt: number, version: number, at: number, host: string]
  | readonly [
      to: "queued",
      message: number,
      rcpt: number,
      version: number,
      at: number,
      event: string,
      dueAt: number,
      attempts: number,
      sentAt: number | null,
      site: string | null,
      lastHost: string | null,
      why: string | null,
      delayTold: number,
      action: number | null,
    ]
  | readonly [to: "held", message: number, rcpt: number, version: number, at: number, event: string, why: string, action: number | null]
  | readonly [to: "settled", message: number, rcpt: number, version: number, at: number, event: string, state: string];

export type WriteOp =
  | AppendOp
  | readonly [op: "apply", changes: readonly ChangeOp[], report: AppendOp | null]
  | readonly [op: "record", at: number, message: number | null, rcpt: number | null, event: string]
  | readonly [op: "stage", message: number, part: number, at: Offset, length: number]
  | readonly [op: "unstage", message: number];

/** Served by the engine after the batch's commit, in order. */
export type ReadOp =
  | readonly [op: "giveBack", refs: readonly number[]]
  | readonly [op: "due", site: string, now: number, limit: number, perSender: number]
  | readonly [op: "sites"]
  | readonly [op: "message", key: number]
  | readonly [op: "part", key: number, part: number];

export type Op = WriteOp | ReadOp;

/** Served on a read-only connection, off the writer's path. */
export type Query =
  | readonly [op: "find", selector: Selector, limit: number, afterMessage: number, afterRcpt: number]
  | readonly [op: "count", selector: Selector]
  | readonly [op: "heldGroups", tenant: string | null, limit: number]
  | readonly [op: "ledger"]
  | readonly [op: "eventsOf", message: number]
  | readonly [op: "laneEvents", site: string, since: number, until: number, limit: number]
  | readonly [op: "eventsAfter", seq: number, limit: number]
  | readonly [op: "messagesOf", address: string, limit: number];

/** `bytes` is where every offset of `ops` points. */
export interface Batch {
  readonly ops: readonly Op[];
  readonly bytes: Uint8Array;
}

export interface Refused {
  readonly refused: SpoolCode;
  readonly text: string;
}

/** A delivery as a window or a search gives it, flat; `engine/rows.ts` and `thread/decode.ts` are its two ends. */
export type DeliveryRow = readonly [
  message: number,
  rcpt: number,
  version: number,
  dueAt: number,
  expiresAt: number,
  attempts: number,
  sentAt: number | null,
  lastHost: string | null,
  site: string,
  tenant: string,
  sender: string,
  source: string,
  state: number,
  why: string | null,
  action: number | null,
  address: string,
  domain: string,
  dsn: string | null,
  delayTold: number,
  cls: string,
  mailFrom: string,
  bytes: number,
  body: string,
  smtpUtf8: number,
  ret: string | null,
  envid: string | null,
  acceptedAt: number,
  tls: string | null,
];
export type HeldRow = readonly [
  sender: string,
  source: string,
  tenant: string,
  why: string,
  held: number,
  oldest: number,
  newest: number,
  action: number | null,
];
export type SiteRow = readonly [site: string, queued: number, nextDueAt: number];
export interface WindowRows {
  readonly rows: readonly DeliveryRow[];
  readonly more: boolean;
  readonly nextDueAt: number | null;
}
export type MessageRow = readonly [envelope: string, prelude: Uint8Array, parts: number];
/** What an operation came to. `null` where there is nothing to say but that it is done. */
export type Result = null | Refused | readonly number[] | WindowRows | readonly SiteRow[] | MessageRow | Uint8Array;
export type Answer = readonly DeliveryRow[] | readonly HeldRow[] | number | LedgerRows | readonly EventRow[] | readonly number[];

export function isRefused(result: unknown): result is Refused {
  return typeof result === "object" && result !== null && "refused" in result;
}
