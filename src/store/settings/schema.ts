/**
 * Tables of the settings. A revision is one commit; `settings_document` has a row for each document that it changed,
 * and none is ever overwritten: the documents as of a revision are the last rows up to it.
 */
import type { Migrations } from "../sql/migrations.ts";

export interface SettingsTables {
  settings_revision: {
    revision: number;
    at: number;
    by: string;
    note: string | null;
    /** The revision whose documents this one brought back. */
    rolled_back_to: number | null;
    changes: number;
  };
  settings_document: {
    revision: number;
    kind: string;
    key: string;
    /** JSON; null where the revision removed it. */
    value: string | null;
    created_at: number;
  };
  settings_secret: { name: string; sealed: string; at: number; by: string };
  settings_data_key: { id: number; wrapped: string; at: number };
  operator_action: {
    action: number;
    at: number;
    verb: string;
    actor_kind: string;
    actor: string;
    note: string | null;
    selector: string;
    matched: number;
    done: number;
    undone: number;
    undoable: number;
    until: number | null;
    finished: number;
    tenant: string | null;
  };
}

export const SETTINGS_MIGRATIONS: Migrations = {
  "0001-settings": {
    up: async (db) => {
      await db.schema
        .createTable("settings_revision")
        .addColumn("revision", "bigint", (column) => column.primaryKey())
        .addColumn("at", "bigint", (column) => column.notNull())
        .addColumn("by", "text", (column) => column.notNull())
        .addColumn("note", "text")
        .addColumn("rolled_back_to", "bigint")
        .addColumn("changes", "integer", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("settings_document")
        .addColumn("revision", "bigint", (column) => column.notNull())
        .addColumn("kind", "text", (column) => column.notNull())
        .addColumn("key", "text", (column) => column.notNull())
        .addColumn("value", "text")
        .addColumn("created_at", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("settings_document_key", ["kind", "key", "revision"])
        .execute();
      await db.schema.createIndex("settings_document_revision").on("settings_document").column("revision").execute();
      await db.schema
        .createTable("settings_secret")
        .addColumn("name", "text", (column) => column.primaryKey())
        .addColumn("sealed", "text", (column) => column.notNull())
        .addColumn("at", "bigint", (column) => column.notNull())
        .addColumn("by", "text", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("settings_data_key")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("wrapped", "text", (column) => column.notNull())
        .addColumn("at", "bigint", (column) => column.notNull())
        .execute();
    },
  },
  "0002-actions": {
    up: async (db) =>
      await db.schema
        .createTable("operator_action")
        .addColumn("action", "bigint", (column) => column.primaryKey())
        .addColumn("at", "bigint", (column) => column.notNull())
        .addColumn("verb", "text", (column) => column.notNull())
        .addColumn("actor_kind", "text", (column) => column.notNull())
        .addColumn("actor", "text", (column) => column.notNull())
        .addColumn("note", "text")
        .addColumn("selector", "text", (column) => column.notNull())
        .addColumn("matched", "bigint", (column) => column.notNull())
        .addColumn("done", "bigint", (column) => column.notNull())
        .addColumn("undone", "integer", (column) => column.notNull())
        .addColumn("undoable", "integer", (column) => column.notNull())
        .addColumn("until", "bigint")
        .addColumn("finished", "integer", (column) => column.notNull())
        .addColumn("tenant", "text")
        .execute(),
  },
};
