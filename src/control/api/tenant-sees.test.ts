/**
 * A tenant hears of its own mail what its story tells, whichever route it asks: no names or notes of the node's people,
 * no relays, nothing of the node's own state. The node's people hear all of it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import type { Actor, EventBody } from "../../model/event.ts";
import type { SiteKey, TenantId } from "../../model/ids.ts";
import { type Bearer, type House, openHouse } from "./memory-house.ts";
import { MEMORY_NOW } from "./memory-node.ts";
import type { RouteName } from "./paths.ts";

const ANN: Actor = { kind: "operator", id: "ann.the.operator" };
const SECRETS = ["ann.the.operator", "NOTE-OF-OURS", "relay-7.inside.example", "10.1.2.3", "127.0.0.1:2525", "118"];
const attempt = {
  host: "relay-7.inside.example",
  ip: "10.1.2.3",
  stage: "dot",
  times: {},
  nth: 1,
  dialogue: "S: 220 NOTE-OF-OURS",
} as const;
const reply = { code: 451, text: "relay-7.inside.example says later [10.1.2.3]" };
const at = (before: number): WallMs => (MEMORY_NOW - before) as WallMs;

/** Mail of the hotel's that was held with a note, waits behind an upstream, and left by one. */
function fill({ node }: House): void {
  const mail = { from: "a@hotel.example", sender: "wp@hotel", source: "hotelsrv", tenant: "hotel" };
  const held: EventBody = { kind: "held", why: "NOTE-OF-OURS", by: ANN, action: 118 };
  const later: EventBody = { kind: "deferred", attempt, reply, dueAt: MEMORY_NOW, attempts: 1, counted: true };
  const gone: EventBody = {
    kind: "relayed",
    attempt,
    reply: { code: 250, text: "queued at relay-7.inside.example" },
    possiblyTwice: false,
  };
  const ended: EventBody = { kind: "bounced", why: "NOTE-OF-OURS", dsn: "sent", by: ANN, action: 118 };
  const add = (to: string, state: "held" | "queued" | "settled", why: string | undefined, event: EventBody): void => {
    const recipient = { address: to, state, ...(why === undefined ? {} : { why }) };
    node.add({ ...mail, acceptedAt: at(60_000), to: [recipient], events: [{ at: at(30_000), rcpt: 0, body: event }] });
  };
  add("held@y.example", "held", "NOTE-OF-OURS", held);
  add("later@y.example", "queued", "451 relay-7.inside.example says later [10.1.2.3]", later);
  add("gone@y.example", "settled", undefined, gone);
  add("ended@y.example", "settled", undefined, ended);
  for (const [i, row] of node.open.entries())
    node.open[i] = { ...row, action: 118, lastHost: "relay-7.inside.example", site: "upstream:relay-7.inside.example:25" as SiteKey };
}

const ASKED: readonly (readonly [RouteName, object])[] = [
  ["status", {}],
  ["now", {}],
  ["search", { q: "since:30d" }],
  ["export", { q: "since:30d", form: "csv" }],
  ["export", { q: "since:30d", form: "jsonl" }],
  ["deliveries", {}],
  ["holds", {}],
  ["events", { after: 0 }],
  ["messages", { address: "later@y.example" }],
  ["messages", { address: "held@y.example" }],
];

async function textsFor(house: House, who: Bearer): Promise<string> {
  const ids = [...house.node.envelopes.keys()].map((key) => ["message", { id: house.idOf(key) }] as const);
  const answers = await Promise.all([...ASKED, ...ids].map(([name, input]) => house.call(name, input, who)));
  for (const answer of answers) assert.equal(answer.status, 200, answer.text);
  return answers.map(({ text }) => text).join("\n");
}

test("to the tenant no route says what is inside; to the operator they do", async () => {
  await using house = await openHouse();
  fill(house);
  const tenant = await textsFor(house, await house.key("tenant-admin", "hotel"));
  for (const secret of SECRETS) assert.ok(!tenant.includes(secret), `${secret} in ${tenant}`);
  const operator = await textsFor(house, await house.key("operator"));
  for (const secret of SECRETS) assert.ok(operator.includes(secret), secret);
  for (const own of ["held@y.example", "gone@y.example", "your provider wants to look at it first", "[relay] says later"])
    assert.ok(tenant.includes(own), own);
});

test("a name of an upstream that an answer repeats is the inside too, also where mail went another way", async () => {
  await using house = await openHouse();
  house.node.relays.add("out.inside.example");
  const body: EventBody = {
    kind: "bounced",
    why: "refused",
    dsn: "sent",
    by: { kind: "dispatch", id: "" },
    reply: { code: 550, text: "out.inside.example is listed" },
  };
  const to = [{ address: "b@y.example", state: "queued" as const, why: "550 out.inside.example is listed" }];
  house.node.add({
    acceptedAt: at(9),
    from: "a@x.example",
    sender: "s",
    source: "srv",
    tenant: "hotel",
    to,
    events: [{ at: at(5), rcpt: 0, body }],
  });
  const key = await house.key("tenant-admin", "hotel");
  for (const name of ["deliveries", "events"] as const) {
    const { text } = await house.call(name, name === "events" ? { after: 0 } : {}, key);
    assert.ok(!text.includes("out.inside") && text.includes("[relay] is listed"), text);
  }
});

test("a tenant's status is of its own mail; of the node it says only whether mail is taken", async () => {
  await using house = await openHouse();
  fill(house);
  const stranger = await house.key("tenant-read", "stranger");
  const status = (await house.call("status", {}, stranger)).json;
  assert.partialDeepStrictEqual(status, {
    ...{ line: "Mail is flowing.", listeners: [], flow: null, ledger: null, spool: null, history: null, needs: [], waitsFor: null },
    ...{ oldest: null, counts: { accepted: 0, queued: 0, held: 0 } },
  });
  house.node.draining = true;
  assert.partialDeepStrictEqual((await house.call("status", {}, stranger)).json, { line: "No new mail is taken at the moment." });
});

test("mail that waits because of another tenant's is told so, and not by whom", async () => {
  await using house = await openHouse();
  const to = [{ address: "b@gmail.com", state: "queued" as const }];
  const id = house.idOf(house.node.add({ acceptedAt: at(9), from: "a@x.example", sender: "s", source: "srv", tenant: "hotel", to }));
  house.node.closed = { since: at(5), of: "noisy" as TenantId };
  const story = await house.call("message", { id }, await house.key("tenant-read", "hotel"));
  assert.match(story.text, /is slowed since .* because of other mail; yours was not the cause/);
  assert.ok(!story.text.includes("noisy"));
  const all = await house.call("message", { id }, await house.key("operator"));
  assert.match(all.text, /gmail\.com is closed since .*, because of another tenant's mail/);
});

test("an answer to a link says as little", async () => {
  await using house = await openHouse();
  fill(house);
  const owner = await house.key("owner");
  for (const key of house.node.envelopes.keys()) {
    const { url } = (await house.call("makeLink", { id: house.idOf(key) }, owner)).json as { readonly url: string };
    const page = await house.fetch("GET", new URL(url).pathname);
    assert.equal(page.status, 200);
    for (const secret of SECRETS) assert.ok(!page.text.includes(secret), `${secret} in ${page.text}`);
  }
});
