/**
 * What an earlier version kept in one table `document` (sources, actions, secrets) becomes documents, actions and sealed
 * secrets; then the table is gone, because it held secrets in the clear. Happens once, in the first start after it, and
 * only in SQLite: there was no other.
 */
import { type Kysely, sql } from "kysely";
import type { WallMs } from "../../base/clock.ts";
import type { Actor } from "../../model/event.ts";
import type { ControlDatabase } from "../sql/migrations.ts";
import type { ControlSettings, SecretChange, SettingsChange } from "./control-settings.ts";
import { insertAction, type OperatorAction } from "./operator-actions.ts";
import type { SettingsTables } from "./schema.ts";

interface OldTables extends SettingsTables {
  document: { revision: number; kind: string; key: string; at: number; by: string; value: string | null };
}

export async function adoptDocuments(database: ControlDatabase, settings: ControlSettings, now: WallMs): Promise<void> {
  const db = database.tables<OldTables>();
  const tables = await db.introspection.getTables();
  if (settings.revision > 0 || !tables.some(({ name }) => name === "document")) return;
  const rows = await currentRows(db);
  const changes: SettingsChange[] = [];
  const secrets: SecretChange[] = [];
  for (const { kind, key, value } of rows) {
    if (value === null) continue;
    const old: unknown = JSON.parse(value);
    if (kind === "source" && isRecord(old)) {
      const { document, verifier } = sourceOf(old);
      changes.push({
        kind: "source",
        key,
        value: document,
        ...(typeof old["createdAt"] === "number" && { createdAt: old["createdAt"] as WallMs }),
      });
      if (verifier) secrets.push({ name: `source/${key}`, value: Buffer.from(JSON.stringify(verifier)) });
    }
    if (kind === "secret" && typeof old === "string") secrets.push({ name: `node/${key}`, value: Buffer.from(old, "base64") });
  }
  for (const { kind, key, value } of rows)
    if (kind === "action" && value !== null && !(await taken(db, Number(key))))
      await insertAction(database.tables<SettingsTables>(), actionOf(Number(key), JSON.parse(value)));
  await settings.commit(changes, { by: "start", at: now, note: "taken over from an earlier version", secrets });
  await db.schema.dropTable("document").execute();
}

async function currentRows(db: Kysely<OldTables>): Promise<readonly { kind: string; key: string; value: string | null }[]> {
  return await db
    .selectFrom("document")
    .select(["kind", "key", "value"])
    .where("revision", "in", (last) =>
      last.selectFrom("document").select(sql<number>`max(revision)`.as("revision")).groupBy(["kind", "key"]),
    )
    .orderBy("revision")
    .execute();
}

async function taken(db: Kysely<OldTables>, action: number): Promise<boolean> {
  return (await db.selectFrom("operator_action").select("action").where("action", "=", action).executeTakeFirst()) !== undefined;
}

function sourceOf(old: Readonly<Record<string, unknown>>): { document: unknown; verifier?: unknown } {
  const { kind, cidrs, login, tenant, iterations, salt, storedKey, serverKey } = old;
  if (kind === "range") return { document: { ranges: cidrs, tenant } };
  return { document: { login, tenant }, verifier: { iterations, salt, storedKey, serverKey } };
}

function actionOf(
  action: number,
  old: Omit<OperatorAction, "action" | "by" | "finished"> & { by?: Actor; finished?: boolean },
): OperatorAction {
  return { ...old, action, by: old.by ?? { kind: "operator", id: "unknown" }, finished: old.finished ?? false };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
