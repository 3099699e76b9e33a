/**
 * What the ways out have carried and how warm they are, kept over a restart: small texts under keys, whose meaning is
 * `relay/egress`' business. In the control database and not among the settings, because no person sets them and no revision
 * is worth one more message; not in the journal, because a fold over days of events at each start is what they save.
 */
import type { Kysely } from "kysely";
import type { WallMs } from "../../base/clock.ts";
import type { ControlDatabase, Migrations } from "../sql/migrations.ts";

interface WayCountTables {
  way_count: { node: string; key: string; value: string; at: number };
}

export const WAY_COUNT_MIGRATIONS: Migrations = {
  "0009-way-counts": {
    up: async (db) => {
      await db.schema
        .createTable("way_count")
        .addColumn("node", "text", (column) => column.notNull())
        .addColumn("key", "text", (column) => column.notNull())
        .addColumn("value", "text", (column) => column.notNull())
        .addColumn("at", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("way_count_key", ["node", "key"])
        .execute();
    },
  },
};

export interface WayCount {
  readonly key: string;
  readonly value: string;
}

/** An address that was taken away, or a provider that nothing was sent to for so long, begins anew. */
const KEPT_MS = 60 * 86_400_000;
/** An engine takes some ten thousand values at once. */
const ROWS_AT_ONCE = 500;

/** Those of one node. The database has their migrations done. */
export class WayCounts {
  readonly #db: Kysely<WayCountTables>;
  readonly #node: string;

  constructor(database: ControlDatabase, node: string) {
    this.#db = database.tables<WayCountTables>();
    this.#node = node;
  }

  /** Forgets what is old, too. @throws {SqlFault} */
  async load(now: WallMs): Promise<readonly WayCount[]> {
    await this.#db
      .deleteFrom("way_count")
      .where("node", "=", this.#node)
      .where("at", "<", now - KEPT_MS)
      .execute();
    return await this.#db.selectFrom("way_count").select(["key", "value"]).where("node", "=", this.#node).orderBy("key").execute();
  }

  /** All of them or none; durable once it resolves. @throws {SqlFault} */
  async put(counts: readonly WayCount[], at: WallMs): Promise<void> {
    await this.#db.transaction().execute(async (inside) => {
      for (let from = 0; from < counts.length; from += ROWS_AT_ONCE)
        await inside
          .insertInto("way_count")
          .values(counts.slice(from, from + ROWS_AT_ONCE).map(({ key, value }) => ({ node: this.#node, key, value, at })))
          .onConflict((conflict) =>
            conflict.columns(["node", "key"]).doUpdateSet((row) => ({ value: row.ref("excluded.value"), at: row.ref("excluded.at") })),
          )
          .execute();
    });
  }
}
