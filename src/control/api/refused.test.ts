/** What fails behind a route is told with its cause and what to do; a fault of ours is called one, and nothing else is. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLog } from "../../base/log.ts";
import { type SqlCode, SqlFault } from "../../store/sql/sql.ts";
import { type House, openHouse, PASSWORD } from "./memory-house.ts";
import { type ErrorBody, failureOf } from "./refused.ts";

const DATABASE: readonly (readonly [SqlCode, status: number, fix: RegExp])[] = [
  ["SQL_FULL", 503, /^make room/],
  ["SQL_IO", 503, /^look at the disk/],
  ["SQL_CORRUPT", 503, /put back a copy of settings\.db/],
  ["SQL_BUSY", 503, /^try again/],
  ["SQL_REFUSED", 500, /a fault of Fairlead/],
];
for (const [code, status, fix] of DATABASE)
  test(`${code} of the control database is ${status}, with its cause and what to do`, () => {
    const failure = failureOf(new SqlFault(code, "what it said"), "GET /x", silentLog);
    const { error } = JSON.parse(failure.body) as ErrorBody;
    assert.deepEqual([failure.status, error.code], [status, code]);
    assert.match(error.text, /what it said$/);
    assert.match(error.fix ?? "", fix);
  });

test("a settings.db that is damaged while it runs is told so to whoever needs it; what does not is answered", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-damaged-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "settings.db");
  await using house: House = await openHouse(path);
  const owner = await house.key("owner");
  assert.equal((await house.call("me", {}, owner)).status, 200);
  for (const file of [path, `${path}-wal`, `${path}-shm`]) writeFileSync(file, "rubbish ".repeat(10_000));
  for (const answer of [
    await house.call("me", {}, owner),
    await house.call("suppressions", {}, owner),
    await house.call("login", { name: "ann", password: PASSWORD }),
  ]) {
    assert.equal(answer.status, 503, answer.text);
    assert.partialDeepStrictEqual(answer.json, {
      error: {
        code: "SQL_CORRUPT",
        text: "settings.db cannot be used now (mail goes on without it): file is not a database (SQLite 26)",
        fix: "stop the node, put back a copy of settings.db in the data folder, and start it",
      },
    });
  }
  assert.equal((await house.call("health", {})).status, 200);
});
