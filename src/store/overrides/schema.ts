/** The table of overrides. A node decides about its own lanes, so its overrides are its own, and so are their numbers. */
import type { Migrations } from "../sql/migrations.ts";

export interface OverrideTables {
  override: {
    node: string;
    id: number;
    egress: string | null;
    provider: string | null;
    domain: string | null;
    /** `pause`, `reroute second`, `connections max 5`. */
    change: string;
    cause: string;
    class: string | null;
    actor_kind: string;
    actor: string;
    since: number;
    until: number | null;
    undone_at: number | null;
    undone_by_kind: string | null;
    undone_by: string | null;
    immune_until: number | null;
  };
}

export const OVERRIDE_MIGRATIONS: Migrations = {
  "0007-overrides": {
    up: async (db) =>
      await db.schema
        .createTable("override")
        .addColumn("node", "text", (column) => column.notNull())
        .addColumn("id", "bigint", (column) => column.notNull())
        .addColumn("egress", "text")
        .addColumn("provider", "text")
        .addColumn("domain", "text")
        .addColumn("change", "text", (column) => column.notNull())
        .addColumn("cause", "text", (column) => column.notNull())
        .addColumn("class", "text")
        .addColumn("actor_kind", "text", (column) => column.notNull())
        .addColumn("actor", "text", (column) => column.notNull())
        .addColumn("since", "bigint", (column) => column.notNull())
        .addColumn("until", "bigint")
        .addColumn("undone_at", "bigint")
        .addColumn("undone_by_kind", "text")
        .addColumn("undone_by", "text")
        .addColumn("immune_until", "bigint")
        .addPrimaryKeyConstraint("override_key", ["node", "id"])
        .execute(),
  },
};
