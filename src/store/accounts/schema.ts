/** Tables of people, their sessions, and programs' keys. What proves an identity is kept as a hash only. */
import type { Migrations } from "../sql/migrations.ts";

export interface AccountTables {
  account_user: {
    name: string;
    role: string;
    tenant: string | null;
    /** `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
    password: string;
    second_factor: number;
    /** The time step of the last one-time code taken: none is taken twice. */
    last_step: number;
    created_at: number;
    last_login_at: number | null;
  };
  account_session: {
    id: string;
    token_hash: string;
    user: string;
    ip: string;
    agent: string;
    since: number;
    last_seen_at: number;
    fresh_until: number;
  };
  account_key: {
    id: string;
    token_hash: string;
    name: string;
    role: string;
    tenant: string | null;
    created_at: number;
    until: number | null;
    last_used_at: number | null;
  };
  account_first_code: { id: number; code_hash: string; until: number };
}

export const ACCOUNT_MIGRATIONS: Migrations = {
  "0003-accounts": {
    up: async (db) => {
      await db.schema
        .createTable("account_user")
        .addColumn("name", "text", (column) => column.primaryKey())
        .addColumn("role", "text", (column) => column.notNull())
        .addColumn("tenant", "text")
        .addColumn("password", "text", (column) => column.notNull())
        .addColumn("second_factor", "integer", (column) => column.notNull())
        .addColumn("last_step", "bigint", (column) => column.notNull())
        .addColumn("created_at", "bigint", (column) => column.notNull())
        .addColumn("last_login_at", "bigint")
        .execute();
      await db.schema
        .createTable("account_session")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("token_hash", "text", (column) => column.notNull().unique())
        .addColumn("user", "text", (column) => column.notNull())
        .addColumn("ip", "text", (column) => column.notNull())
        .addColumn("agent", "text", (column) => column.notNull())
        .addColumn("since", "bigint", (column) => column.notNull())
        .addColumn("last_seen_at", "bigint", (column) => column.notNull())
        .addColumn("fresh_until", "bigint", (column) => column.notNull())
        .execute();
      await db.schema.createIndex("account_session_user").on("account_session").columns(["user", "since"]).execute();
      await db.schema
        .createTable("account_key")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("token_hash", "text", (column) => column.notNull().unique())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("role", "text", (column) => column.notNull())
        .addColumn("tenant", "text")
        .addColumn("created_at", "bigint", (column) => column.notNull())
        .addColumn("until", "bigint")
        .addColumn("last_used_at", "bigint")
        .execute();
      await db.schema
        .createTable("account_first_code")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("code_hash", "text", (column) => column.notNull())
        .addColumn("until", "bigint", (column) => column.notNull())
        .execute();
    },
  },
};
