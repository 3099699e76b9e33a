/** The chain: each entry's hash covers its content and the hash of the one before, so that none can be changed or taken out unseen. */
import { createHash } from "node:crypto";
import type { Kysely, Selectable } from "kysely";
import type { AuditTables } from "./schema.ts";

export type AuditRow = Selectable<AuditTables["audit_entry"]>;
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
}

/** What comes before the first entry. */
const BEGINNING: ChainEnd = { seq: 0, hash: "" };
/** Rows read at a time: other callers get their turn in between. */
const PAGE = 500;

export function hashOfEntry(row: Omit<AuditRow, "hash">, before: string): string {
  const { seq, at, actor, tenant, ip, what, target, before: was, after, ok } = row;
  return createHash("sha256")
    .update(JSON.stringify([before, seq, at, actor, tenant, ip, what, target, was, after, ok]))
    .digest("base64url");
}

/** Where the kept part of the chain begins. */
export async function chainStart(db: Kysely<AuditTables>): Promise<ChainEnd> {
  return (await db.selectFrom("audit_anchor").select(["seq", "hash"]).where("id", "=", 1).executeTakeFirst()) ?? BEGINNING;
}

export async function chainEnd(db: Kysely<AuditTables>): Promise<ChainEnd> {
  const last = await db.selectFrom("audit_entry").select(["seq", "hash"]).orderBy("seq", "desc").limit(1).executeTakeFirst();
  return last ?? (await chainStart(db));
}

/** The first entry that does not follow from the one before; undefined if all do. */
export async function firstBreak(db: Kysely<AuditTables>): Promise<number | undefined> {
  let end = await chainStart(db);
  for (;;) {
    const rows = await db.selectFrom("audit_entry").selectAll().where("seq", ">", end.seq).orderBy("seq").limit(PAGE).execute();
    for (const row of rows) {
      if (row.seq !== end.seq + 1 || row.hash !== hashOfEntry(row, end.hash)) {
        // Retention may have moved the start meanwhile: then what looked missing was meant to go.
        const start = await chainStart(db);
        if (start.seq > end.seq) return await firstBreak(db);
        return end.seq + 1;
      }
      end = { seq: row.seq, hash: row.hash };
    }
    if (rows.length < PAGE) return undefined;
  }
}
