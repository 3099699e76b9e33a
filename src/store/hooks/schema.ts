/** The table of how far each webhook is. Sequences are a node's own, and so is this. */
import type { Migrations } from "../sql/migrations.ts";

export interface HookTables {
  webhook_state: {
    node: string;
    name: string;
    cursor: number;
    replays: number;
    last_ok_at: number | null;
    /** `ok`, `retrying` or `stopped`. */
    run: string;
    why: string | null;
    failures: number;
    failing_since: number | null;
    next_try_at: number | null;
    lost_from: number | null;
    lost_to: number | null;
  };
}

export const HOOK_MIGRATIONS: Migrations = {
  "0006-webhooks": {
    up: async (db) =>
      await db.schema
        .createTable("webhook_state")
        .addColumn("node", "text", (column) => column.notNull())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("cursor", "bigint", (column) => column.notNull())
        .addColumn("replays", "integer", (column) => column.notNull())
        .addColumn("last_ok_at", "bigint")
        .addColumn("run", "text", (column) => column.notNull())
        .addColumn("why", "text")
        .addColumn("failures", "integer", (column) => column.notNull())
        .addColumn("failing_since", "bigint")
        .addColumn("next_try_at", "bigint")
        .addColumn("lost_from", "bigint")
        .addColumn("lost_to", "bigint")
        .addPrimaryKeyConstraint("webhook_state_key", ["node", "name"])
        .execute(),
  },
};
