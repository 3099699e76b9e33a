/**
 * Tables of TLS results: what was counted, a day at a time, and what became of each domain's report on it. Days are
 * counted from 1 January 1970, UTC. Each node counts for itself and reports for itself.
 */
import type { Migrations } from "../sql/migrations.ts";

export interface TlsTables {
  tls_day: {
    node: string;
    day: number;
    succeeded: number;
    failed: number;
    /** Domains with rows of their own. */
    domains: number;
    /** Sessions that are in the sums above and in no row below: there was no room. */
    beyond: number;
    /** 1 once every domain has its row in tls_report. */
    planned: number;
  };
  tls_policy: {
    node: string;
    day: number;
    domain: string;
    /** Of what stands in the next four columns. */
    hash: string;
    type: string;
    policy_domain: string;
    /** JSON lists. */
    lines: string;
    mx_hosts: string;
    succeeded: number;
    failed: number;
  };
  tls_failure: {
    node: string;
    day: number;
    domain: string;
    policy: string;
    /** Of what stands in the next five columns. */
    hash: string;
    result: string;
    host: string | null;
    ip: string | null;
    local_ip: string | null;
    detail: string | null;
    sessions: number;
  };
  tls_report: {
    node: string;
    day: number;
    domain: string;
    state: string;
    /** When it is due; of one that is settled when that was. */
    at: number;
    attempts: number;
    /** JSON list of places that took it. */
    places: string;
    why: string | null;
  };
}

export const TLS_RESULT_MIGRATIONS: Migrations = {
  "0008-tls-results": {
    up: async (db) => {
      await db.schema
        .createTable("tls_day")
        .addColumn("node", "text", (column) => column.notNull())
        .addColumn("day", "integer", (column) => column.notNull())
        .addColumn("succeeded", "bigint", (column) => column.notNull())
        .addColumn("failed", "bigint", (column) => column.notNull())
        .addColumn("domains", "integer", (column) => column.notNull())
        .addColumn("beyond", "bigint", (column) => column.notNull())
        .addColumn("planned", "integer", (column) => column.notNull())
        .addPrimaryKeyConstraint("tls_day_key", ["node", "day"])
        .execute();
      await db.schema
        .createTable("tls_policy")
        .addColumn("node", "text", (column) => column.notNull())
        .addColumn("day", "integer", (column) => column.notNull())
        .addColumn("domain", "text", (column) => column.notNull())
        .addColumn("hash", "text", (column) => column.notNull())
        .addColumn("type", "text", (column) => column.notNull())
        .addColumn("policy_domain", "text", (column) => column.notNull())
        .addColumn("lines", "text", (column) => column.notNull())
        .addColumn("mx_hosts", "text", (column) => column.notNull())
        .addColumn("succeeded", "bigint", (column) => column.notNull())
        .addColumn("failed", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("tls_policy_key", ["node", "day", "domain", "hash"])
        .execute();
      await db.schema
        .createTable("tls_failure")
        .addColumn("node", "text", (column) => column.notNull())
        .addColumn("day", "integer", (column) => column.notNull())
        .addColumn("domain", "text", (column) => column.notNull())
        .addColumn("policy", "text", (column) => column.notNull())
        .addColumn("hash", "text", (column) => column.notNull())
        .addColumn("result", "text", (column) => column.notNull())
        .addColumn("host", "text")
        .addColumn("ip", "text")
        .addColumn("local_ip", "text")
        .addColumn("detail", "text")
        .addColumn("sessions", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("tls_failure_key", ["node", "day", "domain", "policy", "hash"])
        .execute();
      await db.schema
        .createTable("tls_report")
        .addColumn("node", "text", (column) => column.notNull())
        .addColumn("day", "integer", (column) => column.notNull())
        .addColumn("domain", "text", (column) => column.notNull())
        .addColumn("state", "text", (column) => column.notNull())
        .addColumn("at", "bigint", (column) => column.notNull())
        .addColumn("attempts", "integer", (column) => column.notNull())
        .addColumn("places", "text", (column) => column.notNull())
        .addColumn("why", "text")
        .addPrimaryKeyConstraint("tls_report_key", ["node", "day", "domain"])
        .execute();
      await db.schema.createIndex("tls_report_due").on("tls_report").columns(["node", "state", "at"]).execute();
    },
  },
};
