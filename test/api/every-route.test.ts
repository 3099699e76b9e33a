/**
 * Held of every row of the table, over HTTP: who may call it, that what does not fit is refused by the field's name, that
 * a GET changes nothing and everything else is written down. A new route has its place in the first table or fails here.
 */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type Bearer, type House, NOBODY, openHouse } from "../../src/control/api/memory-house.ts";
import { MEMORY_NOW } from "../../src/control/api/memory-node.ts";
import { methodOf, PATHS, pathOf, type RouteName } from "../../src/control/api/paths.ts";
import type { Route } from "../../src/control/api/routes/route.ts";
import { isOptional, type Json, jsonOfShape } from "../../src/control/api/routes/schema.ts";
import { routes } from "../../src/control/api/routes.ts";
import type { SiteKey } from "../../src/model/ids.ts";
import type { Role } from "../../src/model/view.ts";

const NAMES = Object.keys(PATHS) as RouteName[];

/** Who may call what, as it was decided; the routes' own table must say the same. */
const RIGHTS: Readonly<Record<string, string>> = {
  everybody: "login first useFirst health ready metrics openapi storyPage codePage pageStyle",
  socket: "makeFirst",
  "owner operator abuse tenant-admin tenant-read":
    "me logout confirm changePassword beginSecondFactor finishSecondFactor endSecondFactor sessions endSession status now live search tally export messages message find explain deliveries holds actions suppressions exportSuppressions sources lab",
  "owner operator abuse tenant-admin": "content preview frame makeLink revokeLink act undo suppress unsuppress events",
  "owner operator abuse":
    "destinations destination lanes overrides explainLimit routeTest tlsReports tlsResults egresses pools upstreamWays",
  "owner operator tenant-admin": "audit webhooks addWebhook setWebhook removeWebhook replayWebhook testWebhook",
  "owner operator":
    "ledger addSource removeSource settings exportSettings applySettings revisions revision diffSettings rollbackSettings retention pickup drain labTrouble labClock addOverride undoOverride pauseDestination resumeDestination undoLane addEgress setEgress removeEgress drainEgress undrainEgress setPool removePool setUpstream removeUpstream",
  "owner tenant-admin": "users addUser setUser removeUser keys addKey removeKey",
  owner: "forget",
};
const ROLES: readonly Exclude<Role, "link">[] = ["owner", "operator", "abuse", "tenant-admin", "tenant-read"];

let house: House;
let id: string;
const people = new Map<string, Bearer>([["nobody", NOBODY]]);

before(async () => {
  house = await openHouse();
  for (const role of ROLES) people.set(role, await house.key(role, role.startsWith("tenant") ? "hotel" : undefined));
  const to = [{ address: "b@y.example", state: "held" as const, why: "looked at" }];
  id = house.idOf(house.node.add({ acceptedAt: MEMORY_NOW, from: "a@x.example", sender: "s", source: "srv", tenant: "hotel", to }));
  house.node.contentOf = () =>
    (async function* () {
      yield Buffer.from("Subject: x\r\nContent-Type: text/html\r\n\r\n<p>x");
    })();
});
beforeEach(() => house.pass(60_000));
after(() => house[Symbol.asyncDispose]());

const as = (who: string): Bearer => people.get(who) ?? NOBODY;
const callersOf = (name: RouteName): readonly string[] => {
  const row = Object.entries(RIGHTS).find(([, names]) => names.split(" ").includes(name));
  return row?.[0].split(" ") ?? [];
};

test("each route has its callers, and the table says the same", () => {
  const told = Object.values(RIGHTS).flatMap((names) => names.split(" "));
  assert.deepEqual(told.toSorted(), NAMES.toSorted());
  for (const name of NAMES) assert.deepEqual([(routes[name] as Route).callers].flat(), callersOf(name), name);
});

for (const who of ["nobody", ...ROLES])
  test(`${who} is let in where that is right and nowhere else`, async () => {
    for (const name of NAMES.filter((one) => one !== "live")) {
      house.pass(1000);
      const callers = callersOf(name);
      const { status, json } = await house.call(name, inputFor(name), as(who));
      const { code } = (json as { readonly error?: { readonly code?: string } } | undefined)?.error ?? {};
      const barred = code === "not-allowed" && status === 403 ? "barred" : code === "login-needed" && status === 401 ? "no login" : "in";
      const want = callers[0] === "everybody" ? "in" : callers[0] === "socket" ? "barred" : who === "nobody" ? "no login" : "in";
      // A tenant's admin gives out tenant roles of its own only: what is given here is the node's.
      const asAdmin = who === "tenant-admin" && (name === "addUser" || name === "addKey") ? "barred" : want;
      const wanted = want === "in" && callers[0] !== "everybody" && !callers.includes(who) ? "barred" : asAdmin;
      assert.equal(barred, wanted, `${name}: ${status} ${code}`);
    }
  });

/** What fits each field, by its schema. */
function inputFor(name: RouteName): Record<string, unknown> {
  const { properties = {} } = jsonOfShape(routes[name].takes);
  const given = Object.entries(properties).filter(([, schema]) => !isOptional(schema));
  return { ...Object.fromEntries(given.map(([field, schema]) => [field, fitting(field, schema)])), ...MORE[name] };
}

/** Where the required fields alone mean nothing. */
const MORE: Partial<Record<RouteName, object>> = {
  act: { selector: { to: "nobody@y.example" } },
  addOverride: { provider: "google", limit: "perMinute", op: "max", n: 40, cause: "asked for" },
  undoLane: { lane: "gmail.com" },
  setUpstream: { host: "mail.example.net" },
  setPool: { members: [{ name: "out1" }] },
  addSource: { cidrs: ["192.0.2.9"] },
  suppress: { entries: [{ address: "x@y.example" }] },
  unsuppress: { addresses: ["x@y.example"] },
  addUser: { name: "bob", role: "abuse" },
  addKey: { name: "billing", role: "abuse" },
  addWebhook: { name: "crm", url: "https://crm.example/hook" },
  useFirst: { code: "AAAA-AAAA", name: "eve", password: "a password for eve" },
  login: { name: "eve", password: "a password for eve" },
};

function fitting(field: string, schema: Json): unknown {
  if (field === "id") return id;
  if (schema.default !== undefined) return schema.default;
  return (
    schema.enum?.[0] ??
    schema.examples?.[0] ??
    schema.minimum ??
    (schema.type === "array" ? [] : schema.type === "object" ? {} : "text of some length")
  );
}

/** Values that do not fit, with the words that say so. */
function* unfit(schema: Json, inPath: boolean, as: "text" | "json"): Generator<unknown> {
  const { type, maxLength, minimum, maximum, pattern } = schema;
  if (maxLength !== undefined && maxLength < 16_000 && !inPath) yield "a".repeat(maxLength + 1);
  if (schema.enum !== undefined) yield "nonsense";
  if (pattern !== undefined) yield "\u0001";
  if (type === "integer" || type === "number") {
    yield "one";
    yield as === "text" ? "1e999" : Number.MAX_VALUE;
    if (type === "integer") yield as === "text" ? "1.5" : 1.5;
    if (minimum !== undefined) yield minimum - 1;
    if (maximum !== undefined) yield maximum + 1;
  }
  if (type === "boolean") yield "perhaps";
  if (as === "json") {
    if (!schema.anyOf?.some((one) => one.type === "null")) yield null;
    yield type === "array" ? { 0: "a" } : [["a"]];
    if (type !== "object") yield { a: 1 };
    if (type === "string") yield 7;
  }
}

for (const name of NAMES)
  test(`${name} refuses what does not fit, by the field's name`, async () => {
    const who = callersOf(name)[0] === "everybody" ? NOBODY : as("owner");
    if (callersOf(name)[0] === "socket") return;
    const method = methodOf(name);
    const { properties = {} } = jsonOfShape(routes[name].takes);
    for (const [field, schema] of Object.entries(properties)) {
      const inPath = pathOf(name).includes(`:${field}`);
      for (const value of unfit(schema, inPath, inPath || method === "GET" || method === "DELETE" ? "text" : "json")) {
        house.pass(1000);
        const { status, json, text } = await house.call(name, { ...inputFor(name), [field]: value }, who);
        const said = (json as { readonly error?: { readonly text?: string } } | undefined)?.error?.text ?? "";
        const shown = `${field} = ${String(JSON.stringify(value)).slice(0, 60)}: ${status} ${text.slice(0, 200)}`;
        if (inPath && status === 404) continue; // a path of another form leads nowhere
        assert.equal(status, 400, shown);
        assert.ok(said.startsWith(field), shown);
        assert.ok(said.length < 600, shown);
      }
    }
    const odd = await house.call(name, { ...inputFor(name), fild: "x" }, who);
    assert.equal(odd.status, 400, odd.text);
    assert.match(odd.text, /\\"fild\\" is not known here/);
  });

test("only an owner lets a webhook reach this machine and private networks", async () => {
  const here = { name: "here", url: "http://127.0.0.1:9000/in", private: true };
  for (const who of ["operator", "tenant-admin"])
    for (const [name, input] of [["addWebhook", here] as const, ["setWebhook", { name: "here", private: true }] as const]) {
      const { status, json } = await house.call(name, input, as(who));
      assert.equal(status, 403, who);
      assert.partialDeepStrictEqual(json, { error: { code: "not-allowed", fix: "ask an owner" } });
    }
  const added = await house.call("addWebhook", here, as("owner"));
  assert.partialDeepStrictEqual(added.json, { webhook: { name: "here", private: true } });
  const set = await house.call("setWebhook", { name: "here", private: false }, as("operator"));
  assert.partialDeepStrictEqual(set.json, { webhook: { private: false } }, "to take it back is anybody's");
  assert.equal((await house.call("removeWebhook", { name: "here" }, as("owner"))).status, 200);
});

test("no GET changes anything or is written down", async () => {
  const seen = (): string =>
    JSON.stringify([house.node.open, house.node.known, house.node.commands.length, house.node.draining, house.node.pickups]);
  const [before, written] = [seen(), (await house.audit.list({ sees: "all" }, { limit: 1 })).entries[0]?.seq];
  for (const name of NAMES.filter((one) => methodOf(one) === "GET" && one !== "live")) {
    house.pass(1000);
    await house.call(name, inputFor(name), as("owner"));
  }
  assert.equal(seen(), before);
  assert.equal((await house.audit.list({ sees: "all" }, { limit: 1 })).entries[0]?.seq, written);
});

/** What is done, and what the record then has: on what, and which of before and after. */
const WRITTEN: readonly (readonly [RouteName, object, on: string | undefined, has: readonly ("before" | "after")[]])[] = [
  ["addUser", { name: "tess", role: "abuse" }, "tess", ["after"]],
  ["setUser", { name: "tess", role: "operator" }, "tess", ["before", "after"]],
  ["removeUser", { name: "tess" }, "tess", ["before"]],
  ["addKey", { name: "tool", role: "abuse" }, "tool", ["after"]],
  ["addSource", { name: "srv8", cidrs: ["192.0.2.8"] }, "srv8", ["after"]],
  ["removeSource", { name: "srv8" }, "srv8", ["before"]],
  ["applySettings", { yaml: "retention:\n  days: 7\n" }, "apply", ["after"]],
  ["rollbackSettings", { to: 1 }, "revision 1", ["after"]],
  ["addEgress", { name: "out3", ip4: "198.51.100.8", state: "warming" }, "out3", ["after"]],
  ["setEgress", { name: "out3", helo: "mail3.example.net" }, "out3", ["before", "after"]],
  ["drainEgress", { name: "out3" }, "out3", ["before", "after"]],
  ["undrainEgress", { name: "out3" }, "out3", ["before", "after"]],
  ["setUpstream", { name: "relay2", host: "relay2.example", user: "us", password: "gone@there" }, "relay2", ["after"]],
  ["setPool", { name: "few", members: [{ name: "out3" }, { name: "relay2", weight: 3 }] }, "few", ["after"]],
  ["removePool", { name: "few" }, "few", ["before"]],
  ["removeUpstream", { name: "relay2" }, "relay2", ["before"]],
  ["removeEgress", { name: "out3" }, "out3", ["before"]],
  ["suppress", { entries: [{ address: "t@y.example" }] }, "t@y.example", ["after"]],
  ["unsuppress", { addresses: ["t@y.example"] }, "t@y.example", ["after"]],
  ["addWebhook", { name: "pager", url: "https://pager.example/x" }, "pager", ["after"]],
  ["setWebhook", { name: "pager", private: true }, "pager", ["after"]],
  ["removeWebhook", { name: "pager" }, "pager", ["before"]],
  ["forget", { address: "gone@y.example" }, "an address", ["after"]],
  ["drain", {}, undefined, []],
];
for (const [name, input, on, has] of WRITTEN)
  test(`${name} is written down with who did it, on what, and what it was`, async () => {
    assert.equal((await house.call(name, input, as("owner"))).status, 200);
    const [entry] = (await house.audit.list({ sees: "all" }, { limit: 1 })).entries;
    assert.deepEqual([entry?.what, entry?.by, entry?.ip, entry?.ok, entry?.on], [name, "owner key", "127.0.0.1", true, on]);
    assert.deepEqual(
      (["before", "after"] as const).filter((side) => entry?.[side] !== undefined),
      has,
    );
    assert.ok(!JSON.stringify(entry).includes("gone@"), "what was to be forgotten, and passwords, are not kept by the record of it");
  });

test("an action, its undoing and a link are written down by what they meant", async () => {
  const done = await house.call("act", { verb: "release", selector: { id: [id] }, note: "asked for" }, as("abuse"));
  const { action } = done.json as { readonly action: number };
  await house.call("undo", { action }, as("abuse"));
  await house.call("makeLink", { id }, as("abuse"));
  await house.call("revokeLink", { id }, as("abuse"));
  const { entries } = await house.audit.list({ sees: "all" }, { limit: 4 });
  assert.deepEqual(
    entries.map(({ what, on }) => [what, on]),
    [
      ["revokeLink", id],
      ["makeLink", id],
      ["undo", `action ${action}`],
      ["act", `release {"id":["${id}"]}`],
    ],
  );
  assert.deepEqual(entries[3]?.after, { action, matched: 1, done: 1 });
});

test("what is decided about limits is written down by what it meant, and by whom", async () => {
  const { limits } = house.node;
  limits.laws.set("gmail.com" as SiteKey, { phase: "paused", perMinute: 40, connections: 2, cuts: 3, undoable: true });
  const max = { provider: "google", limit: "perMinute", op: "max", n: 40, cause: "asked for" };
  const added = await house.call("addOverride", max, as("operator"));
  const { override } = added.json as { readonly override: { readonly id: number } };
  await house.call("undoOverride", { override: override.id }, as("operator"));
  const paused = await house.call("pauseDestination", { key: "google", note: "maintenance" }, as("operator"));
  const { undo } = paused.json as { readonly undo: string };
  await house.call("resumeDestination", { key: "google" }, as("operator"));
  await house.call("undoLane", { lane: "gmail.com" }, as("operator"));
  const { entries } = await house.audit.list({ sees: "all" }, { limit: 5 });
  assert.deepEqual(
    entries.toReversed().map(({ what, on, before, after: then }) => [what, on, before ?? then]),
    [
      ["addOverride", "google", { undo: `o${override.id}`, says: "at most 40 messages a minute", until: null }],
      ["undoOverride", `o${override.id}: google`, "at most 40 messages a minute"],
      ["pauseDestination", "google", { undo, says: "paused", until: null }],
      ["resumeDestination", "google", { ended: [undo], probes: 1 }],
      ["undoLane", "gmail.com", { perMinute: null }],
    ],
  );
  assert.ok(entries.every(({ by, ok }) => by === "operator key" && ok));
});
