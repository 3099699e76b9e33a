/** The spool as its callers see it: calls become operations for the collector or questions for the reader. */
import type { Clock, WallMs } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { FairleadEvent, NewEvent } from "../../model/event.ts";
import type { DeliveryRef, MessageKey, SiteKey, TenantId } from "../../model/ids.ts";
import type { Envelope } from "../../model/message.ts";
import { decodeEvent, type EventRow } from "../journal/journal.ts";
import type { LedgerRows } from "../ledger/ledger.ts";
import { balance } from "../ledger/ledger.ts";
import type { DeliveryRow, HeldRow, MessageRow, Op, Result, SiteRow, WindowRows } from "./engine/ops.ts";
import { isRefused } from "./engine/ops.ts";
import type {
  Applied,
  Change,
  DueWindow,
  HeldCount,
  Ledger,
  Selector,
  SiteQueue,
  Spool,
  SpooledDelivery,
  SpoolHealth,
  StoredMessage,
  Submission,
} from "./spool.ts";
import { SpoolError } from "./spool-error.ts";
import { Collector } from "./thread/collector.ts";
import { decodeHeld, decodeQueued, decodeSpooled } from "./thread/decode.ts";
import { bytesOf, encodeChange, encodeSubmission } from "./thread/encode.ts";
import type { Arena, Link } from "./thread/link.ts";

/** Health as the link tells it and the callers ask for it. */
export class HealthBoard {
  #now: SpoolHealth = { is: "ok", freeBytes: Number.MAX_SAFE_INTEGER };
  readonly #listeners: ((health: SpoolHealth) => void)[] = [];

  get now(): SpoolHealth {
    return this.#now;
  }

  listen(listener: (health: SpoolHealth) => void): void {
    this.#listeners.push(listener);
  }

  set(health: SpoolHealth): void {
    const changed = health.is !== this.#now.is;
    this.#now = health;
    if (changed) for (const listener of this.#listeners) listener(health);
  }
}

export class SpoolFront implements Spool {
  readonly opened: Spool["opened"];
  readonly #link: Link;
  readonly #collector: Collector;
  readonly #board: HealthBoard;
  readonly #clock: Clock;
  readonly #listeners = new Set<(events: readonly NewEvent[]) => void>();
  #closed: Promise<void> | undefined;

  constructor(link: Link, board: HealthBoard, clock: Clock, log: Log) {
    this.#link = link;
    this.#board = board;
    this.#clock = clock;
    this.#collector = new Collector(link, clock, log);
    this.opened = { ...link.found, lastKey: link.found.lastKey as MessageKey };
  }

  async append(submission: Submission): Promise<void> {
    check(submission);
    await this.#ask((arena) => encodeSubmission(submission, arena), "now", 1 + submission.first.length, bytesOf(submission));
    if (this.#listeners.size > 0) this.#tell(eventsOf(submission));
  }

  async apply(changes: readonly Change[], need: "durable" | "soon", report?: Submission): Promise<readonly Applied[]> {
    if (report !== undefined) check(report);
    const now = this.#clock.wall();
    const encode = (arena: Arena): Op => [
      "apply",
      changes.map((change) => encodeChange(change, now)),
      report === undefined ? null : encodeSubmission(report, arena),
    ];
    const weight = changes.length + (report === undefined ? 0 : 1);
    const applied = await this.#ask<readonly number[]>(
      encode,
      need === "durable" ? "now" : "soon",
      weight,
      report === undefined ? 0 : bytesOf(report),
    );
    if (this.#listeners.size > 0) this.#tell(changesTold(changes, applied, now, report));
    return applied.map((ok) => (ok === 1 ? "ok" : "stale"));
  }

  record(event: NewEvent): void {
    if (this.#closed !== undefined) return;
    const { at, ref, body } = event;
    const rcpt = ref !== undefined && "rcpt" in ref ? ref.rcpt : null;
    this.#collector.record(["record", at, ref?.message ?? null, rcpt, JSON.stringify(body)]);
    if (this.#listeners.size > 0) this.#tell([event]);
  }

  onEvents(listener: (events: readonly NewEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(events: readonly NewEvent[]): void {
    for (const listener of this.#listeners) listener(events);
  }

  async stage(message: MessageKey, part: number, bytes: Uint8Array): Promise<void> {
    this.#mustBeOpen();
    await new Promise<void>((resolve, reject) => {
      const settle = (result: Result): void => (isRefused(result) ? reject(new SpoolError(result.refused, result.text)) : resolve());
      const encode = (arena: Arena): Op => ["stage", message, part, arena.add(bytes), bytes.length];
      this.#collector.submitPart({ encode, weight: 1, bytes: bytes.length, settle });
    });
  }

  unstage(message: MessageKey): void {
    if (this.#closed !== undefined) return;
    // Behind its parts. Whatever it comes to: what stays is swept at the next start.
    this.#collector.submitPart({ encode: () => ["unstage", message], weight: 1, bytes: 0, settle: () => {} });
  }

  async due(site: SiteKey, now: WallMs, limit: number, perSender: number): Promise<DueWindow> {
    const { rows, more, nextDueAt } = await this.#ask<WindowRows>(() => ["due", site, now, limit, perSender], "now", 8);
    return { deliveries: rows.map(decodeQueued), more, ...(nextDueAt === null ? {} : { nextDueAt: nextDueAt as WallMs }) };
  }

  giveBack(refs: readonly DeliveryRef[]): void {
    if (refs.length === 0 || this.#closed !== undefined) return;
    const flat = refs.flatMap((ref) => [ref.message, ref.rcpt]);
    this.#collector.submit({ encode: () => ["giveBack", flat], weight: 1, bytes: 0, settle: () => {} }, "now");
  }

  async sites(): Promise<readonly SiteQueue[]> {
    const rows = await this.#ask<readonly SiteRow[]>(() => ["sites"], "now", 1);
    return rows.map(([site, queued, nextDueAt]) => ({ site: site as SiteKey, queued, nextDueAt: nextDueAt as WallMs }));
  }

  async message(key: MessageKey): Promise<StoredMessage | undefined> {
    const row = await this.#ask<MessageRow | null>(() => ["message", key], "now", 1);
    if (row === null) return undefined;
    const [envelope, prelude, parts] = row;
    return { envelope: JSON.parse(envelope) as Envelope, prelude, parts };
  }

  async part(key: MessageKey, part: number): Promise<Uint8Array> {
    return await this.#ask<Uint8Array>(() => ["part", key, part], "now", 8);
  }

  async find(selector: Selector, limit: number, after?: DeliveryRef): Promise<readonly SpooledDelivery[]> {
    this.#mustBeOpen();
    const rows = await this.#link.query(["find", selector, limit, after?.message ?? -1, after?.rcpt ?? -1]);
    return (rows as readonly DeliveryRow[]).map(decodeSpooled);
  }

  async count(selector: Selector): Promise<number> {
    this.#mustBeOpen();
    return (await this.#link.query(["count", selector])) as number;
  }

  async heldGroups(tenant: TenantId | undefined, limit: number): Promise<readonly HeldCount[]> {
    this.#mustBeOpen();
    return ((await this.#link.query(["heldGroups", tenant ?? null, limit])) as readonly HeldRow[]).map(decodeHeld);
  }

  async ledger(): Promise<Ledger> {
    this.#mustBeOpen();
    return balance((await this.#link.query(["ledger"])) as LedgerRows);
  }

  async eventsOf(message: MessageKey): Promise<readonly FairleadEvent[]> {
    this.#mustBeOpen();
    return ((await this.#link.query(["eventsOf", message])) as readonly EventRow[]).map(decodeEvent);
  }

  async laneEvents(site: SiteKey, since: WallMs, until: WallMs, limit: number): Promise<readonly FairleadEvent[]> {
    this.#mustBeOpen();
    return ((await this.#link.query(["laneEvents", site, since, until, limit])) as readonly EventRow[]).map(decodeEvent);
  }

  async eventsAfter(seq: number, limit: number): Promise<readonly FairleadEvent[]> {
    this.#mustBeOpen();
    return ((await this.#link.query(["eventsAfter", seq, limit])) as readonly EventRow[]).map(decodeEvent);
  }

  async messagesOf(address: string, limit: number): Promise<readonly MessageKey[]> {
    this.#mustBeOpen();
    return (await this.#link.query(["messagesOf", address, limit])) as readonly MessageKey[];
  }

  health(): SpoolHealth {
    return this.#board.now;
  }

  onHealth(listener: (health: SpoolHealth) => void): void {
    this.#board.listen(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#collector.drain().then(() => this.#link.close());
    await this.#closed;
  }

  /** The caller names the type: it follows from the operation. @throws {SpoolError} */
  async #ask<Of extends Result>(encode: (arena: Arena) => Op, when: "now" | "soon", weight: number, bytes = 0): Promise<Of> {
    this.#mustBeOpen();
    return await new Promise((resolve, reject) => {
      const settle = (result: Result): void =>
        isRefused(result) ? reject(new SpoolError(result.refused, result.text)) : resolve(result as Of);
      this.#collector.submit({ encode, weight, bytes, settle }, when);
    });
  }

  #mustBeOpen(): void {
    if (this.#closed !== undefined) throw new SpoolError("SPOOL_CLOSED", "the spool is closed");
  }
}

/** What the types cannot say. A caller that breaks it has a fault of its own. */
function check({ envelope, first }: Submission): void {
  if (envelope.recipients.length === 0 || envelope.recipients.length !== first.length)
    throw new Error(`message ${envelope.key} has ${envelope.recipients.length} recipients and ${first.length} first states`);
}

/** What an append recorded: the acceptance, and what began as something else than queued. */
function eventsOf({ envelope, first }: Submission): NewEvent[] {
  const { key, ...rest } = envelope;
  const at = envelope.acceptedAt;
  const accepted: NewEvent = { at, ref: { message: key }, body: { kind: "accepted", envelope: rest } };
  const by = { kind: "policy", id: "intake" } as const;
  const others = first.flatMap((state, rcpt): NewEvent[] =>
    state.state === "queued" ? [] : [{ at, ref: { message: key, rcpt }, body: { kind: state.state, why: state.why, by } }],
  );
  return [accepted, ...others];
}

function changesTold(changes: readonly Change[], applied: readonly number[], at: WallMs, report: Submission | undefined): NewEvent[] {
  const told = changes.flatMap((change, i): NewEvent[] =>
    applied[i] === 1 && change.to !== "sent" ? [{ at, ref: change.ref, body: change.event }] : [],
  );
  return report !== undefined && applied.every((ok) => ok === 1) ? [...told, ...eventsOf(report)] : told;
}
