/** A database behind a port: answers come in order, a thread that dies costs what was in flight and nothing else. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { Kysely } from "kysely";
import { type Cancel, type Clock, systemClock } from "../../base/clock.ts";
import { localDialect, portDialect } from "./dialect.ts";
import { SqlPort, serveSql } from "./served-sql.ts";
import { SqlFault } from "./sql.ts";

interface Tables {
  item: { name: string; n: number };
}

/** Time that passes when told. */
function standing(): { clock: Clock; pass: () => void } {
  const timers = new Set<() => void>();
  const after = (_ms: number, then: () => void): Cancel => {
    timers.add(then);
    return () => timers.delete(then);
  };
  return { clock: { ...systemClock, after }, pass: () => [...timers].forEach((then) => void then()) };
}

function served(port: SqlPort, path = ":memory:"): ReturnType<typeof serveSql> {
  const { port1, port2 } = new MessageChannel();
  const server = serveSql(port1, path);
  port.attach(port2);
  return server;
}

const code = (wanted: string) => (thrown: unknown) => thrown instanceof SqlFault && thrown.code === wanted;

test("statements are answered over the port, and a wrong one harms nobody", async () => {
  const port = new SqlPort(systemClock);
  served(port);
  await using db = new Kysely<Tables>({ dialect: portDialect(port) });
  await db.schema.createTable("item").addColumn("name", "text").addColumn("n", "bigint").execute();
  await assert.rejects(
    db
      .selectFrom("item")
      .select("nothing" as "n")
      .execute(),
    code("SQL_REFUSED"),
  );
  const result = await db
    .insertInto("item")
    .values([
      { name: "a", n: 1 },
      { name: "b", n: 2 },
    ])
    .executeTakeFirst();
  assert.equal(result.numInsertedOrUpdatedRows, 2n);
  assert.deepEqual(await db.selectFrom("item").selectAll().orderBy("name").execute(), [
    { name: "a", n: 1 },
    { name: "b", n: 2 },
  ]);
  assert.equal(port.pending, 0);
});

test("callers get the connection in turn, so that transactions do not mix", async () => {
  const port = new SqlPort(systemClock);
  served(port);
  await using db = new Kysely<Tables>({ dialect: portDialect(port) });
  await db.schema.createTable("item").addColumn("name", "text").addColumn("n", "bigint").execute();
  await db.insertInto("item").values({ name: "sum", n: 0 }).execute();
  const addOne = () =>
    db.transaction().execute(async (inside) => {
      const { n } = await inside.selectFrom("item").select("n").executeTakeFirstOrThrow();
      await inside
        .updateTable("item")
        .set({ n: n + 1 })
        .execute();
    });
  await Promise.all(Array.from({ length: 20 }, addOne));
  const undone = db.transaction().execute(async (inside) => {
    await inside.updateTable("item").set({ n: -1 }).execute();
    throw new Error("changed my mind");
  });
  await assert.rejects(undone, /changed my mind/);
  assert.deepEqual(await db.selectFrom("item").select("n").executeTakeFirst(), { n: 20 });
});

test("what was in flight when the thread died fails, what comes later waits for the next one", async () => {
  const port = new SqlPort(systemClock);
  const first = served(port);
  await port.run("select 1", []);
  const inFlight = port.run("select 2", []);
  first.close();
  await assert.rejects(inFlight, code("SQL_IO"));
  const later = port.run("select 3", []);
  assert.equal(port.pending, 1);
  served(port);
  assert.deepEqual((await later).rows, [[3]]);
  port.close();
});

test("a transaction whose thread was replaced does not go on in the new one", async () => {
  const port = new SqlPort(systemClock);
  served(port);
  await using db = new Kysely<Tables>({ dialect: portDialect(port) });
  await assert.rejects(
    db.transaction().execute(async (inside) => {
      await inside.schema.createTable("item").addColumn("name", "text").execute();
      served(port);
      await port.run("create table item (name text)", []);
      await inside
        .insertInto("item")
        .values({ name: "half", n: 0 })
        .execute()
        .catch(() => {});
      await inside.deleteFrom("item").execute();
    }),
  );
  assert.deepEqual(await db.selectFrom("item").selectAll().execute(), []);
});

test("nobody waits for ever, nor do any number wait", async () => {
  const { clock, pass } = standing();
  const port = new SqlPort(clock);
  const waiting = Array.from({ length: 1000 }, () => port.run("select 1", []));
  await assert.rejects(port.run("select 1", []), code("SQL_BUSY"));
  pass();
  for (const one of await Promise.allSettled(waiting)) assert.equal(one.status, "rejected");
  assert.equal(port.pending, 0);
});

test("a thread that does not answer is not waited for, and its late answer is nobody's", async () => {
  const { clock, pass } = standing();
  const port = new SqlPort(clock);
  const { port1, port2 } = new MessageChannel();
  port.attach(port2);
  const asked = port.run("select 1", []);
  pass();
  await assert.rejects(asked, code("SQL_IO"));
  serveSql(port1, ":memory:");
  assert.deepEqual((await port.run("select 2", [])).rows, [[2]]);
  port.close();
});

test("a database that is none is told with each statement", async () => {
  const port = new SqlPort(systemClock);
  served(port, import.meta.filename);
  for (let i = 0; i < 2; i++) await assert.rejects(port.run("select * from item", []), code("SQL_CORRUPT"));
  port.close();
  await assert.rejects(port.run("select 1", []), code("SQL_IO"));
});

test("a real thread serves, and may be terminated", async () => {
  const text = `import { workerData } from "node:worker_threads";
    import { serveSql } from ${JSON.stringify(import.meta.resolve("./served-sql.ts"))};
    serveSql(workerData, ":memory:");`;
  const start = (): { worker: Worker; port: MessagePort } => {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`), { workerData: port1, transferList: [port1] });
    return { worker, port: port2 };
  };
  const port = new SqlPort(systemClock);
  const one = start();
  port.attach(one.port);
  assert.deepEqual((await port.run("select ?", ["x"])).rows, [["x"]]);
  const gone = once(one.port, "close");
  await one.worker.terminate();
  await gone;
  const two = start();
  port.attach(two.port);
  assert.deepEqual((await port.run("select 1", [])).rows, [[1]]);
  port.close();
  await once(two.worker, "exit");
});

test("in this thread it is the same", async () => {
  await using db = new Kysely<Tables>({ dialect: localDialect(":memory:") });
  await db.schema.createTable("item").addColumn("name", "text").addColumn("n", "bigint").execute();
  await db
    .insertInto("item")
    .values({ name: "a", n: 2 ** 52 })
    .execute();
  await db.schema.alterTable("item").addColumn("more", "text").execute();
  assert.deepEqual(await db.selectFrom("item").selectAll().execute(), [
    { name: "a", n: 2 ** 52, more: null } as { name: string; n: number },
  ]);
  await assert.rejects(db.selectFrom("item").selectAll().stream().next(), code("SQL_REFUSED"));
});
