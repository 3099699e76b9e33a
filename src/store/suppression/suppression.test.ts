/** R17: who is suppressed, by what, for how long; asked in memory first, and never another tenant's business. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Cancel, type Clock, systemClock, type WallMs } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import type { MessageKey, TenantId } from "../../model/ids.ts";
import { EVERYTHING, type View } from "../../model/view.ts";
import { onBothEngines } from "../sql/both-engines.ts";
import { localDialect } from "../sql/dialect.ts";
import { type ControlDatabase, openControlDatabase } from "../sql/migrations.ts";
import { AddressFilter } from "./address-filter.ts";
import { boundFailures } from "./failures.ts";
import type { SuppressionTables } from "./schema.ts";
import { normalAddress, openSuppression, type RecipientFailure, SUPPRESSION_MIGRATIONS, type SuppressionList } from "./suppression.ts";

const DAY = 86_400_000;
const START = 1_790_000_000_000;
const acme = "acme" as TenantId;
const other = "other" as TenantId;
const ACME: View = { sees: "tenant", tenant: acme };
const ann = { kind: "operator", id: "ann" } as const;

interface Stage {
  readonly list: SuppressionList;
  readonly database: ControlDatabase;
  /** Time passes, and what was to happen by then has. */
  pass(ms: number): Promise<void>;
  now(): WallMs;
  fail(more?: Partial<RecipientFailure>): ReturnType<SuppressionList["failed"]>;
  suppressed(tenant?: TenantId): Promise<boolean>;
}

async function staged(database: ControlDatabase, body: (stage: Stage) => Promise<void>): Promise<void> {
  let now = START;
  const timers = new Set<() => void>();
  const after = (ms: number, then: () => void): Cancel => {
    if (ms > 60_000) return () => {}; // sweeps are called by hand
    timers.add(then);
    return () => timers.delete(then);
  };
  const clock: Clock = { ...systemClock, after, wall: () => now as WallMs };
  await using list = openSuppression(database, { clock, random: seededRandom("suppression"), log: silentLog });
  await list.load();
  const failure: RecipientFailure = {
    ...{ tenant: acme, address: "gone@example.org", why: "badrcpt", exact: false },
    ...{ detail: "550 5.1.1 no such user", message: 5 as MessageKey, at: START as WallMs },
  };
  await body({
    list,
    database,
    pass: async (ms) => {
      now += ms;
      for (const then of [...timers]) {
        timers.delete(then);
        then();
      }
      await list.list(EVERYTHING, { limit: 1 }); // in turn behind what was begun
    },
    now: () => now as WallMs,
    fail: (more) => list.failed({ ...failure, at: now as WallMs, ...more }),
    suppressed: async (tenant = acme) => {
      const found = await list.find(tenant, "gone@example.org", now as WallMs);
      if (found) assert.ok(list.mayMatch(tenant, "gone@example.org"));
      return found !== undefined;
    },
  });
}

const on = (sentence: string, body: (stage: Stage) => Promise<void>): void =>
  onBothEngines(sentence, [SUPPRESSION_MIGRATIONS], (database) => staged(database, body));

on("two failures a day apart suppress for 30 days; then one more is enough", async ({ list, pass, fail, suppressed, now }) => {
  assert.equal(await fail(), undefined);
  await pass(DAY - 1);
  assert.equal(await fail(), undefined, "less than a day apart");
  assert.equal(await suppressed(), false);
  await pass(1);
  const entry = await fail();
  assert.deepEqual(entry, {
    ...{ tenant: acme, address: "gone@example.org", why: "badrcpt", detail: "550 5.1.1 no such user", message: 5 },
    ...{ since: now(), until: now() + 30 * DAY, by: { kind: "policy", id: "suppression" }, hits: 0 },
  });
  assert.equal(await suppressed(), true);
  assert.equal(await suppressed(other), false, "only for whose mail failed");
  assert.equal(list.mayMatch(other, "gone@example.org"), false);
  assert.equal(await fail(), undefined, "mail that was under way changes nothing");
  await pass(30 * DAY);
  assert.equal(await suppressed(), false, "it is tried again");
  assert.ok(await fail(), "and failed at once");
  assert.equal(await suppressed(), true);
  assert.deepEqual(
    (await list.list(ACME, { limit: 5 })).entries.map(({ hits }) => hits),
    [2],
  );
});

on("one is enough where the provider answers truly, and for a complaint", async ({ fail, suppressed, list }) => {
  assert.ok(await fail({ exact: true }));
  assert.equal(await suppressed(), true);
  const made = await fail({ address: "Cross@EXAMPLE.org", why: "complaint" });
  assert.deepEqual([made?.address, made?.why], ["cross@example.org", "complaint"]);
  assert.ok(list.mayMatch(acme, "CROSS@example.ORG"));
  assert.equal(await fail({ address: "no address", exact: true }), undefined);
});

on("mail that was taken forgets a failure, and an entry that is over", async ({ list, pass, fail, suppressed }) => {
  await fail();
  list.worked(acme, "Gone@example.org");
  list.worked(other, "gone@example.org");
  await pass(DAY);
  assert.equal(await fail(), undefined, "the first again");
  await fail({ exact: true });
  list.worked(acme, "gone@example.org");
  await pass(1000);
  assert.equal(await suppressed(), true, "mail under way does not end what stands");
  await pass(31 * DAY);
  list.worked(acme, "gone@example.org");
  await pass(1000);
  assert.equal(await fail(), undefined, "it begins anew");
});

on("what stood is found after a restart, what is over for good goes", async ({ list, database, pass, fail, now }) => {
  await fail();
  await fail({ address: "a@example.org", exact: true });
  await list.add([{ tenant: other, address: "b@example.org", why: "operator", since: now(), by: ann }]);
  await staged(database, async (second) => {
    assert.equal(second.list.mayMatch(acme, "gone@example.org"), false);
    assert.ok(second.list.mayMatch(acme, "a@example.org"));
    assert.ok(second.list.mayMatch(other, "b@example.org"));
    assert.ok(!second.list.mayMatch(other, "a@example.org"));
    await second.pass(DAY);
    assert.ok(await second.fail(), "the failure before the restart counts");
  });
  await pass(59 * DAY);
  await list.sweep();
  const rows = async () =>
    (await database.tables<SuppressionTables>().selectFrom("suppression").select("address").orderBy("address").execute()).map(
      ({ address }) => address,
    );
  assert.deepEqual(await rows(), ["a@example.org", "b@example.org", "gone@example.org"]);
  await pass(2 * DAY);
  await list.sweep();
  assert.deepEqual(await rows(), ["b@example.org"]);
});

on("until memory is filled every address is looked up", async ({ database }) => {
  await using list = openSuppression(database, { clock: systemClock, random: seededRandom("x"), log: silentLog });
  assert.equal(list.mayMatch(acme, "anybody@example.org"), true);
  assert.equal(await list.find(acme, "anybody@example.org", START as WallMs), undefined);
  await list.load();
  assert.equal(list.mayMatch(acme, "anybody@example.org"), false);
});

on("lists are added to, searched in pages and removed from, each tenant's its own", async ({ list, now, pass }) => {
  const add = (tenant: TenantId, address: string, more: object = {}) => ({
    tenant,
    address,
    why: "import" as const,
    since: now(),
    by: ann,
    ...more,
  });
  const added = await list.add([
    ...[
      "a_1@example.org",
      "a%2@example.org",
      "A_1@EXAMPLE.org",
      "c@m\u00fcnchen.example",
      "no address",
      "d@example.com",
      "e@example.com.",
    ].map((address) => add(acme, address)),
    add(other, "a_1@example.org", { why: "unsubscribe", detail: "x".repeat(600), until: now() + DAY }),
  ]);
  assert.equal(added, 6);
  const addresses = async (view: View, page: object = {}) =>
    (await list.list(view, { limit: 10, ...page })).entries.map(({ address }) => address).sort();
  assert.deepEqual(await addresses(ACME), [
    "a%2@example.org",
    "a_1@example.org",
    "c@xn--mnchen-3ya.example",
    "d@example.com",
    "e@example.com",
  ]);
  assert.deepEqual(await addresses(ACME, { text: "A_" }), ["a_1@example.org"]);
  assert.deepEqual(await addresses(ACME, { text: "%" }), ["a%2@example.org"]);
  assert.deepEqual(await addresses(ACME, { text: "' or 1=1 --" }), []);
  assert.deepEqual(await addresses(EVERYTHING, { why: "unsubscribe" }), ["a_1@example.org"]);
  assert.deepEqual(await addresses({ sees: "message", message: 1 as MessageKey }), []);

  const seen: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await list.list(EVERYTHING, { limit: 2, ...(after !== undefined && { after }) });
    assert.equal(page.total, 6);
    seen.push(...page.entries.map(({ address, tenant }) => `${address} ${tenant}`));
    if (page.next === undefined) break;
    after = page.next;
  }
  assert.deepEqual([seen.length, new Set(seen).size], [6, 6]);
  assert.equal((await list.list(EVERYTHING, { limit: 9, after: "nonsense" })).entries.length, 6);

  assert.ok(list.mayMatch(acme, "c@M\u00dcNCHEN.example"));
  assert.deepEqual(await list.remove(ACME, {}), []);
  assert.deepEqual(
    (await list.remove(ACME, { addresses: ["A_1@example.org", "d@example.com"], domain: "@Example.ORG" })).map(({ address, tenant }) => [
      address,
      tenant,
    ]),
    [["a_1@example.org", acme]],
  );
  assert.equal((await list.remove(ACME, { domain: "m\u00fcnchen.example" })).length, 1);
  assert.equal((await list.remove(EVERYTHING, { why: "import" })).length, 3);
  await pass(DAY);
  assert.deepEqual(await addresses(EVERYTHING), [], "what is over is not shown");
});

test("an import of many is one call, and adding again changes what stands", async () => {
  await using database = await openControlDatabase(localDialect(":memory:"), [SUPPRESSION_MIGRATIONS]);
  await staged(database, async ({ list, now }) => {
    const many = Array.from({ length: 1234 }, (_, n) => ({
      tenant: acme,
      address: `n${n}@example.org`,
      why: "import" as const,
      since: now(),
      by: ann,
    }));
    assert.equal(await list.add(many), 1234);
    await list.find(acme, "n7@example.org", now());
    await list.add([{ ...many[7], tenant: acme, address: "n7@example.org", why: "operator", since: now(), by: ann }]);
    const found = await list.find(acme, "n7@example.org", now());
    assert.deepEqual([found?.why, found?.hits], ["operator", 2]);
    assert.equal((await list.remove(ACME, { domain: "example.org" })).length, 1234);
  });
});

onBothEngines("failures are few: the oldest go", [SUPPRESSION_MIGRATIONS], async (database) => {
  await staged(database, async ({ list, fail }) => {
    for (let n = 0; n < 40; n++) await fail({ address: `n${n}@example.org`, at: (START + n) as WallMs });
    const db = database.tables<SuppressionTables>();
    await boundFailures(db, START as WallMs, 20);
    const kept = await db.selectFrom("suppression_failure").select("address").orderBy("first_at").execute();
    assert.deepEqual([kept.length, kept[0]?.address], [18, "n22@example.org"]);
    assert.equal(list.mayMatch(acme, "n1@example.org"), false);
  });
});

const ADDRESSES: readonly (readonly [typed: string, normal: string | undefined])[] = [
  ["Ann@Example.ORG", "ann@example.org"],
  ["ann@example.org.", "ann@example.org"],
  ["gr\u00fc\u00dfe@M\u00fcnchen.example", "gr\u00fc\u00dfe@xn--mnchen-3ya.example"],
  ["a@b@example.org", "a@b@example.org"],
  ["ann@[192.0.2.1]", "ann@[192.0.2.1]"],
  ["<ann@example.org>", undefined],
  ["ann", undefined],
  ["@example.org", undefined],
  ["a b@example.org", undefined],
  ["ann@", undefined],
  [`${"x".repeat(320)}@example.org`, undefined],
];
for (const [typed, normal] of ADDRESSES)
  test(`${typed.slice(0, 30)} is ${normal ?? "no address"}`, () => assert.equal(normalAddress(typed), normal));

test("the filter never says no to what is in it, and seldom perhaps to what is not", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 3000 }), (all) => {
      const filter = new AddressFilter(seededRandom("filter"));
      const half = all.slice(0, all.length / 2);
      for (const address of half) filter.add(acme, address);
      assert.equal(filter.size, half.length);
      assert.ok(half.every((address) => filter.has(acme, address)));
      assert.ok(!all.slice(all.length / 2).some((address) => filter.has(acme, address)));
      assert.ok(!half.some((address) => filter.has(other, address)));
    }),
    { numRuns: 30 },
  );
});
