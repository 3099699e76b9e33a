/** Ways out are added, changed and removed as settings, beside those of the file, and a route is tested without sending. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clock, systemClock, type WallMs } from "../base/clock.ts";
import { seededRandom } from "../base/random.ts";
import type { Resolver } from "../base/resolver.ts";
import type { AddressOrder, UpstreamOrder } from "../control/api/way-desk.ts";
import { resolveConfig } from "../control/config/config.ts";
import { SettingsDesk } from "../control/settings/settings.ts";
import type { EgressName } from "../model/egress.ts";
import { Transport } from "../relay/deliver/deliver.ts";
import { Ways } from "../relay/egress/egress.ts";
import { ControlSettings, SETTINGS_MIGRATIONS } from "../store/settings/control-settings.ts";
import { localDialect } from "../store/sql/dialect.ts";
import { openControlDatabase } from "../store/sql/migrations.ts";
import { testRoute } from "./route-test.ts";
import { NodeWays } from "./way-desk.ts";
import { WayStore } from "./way-store.ts";

const FILE = `hostname: relay.example.net
egress:
  out1: {ip4: 198.51.100.1, ip6: "2001:db8::1"}
`;
const ANN = { by: { kind: "operator", id: "ann" }, dryRun: false } as const;
const NEVER: () => Promise<never> = () => Promise.reject(new Error("nobody asks"));

interface Stage {
  readonly desk: NodeWays;
  readonly settings: ControlSettings;
  readonly ways: Ways;
}

async function stage(): Promise<Stage> {
  const database = await openControlDatabase(localDialect(":memory:"), [SETTINGS_MIGRATIONS]);
  const random = seededRandom("ways");
  const clock: Clock = { ...systemClock, wall: () => 1_790_000_000_000 as WallMs };
  const settings = await ControlSettings.open(database, { nodeKey: new Uint8Array(32), random, now: clock.wall() });
  const resolved = resolveConfig({ flags: {}, fileText: FILE });
  assert.ok(resolved.ok);
  const { config } = resolved;
  const store = new WayStore(settings, config);
  const hasAddress = (ip: string): boolean => ip !== "198.51.100.9";
  const ways = new Ways(store.plan(), { clock, kept: [], hasAddress, news: () => {} });
  store.onChange((plan) => ways.setPlan(plan));
  const desk = new SettingsDesk({ settings, clock, random, verifierOf: NEVER });
  return { settings, ways, desk: new NodeWays({ clock, settings, desk, store, ways, config, hasAddress, test: NEVER }) };
}

const address = (name: string, more: Partial<AddressOrder> = {}): AddressOrder => ({ is: "address", name: name as EgressName, ...more });
const upstream = (name: string, more: Partial<UpstreamOrder> = {}): UpstreamOrder => ({
  is: "upstream",
  name: name as EgressName,
  ...more,
});
const member = (name: string, weight = 1) => ({ name: name as EgressName, weight });

test("an address that was added is a way at once, is changed by what is named, and goes again", async () => {
  const { desk, ways, settings } = await stage();
  const trial = await desk.set(address("out2", { ip4: "198.51.100.9", state: "warming" }), { ...ANN, dryRun: true });
  assert.ok(trial.ok);
  assert.partialDeepStrictEqual(trial.way, { name: "out2", state: "warming", fixed: false, way: { missing: ["198.51.100.9"] } });
  assert.equal(settings.revision, 0, "a trial changes nothing");
  const added = await desk.set(address("out2", { ip4: "198.51.100.2", state: "warming" }), ANN);
  assert.ok(added.ok && added.was === undefined);
  const helo = await desk.set(address("out2", { helo: "out2.example.net" }), ANN);
  assert.ok(helo.ok);
  assert.partialDeepStrictEqual(helo.way, { state: "warming", way: { egress: { helo: "out2.example.net", ip4: "198.51.100.2" } } });
  assert.equal(ways.egress("out2" as EgressName)?.helo, "out2.example.net");
  const removed = await desk.remove("address", "out2" as EgressName, ANN);
  assert.ok(removed.ok);
  assert.deepEqual(
    desk.ways().map(({ name, fixed }) => [name, fixed]),
    [["out1", true]],
  );
});

test("what the file says is changed there, and what is wrong is told in words", async () => {
  const { desk } = await stage();
  const refused = async (done: Promise<{ readonly ok: boolean; readonly refusal?: { readonly code: string; readonly text: string } }>) => {
    const answer = await done;
    assert.equal(answer.ok, false);
    return `${answer.refusal?.code}: ${answer.refusal?.text}`;
  };
  assert.match(await refused(desk.set(address("out1", { state: "out" }), ANN)), /^fixed: out1 stands in the configuration file/);
  assert.match(await refused(desk.set(address("out2", { ip4: "198.51.100" }), ANN)), /^bad-value: .*egress\.out2\.ip4/);
  assert.match(await refused(desk.setPool({ name: "bulk", members: [member("nobody")] }, ANN)), /pools\.bulk.*nobody/);
  assert.match(await refused(desk.set(upstream("ses"), ANN)), /^bad-value: .*upstreams\.ses/);
  assert.match(await refused(desk.removePool("bulk", ANN)), /^not-found: there is no pool bulk/);
});

test("an upstream keeps what is not named; its password is sealed and in no revision", async () => {
  const { desk, settings, ways } = await stage();
  const login = { user: "us", password: "s3cret pass" };
  const added = await desk.set(
    upstream("ses", { host: "smtp.ses.example", port: 587, tls: "required", login, perDay: 50_000, cost: 0.1 }),
    ANN,
  );
  assert.ok(added.ok);
  const changed = await desk.set(upstream("ses", { port: 2587, perHour: 100, perDay: null }), ANN);
  assert.ok(changed.ok);
  assert.partialDeepStrictEqual(changed.way, {
    state: "in-use",
    way: { place: "smtp.ses.example:2587", user: "us", tls: "required", cost: 0.1 },
  });
  assert.partialDeepStrictEqual(changed.way.way, { hour: { most: 100 } });
  assert.ok(changed.way.way.is === "upstream" && changed.way.way.day.most === undefined);
  const route = ways.routeVia("ses" as EgressName, "example.org");
  assert.ok(route?.is === "upstream");
  assert.deepEqual(route.upstream.login, login);
  assert.ok(!JSON.stringify(settings.documents()).includes("s3cret"));
  assert.ok((await desk.set(upstream("ses", { login: null }), ANN)).ok);
  const without = ways.routeVia("ses" as EgressName, "example.org");
  assert.ok(without?.is === "upstream" && without.upstream.login === undefined);
});

test("a pool is set, holds its members, and must go first", async () => {
  const { desk } = await stage();
  assert.ok((await desk.set(address("out2", { ip4: "198.51.100.2" }), ANN)).ok);
  assert.ok((await desk.setPool({ name: "bulk", members: [member("out2", 3)] }, ANN)).ok);
  assert.deepEqual(desk.pools(), [{ name: "bulk", members: [member("out2", 3)], fixed: false }]);
  assert.equal((await desk.remove("address", "out2" as EgressName, ANN)).ok, false);
  assert.ok((await desk.removePool("bulk", ANN)).ok);
  assert.ok((await desk.remove("address", "out2" as EgressName, ANN)).ok);
});

test("a route test names hosts in order, and why an address would not be dialled", async () => {
  const { ways } = await stage();
  const records: Readonly<Record<string, readonly string[]>> = {
    "mx1.example.org": ["203.0.113.25", "10.0.0.1"],
    "mx2.example.org": ["203.0.113.26"],
  };
  const resolver: Resolver = {
    mx: async () => ({
      status: "ok",
      records: [
        { host: "mx2.example.org", preference: 20 },
        { host: "mx1.example.org", preference: 10 },
      ],
    }),
    addresses: async (host: string) => ({ status: "ok", records: records[host] ?? [] }),
  };
  const tested = await testRoute(
    { domain: "example.org", sender: "a@srv" },
    {
      ...{ routes: ways, resolver, random: seededRandom("route"), ownAddresses: new Set<string>(), hostname: "relay.example.net" },
      nameOf: () => undefined,
      transport: new Transport({
        ...{ clock: systemClock, dane: false, demand: () => "opportunistic", resolver: { tlsa: NEVER } },
        broken: { has: (host) => host === "mx2.example.org", add: () => {} },
      }),
    },
  );
  assert.partialDeepStrictEqual(tested, { egress: { name: "out1" }, way: "mx", site: "mx:example.org|out1" });
  assert.match(tested.egressBecause, /out1 of the pool default/);
  assert.deepEqual(
    tested.hosts.map(({ host, preference, addresses }) => [
      host,
      preference,
      addresses.map(({ ip, skipped }) => [ip, skipped !== undefined]),
    ]),
    [
      [
        "mx1.example.org",
        10,
        [
          ["203.0.113.25", false],
          ["10.0.0.1", true],
        ],
      ],
      ["mx2.example.org", 20, [["203.0.113.26", false]]],
    ],
  );
  assert.deepEqual(
    tested.hosts.map(({ tls }) => tls.policy),
    ["opportunistic", "none"],
  );
  assert.equal(tested.fault, undefined);
});
