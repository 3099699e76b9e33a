/** Ways out of file and settings are one plan, counts outlive a restart, and what happens by itself is told and decided. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clock, type MonoMs, systemClock, type WallMs } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { resolveConfig } from "../control/config/config.ts";
import type { EgressName } from "../model/egress.ts";
import type { NewEvent } from "../model/event.ts";
import type { SenderKey, SiteKey } from "../model/ids.ts";
import type { OverrideOrder } from "../model/override.ts";
import { siteOf } from "../relay/deliver/deliver.ts";
import { nameOf } from "../relay/egress/egress.ts";
import { ControlSettings, SETTINGS_MIGRATIONS } from "../store/settings/control-settings.ts";
import type { SiteQueue } from "../store/spool/spool.ts";
import { localDialect } from "../store/sql/dialect.ts";
import { openControlDatabase } from "../store/sql/migrations.ts";
import { WAY_COUNT_MIGRATIONS, WayCounts } from "../store/way-counts/way-counts.ts";
import { openWayHouse, type WayHouse } from "./way-house.ts";
import { WayStore } from "./way-store.ts";

const FILE = `hostname: relay.example.net
egress:
  out1: {ip4: 198.51.100.1}
pools:
  default: [out1]
choice: [class report -> default]
`;
const NOW = 1_790_000_000_000;

interface House {
  readonly house: WayHouse;
  readonly store: WayStore;
  readonly orders: OverrideOrder[];
  readonly told: string[];
  readonly absent: Set<string>;
  readonly waiting: SiteQueue[];
  set(kind: string, key: string, value: unknown): Promise<void>;
  /** Lets so much time pass, and what is due happen. */
  pass(ms: number): Promise<void>;
  /** A node that starts on what this one left. */
  again(): Promise<House>;
}

async function open(database?: Awaited<ReturnType<typeof openControlDatabase>>, at = NOW): Promise<House> {
  const kept = database ?? (await openControlDatabase(localDialect(":memory:"), [SETTINGS_MIGRATIONS, WAY_COUNT_MIGRATIONS]));
  const settings = await ControlSettings.open(kept, { nodeKey: new Uint8Array(32), random: seededRandom("ways"), now: NOW as WallMs });
  const resolved = resolveConfig({ flags: {}, fileText: FILE });
  assert.ok(resolved.ok);
  let now = at;
  const sleepers = new Set<() => void>();
  const sleep = (_: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      sleepers.add(resolve);
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  const clock: Clock = { ...systemClock, wall: () => now as WallMs, mono: () => now as MonoMs, sleep };
  const store = new WayStore(settings, resolved.config);
  const [told, orders, absent, waiting]: [string[], OverrideOrder[], Set<string>, SiteQueue[]] = [[], [], new Set(), []];
  const record = ({ body }: NewEvent): void => void (body.kind === "alarm" && told.push(`${body.code}: ${body.text}`));
  const house = await openWayHouse({
    ...{
      clock,
      log: silentLog,
      store,
      counts: new WayCounts(kept, "n1"),
      hasAddress: (ip) => !absent.has(ip),
      decide: (order) => void orders.push(order),
    },
    spool: { record, sites: async () => waiting },
  });
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    for (const wake of [...sleepers]) {
      sleepers.delete(wake);
      wake();
    }
    for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    ...{ house, store, orders, told, absent, waiting, pass },
    set: async (kind, key, value) => void (await settings.commit([{ kind, key, value }], { by: "ann", at: clock.wall() })),
    again: async () => {
      await house[Symbol.asyncDispose]();
      return await open(kept, now);
    },
  };
}

const nameFor = ({ house }: House, sender: string): string | undefined =>
  house.ways.nameOf(siteOf(house.ways.routeFor({ domain: "gmail.com", sender: sender as SenderKey, fresh: true }).route));

test("ways of the settings join those of the file, which come first; a change holds at once", async () => {
  const all = await open();
  await all.set("egress", "out2", { ip4: "198.51.100.2", state: "warming" });
  await all.set("egress", "out1", { ip4: "203.0.113.1" });
  await all.set("pool", "bulk", { ways: ["out2=2"] });
  await all.set("pool", "default", { ways: ["out2"] });
  await all.set("choice", "", { rules: ["sender b@srv -> bulk"] });
  assert.deepEqual(all.house.ways.plan.ways.map(nameOf), ["out1", "out2"]);
  assert.equal(all.house.ways.egress("out1" as EgressName)?.ip4, "198.51.100.1");
  assert.deepEqual(
    all.house.ways.plan.rules.map(({ text }) => text),
    ["class report -> default", "sender b@srv -> bulk"],
  );
  assert.deepEqual([nameFor(all, "a@srv"), nameFor(all, "b@srv")], ["out1", "out2"]);
});

test("an upstream with a user takes mail once it has its password, and the password is in no setting", async () => {
  const all = await open();
  await all.set("upstream", "ses", { url: "smtp://mail.example.com", user: "u" });
  await all.set("pool", "mail", { ways: ["ses"] });
  await all.set("choice", "", { rules: ["class bulk -> mail"] });
  const route = () => all.house.ways.routeFor({ domain: "example.org", class: "bulk" }).route;
  assert.equal(route().is, "mx");
  assert.match(all.house.needs()[0]?.line ?? "", /The upstream ses has a user and no password/);
  await all.store.setPassword("ses", "hunter2", NOW as WallMs);
  const upstream = { host: "mail.example.com", port: 587, tls: "required", login: { user: "u", password: "hunter2" } };
  assert.deepEqual(route(), { is: "upstream", upstream });
  assert.deepEqual(all.house.needs(), []);
});

test("counts are written every few seconds and at the end, and are there after a restart", async () => {
  const first = await open();
  await first.set("egress", "out2", { ip4: "198.51.100.2", state: "warming" });
  await first.set("pool", "bulk", { ways: ["out2"] });
  await first.set("choice", "", { rules: ["to gmail.com -> bulk"] });
  first.house.start();
  for (let n = 0; n < 30; n++) nameFor(first, "a@srv");
  const second = await first.again();
  const [, out2] = second.house.ways.report();
  assert.ok(out2?.way.is === "address");
  assert.deepEqual(out2.way.warm, [{ provider: "google", ceiling: 200, chosen: 30, accepted: 0, room: 170, steppedBack: false }]);
});

test("an address that is not here is told, its mail is sent another way until then, and it comes back", async () => {
  const all = await open();
  await all.set("egress", "out2", { ip4: "198.51.100.2" });
  await all.set("pool", "both", { ways: ["out1", "out2"] });
  all.absent.add("198.51.100.1");
  all.house.start();
  await all.pass(0);
  assert.match(
    all.told[0] ?? "",
    /^way-broken: out1 does not work: this machine does not have the address 198\.51\.100\.1; mail leaves by out2, and/,
  );
  assert.partialDeepStrictEqual(all.orders, [
    { scope: { egress: "out1" }, change: { is: "reroute", to: "out2" }, by: { kind: "dispatch", id: "way-broken" } },
  ]);
  assert.match(all.house.needs()[0]?.line ?? "", /does not have 198\.51\.100\.1, from which mail should leave \(out1\)/);
  all.absent.clear();
  await all.pass(61_000);
  assert.equal(all.told.at(-1), "way-works: out1 works again");
  assert.deepEqual(all.house.needs(), []);
  await all.house[Symbol.asyncDispose]();
});

test("a way that is drained says so once, when nothing waits for it any more", async () => {
  const all = await open();
  await all.set("egress", "out2", { ip4: "198.51.100.2", state: "draining" });
  all.waiting.push({ site: "mx:gmail.com|out2" as SiteKey, queued: 3, nextDueAt: NOW as WallMs });
  all.house.start();
  await all.pass(0);
  assert.deepEqual(all.told, []);
  all.waiting.length = 0;
  await all.pass(61_000);
  await all.pass(61_000);
  assert.deepEqual(all.told, ["way-empty: out2 is drained: nothing waits for it any more, and it may be taken away"]);
  assert.deepEqual([...all.house.empty], ["out2"]);
  await all.house[Symbol.asyncDispose]();
});
