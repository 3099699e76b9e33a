/** What the control plane says that a person should look at. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SimClock } from "../../lab/world/sim-clock.ts";
import type { WallMs } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import type { AuditTables } from "../store/audit/schema.ts";
import { localDialect } from "../store/sql/dialect.ts";
import { openControlPlane } from "./control-plane.ts";

const NOON = Date.parse("2026-11-25T12:00:00Z") as WallMs;
const MINUTE = 60_000;

test("orders that cannot be written to the audit are a need, with how many, why and what to do, until they are", async () => {
  const clock = new SimClock(NOON);
  const ports = {
    clock,
    people: clock,
    random: seededRandom("control plane"),
    log: () => silentLog,
    nodeKey: new Uint8Array(32).fill(7),
    node: "n1",
  };
  await using control = await openControlPlane({ ...ports, dialect: localDialect(":memory:") });
  const { schema } = control.database.tables<AuditTables>();
  const order = { at: NOON, by: "ann", what: "act", ok: true };
  control.audit.record(order);
  await control.audit.flush();
  assert.deepEqual(control.needs(), []);
  await schema.alterTable("audit_entry").renameTo("away").execute();
  control.audit.record(order);
  control.audit.record(order);
  await control.audit.flush();
  await clock.runFor(5 * MINUTE);
  const [need, ...more] = control.needs();
  assert.deepEqual(more, []);
  assert.equal(need?.code, "audit-unwritten");
  assert.match(need.line, /^Orders cannot be written to the audit for 5 min: .*no such table.*\. 2 wait in memory\.$/);
  assert.match(need.fix ?? "", /settings\.db/);
  for (let n = 0; n < 5000; n++) control.audit.record(order);
  assert.match(control.needs()[0]?.line ?? "", /5,000 wait in memory, 2 more found no room there and are lost\.$/);
  await schema.alterTable("away").renameTo("audit_entry").execute();
  await control.audit.flush();
  assert.deepEqual(control.needs(), []);
});
