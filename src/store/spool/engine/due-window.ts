/**
 * Which deliveries of a site go next: due ones that nobody has in hand, few of each sender, senders in turn. Where all
 * that is due fits the window, it is one walk in due order; where a flood stands in front, senders are visited by leaps
 * over the (site, sender) index, so the flood's million rows cost nothing.
 */
import type { Database, Statement } from "../../sql/sql.ts";
import type { Leases, Turn } from "./leases.ts";
import type { Names } from "./names.ts";
import { SITE } from "./names.ts";
import type { DeliveryRow, WindowRows } from "./ops.ts";
import { DELIVERY_COLUMNS, DELIVERY_TABLES } from "./rows.ts";

/** Senders visited in one call. Those left out come next time; the oldest due ones are always considered. */
const SENDERS_A_CALL = 256;

type Candidate = readonly [sender: number, dueAt: number, message: number, rcpt: number];

export class DueWindows {
  readonly #names: Names;
  readonly #leases: Leases;
  readonly #byDue: Statement;
  readonly #nextSender: Statement;
  readonly #ofSender: Statement;
  readonly #later: Statement;
  readonly #row: Statement;

  constructor(db: Database, names: Names, leases: Leases) {
    this.#names = names;
    this.#leases = leases;
    const queued = "site = ? and state = 0";
    const columns = "select sender, due_at, message, rcpt from delivery";
    this.#byDue = db.prepare(
      `${columns} indexed by delivery_due where ${queued} and due_at between ? and ? order by due_at, message, rcpt`,
    );
    this.#nextSender = db.prepare(
      `select sender from delivery indexed by delivery_sender where ${queued} and sender > ? order by sender limit 1`,
    );
    this.#ofSender = db.prepare(
      `${columns} indexed by delivery_sender where ${queued} and sender = ? and due_at <= ? order by due_at, message, rcpt`,
    );
    this.#later = db.prepare(
      `select due_at, message, rcpt from delivery indexed by delivery_due where ${queued} and due_at > ? order by due_at, message, rcpt`,
    );
    this.#row = db.prepare(`select ${DELIVERY_COLUMNS} from ${DELIVERY_TABLES} where d.message = ? and d.rcpt = ?`);
  }

  /** Takes the window and leases what is in it. */
  take(siteName: string, now: number, limit: number, perSender: number): WindowRows {
    const site = this.#names.find(SITE, siteName);
    if (site === undefined) return { rows: [], more: false, nextDueAt: null };
    const turn = this.#leases.turn(site);
    const oldest = this.#oldest(site, turn, now, limit + 1);
    const all = oldest.length <= limit;
    const chosen = all ? inTurn(oldest, turn, limit, perSender) : this.#bySender(site, turn, now, limit, perSender, oldest);
    const rows: DeliveryRow[] = [];
    for (const [, , message, rcpt] of chosen) {
      const row = this.#row.first<DeliveryRow>(message, rcpt);
      if (row === undefined) continue; // a delivery without its message: the ledger's sweep will tell
      this.#leases.take(message, rcpt);
      rows.push(row);
    }
    return { rows, more: chosen.length < oldest.length, nextDueAt: this.#nextDueAt(site, now) };
  }

  /** The first `most` open deliveries in due order. Moves the front to the first of them. */
  #oldest(site: number, turn: Turn, now: number, most: number): Candidate[] {
    const found: Candidate[] = [];
    for (const row of this.#byDue.each<Candidate>(site, turn.front, now)) {
      if (this.#leases.has(row[2], row[3])) continue;
      if (found.push(row) >= most) break;
    }
    turn.front = found[0]?.[1] ?? now;
    return found;
  }

  /** Visits senders in turn; what room is left goes to the oldest. */
  #bySender(site: number, turn: Turn, now: number, limit: number, perSender: number, oldest: readonly Candidate[]): Candidate[] {
    const chosen: Candidate[] = [];
    const visited = new Set<number>();
    let at = turn.sender;
    for (let wrapped = false; visited.size < SENDERS_A_CALL && chosen.length < limit; ) {
      const sender = this.#nextSender.first<[number]>(site, at)?.[0];
      if (sender === undefined || visited.has(sender)) {
        if (wrapped || sender !== undefined) break;
        wrapped = true;
        at = 0;
        continue;
      }
      visited.add(sender);
      at = sender;
      this.#someOf(site, sender, now, Math.min(perSender, limit - chosen.length), chosen);
    }
    turn.sender = at;
    for (const row of oldest) {
      if (chosen.length >= limit) break;
      if (visited.has(row[0])) continue;
      visited.add(row[0]);
      this.#someOf(site, row[0], now, Math.min(perSender, limit - chosen.length), chosen);
    }
    return chosen;
  }

  #someOf(site: number, sender: number, now: number, most: number, into: Candidate[]): void {
    const end = into.length + most;
    for (const row of this.#ofSender.each<Candidate>(site, sender, now)) {
      if (this.#leases.has(row[2], row[3])) continue;
      if (into.push(row) >= end) return;
    }
  }

  #nextDueAt(site: number, now: number): number | null {
    for (const [dueAt, message, rcpt] of this.#later.each<[number, number, number]>(site, now))
      if (!this.#leases.has(message, rcpt)) return dueAt;
    return null;
  }
}

/** All that is due is known: takes at most `perSender` of each, beginning after the sender served last. */
function inTurn(due: readonly Candidate[], turn: Turn, limit: number, perSender: number): Candidate[] {
  const bySender = new Map<number, Candidate[]>();
  for (const row of due) {
    const rows = bySender.get(row[0]);
    if (rows === undefined) bySender.set(row[0], [row]);
    else if (rows.length < perSender) rows.push(row);
  }
  const senders = [...bySender.keys()].sort((a, b) => a - b);
  const first = senders.findIndex((sender) => sender > turn.sender);
  const order = first <= 0 ? senders : [...senders.slice(first), ...senders.slice(0, first)];
  const chosen: Candidate[] = [];
  for (const sender of order) chosen.push(...(bySender.get(sender) ?? []));
  turn.sender = order.at(-1) ?? turn.sender;
  return chosen.slice(0, limit);
}
