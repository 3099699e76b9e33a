/**
 * How a delivery moves: queued ⇄ held, sent (still queued, the final dot may leave), settled (the row goes; with the
 * last one of a message, its content too). A change names the version it saw, so of two only one succeeds.
 */
import type { Counted } from "../../ledger/ledger.ts";
import type { Database, Statement } from "../../sql/sql.ts";
import { SITE } from "./names.ts";
import type { ChangeOp } from "./ops.ts";
import { HELD, QUEUED } from "./schema.ts";
import type { Tables } from "./tables.ts";

type Seen = [state: number, tenant: number, site: number, alone: number];
const STATE_NAME = ["queued", "held"] as const;

export class Changer {
  readonly #tables: Tables;
  readonly #sent: Statement;
  readonly #seen: Statement;
  readonly #queue: Statement;
  readonly #hold: Statement;
  readonly #settle: Statement;
  readonly #another: Statement;
  readonly #dropMessage: Statement;
  readonly #dropSmall: Statement;

  constructor(db: Database, tables: Tables) {
    this.#tables = tables;
    const row = "where message = ? and rcpt = ?";
    this.#sent = db.prepare(
      `update delivery set sent_at = ?, last_host = ?, version = version + 1 ${row} and version = ? and state = ${QUEUED}`,
    );
    this.#dropSmall = db.prepare("delete from message where key = ?");
    this.#seen = db.prepare(`select state, tenant, site, alone from delivery ${row} and version = ?`);
    // The reason of a hold does not outlive it; the last reply stays until there is another.
    this.#queue = db.prepare(
      `update delivery set version = version + 1, due_at = ?, attempts = ?, sent_at = ?, site = ?, last_host = coalesce(?, last_host),
         why = coalesce(?, case state when ${HELD} then null else why end),
         delay_told = max(delay_told, ?), action = coalesce(?, action), state = ${QUEUED} ${row}`,
    );
    this.#hold = db.prepare(`update delivery set version = version + 1, state = ${HELD}, why = ?, action = ? ${row}`);
    this.#settle = db.prepare(`delete from delivery ${row}`);
    this.#another = db.prepare("select 1 from delivery where message = ? limit 1");
    this.#dropMessage = db.prepare("delete from message where key = ? returning parts, content_crc is null");
  }

  /** False if the change came too late; then nothing was written. In the caller's transaction. */
  apply(change: ChangeOp): boolean {
    switch (change[0]) {
      case "sent": {
        const [, message, rcpt, version, at, host] = change;
        return this.#sent.run(at, host, message, rcpt, version) === 1;
      }
      case "queued":
        return this.#toQueued(change);
      case "held":
        return this.#toHeld(change);
      case "settled":
        return this.#toSettled(change);
    }
  }

  #toQueued(change: ChangeOp & { 0: "queued" }): boolean {
    const [, message, rcpt, version, at, event, dueAt, attempts, sentAt, siteName, lastHost, why, told, action] = change;
    const seen = this.#seen.first<Seen>(message, rcpt, version);
    if (seen === undefined) return false;
    const [state, tenant, oldSite] = seen;
    const site = siteName === null ? oldSite : this.#tables.names.id(SITE, siteName);
    this.#queue.run(dueAt, attempts, sentAt, site, lastHost, why, told, action, message, rcpt);
    if (state === HELD) this.#count(tenant, "held", "queued");
    this.#tables.journal.add(at, message, rcpt, event);
    this.#tables.onCommit.push(["open", message, rcpt, site, dueAt]);
    return true;
  }

  #toHeld(change: ChangeOp & { 0: "held" }): boolean {
    const [, message, rcpt, version, at, event, why, action] = change;
    const seen = this.#seen.first<Seen>(message, rcpt, version);
    if (seen === undefined) return false;
    const [state, tenant] = seen;
    this.#hold.run(why, action, message, rcpt);
    if (state === QUEUED) this.#count(tenant, "queued", "held");
    this.#tables.journal.add(at, message, rcpt, event);
    this.#tables.onCommit.push(["gone", message, rcpt, 0, 0]);
    return true;
  }

  #toSettled(change: ChangeOp & { 0: "settled" }): boolean {
    const [, message, rcpt, version, at, event, into] = change;
    const seen = this.#seen.first<Seen>(message, rcpt, version);
    if (seen === undefined) return false;
    const [state, tenant, , alone] = seen;
    this.#settle.run(message, rcpt);
    this.#count(tenant, STATE_NAME[state] ?? "queued", into as Counted);
    this.#tables.journal.add(at, message, rcpt, event);
    this.#tables.onCommit.push(["gone", message, rcpt, 0, 0]);
    if (alone === 1) this.#dropSmall.run(message);
    else if (this.#another.first(message) === undefined) this.#dropWhole(message);
    return true;
  }

  #dropWhole(message: number): void {
    const [parts, staged] = this.#dropMessage.first<[number, number]>(message) ?? [0, 0];
    if (parts > 1 || staged === 1) this.#tables.contents.drop(message, parts);
  }

  #count(tenant: number, from: Counted, to: Counted): void {
    this.#tables.counters.add(tenant, from, -1);
    this.#tables.counters.add(tenant, to, 1);
  }
}
