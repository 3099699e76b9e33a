/** The revisions in the database: how one is written, and what stood as of one. */
import type { Kysely } from "kysely";
import type { WallMs } from "../../base/clock.ts";
import type { CommitOrder, SettingsDocument } from "./control-settings.ts";
import type { SettingsTables } from "./schema.ts";

type Db = Kysely<SettingsTables>;

interface WrittenChange {
  readonly kind: string;
  readonly key: string;
  readonly value?: unknown;
  readonly createdAt: WallMs;
}

export async function lastRevision(db: Db): Promise<number> {
  const row = await db.selectFrom("settings_revision").select("revision").orderBy("revision", "desc").limit(1).executeTakeFirst();
  return row?.revision ?? 0;
}

export async function documentsAt(db: Db, revision: number): Promise<readonly SettingsDocument[]> {
  const rows = await db
    .selectFrom("settings_document as document")
    .innerJoin(
      (inner) =>
        inner
          .selectFrom("settings_document")
          .select(({ fn }) => ["kind", "key", fn.max("revision").as("revision")])
          .where("revision", "<=", revision)
          .groupBy(["kind", "key"])
          .as("last"),
      (join) =>
        join
          .onRef("last.kind", "=", "document.kind")
          .onRef("last.key", "=", "document.key")
          .onRef("last.revision", "=", "document.revision"),
    )
    .select(["document.kind", "document.key", "document.revision", "document.value", "document.created_at"])
    .where("document.value", "is not", null)
    .orderBy("document.kind")
    .orderBy("document.key")
    .execute();
  return rows.map(({ kind, key, revision: last, value, created_at }) => ({
    kind,
    key,
    revision: last,
    createdAt: created_at as WallMs,
    value: JSON.parse(value ?? "null"),
  }));
}

/** All of it or nothing; false if the last revision is another than the writer thinks. Secrets alone make no revision. */
export async function writeRevision(
  db: Db,
  last: number,
  changes: readonly WrittenChange[],
  secrets: readonly { readonly name: string; readonly sealed?: string }[],
  order: CommitOrder,
): Promise<boolean> {
  const { by, at } = order;
  try {
    return await db.transaction().execute(async (inside) => {
      if ((await lastRevision(inside)) !== last) return false;
      if (changes.length > 0) {
        await inside
          .insertInto("settings_revision")
          .values({
            revision: last + 1,
            at,
            by,
            note: order.note ?? null,
            rolled_back_to: order.rolledBackTo ?? null,
            changes: changes.length,
          })
          .execute();
        for (const { kind, key, value, createdAt } of changes)
          await inside
            .insertInto("settings_document")
            .values({ revision: last + 1, kind, key, value: value === undefined ? null : JSON.stringify(value), created_at: createdAt })
            .execute();
      }
      for (const { name, sealed } of secrets) {
        if (sealed === undefined) await inside.deleteFrom("settings_secret").where("name", "=", name).execute();
        else
          await inside
            .insertInto("settings_secret")
            .values({ name, sealed, at, by })
            .onConflict((conflict) => conflict.column("name").doUpdateSet({ sealed, at, by }))
            .execute();
      }
      return true;
    });
  } catch (thrown) {
    // Two nodes that read the same last revision: the second finds the number taken.
    if ((await lastRevision(db)) !== last) return false;
    throw thrown;
  }
}
