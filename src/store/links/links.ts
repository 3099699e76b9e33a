/**
 * How often the links to a message's story were taken back. Links themselves are kept nowhere: they carry their own
 * proof, in which this number stands; so a link that was taken back fits no more, and one made afterwards does.
 */
import { type Kysely, sql } from "kysely";
import type { WallMs } from "../../base/clock.ts";
import type { MessageKey } from "../../model/ids.ts";
import type { ControlDatabase, Migrations } from "../sql/migrations.ts";

interface LinkTables {
  link_revoked: {
    message: number;
    times: number;
    /** When no link to the message would hold any more, taken back or not. */
    until: number;
  };
}

export const LINK_MIGRATIONS: Migrations = {
  "0006-links": {
    up: async (db) => {
      await db.schema
        .createTable("link_revoked")
        .addColumn("message", "bigint", (column) => column.primaryKey())
        .addColumn("times", "integer", (column) => column.notNull())
        .addColumn("until", "bigint", (column) => column.notNull())
        .execute();
      await db.schema.createIndex("link_revoked_until").on("link_revoked").column("until").execute();
    },
  },
};

/** Some 30 MB. Rows end by themselves, so only a program that takes links back by the thousand a day comes near. */
const MOST_REVOKED = 1_000_000;

export class RevokedLinks {
  readonly #db: Kysely<LinkTables>;
  readonly #most: number;

  /** The database has the links' migrations done. */
  constructor(database: ControlDatabase, most = MOST_REVOKED) {
    this.#db = database.tables<LinkTables>();
    this.#most = most;
  }

  /** How often; 0 for a message whose links were never taken back. */
  async times(message: MessageKey): Promise<number> {
    const row = await this.#db.selectFrom("link_revoked").select("times").where("message", "=", message).executeTakeFirst();
    return row?.times ?? 0;
  }

  /** Durable when it resolves. False: the list is full of others that have not ended, and nothing was changed. */
  async revoke(message: MessageKey, until: WallMs, now: WallMs): Promise<boolean> {
    return await this.#db.transaction().execute(async (inside) => {
      await inside.deleteFrom("link_revoked").where("until", "<=", now).execute();
      const { numUpdatedRows } = await inside
        .updateTable("link_revoked")
        .set({ times: sql<number>`times + 1` })
        .where("message", "=", message)
        .executeTakeFirst();
      if (numUpdatedRows > 0n) return true;
      const { kept } = await inside
        .selectFrom("link_revoked")
        .select((row) => row.fn.countAll<number>().as("kept"))
        .executeTakeFirstOrThrow();
      if (Number(kept) >= this.#most) return false;
      await inside.insertInto("link_revoked").values({ message, times: 1, until }).execute();
      return true;
    });
  }
}
