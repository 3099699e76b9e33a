/**
 * What TLS sessions of outgoing mail came to, counted by day, domain, policy and way of failing, and how far the reports
 * on them are (RFC 8460). Counting happens in memory; every few seconds the sums are added to their rows. What a crash
 * takes is those seconds.
 */
import type { Kysely } from "kysely";
import type { Cancel, Clock, WallMs } from "../../base/clock.ts";
import { textOf } from "../../base/fault.ts";
import type { Log } from "../../base/log.ts";
import type { DomainResults } from "../../mail/tls-report/tls-report.ts";
import type { TlsSession } from "../../model/tls-session.ts";
import type { ControlDatabase } from "../sql/migrations.ts";
import { DAY_MS, Pending } from "./pending.ts";
import { type DomainsAsked, readDays, readDomain, readDomains, readResults, type TlsDay, type TlsDomainDay } from "./reading.ts";
import { type DueReport, type ReportOutcome, type ReportState, ReportStates } from "./report-states.ts";
import type { TlsTables } from "./schema.ts";
import { BOUNDS, type Bounds, writePending } from "./writing.ts";

export { TLS_RESULT_MIGRATIONS } from "./schema.ts";
export type { DomainsAsked, DueReport, ReportOutcome, ReportState, TlsDay, TlsDomainDay };
export { DAY_MS };

export interface TlsResultsPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** The node's name: each counts for itself. */
  readonly node: string;
  /** For tests. */
  readonly bounds?: Bounds;
}

const WRITE_EVERY_MS = 5_000;
/** Days that are kept, today included. */
const KEPT_DAYS = 8;
/** Domains forgotten by one statement, so that others who want the database wait for moments only. */
const FORGOTTEN_AT_ONCE = 2_000;
const TABLES = ["tls_failure", "tls_policy", "tls_report"] as const;

export class TlsResults implements AsyncDisposable {
  readonly reports: ReportStates;
  readonly #db: Kysely<TlsTables>;
  readonly #ports: TlsResultsPorts;
  readonly #counts = new Map<string, number>();
  #pending = new Pending();
  /** Was to be written, and could not be; the next write begins with it. */
  #unwritten: Pending | undefined;
  #armed: Cancel | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  /** The database has the migrations of TLS results done. */
  constructor(database: ControlDatabase, ports: TlsResultsPorts) {
    this.#db = database.tables<TlsTables>();
    this.#ports = ports;
    this.reports = new ReportStates(this.#db, ports.node);
  }

  /** Sessions of this process by outcome: `success`, or what reports call the failure. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Counts one. Costs no I/O. */
  seen(session: TlsSession): void {
    if (this.#closed) return;
    this.#counts.set(session.outcome.is, (this.#counts.get(session.outcome.is) ?? 0) + 1);
    this.#pending.add(session);
    this.#arm();
  }

  /** Resolves once what was seen so far is written. @throws {SqlFault} it is kept, and tried again. */
  async write(): Promise<void> {
    this.#armed?.();
    this.#armed = undefined;
    while (this.#writing) await this.#writing.catch(() => {}); // its own caller hears of it, and what it left is written now
    this.#writing = this.#write();
    try {
      await this.#writing;
    } finally {
      this.#writing = undefined;
    }
  }

  async days(): Promise<readonly TlsDay[]> {
    return await readDays(this.#db, this.#ports.node);
  }

  async domains(asked: DomainsAsked): Promise<readonly TlsDomainDay[]> {
    return await readDomains(this.#db, this.#ports.node, asked);
  }

  async domain(domain: string): Promise<readonly TlsDomainDay[]> {
    return await readDomain(this.#db, this.#ports.node, domain);
  }

  async results(day: number, domain: string): Promise<DomainResults> {
    return await readResults(this.#db, this.#ports.node, day, domain);
  }

  /** Days older than a week go, some rows at a time. @throws {SqlFault} */
  async forget(now: WallMs): Promise<void> {
    const before = Math.floor(now / DAY_MS) - KEPT_DAYS + 1;
    const { node } = this.#ports;
    const old = await this.#db.selectFrom("tls_day").select("day").where("node", "=", node).where("day", "<", before).execute();
    for (const { day } of old) {
      for (const table of TABLES) await this.#empty(table, day);
      await this.#db.deleteFrom("tls_day").where("node", "=", node).where("day", "=", day).execute();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.write().catch((thrown: unknown) =>
      this.#ports.log("warn", "TLS results of the last seconds are lost", { why: textOf(thrown) }),
    );
  }

  async #empty(table: (typeof TABLES)[number], day: number): Promise<void> {
    const { node } = this.#ports;
    for (;;) {
      const last = await this.#db
        .selectFrom(table)
        .select("domain")
        .where("node", "=", node)
        .where("day", "=", day)
        .orderBy("domain")
        .offset(FORGOTTEN_AT_ONCE)
        .limit(1)
        .executeTakeFirst();
      const rows = this.#db.deleteFrom(table).where("node", "=", node).where("day", "=", day);
      await (last === undefined ? rows : rows.where("domain", "<=", last.domain)).execute();
      if (last === undefined) return;
    }
  }

  #arm(): void {
    this.#armed ??= this.#ports.clock.after(WRITE_EVERY_MS, () => {
      this.write().catch((thrown: unknown) => {
        this.#ports.log("warn", "TLS results wait in memory: they cannot be written", { why: textOf(thrown) });
        if (!this.#closed) this.#arm();
      });
    });
  }

  async #write(): Promise<void> {
    if (this.#unwritten) await this.#add(this.#unwritten);
    this.#unwritten = undefined;
    if (this.#pending.isEmpty) return;
    this.#unwritten = this.#pending;
    this.#pending = new Pending();
    await this.#add(this.#unwritten);
    this.#unwritten = undefined;
  }

  async #add(pending: Pending): Promise<void> {
    const { node, bounds = BOUNDS } = this.#ports;
    await this.#db.transaction().execute(async (inside) => await writePending(inside, node, pending, bounds));
  }
}
