/** The spool on real files and in its own thread: what the tests in memory cannot show. */
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { Worker } from "node:worker_threads";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import type { MessageKey, SiteKey } from "../../model/ids.ts";
import { Database } from "../sql/sql.ts";
import { delivered, NOON, refOf, submission } from "./specimens.ts";
import type { SpoolError, SpoolHealth } from "./spool.ts";
import { openSpool, PART_BYTES } from "./spool.ts";

const SITE = "example.net" as SiteKey;

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-spool-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The specimens' events are from a noon long gone: they are kept for ever here. */
const REAL = { clock: systemClock, log: silentLog, keepFreeBytes: 0, keepEvents: { ms: Number.MAX_SAFE_INTEGER, rows: 1_000_000 } };

test("the same life, in the store thread, kept over a stop", () =>
  inFolder(async (folder) => {
    const mail = submission({ to: ["bob@example.net", "eve@example.net"] });
    const big = submission({ parts: 2 });
    {
      await using spool = await openSpool({ where: { folder }, ...REAL });
      assert.deepEqual(spool.opened, { clean: true, queued: 0, held: 0, lastKey: 0 as MessageKey });
      await Promise.all([spool.append(mail), ...Array.from({ length: 50 }, () => spool.append(submission({ site: "other.example" })))]);
      await spool.stage(big.envelope.key, 0, new Uint8Array(PART_BYTES).fill(1));
      await spool.stage(big.envelope.key, 1, new Uint8Array(9).fill(2));
      await spool.append(big);
      assert.deepEqual(await spool.part(big.envelope.key, 1), new Uint8Array(9).fill(2));
      const huge = submission({ content: new Uint8Array(10 * 2 ** 20).fill(65) });
      await spool.append(huge);
      assert.deepEqual(await spool.part(huge.envelope.key, 39), new Uint8Array(PART_BYTES).fill(65));
      assert.deepEqual(await spool.apply([delivered(refOf(mail)), delivered(refOf(huge))], "soon"), ["ok", "ok"]);
      assert.equal(await spool.count({ states: ["queued"] }), 52);
      assert.equal(spool.health().is, "ok");
      assert.deepEqual((await spool.ledger()).drift, []);
    }
    await using spool = await openSpool({ where: { folder }, ...REAL });
    assert.deepEqual([spool.opened.clean, spool.opened.queued], [true, 52]);
    assert.deepEqual(
      (await spool.due(SITE, NOON, 10, 10)).deliveries.map(({ address }) => address),
      ["eve@example.net", "bob@example.net"],
    );
    assert.deepEqual(
      (await spool.eventsOf(mail.envelope.key)).map((event) => event.body.kind),
      ["accepted", "delivered"],
    );
  }));

test("a folder has one Fairlead, and the second is told which process is the first", () =>
  inFolder(async (folder) => {
    await using _first = await openSpool({ where: { folder }, ...REAL });
    await assert.rejects(openSpool({ where: { folder }, ...REAL }), (fault: SpoolError) => {
      assert.equal(fault.code, "SPOOL_LOCKED");
      assert.match(fault.message, new RegExp(`process ${process.pid}$`));
      return true;
    });
  }));

test("a spool of a later format is left alone, and both formats are named", () =>
  inFolder(async (folder) => {
    await (await openSpool({ where: { folder }, ...REAL }))[Symbol.asyncDispose]();
    const db = new Database(join(folder, "spool.db"));
    db.exec("pragma user_version = 9; update meta set value = 8 where key = 'min_reader'");
    db.close();
    await assert.rejects(openSpool({ where: { folder }, ...REAL }), (fault: SpoolError) => {
      assert.equal(fault.code, "SPOOL_NEWER");
      assert.match(fault.message, /format 9.*format 2/);
      return true;
    });
  }));

test("a spool of the format before is brought up to date, with its mail", () =>
  inFolder(async (folder) => {
    const [old, fresh] = [submission(), submission({ tls: "required" })];
    {
      await using spool = await openSpool({ where: { folder }, ...REAL });
      await spool.append(old);
    }
    const db = new Database(join(folder, "spool.db"));
    db.exec("alter table delivery drop column tls; pragma user_version = 1; update meta set value = 1 where key = 'min_reader'");
    db.close();
    await using spool = await openSpool({ where: { folder }, ...REAL });
    await spool.append(fresh);
    const { deliveries } = await spool.due(SITE, NOON, 10, 10);
    assert.deepEqual(
      deliveries.map(({ ref, tls }) => [ref.message, tls]).sort(),
      [
        [old.envelope.key, undefined],
        [fresh.envelope.key, "required"],
      ].sort(),
    );
    const read = new Database(join(folder, "spool.db"), { readOnly: true });
    assert.deepEqual([read.value("pragma user_version"), read.value("select value from meta where key = 'min_reader'")], [2, 2]);
    read.close();
  }));

test("with too little space appends are refused and deliveries go on", () =>
  inFolder(async (folder) => {
    const mail = submission();
    {
      await using spool = await openSpool({ where: { folder }, ...REAL });
      await spool.append(mail);
    }
    await using spool = await openSpool({ where: { folder }, ...REAL, keepFreeBytes: Number.MAX_SAFE_INTEGER });
    const health: SpoolHealth = spool.health();
    assert.equal(health.is, "full");
    await assert.rejects(spool.append(submission()), { code: "SPOOL_FULL" });
    await assert.rejects(spool.stage(submission().envelope.key, 0, new Uint8Array(5)), { code: "SPOOL_FULL" });
    assert.equal((await spool.due(SITE, NOON, 10, 10)).deliveries.length, 1);
    assert.deepEqual(await spool.apply([delivered(refOf(mail))], "durable"), ["ok"]);
  }));

test("a spool whose file is removed under it takes no more mail, and says why", () =>
  inFolder(async (folder) => {
    await using spool = await openSpool({ where: { folder }, ...REAL });
    await spool.append(submission());
    const { promise, resolve } = Promise.withResolvers<SpoolHealth>();
    spool.onHealth(resolve);
    rmSync(folder, { recursive: true });
    const health = await promise;
    assert.ok(health.is === "sick");
    assert.match(health.why, /spool\.db was removed while it was in use/);
    await assert.rejects(spool.append(submission()), { code: "SPOOL_IO" });
  }));

test("a store thread that dies is started again, and has all that was acknowledged", () =>
  inFolder(async (folder) => {
    const workers: Worker[] = [];
    const seen = (message: unknown): void => void workers.push((message as { worker: Worker }).worker);
    subscribe("worker_threads", seen);
    await using spool = await openSpool({ where: { folder }, ...REAL });
    unsubscribe("worker_threads", seen);
    const mail = submission();
    await spool.append(mail);
    const told: SpoolHealth["is"][] = [];
    const { promise: back, resolve } = Promise.withResolvers<void>();
    spool.onHealth((health) => {
      told.push(health.is);
      if (health.is === "ok") resolve();
    });
    const [store] = workers;
    assert.ok(store);
    const underWay = spool.append(submission()).then(
      () => "kept",
      (fault: SpoolError) => fault.code,
    );
    await store.terminate();
    assert.ok(["kept", "SPOOL_IO"].includes(await underWay));
    await back;
    assert.deepEqual(told, ["sick", "ok"]);
    assert.equal((await spool.message(mail.envelope.key))?.envelope.mailFrom, mail.envelope.mailFrom);
    await spool.append(submission());
    assert.equal((await spool.ledger()).balances, true);
  }));
