/** Tables of the suppression list: addresses that are not written to, and failures that have not made one yet. */
import type { Migrations } from "../sql/migrations.ts";

export interface SuppressionTables {
  suppression: {
    tenant: string;
    address: string;
    /** For "everybody there". */
    domain: string;
    why: string;
    detail: string | null;
    message: number | null;
    since: number;
    until: number | null;
    hits: number;
    last_hit_at: number | null;
    actor_kind: string;
    actor: string;
  };
  suppression_failure: { tenant: string; address: string; first_at: number };
}

export const SUPPRESSION_MIGRATIONS: Migrations = {
  "0005-suppression": {
    up: async (db) => {
      await db.schema
        .createTable("suppression")
        .addColumn("tenant", "text", (column) => column.notNull())
        .addColumn("address", "text", (column) => column.notNull())
        .addColumn("domain", "text", (column) => column.notNull())
        .addColumn("why", "text", (column) => column.notNull())
        .addColumn("detail", "text")
        .addColumn("message", "bigint")
        .addColumn("since", "bigint", (column) => column.notNull())
        .addColumn("until", "bigint")
        .addColumn("hits", "bigint", (column) => column.notNull())
        .addColumn("last_hit_at", "bigint")
        .addColumn("actor_kind", "text", (column) => column.notNull())
        .addColumn("actor", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("suppression_key", ["address", "tenant"])
        .execute();
      await db.schema.createIndex("suppression_domain").on("suppression").columns(["domain", "tenant"]).execute();
      await db.schema.createIndex("suppression_until").on("suppression").column("until").execute();
      await db.schema
        .createTable("suppression_failure")
        .addColumn("tenant", "text", (column) => column.notNull())
        .addColumn("address", "text", (column) => column.notNull())
        .addColumn("first_at", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("suppression_failure_key", ["address", "tenant"])
        .execute();
      await db.schema.createIndex("suppression_failure_first").on("suppression_failure").column("first_at").execute();
    },
  },
};
