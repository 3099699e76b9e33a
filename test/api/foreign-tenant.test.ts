/**
 * A tenant asks every route of the table for what is another tenant's, by the very ids and names, with a key and with a
 * session: the answer is, to the letter, that for what does not exist. Roles that do not reach are refused alike.
 */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type Bearer, type House, openHouse, PASSWORD } from "../../src/control/api/memory-house.ts";
import { MEMORY_NOW } from "../../src/control/api/memory-node.ts";
import { methodOf, PATHS, type RouteName } from "../../src/control/api/paths.ts";
import { routes } from "../../src/control/api/routes.ts";
import { idOf, type MessageKey, type SourceName, type TenantId } from "../../src/model/ids.ts";
import { EVERYTHING } from "../../src/model/view.ts";

const HOTEL = "hotel" as TenantId;

/** Inputs that name the hotel's things, and the same for things that do not exist. */
interface Pair {
  readonly theirs: object;
  readonly nothing: object;
}

let house: House;
let pairs: Partial<Record<RouteName, Pair>>;
/** Words that stand in anything of the hotel's. */
let marks: readonly string[];

before(async () => {
  house = await openHouse();
  const { node, desk } = house;
  const key = node.add({
    ...{
      acceptedAt: (MEMORY_NOW - 60_000) as typeof MEMORY_NOW,
      from: "billing@hotel-lux.example",
      sender: "wp@hotel-lux",
      source: "hotelsrv",
    },
    ...{
      tenant: HOTEL,
      messageId: "<m1@hotel-lux.example>",
      to: [{ address: "guest@gmail.com", state: "held", why: "hotel is looked at" }],
    },
  });
  node.contentOf = () =>
    (async function* () {
      yield Buffer.from("Subject: hotel secret\r\nContent-Type: text/html\r\n\r\n<p>hotel secret</p>");
    })();
  const owner = await house.key("owner");
  await house.session("tenant-admin", HOTEL, "hotel-ann");
  const keyed = await desk.logins?.addKey({ name: "hotel key", role: "tenant-read", tenant: HOTEL });
  assert.ok(keyed?.ok);
  await desk.webhooks?.add(
    { sees: "tenant", tenant: HOTEL },
    { name: "hotelhook", url: "https://hotel-lux.example/hook", kinds: [], private: false, tenant: HOTEL },
  );
  await desk.suppression?.add([
    { tenant: HOTEL, address: "gone@hotel-guest.example", why: "operator", since: MEMORY_NOW, by: { kind: "operator", id: "ann" } },
  ]);
  await node.addSource({ kind: "credential", name: "hotelsrv" as SourceName, login: "hotelsrv", tenant: HOTEL });
  const done = await house.call("act", { verb: "hold", selector: { to: "nobody@hotel-lux.example" } }, owner);
  assert.equal(done.status, 200);
  const released = await node.act(EVERYTHING, {
    verb: "reroute",
    selector: { sender: "wp@hotel-lux" as never },
    dryRun: false,
    by: { kind: "operator", id: "ann" },
    site: "x" as never,
  });
  assert.ok(released.ok && released.result.action !== undefined);
  const [session] = (await desk.logins?.sessions("hotel-ann")) ?? [];
  const id = house.idOf(key);
  const noId = idOf((key + 4096 * 7) as MessageKey, node.number);
  const byId: Pair = { theirs: { id }, nothing: { id: noId } };
  const q = (theirs: string, nothing: string): Pair => ({ theirs: { q: theirs }, nothing: { q: nothing } });
  const named = (theirs: string, more: object = {}): Pair => ({ theirs: { name: theirs, ...more }, nothing: { name: "nosuch", ...more } });
  marks = [id, "hotel", "guest@gmail.com", "wp@", keyed.key.id, session?.id ?? "no session"];
  pairs = {
    ...{ message: byId, content: byId, preview: byId, frame: byId, makeLink: byId, revokeLink: byId },
    search: q("to:guest@gmail.com", "to:nosuch@gmail.com"),
    tally: q("tenant:hotel", "tenant:nosuch"),
    export: q("from:billing@hotel-lux.example", "from:nosuch@hotel-lux.example"),
    messages: { theirs: { address: "guest@gmail.com" }, nothing: { address: "nosuch@gmail.com" } },
    find: { theirs: { text: `accepted as ${id}` }, nothing: { text: `accepted as ${noId}` } },
    deliveries: { theirs: { id: [id], total: true }, nothing: { id: [noId], total: true } },
    act: { theirs: { verb: "release", selector: { id: [id] } }, nothing: { verb: "release", selector: { id: [noId] } } },
    undo: { theirs: { action: released.result.action }, nothing: { action: 99_999 } },
    suppressions: { theirs: { text: "gone@" }, nothing: { text: "nosuch@" } },
    unsuppress: { theirs: { addresses: ["gone@hotel-guest.example"] }, nothing: { addresses: ["nosuch@hotel-guest.example"] } },
    ...{ setUser: named("hotel-ann", { secondFactorOff: true }), removeUser: named("hotel-ann"), removeSource: named("hotelsrv") },
    ...{ setWebhook: named("hotelhook", { enabled: false }), removeWebhook: named("hotelhook") },
    ...{ replayWebhook: named("hotelhook", { from: 0 }), testWebhook: named("hotelhook") },
    removeKey: { theirs: { id: keyed.key.id }, nothing: { id: "nosuch" } },
    endSession: { theirs: { id: session?.id ?? "" }, nothing: { id: "nosuch" } },
    destination: { theirs: { key: "hotel-lux.example" }, nothing: { key: "nosuch" } },
  };
});
/** The rate of one visitor is another test's matter. */
beforeEach(() => house.pass(10_000));
after(() => house[Symbol.asyncDispose]());

/** Routes that do something to whoever asks, stay open, or say the same to all: each has a test of its own below. */
const APART: readonly RouteName[] = [
  ...(["login", "logout", "confirm", "useFirst", "changePassword"] as const),
  ...(["beginSecondFactor", "finishSecondFactor", "endSecondFactor", "live", "openapi"] as const),
];
const STRANGERS = [
  ["an admin's key", (of: House) => of.key("tenant-admin", "stranger")],
  ["a reader's key", (of: House) => of.key("tenant-read", "passer-by")],
  ["an admin's session", (of: House) => of.session("tenant-admin", "newcomer")],
] as const;

/** An answer may repeat what was asked: the words in which the two questions differ are taken out, how long it took, and when. */
function withoutNames(text: string, { theirs, nothing }: Pair): string {
  const [ours, others] = [wordsIn(theirs), wordsIn(nothing)];
  const asked = [...ours, ...others].filter((word) => ours.has(word) !== others.has(word));
  const longestFirst = asked.sort((a, b) => b.length - a.length);
  return longestFirst.reduce((clean, word) => clean.replaceAll(word, "…"), text.replace(/"(?:tookMs":[\d.]+|at":"[^"]+")/g, ""));
}

function wordsIn(input: unknown): ReadonlySet<string> {
  if (typeof input === "object" && input !== null) return new Set(Object.values(input).flatMap((value) => [...wordsIn(value)]));
  return new Set(String(input).split(/[\s:]+/));
}

for (const [who, made] of STRANGERS)
  test(`with ${who} of another tenant nothing is reached on any route`, async () => {
    const stranger: Bearer = await made(house);
    // The audit first: later it holds what the stranger typed.
    const names: readonly RouteName[] = ["audit", ...(Object.keys(PATHS) as RouteName[])];
    for (const name of names.filter((name, i) => !APART.includes(name) && (i === 0 || name !== "audit"))) {
      const pair = pairs[name] ?? { theirs: {}, nothing: {} };
      const [theirs, nothing] = [await house.call(name, pair.theirs, stranger), await house.call(name, pair.nothing, stranger)];
      assert.equal(theirs.status, nothing.status, `${name}: ${theirs.text} / ${nothing.text}`);
      assert.equal(withoutNames(theirs.text, pair), withoutNames(nothing.text, pair), name);
      const own = JSON.stringify(pair.theirs);
      for (const mark of marks)
        assert.ok(own.includes(mark) || !theirs.text.includes(mark), `${name} says ${mark}: ${theirs.text.slice(0, 300)}`);
    }
  });

test("what somebody does to himself is done to nobody else, whatever names he gives", async () => {
  const [ann, before] = [await house.login("hotel-ann"), await usersOf(HOTEL)];
  const stranger = await house.session("tenant-admin", "neighbour");
  const as = async (name: RouteName, theirs: object, nothing: object, want: number, who: Bearer = stranger): Promise<void> => {
    const answers = [];
    for (const input of [theirs, nothing]) {
      house.pass(61 * 60_000); // guesses are forgotten after an hour
      answers.push(await house.call(name, input, who));
    }
    const [a, b] = answers.map(({ status, text }) => [status, withoutNames(text, { theirs, nothing })]);
    assert.deepEqual(a, b, name);
    assert.equal(a?.[0], want, `${name}: ${a?.[1]}`);
  };
  const [right, wrong] = [PASSWORD, "a wrong one entirely"];
  await as("login", { name: "hotel-ann", password: wrong }, { name: "nosuch", password: wrong }, 401);
  await as("useFirst", { code: "AAAA", name: "hotel-ann", password: wrong }, { code: "AAAA", name: "nosuch", password: wrong }, 409);
  await as("first", { code: "AAAA" }, { code: "BBBB" }, 200);
  await as("confirm", { password: wrong, name: "hotel-ann" }, { password: wrong, name: "nosuch" }, 400);
  await as("changePassword", { old: wrong, fresh: "another one entirely" }, { old: wrong, fresh: "one more of them" }, 401);
  assert.equal((await house.call("confirm", { password: right }, stranger)).status, 200);
  assert.equal((await house.call("beginSecondFactor", {}, stranger)).status, 200);
  assert.equal((await house.call("finishSecondFactor", { code: "000000" }, stranger)).status, 401);
  assert.equal((await house.call("endSecondFactor", {}, stranger)).status, 200);
  assert.equal((await house.call("changePassword", { old: right, fresh: "another one entirely" }, stranger)).status, 200);
  assert.equal((await house.call("logout", {}, stranger)).status, 200);
  assert.equal((await house.call("me", {}, stranger)).status, 401);
  assert.deepEqual(await usersOf(HOTEL), before);
  assert.partialDeepStrictEqual((await house.call("me", {}, ann)).json, { name: "hotel-ann" });
});

async function usersOf(tenant: TenantId): Promise<unknown> {
  return (await house.desk.logins?.users({ sees: "tenant", tenant }))?.map(({ lastLoginAt: _, ...user }) => user);
}

test("a live stream tells a stranger nothing of the hotel's, neither its status nor its changes", { timeout: 20_000 }, async () => {
  const { headers } = await house.key("tenant-read", "listener");
  const leave = new AbortController();
  const stream = await fetch(`${house.base}/api/v1/live?after=0`, { headers, signal: leave.signal });
  const parts = stream.body?.pipeThrough(new TextDecoderStream()) ?? [];
  let heard = "";
  for await (const part of parts) {
    heard += part;
    if (heard.split("event: status").length === 2 && !heard.includes("event: changed")) change();
    if (heard.split("event: status").length > 2) break; // five seconds later: had there been changes, they were told before
  }
  leave.abort();
  assert.match(heard, /^event: gap$/m);
  for (const mark of [...marks, "event: changed"]) assert.ok(!heard.includes(mark), `${mark} in ${heard}`);
});

function change(): void {
  for (const { ref } of house.node.open)
    for (const listener of house.node.listeners)
      listener([{ at: MEMORY_NOW, ref, body: { kind: "retried", by: { kind: "operator", id: "hotel" } } }]);
}

test("the description of the API says the same to all, and knows nobody", async () => {
  const [nobody, stranger] = [await house.call("openapi", {}), await house.call("openapi", {}, await house.key("owner"))];
  assert.equal(nobody.text, stranger.text);
  for (const mark of marks.filter((mark) => mark !== "hotel")) assert.ok(!nobody.text.includes(mark), mark);
});

test("a link to the hotel's message opens to whoever holds it, and no key but that one", async () => {
  const [message] = house.node.envelopes.keys();
  assert.ok(message !== undefined);
  const { key = "" } = (await house.desk.links?.make(message)) ?? {};
  const near = Array.from("ABCDEFGH", (letter, i) => (key[i] === letter ? "" : key.slice(0, i) + letter + key.slice(i + 1)));
  const stranger = await house.key("tenant-admin", "stranger");
  const texts = await Promise.all(
    [...near.filter((one) => one !== ""), "x".repeat(16)].map(async (one) => (await house.call("storyPage", { key: one }, stranger)).text),
  );
  assert.equal(new Set(texts).size, 1, "a wrong key is answered as any other");
  for (const mark of marks) assert.ok(!texts[0]?.includes(mark), mark);
  const page = await house.call("storyPage", { key }, stranger);
  assert.ok(page.status === 200 && page.text.includes("guest@gmail.com"));
});

test("all of it is still there afterwards", async () => {
  const owner = await house.key("owner");
  assert.equal(
    house.node.open.filter(({ state }) => state === "held").length + house.node.open.filter(({ state }) => state === "queued").length,
    1,
  );
  const there = async (name: RouteName, mark: string): Promise<void> =>
    assert.ok((await house.call(name, {}, owner)).text.includes(mark), name);
  await there("users", "hotel-ann");
  await there("keys", "hotel key");
  await there("webhooks", "hotelhook");
  await there("suppressions", "gone@hotel-guest.example");
  await there("sources", "hotelsrv");
});

test("a tenant's admin makes no user, key or webhook beyond the own tenant", async () => {
  const admin = await house.key("tenant-admin", "stranger");
  const refused = async (name: RouteName, input: object): Promise<void> =>
    assert.equal((await house.call(name, input, admin)).status, 403, name);
  for (const role of ["owner", "operator", "abuse"]) {
    await refused("addUser", { name: "eve", role });
    await refused("addKey", { name: "eve", role });
  }
  for (const name of ["addUser", "addKey"] as const) await refused(name, { name: "eve", role: "tenant-admin", tenant: "hotel" });
  await refused("addWebhook", { name: "eve", url: "https://eve.example", tenant: "hotel" });
});

test("every route that changes something is written down or says why not", () => {
  const silent = (Object.keys(PATHS) as RouteName[]).filter((name) => methodOf(name) !== "GET" && "unrecorded" in routes[name]);
  assert.deepEqual(silent.sort(), ["logout", "pickup"]);
});
