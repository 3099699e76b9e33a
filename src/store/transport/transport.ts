/**
 * What is remembered of how hosts are spoken to: MTA-STS policies, which hold until their end (RFC 8461 §3.3) and so must
 * outlive a restart, and hosts whose STARTTLS is broken. All of it is in memory and answers at once; the control database
 * has it for the next start.
 */
import type { Kysely } from "kysely";
import type { Clock, WallMs } from "../../base/clock.ts";
import { textOf } from "../../base/fault.ts";
import type { Log } from "../../base/log.ts";
import { readStsPolicy, type StsPolicy } from "../../mail/transport-security/transport-security.ts";
import type { ControlDatabase, Migrations } from "../sql/migrations.ts";

interface TransportTables {
  sts_policy: { domain: string; id: string; text: string; fetched_at: number; until: number };
  broken_tls: { host: string; why: string; until: number };
}

export const TRANSPORT_MIGRATIONS: Migrations = {
  "0009-transport": {
    up: async (db) => {
      await db.schema
        .createTable("sts_policy")
        .addColumn("domain", "text", (column) => column.primaryKey())
        .addColumn("id", "text", (column) => column.notNull())
        .addColumn("text", "text", (column) => column.notNull())
        .addColumn("fetched_at", "bigint", (column) => column.notNull())
        .addColumn("until", "bigint", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("broken_tls")
        .addColumn("host", "text", (column) => column.primaryKey())
        .addColumn("why", "text", (column) => column.notNull())
        .addColumn("until", "bigint", (column) => column.notNull())
        .execute();
    },
  },
};

interface Kept {
  readonly id: string;
  readonly policy: StsPolicy;
  readonly fetchedAt: WallMs;
}

export interface TransportPorts {
  readonly clock: Clock;
  readonly log: Log;
}

/** Some 1 KB each. Beyond it the one fetched longest ago goes, and is fetched again when its domain gets mail. */
const POLICIES_MOST = 50_000;
/** Beyond it the one found first goes, and costs one more try. */
const BROKEN_MOST = 10_000;
/** A host is given another chance after this: repairs take days, and until then each try would be a failed handshake. */
const BROKEN_MS = 3 * 86_400_000;
const WHY_CHARS = 300;

export class TransportMemory implements AsyncDisposable {
  readonly #db: Kysely<TransportTables>;
  readonly #ports: TransportPorts;
  readonly #policies = new Map<string, Kept>();
  readonly #broken = new Map<string, { readonly why: string; readonly until: number }>();
  #written: Promise<void> = Promise.resolve();

  private constructor(database: ControlDatabase, ports: TransportPorts) {
    this.#db = database.tables<TransportTables>();
    this.#ports = ports;
  }

  /** The database has `TRANSPORT_MIGRATIONS` done. Resolves once all is in memory: mail must not leave before. @throws {SqlFault} */
  static async open(database: ControlDatabase, ports: TransportPorts): Promise<TransportMemory> {
    const memory = new TransportMemory(database, ports);
    await memory.#load();
    return memory;
  }

  readonly policies = {
    /** Also one that is over. */
    get: (domain: string): Kept | undefined => this.#policies.get(domain),
    put: (domain: string, kept: Kept): void => {
      this.#policies.delete(domain);
      this.#policies.set(domain, kept);
      const row = {
        id: kept.id,
        text: kept.policy.lines.join("\n"),
        fetched_at: kept.fetchedAt,
        until: kept.fetchedAt + kept.policy.maxAgeMs,
      };
      this.#write(async () => {
        await this.#db
          .insertInto("sts_policy")
          .values({ domain, ...row })
          .onConflict((conflict) => conflict.column("domain").doUpdateSet(row))
          .execute();
      });
      this.#bound(this.#policies, POLICIES_MOST, async (oldest) => {
        await this.#db.deleteFrom("sts_policy").where("domain", "=", oldest).execute();
      });
    },
  };

  readonly broken = {
    has: (host: string): boolean => (this.#broken.get(host)?.until ?? 0) > this.#ports.clock.wall(),
    add: (host: string, said: string): void => {
      const row = { why: said.slice(0, WHY_CHARS), until: this.#ports.clock.wall() + BROKEN_MS };
      this.#broken.delete(host);
      this.#broken.set(host, row);
      this.#ports.log("info", "STARTTLS does not work there; mail goes in clear for three days", { host, why: row.why });
      this.#write(async () => {
        await this.#db
          .insertInto("broken_tls")
          .values({ host, ...row })
          .onConflict((conflict) => conflict.column("host").doUpdateSet(row))
          .execute();
      });
      this.#bound(this.#broken, BROKEN_MOST, async (oldest) => {
        await this.#db.deleteFrom("broken_tls").where("host", "=", oldest).execute();
      });
    },
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#written;
  }

  async #load(): Promise<void> {
    const now = this.#ports.clock.wall();
    await this.#db.deleteFrom("sts_policy").where("until", "<=", now).execute();
    await this.#db.deleteFrom("broken_tls").where("until", "<=", now).execute();
    const policies = await this.#db.selectFrom("sts_policy").selectAll().orderBy("fetched_at").limit(POLICIES_MOST).execute();
    for (const { domain, id, text, fetched_at } of policies) {
      const read = readStsPolicy(text);
      if (read.ok) this.#policies.set(domain, { id, policy: read.policy, fetchedAt: fetched_at as WallMs });
    }
    const broken = await this.#db.selectFrom("broken_tls").selectAll().orderBy("until").limit(BROKEN_MOST).execute();
    for (const { host, why, until } of broken) this.#broken.set(host, { why, until });
  }

  #bound<T>(all: Map<string, T>, most: number, drop: (oldest: string) => Promise<void>): void {
    for (const oldest of all.keys()) {
      if (all.size <= most) break;
      all.delete(oldest);
      this.#write(async () => await drop(oldest));
    }
  }

  /** One after the other. What cannot be written holds until the next restart all the same. */
  #write(change: () => Promise<void>): void {
    this.#written = this.#written.then(change).catch((thrown: unknown) => {
      this.#ports.log("warn", "what was learned of TLS at a host is lost with the next restart", { why: textOf(thrown) });
    });
  }
}
