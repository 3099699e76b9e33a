/**
 * How the control database grows. Each part that keeps tables in it exports its migrations and the types of its tables;
 * the composition root hands all of them in. A migration is named by a number and a word, happens once, and is never
 * edited afterwards. Migrations and queries run unchanged on SQLite and PostgreSQL:
 *
 * - columns are `text`, `integer` (within 31 bits) and `bigint` (times, sizes, counters); no booleans (0 and 1), no blobs
 *   (base64), no automatic numbers;
 * - texts that are searched are compared in one case, patterns with an escape of their own.
 */
import { type Dialect, Kysely } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { Fault, textOf } from "../../base/fault.ts";
import { SqlFault } from "./database.ts";

/** `0003-audit`: the number orders all parts' migrations. */
export type Migrations = Readonly<Record<string, Migration>>;

/** `DATABASE_NEWER`: a later version wrote it. `DATABASE_MIGRATION`: a step failed; nothing of it was kept. */
export class DatabaseFault extends Fault<"DATABASE_NEWER" | "DATABASE_MIGRATION"> {}

/** The control plane's database, in which each part sees its own tables. */
export interface ControlDatabase extends AsyncDisposable {
  /** The caller names its tables' types, which its migrations have made. */
  tables<Tables>(): Kysely<Tables>;
  /** The last migration done. */
  readonly version: string;
}

/** Opens it and brings it up to date. @throws {DatabaseFault} @throws {SqlFault} */
export async function openControlDatabase(dialect: Dialect, parts: readonly Migrations[]): Promise<ControlDatabase> {
  const known = Object.assign({}, ...parts) as Record<string, Migration>;
  const db = new Kysely<MigrationTable>({ dialect });
  const version = Object.keys(known).sort().at(-1) ?? "0000-nothing";
  try {
    await refuseNewer(db, known, version);
    const migrator = new Migrator({
      db,
      provider: { getMigrations: async () => known },
      // By name they stand in order; by the time they were done they may not, on a machine whose clock was set back.
      allowUnorderedMigrations: true,
    });
    const { error, results } = await migrator.migrateToLatest();
    if (error instanceof SqlFault && error.code !== "SQL_REFUSED") throw error;
    if (error !== undefined) {
      const failed = results?.find(({ status }) => status === "Error")?.migrationName ?? version;
      throw new DatabaseFault("DATABASE_MIGRATION", `the database could not be brought to ${failed}: ${textOf(error)}`, error);
    }
  } catch (thrown) {
    await db.destroy().catch(() => {}); // the first fault is the one to tell
    throw thrown;
  }
  return {
    tables: <Tables>() => db as unknown as Kysely<Tables>,
    version,
    [Symbol.asyncDispose]: async () => await db.destroy(),
  };
}

interface MigrationTable {
  kysely_migration: { name: string; timestamp: string };
}

/** A database that a later version has changed may hold what this one would read wrongly. */
async function refuseNewer(db: Kysely<MigrationTable>, known: Readonly<Record<string, Migration>>, version: string): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === "kysely_migration")) return;
  const done = await db.selectFrom("kysely_migration").select("name").orderBy("name").execute();
  const newer = done.filter(({ name }) => !Object.hasOwn(known, name)).at(-1);
  if (newer)
    throw new DatabaseFault(
      "DATABASE_NEWER",
      `the database is at ${newer.name} and this version of Fairlead knows it up to ${version}: start the version that wrote it, or restore a backup from before`,
    );
}
