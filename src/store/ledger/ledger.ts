/**
 * The ledger: for every tenant, accepted = delivered + relayed + bounced + expired + discarded + held + queued, in
 * deliveries. Two counts that do not know of each other: counters kept beside the events as they are written, and a
 * sweep of the table of deliveries. A difference is a fault of the program or of the disk.
 */
import type { TenantId } from "../../model/ids.ts";
import type { Ledger, LedgerCounts } from "../spool/spool.ts";
import type { Database, Statement } from "../sql/sql.ts";

export type Counted = keyof LedgerCounts;
/** The order of the counters in a row. */
export const COUNTED: readonly Counted[] = ["accepted", "queued", "held", "delivered", "relayed", "bounced", "expired", "discarded"];

/** Tenants counted in memory at a time; above this all are read again from the table. */
const CACHED_TENANTS = 10_000;

/** Keeps the counters in the open transaction: `flush` before its commit, `forget` after a rollback. */
export class Counters {
  readonly #read: Statement;
  readonly #write: Statement;
  readonly #counts = new Map<number, Record<Counted, number>>();
  readonly #touched = new Set<number>();

  constructor(db: Database) {
    this.#read = db.prepare(`select ${COUNTED.join(", ")} from counter where tenant = ?`);
    this.#write = db.prepare(`insert or replace into counter (tenant, ${COUNTED.join(", ")}) values (?${", ?".repeat(COUNTED.length)})`);
  }

  add(tenant: number, what: Counted, deliveries: number): void {
    this.#of(tenant)[what] += deliveries;
    this.#touched.add(tenant);
  }

  flush(): void {
    for (const tenant of this.#touched) {
      const counts = this.#of(tenant);
      this.#write.run(tenant, ...COUNTED.map((what) => counts[what]));
    }
    this.#touched.clear();
    if (this.#counts.size > CACHED_TENANTS) this.#counts.clear();
  }

  forget(): void {
    this.#counts.clear();
    this.#touched.clear();
  }

  #of(tenant: number): Record<Counted, number> {
    let counts = this.#counts.get(tenant);
    if (counts === undefined) {
      counts = countsFrom(this.#read.first<readonly number[]>(tenant) ?? []);
      this.#counts.set(tenant, counts);
    }
    return counts;
  }
}

/** Both counts, read in one snapshot. */
export interface LedgerRows {
  /** Tenant, then the counts in the order of `COUNTED`. */
  readonly counters: readonly (readonly [tenant: string, ...counts: number[]])[];
  readonly swept: readonly (readonly [tenant: string, state: number, deliveries: number])[];
}

/** Reads both in one transaction. On the connection for reading: the sweep visits every delivery. */
export function readLedger(db: Database): LedgerRows {
  db.exec("begin");
  try {
    return {
      counters: db.prepare(`select name.text, ${COUNTED.join(", ")} from counter join name on name.id = tenant order by 1`).all(),
      swept: db
        .prepare(
          `select name.text, state, n from (select tenant, state, count(*) n from delivery group by tenant, state)
             join name on name.id = tenant order by 1, 2`,
        )
        .all(),
    };
  } finally {
    db.rollback();
  }
}

/** Compares the two counts. */
export function balance(rows: LedgerRows): Ledger {
  const byEvents = new Map<TenantId, LedgerCounts>();
  const bySweep = new Map<TenantId, { queued: number; held: number }>();
  const swept = (tenant: TenantId): { queued: number; held: number } => {
    const counts = bySweep.get(tenant) ?? { queued: 0, held: 0 };
    bySweep.set(tenant, counts);
    return counts;
  };
  for (const [tenant, ...counts] of rows.counters) {
    byEvents.set(tenant as TenantId, countsFrom(counts));
    swept(tenant as TenantId);
  }
  for (const [tenant, state, n] of rows.swept) swept(tenant as TenantId)[state === 0 ? "queued" : "held"] = n;

  const drift: string[] = [];
  for (const [tenant, found] of bySweep) {
    const told = byEvents.get(tenant) ?? countsFrom([]);
    for (const what of ["queued", "held"] as const)
      if (told[what] !== found[what]) drift.push(`${tenant}: the events say ${told[what]} ${what}, the table has ${found[what]}`);
    const sum = COUNTED.reduce((total, what) => (what === "accepted" ? total : total + told[what]), 0);
    if (told.accepted !== sum) drift.push(`${tenant}: ${told.accepted} accepted, but the states sum to ${sum}`);
  }
  return { byEvents, bySweep, balances: drift.length === 0, drift };
}

function countsFrom(counts: readonly number[]): Record<Counted, number> {
  const [accepted = 0, queued = 0, held = 0, delivered = 0, relayed = 0, bounced = 0, expired = 0, discarded = 0] = counts;
  return { accepted, queued, held, delivered, relayed, bounced, expired, discarded };
}
