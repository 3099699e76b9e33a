/** Sources are added, refused and removed as the rules say, and what is added can be used. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../base/clock.ts";
import { parseCidr } from "../base/ip.ts";
import type { NewSource } from "../control/api/node-face.ts";
import type { SourceName } from "../model/ids.ts";
import { type Source, SourceTable } from "../relay/intake/intake.ts";
import { PasswordCheck } from "../relay/intake/password-check.ts";
import { Settings } from "../store/settings/settings.ts";
import { SourceStore } from "./source-store.ts";

const fixed = parseCidr("127.0.0.0/8");
const range = (name: string, cidrs: string[], wide = false): NewSource => ({ kind: "range", name: name as SourceName, cidrs, wide });
const credential = (name: string, login: string): NewSource => ({ kind: "credential", name: name as SourceName, login });

function store(): { sources: SourceStore; settings: Settings; table(): SourceTable } {
  const settings = new Settings(":memory:");
  let latest: readonly Source[] = [];
  const sources = new SourceStore(settings, systemClock, fixed ? [fixed] : [], (all) => {
    latest = all;
  });
  return { sources, settings, table: () => new SourceTable(latest) };
}

test("a range that was added is a source at once and after a restart", async () => {
  const { sources, settings, table } = store();
  assert.ok((await sources.add(range("srv", ["192.0.2.0/28", "2001:db8::/48"]))).ok);
  assert.equal(table().byAddress("192.0.2.7")?.name, "srv");
  assert.equal(table().byAddress("::ffff:192.0.2.7")?.name, "srv");
  assert.equal(table().byAddress("192.0.2.77"), undefined);
  const again = new SourceStore(settings, systemClock, [], () => {});
  assert.deepEqual(
    again.all().map((source) => source.name),
    ["srv"],
  );
});

test("a credential's password is told once, never kept, and logs in", async () => {
  const { sources, settings, table } = store();
  const added = await sources.add(credential("shop", "shop@srv1"));
  assert.ok(added.ok && added.password !== undefined && added.password.length >= 20);
  assert.ok(!JSON.stringify(settings.list("source")).includes(added.password));
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
    const { sources } = store();
    await sources.add(range("taken", ["192.0.2.9"]));
    await sources.add(credential("first", "taken@srv"));
    const answer = await sources.add(wanted);
    assert.ok(!answer.ok);
    assert.equal(answer.refusal.code, code);
  });
}

test("a wide range can be had by saying so", async () => {
  const { sources } = store();
  assert.ok((await sources.add(range("campus", ["10.0.0.0/8"], true))).ok);
});

test("what was added can be removed; what flags gave cannot", async () => {
  const { sources, table } = store();
  await sources.add(range("srv", ["192.0.2.1"]));
  assert.ok(sources.remove("srv" as SourceName).ok);
  assert.equal(table().byAddress("192.0.2.1"), undefined);
  const again = sources.remove("srv" as SourceName);
  assert.ok(!again.ok && again.refusal.code === "not-found");
  const given = sources.remove("allow-127.0.0.0/8" as SourceName);
  assert.ok(!given.ok && given.refusal.code === "fixed");
});
