/** Settings are numbered revisions: written whole, shown as of any number, with secrets that a copy does not open. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { WallMs } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import type { TenantId } from "../../model/ids.ts";
import { EVERYTHING } from "../../model/view.ts";
import { onBothEngines } from "../sql/both-engines.ts";
import { localDialect } from "../sql/dialect.ts";
import { type ControlDatabase, openControlDatabase } from "../sql/migrations.ts";
import { Database } from "../sql/sql.ts";
import {
  ControlSettings,
  type OperatorAction,
  OperatorActions,
  SECRET_KEY_BYTES,
  SETTINGS_MIGRATIONS,
  SecretFault,
} from "./control-settings.ts";

const nodeKey = new Uint8Array(SECRET_KEY_BYTES).fill(7);
const at = (n: number): WallMs => n as WallMs;
const ann = (n: number) => ({ by: "operator:ann", at: at(n) });

async function opened(database: ControlDatabase, key = nodeKey): Promise<ControlSettings> {
  return await ControlSettings.open(database, { nodeKey: key, random: seededRandom("settings"), now: at(1) });
}

onBothEngines("one commit is one revision, and each can be shown", [SETTINGS_MIGRATIONS], async (database) => {
  const settings = await opened(database);
  const changed: string[][] = [];
  settings.onChange((all) => changed.push(all.map(({ key }) => key)));
  assert.equal(settings.revision, 0);
  const a = { kind: "source", key: "a", value: { ranges: ["192.0.2.0/24"] } };
  const b = { kind: "source", key: "b", value: { login: "b" } };
  assert.deepEqual(await settings.commit([a, b], { ...ann(10), note: "first" }), { ok: true, revision: 1 });
  assert.deepEqual(await settings.commit([a], ann(11)), { ok: true, revision: 1 }, "what stays as it is makes no revision");
  await settings.commit(
    [
      { ...a, value: { ranges: [] } },
      { kind: "source", key: "b" },
      { kind: "panel", key: "", value: {} },
    ],
    ann(12),
  );
  assert.deepEqual(await settings.commit([b], { ...ann(13), expect: 1 }), { ok: false, stale: 2 });

  assert.deepEqual(
    settings.documents("source").map(({ key, revision, createdAt, value }) => [key, revision, createdAt, value]),
    [["a", 2, 10, { ranges: [] }]],
  );
  assert.deepEqual(
    (await settings.at(1))?.map(({ key }) => key),
    ["a", "b"],
  );
  assert.deepEqual(await settings.at(0), []);
  assert.equal(await settings.at(3), undefined);
  assert.deepEqual(await settings.diff(1, 2), [
    { kind: "panel", key: "", after: {} },
    { kind: "source", key: "a", before: a.value, after: { ranges: [] } },
    { kind: "source", key: "b", before: b.value },
  ]);
  assert.deepEqual(await settings.revisions(10), [
    { revision: 2, at: 12, by: "operator:ann", changes: 3 },
    { revision: 1, at: 10, by: "operator:ann", note: "first", changes: 2 },
  ]);
  assert.deepEqual(
    (await settings.revisions(1, 2)).map(({ revision }) => revision),
    [1],
  );
  assert.deepEqual(changed, [
    ["a", "b"],
    ["a", "b", ""],
  ]);
  assert.deepEqual((await opened(database)).documents(), settings.documents(), "and it is read back as it was");
});

onBothEngines("of two writers one is first, the other hears what stands now", [SETTINGS_MIGRATIONS], async (database) => {
  const [one, two] = [await opened(database), await opened(database)];
  assert.deepEqual(await one.commit([{ kind: "tenant", key: "x", value: 1 }], ann(1)), { ok: true, revision: 1 });
  assert.deepEqual(await two.commit([{ kind: "tenant", key: "x", value: 2 }], ann(2)), { ok: false, stale: 1 });
  assert.equal(two.get("tenant", "x")?.value, 1);
  const both = await Promise.all([1, 2, 3].map((value) => two.commit([{ kind: "tenant", key: "x", value: value * 10 }], ann(3))));
  assert.deepEqual(
    both.map((each) => each.ok && each.revision),
    [2, 3, 4],
  );
});

onBothEngines("secrets are sealed, and another key opens nothing", [SETTINGS_MIGRATIONS], async (database) => {
  const settings = await opened(database);
  const value = Buffer.from("hunter2");
  await settings.commit([], {
    ...ann(1),
    secrets: [
      { name: "source/a", value },
      { name: "source/b", value },
    ],
  });
  assert.deepEqual(settings.secret("source/a"), value);
  assert.equal(settings.revision, 0);
  const rows = await database
    .tables<{ settings_secret: { name: string; sealed: string } }>()
    .selectFrom("settings_secret")
    .selectAll()
    .execute();
  assert.doesNotMatch(JSON.stringify(rows), /hunter2|aHVudGVyMg/);
  await assert.rejects(
    opened(database, new Uint8Array(SECRET_KEY_BYTES)),
    (thrown) => thrown instanceof SecretFault && thrown.code === "SECRET_KEY_WRONG",
  );

  const [a] = rows.filter(({ name }) => name === "source/a");
  await database
    .tables<{ settings_secret: { name: string; sealed: string } }>()
    .updateTable("settings_secret")
    .set({ sealed: a?.sealed ?? "" })
    .where("name", "=", "source/b")
    .execute();
  const again = await opened(database);
  assert.deepEqual(again.secret("source/a"), value);
  assert.throws(
    () => again.secret("source/b"),
    (thrown) => thrown instanceof SecretFault && thrown.code === "SECRET_BROKEN",
  );
  await again.commit([], { ...ann(2), secrets: [{ name: "source/a" }] });
  assert.equal(again.secret("source/a"), undefined);
  assert.ok(!(await opened(database)).hasSecret("source/a"));
});

onBothEngines("actions are numbered, listed for whom they concern, and updated", [SETTINGS_MIGRATIONS], async (database) => {
  const actions = await OperatorActions.open(database);
  const kept: OperatorAction = {
    action: actions.take(),
    at: at(5),
    verb: "discard",
    by: { kind: "operator", id: "ann" },
    note: "spam",
    selector: "--sender shop3@srv7",
    matched: 4812,
    done: 4800,
    undone: false,
    undoable: true,
    until: at(100),
    finished: false,
    tenant: "acme" as TenantId,
  };
  const { until: _, tenant: __, note: ___, ...plain } = kept;
  await actions.add(kept);
  await actions.add({ ...plain, action: 2, verb: "undo" });
  assert.deepEqual(await actions.get(1), kept);
  assert.deepEqual(await actions.list(EVERYTHING, 10), [{ ...plain, action: 2, verb: "undo" }, kept]);
  assert.deepEqual(await actions.list({ sees: "tenant", tenant: "acme" as TenantId }, 10), [kept]);
  assert.deepEqual(await actions.list({ sees: "tenant", tenant: "other" as TenantId }, 10), []);
  assert.deepEqual(await actions.list(EVERYTHING, 10, 2), [kept]);
  assert.deepEqual(await actions.dueDiscards(at(99)), []);
  assert.deepEqual(await actions.dueDiscards(at(100)), [kept]);
  assert.equal(await actions.update(1, { finished: true, undoable: false }), true);
  assert.equal(await actions.update(9, { undone: true }), false);
  assert.deepEqual(await actions.dueDiscards(at(100)), []);
  assert.equal((await OperatorActions.open(database)).take(), 3);
});

test("what an earlier version kept is taken over once, and its secrets do not stay in the clear", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-settings-"));
  const path = join(folder, "settings.db");
  try {
    {
      const old = new Database(path);
      old.exec(
        "create table document (revision integer primary key autoincrement, kind text not null, key text not null, at integer not null, by text not null, value text)",
      );
      const insert = old.prepare("insert into document (kind, key, at, by, value) values (?, ?, ?, ?, ?)");
      const put = (kind: string, key: string, value: unknown): void =>
        void insert.run(kind, key, 1, "operator", value === undefined ? null : JSON.stringify(value));
      put("source", "gone", { kind: "range", cidrs: [] });
      put("source", "gone", undefined);
      put("source", "net", { kind: "range", cidrs: ["192.0.2.0/24"], tenant: "default", createdAt: 3 });
      const verifier = { iterations: 4096, salt: "c2FsdA==", storedKey: "cw==", serverKey: "c2U=" };
      put("source", "srv1", { kind: "credential", login: "srv1@x", tenant: "default", createdAt: 4, ...verifier });
      const action = { at: 5, verb: "hold", by: { kind: "operator", id: "ann" }, selector: "everything", matched: 3, done: 3 };
      put("action", "7", { ...action, undone: false, undoable: true });
      put("secret", "node", Buffer.from("32 bytes of chance").toString("base64"));
      old.close();
    }
    for (let start = 0; start < 2; start++) {
      await using database = await openControlDatabase(localDialect(path), [SETTINGS_MIGRATIONS]);
      const settings = await opened(database);
      assert.deepEqual(
        settings.documents().map(({ key, createdAt, value }) => [key, createdAt, value]),
        [
          ["net", 3, { ranges: ["192.0.2.0/24"], tenant: "default" }],
          ["srv1", 4, { login: "srv1@x", tenant: "default" }],
        ],
      );
      assert.equal(settings.revision, 1);
      assert.deepEqual(JSON.parse(Buffer.from(settings.secret("source/srv1") ?? []).toString()).iterations, 4096);
      assert.equal(Buffer.from(settings.secret("node/node") ?? []).toString(), "32 bytes of chance");
      const actions = await OperatorActions.open(database);
      assert.equal((await actions.get(7))?.verb, "hold");
      assert.equal(actions.take(), 8);
      assert.ok(!(await database.tables().introspection.getTables()).some(({ name }) => name === "document"));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("whatever is committed, each revision shows what stood then", async () => {
  const change = fc.record({ key: fc.constantFrom("a", "b", "c"), value: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }) });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 8 }), async (commits) => {
      await using database = await openControlDatabase(localDialect(":memory:"), [SETTINGS_MIGRATIONS]);
      const settings = await opened(database);
      const model = new Map<string, number>();
      const stood = [new Map(model)];
      for (const changes of commits) {
        await settings.commit(
          changes.map(({ key, value }) => ({ kind: "tenant", key, ...(value !== undefined && { value }) })),
          ann(1),
        );
        for (const { key, value } of changes) value === undefined ? model.delete(key) : model.set(key, value);
        if (settings.revision === stood.length) stood.push(new Map(model));
        assert.equal(settings.revision, stood.length - 1);
      }
      for (const [revision, then] of stood.entries()) {
        const shown = new Map((await settings.at(revision))?.map(({ key, value }) => [key, value]));
        assert.deepEqual(Object.fromEntries(shown), Object.fromEntries(then));
      }
    }),
    { numRuns: 40 },
  );
});
