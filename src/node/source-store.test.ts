/** Sources are added, refused and removed as the rules say, and what is added can be used. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../base/clock.ts";
import { parseCidr } from "../base/ip.ts";
import { seededRandom } from "../base/random.ts";
import type { NewSource } from "../control/api/node-face.ts";
import type { SourceName } from "../model/ids.ts";
import { type Source, SourceTable } from "../relay/intake/intake.ts";
import { PasswordCheck } from "../relay/intake/password-check.ts";
import { ControlSettings, SETTINGS_MIGRATIONS } from "../store/settings/control-settings.ts";
import { localDialect } from "../store/sql/dialect.ts";
import { openControlDatabase } from "../store/sql/migrations.ts";
import { SourceStore } from "./source-store.ts";

const fixed = parseCidr("127.0.0.0/8");
const ANN = { kind: "operator", id: "ann" } as const;
const range = (name: string, cidrs: string[], wide = false): NewSource => ({ kind: "range", name: name as SourceName, cidrs, wide });
const credential = (name: string, login: string): NewSource => ({ kind: "credential", name: name as SourceName, login });

interface Store {
  readonly sources: SourceStore;
  readonly settings: ControlSettings;
  table(): SourceTable;
  /** The same database, read again. */
  again(): Promise<SourceStore>;
}

async function store(): Promise<Store> {
  const database = await openControlDatabase(localDialect(":memory:"), [SETTINGS_MIGRATIONS]);
  const random = seededRandom("sources");
  const nodeKey = random.bytes(32);
  const open = (): Promise<ControlSettings> => ControlSettings.open(database, { nodeKey, random, now: systemClock.wall() });
  const settings = await open();
  let latest: readonly Source[] = [];
  const sources = new SourceStore({ settings, clock: systemClock, random, allowed: fixed ? [fixed] : [] });
  sources.onChange((all) => {
    latest = all;
  });
  const again = async (): Promise<SourceStore> => new SourceStore({ settings: await open(), clock: systemClock, random, allowed: [] });
  return { sources, settings, again, table: () => new SourceTable(latest) };
}

test("a range that was added is a source at once and after a restart", async () => {
  const { sources, again, table } = await store();
  assert.ok((await sources.add(range("srv", ["192.0.2.0/28", "2001:db8::/48"]), ANN)).ok);
  assert.equal(table().byAddress("192.0.2.7")?.name, "srv");
  assert.equal(table().byAddress("::ffff:192.0.2.7")?.name, "srv");
  assert.equal(table().byAddress("192.0.2.77"), undefined);
  assert.deepEqual(
    (await again()).all().map((source) => source.name),
    ["srv"],
  );
});

test("a credential's password is told once, never kept, and logs in", async () => {
  const { sources, settings, table } = await store();
  const added = await sources.add(credential("shop", "shop@srv1"), ANN);
  assert.ok(added.ok && added.password !== undefined && added.password.length >= 20);
  assert.ok(!JSON.stringify(settings.documents("source")).includes(added.password));
  const source = table().byLogin("shop@srv1");
  assert.ok(source);
  const check = new PasswordCheck(systemClock);
  assert.equal(await check.matches(source.verifier, added.password), true);
  assert.equal(await check.matches(source.verifier, `${added.password}x`), false);
});

for (const [what, wanted, code] of [
  ["a range wider than /16", range("all", ["0.0.0.0/0"]), "too-wide"],
  ["an IPv6 range wider than /32", range("all6", ["2000::/3"]), "too-wide"],
  ["something that is no range", range("odd", ["192.0.2.0/33"]), "bad-value"],
  ["a range without addresses", range("none", []), "bad-value"],
  ["a name with a blank", range("a b", ["192.0.2.1"]), "bad-value"],
  ["a name that is taken", range("taken", ["192.0.2.1"]), "exists"],
  ["a login that is taken", credential("other", "taken@srv"), "exists"],
  ["an empty login", credential("nobody", ""), "bad-value"],
] as const) {
  test(`${what} is refused`, async () => {
    const { sources } = await store();
    await sources.add(range("taken", ["192.0.2.9"]), ANN);
    await sources.add(credential("first", "taken@srv"), ANN);
    const answer = await sources.add(wanted, ANN);
    assert.ok(!answer.ok);
    assert.equal(answer.refusal.code, code);
  });
}

test("a wide range can be had by saying so", async () => {
  const { sources } = await store();
  assert.ok((await sources.add(range("campus", ["10.0.0.0/8"], true), ANN)).ok);
});

test("what was added can be removed; what flags gave cannot", async () => {
  const { sources, table } = await store();
  await sources.add(range("srv", ["192.0.2.1"]), ANN);
  assert.ok((await sources.remove("srv" as SourceName, ANN)).ok);
  assert.equal(table().byAddress("192.0.2.1"), undefined);
  const again = await sources.remove("srv" as SourceName, ANN);
  assert.ok(!again.ok && again.refusal.code === "not-found");
  const given = await sources.remove("allow-127.0.0.0/8" as SourceName, ANN);
  assert.ok(!given.ok && given.refusal.code === "fixed");
});

test("a source that settings bring, as a whole or by a rollback, is one at once", async () => {
  const { settings, table } = await store();
  const by = { by: "operator:ann", at: systemClock.wall() };
  await settings.commit([{ kind: "source", key: "lan", value: { ranges: ["192.0.2.64/26"] } }], by);
  assert.equal(table().byAddress("192.0.2.65")?.name, "lan");
  await settings.commit([{ kind: "source", key: "lan" }], by);
  assert.equal(table().byAddress("192.0.2.65"), undefined);
});

test("of two that add one name at the same time, one is refused", async () => {
  const { sources } = await store();
  const both = await Promise.all([sources.add(range("srv", ["192.0.2.1"]), ANN), sources.add(range("srv", ["192.0.2.2"]), ANN)]);
  assert.deepEqual(both.map(({ ok }) => ok).sort(), [false, true]);
});
