/** The control database grows by numbered steps, whole or not at all, and never opens what a later version wrote. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ENGINES } from "./both-engines.ts";
import { DatabaseFault, type Migrations, openControlDatabase } from "./migrations.ts";

const first: Migrations = {
  "0001-item": { up: async (db) => await db.schema.createTable("item").addColumn("name", "text").addColumn("at", "bigint").execute() },
};
const second: Migrations = {
  "0002-more": { up: async (db) => await db.schema.alterTable("item").addColumn("more", "integer").execute() },
};
const broken: Migrations = {
  "0003-broken": {
    up: async (db) => {
      await db.schema.createTable("half").addColumn("name", "text").execute();
      await db.schema.alterTable("nowhere").addColumn("more", "integer").execute();
    },
  },
};

for (const { name, open } of ENGINES)
  test(`steps happen once, a failed one leaves nothing, a later one is refused (${name})`, async () => {
    // One database through several openings: what one destroys, the next must not need.
    const dialect = await open();
    const driver = dialect.createDriver();
    const kept = { ...dialectMethods(dialect), createDriver: () => Object.assign(driver, { destroy: async () => {} }) };
    await openControlDatabase(kept, [first]);
    const grown = await openControlDatabase(kept, [second, first]);
    assert.equal(grown.version, "0002-more");
    const db = grown.tables<{ item: { name: string; at: number; more: number | null } }>();
    await db.insertInto("item").values({ name: "a", at: 1_790_000_000_000, more: 1 }).execute();
    assert.deepEqual(await db.selectFrom("item").selectAll().execute(), [{ name: "a", at: 1_790_000_000_000, more: 1 }]);

    await assert.rejects(
      openControlDatabase(kept, [first, second, broken]),
      (thrown) => thrown instanceof DatabaseFault && thrown.code === "DATABASE_MIGRATION" && /0003-broken/.test(thrown.message),
    );
    assert.ok(!(await db.introspection.getTables()).some((table) => table.name === "half"));
    await assert.rejects(
      openControlDatabase(kept, [first]),
      (thrown) => thrown instanceof DatabaseFault && thrown.code === "DATABASE_NEWER" && /0002-more.*0001-item/.test(thrown.message),
    );
  });

function dialectMethods(dialect: Awaited<ReturnType<(typeof ENGINES)[number]["open"]>>) {
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: dialect.createIntrospector.bind(dialect),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  };
}
