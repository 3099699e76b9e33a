/**
 * For tests: the same sentences on SQLite in memory and on PostgreSQL (PGlite, in this process), so that no query works
 * on one only. PGlite takes seconds to start, so a test file shares one and each test gets an empty schema in it.
 */
import { after, test } from "node:test";
import { PGlite } from "@electric-sql/pglite";
import { type Dialect, PGliteDialect } from "kysely";
import { localDialect } from "./dialect.ts";
import { type ControlDatabase, type Migrations, openControlDatabase } from "./migrations.ts";

let started: Promise<PGlite> | undefined;

async function postgres(): Promise<Dialect> {
  started ??= PGlite.create();
  const server = await started;
  await server.exec("drop schema public cascade; create schema public");
  // Kysely closes what it is given when it ends; this one has other tests to serve.
  const shared = {
    closed: false,
    ready: true,
    waitReady: Promise.resolve(),
    close: async () => {},
    query: server.query.bind(server),
    transaction: server.transaction.bind(server),
  };
  return new PGliteDialect({ pglite: shared as unknown as PGlite });
}

after(async () => await (await started)?.close());

export const ENGINES: readonly { readonly name: string; readonly open: () => Promise<Dialect> }[] = [
  { name: "SQLite", open: async () => localDialect(":memory:") },
  { name: "PostgreSQL", open: postgres },
];

/** Registers the test once an engine, each on a new database with these migrations done. */
export function onBothEngines(sentence: string, parts: readonly Migrations[], body: (database: ControlDatabase) => Promise<void>): void {
  for (const { name, open } of ENGINES)
    test(`${sentence} (${name})`, async () => {
      await using database = await openControlDatabase(await open(), parts);
      await body(database);
    });
}
