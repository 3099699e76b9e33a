/** Tables of the audit: entries, each with the hash of the one before, and where the chain begins once old ones are gone. */
import type { Migrations } from "../sql/migrations.ts";

export interface AuditTables {
  audit_entry: {
    seq: number;
    at: number;
    actor: string;
    tenant: string | null;
    ip: string | null;
    what: string;
    target: string | null;
    /** JSON. */
    before: string | null;
    after: string | null;
    ok: number;
    hash: string;
  };
  /** The last entry that was removed. */
  audit_anchor: { id: number; seq: number; hash: string };
}

export const AUDIT_MIGRATIONS: Migrations = {
  "0004-audit": {
    up: async (db) => {
      await db.schema
        .createTable("audit_entry")
        .addColumn("seq", "bigint", (column) => column.primaryKey())
        .addColumn("at", "bigint", (column) => column.notNull())
        .addColumn("actor", "text", (column) => column.notNull())
        .addColumn("tenant", "text")
        .addColumn("ip", "text")
        .addColumn("what", "text", (column) => column.notNull())
        .addColumn("target", "text")
        .addColumn("before", "text")
        .addColumn("after", "text")
        .addColumn("ok", "integer", (column) => column.notNull())
        .addColumn("hash", "text", (column) => column.notNull())
        .execute();
      await db.schema.createIndex("audit_entry_tenant").on("audit_entry").columns(["tenant", "seq"]).execute();
      await db.schema.createIndex("audit_entry_actor").on("audit_entry").columns(["actor", "seq"]).execute();
      await db.schema
        .createTable("audit_anchor")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("seq", "bigint", (column) => column.notNull())
        .addColumn("hash", "text", (column) => column.notNull())
        .execute();
    },
  },
};
