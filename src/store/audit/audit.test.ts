/** The audit is only added to, keeps its order, and shows what was changed behind its back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cancel, type Clock, systemClock, type WallMs } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import type { TenantId } from "../../model/ids.ts";
import { EVERYTHING } from "../../model/view.ts";
import { onBothEngines } from "../sql/both-engines.ts";
import { localDialect } from "../sql/dialect.ts";
import { type ControlDatabase, openControlDatabase } from "../sql/migrations.ts";
import { AUDIT_MIGRATIONS, type AuditEntry, AuditLog } from "./audit.ts";
import type { AuditTables } from "./schema.ts";

const ports = { clock: systemClock, log: silentLog };
const acme = "acme" as TenantId;
const entry = (n: number, more: Partial<AuditEntry> = {}): AuditEntry => ({ at: n as WallMs, by: "ann", what: "act", ok: true, ...more });

function rowsOf(database: ControlDatabase) {
  return database.tables<AuditTables>();
}

onBothEngines("what is recorded is listed newest first, for whom it concerns", [AUDIT_MIGRATIONS], async (database) => {
  await using audit = new AuditLog(database, ports);
  const full = entry(1, { tenant: acme, ip: "192.0.2.1", on: "shop3", before: { b: 1, a: [null] }, after: "x\u0000y", ok: false });
  audit.record(full);
  audit.record(entry(2, { by: "bob" }));
  audit.record(entry(3, { what: "login", on: "a\u0000b\ud800" }));
  const { entries, chain } = await audit.list(EVERYTHING, { limit: 10 });
  assert.deepEqual(chain, { ok: true });
  assert.deepEqual(
    entries.map(({ seq }) => seq),
    [3, 2, 1],
  );
  assert.deepEqual(entries[2], { seq: 1, ...full });
  const seqs = async (page: object, view = EVERYTHING) => (await audit.list(view, { limit: 10, ...page })).entries.map(({ seq }) => seq);
  assert.deepEqual(await seqs({ before: 3, limit: 1 }), [2]);
  assert.deepEqual(await seqs({ who: "ann" }), [3, 1]);
  assert.deepEqual(await seqs({ what: "login" }), [3]);
  assert.deepEqual(await seqs({}, { sees: "tenant", tenant: acme }), [1]);
  assert.deepEqual(await seqs({}, { sees: "message", message: 1 as never }), []);
});

const tampering: readonly (readonly [sentence: string, tamper: (database: ControlDatabase) => Promise<unknown>, brokenAt: number])[] = [
  ["changed", (database) => rowsOf(database).updateTable("audit_entry").set({ actor: "eve" }).where("seq", "=", 3).execute(), 3],
  ["removed", (database) => rowsOf(database).deleteFrom("audit_entry").where("seq", "=", 4).execute(), 4],
  ["removed at the beginning", (database) => rowsOf(database).deleteFrom("audit_entry").where("seq", "=", 1).execute(), 1],
  ["moved", (database) => rowsOf(database).updateTable("audit_entry").set({ seq: 99 }).where("seq", "=", 2).execute(), 2],
];
for (const [how, tamper, brokenAt] of tampering)
  onBothEngines(`an entry that was ${how} is seen`, [AUDIT_MIGRATIONS], async (database) => {
    await using audit = new AuditLog(database, ports);
    for (let n = 1; n <= 5; n++) audit.record(entry(n));
    await audit.flush();
    assert.deepEqual(await audit.verify(), { ok: true });
    await tamper(database);
    assert.deepEqual(await audit.verify(), { ok: false, brokenAt });
    assert.deepEqual((await audit.list(EVERYTHING, { limit: 1 })).chain, { ok: false, brokenAt });
  });

onBothEngines("old entries go, the chain goes on", [AUDIT_MIGRATIONS], async (database) => {
  await using audit = new AuditLog(database, ports);
  for (let n = 1; n <= 1200; n++) audit.record(entry(n));
  await audit.flush();
  assert.equal(await audit.forget(1 as WallMs), 0);
  assert.equal(await audit.forget(1001 as WallMs), 1000);
  audit.record(entry(1201));
  await audit.flush();
  assert.deepEqual(await audit.verify(), { ok: true });
  assert.equal(await audit.forget(9999 as WallMs), 201);
  audit.record(entry(10_000));
  await audit.flush();
  assert.deepEqual(await audit.verify(), { ok: true });
  assert.deepEqual(
    (await audit.list(EVERYTHING, { limit: 5 })).entries.map(({ seq }) => seq),
    [1202],
  );
});

onBothEngines("texts without bound are cut, and say so", [AUDIT_MIGRATIONS], async (database) => {
  await using audit = new AuditLog(database, ports);
  audit.record(entry(1, { by: "x".repeat(1000), what: "y".repeat(1000), on: "z".repeat(1000), after: { yaml: "w".repeat(1_000_000) } }));
  const [cut] = (await audit.list(EVERYTHING, { limit: 1 })).entries;
  assert.deepEqual([cut?.by.length, cut?.what.length, cut?.on?.length], [100, 64, 500]);
  assert.match(JSON.stringify(cut?.after), /"characters":1000011/);
  assert.ok(JSON.stringify(cut).length < 10_000);
});

test("a database that is away stops nobody, loses nothing but what is above the bound, and that is counted", async () => {
  const timers = new Set<() => void>();
  const after = (_ms: number, then: () => void): Cancel => {
    timers.add(then);
    return () => timers.delete(then);
  };
  const clock: Clock = { ...systemClock, after, wall: () => 7 as WallMs };
  await using database = await openControlDatabase(localDialect(":memory:"), [AUDIT_MIGRATIONS]);
  const logged: string[] = [];
  const audit = new AuditLog(database, { clock, log: (level) => void logged.push(level) });
  audit.record(entry(1));
  await audit.flush();
  assert.equal(audit.unwritten, undefined);
  await rowsOf(database).schema.alterTable("audit_entry").renameTo("away").execute();
  for (let n = 0; n < 5100; n++) audit.record(entry(2));
  await audit.flush();
  await audit.flush();
  assert.equal(timers.size, 1, "it will try again by itself");
  const { why = "", ...unwritten } = audit.unwritten ?? {};
  assert.deepEqual(unwritten, { since: 7, waiting: 5000, lost: 100 });
  assert.match(why, /no such table: audit_entry/);
  await rowsOf(database).schema.alterTable("away").renameTo("audit_entry").execute();
  for (const then of timers) then();
  const { entries, chain } = await audit.list(EVERYTHING, { limit: 2 });
  assert.deepEqual(chain, { ok: true });
  assert.equal(audit.unwritten, undefined);
  assert.deepEqual([...new Set(logged)], ["warn", "debug", "info"]);
  assert.equal(logged.filter((level) => level === "warn").length, 1, "what goes on is no news");
  assert.deepEqual(entries, [
    { seq: 5002, at: 7 as WallMs, by: "fairlead", what: "audit-overflow", after: { lost: 100 }, ok: false },
    { seq: 5001, ...entry(2) },
  ]);
  await audit[Symbol.asyncDispose]();
});
