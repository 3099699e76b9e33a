/** The API over a real unix socket, before a node in memory. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Clock, systemClock, type WallMs } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { idOf } from "../../model/ids.ts";
import { type Api, ApiError, startApi } from "./api.ts";
import { ApiFailure, openClient, Unreachable } from "./client.ts";
import { MEMORY_NOW, MemoryNode } from "./memory-node.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-api-"));
after(() => rmSync(folder, { recursive: true }));
let sockets = 0;
const nextPath = (): string => join(folder, `${++sockets}`, "control.sock");
const clock: Clock = { ...systemClock, wall: () => MEMORY_NOW };

async function started(node = new MemoryNode(), socketPath = nextPath()) {
  const api = await startApi({ socketPath, node, log: silentLog, clock });
  return { api, node, client: openClient(socketPath, { by: "ann" }), [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

function filled(): MemoryNode {
  const node = new MemoryNode();
  for (let i = 0; i < 25; i++) {
    const held = i % 5 === 0;
    node.add({
      acceptedAt: (MEMORY_NOW - (i + 1) * 600_000) as WallMs,
      from: `billing@hotel-${i % 3}.example`,
      sender: `acct${i % 4}@srv7`,
      source: "srv7",
      to: [
        {
          address: `user${i}@gmail.com`,
          state: held ? "held" : "queued",
          ...(held ? { why: "looks taken over" } : { why: "421 4.7.28 unusual rate" }),
        },
      ],
    });
  }
  node.open.sort((a, b) => a.ref.message - b.ref.message);
  return node;
}

const fails = (status: number, code: string) => (thrown: unknown) => {
  assert(thrown instanceof ApiFailure, String(thrown));
  assert.deepEqual([thrown.status, thrown.code], [status, code], thrown.message);
  return true;
};

/** Bytes in, bytes out: what a client that does not speak HTTP properly sees. */
async function raw(socketPath: string, bytes: string): Promise<string> {
  const socket = createConnection(socketPath);
  socket.write(bytes);
  let answer = "";
  for await (const part of socket) answer += String(part);
  return answer;
}

test("the socket is its owner's alone, and gone after disposal", async () => {
  const { api } = await started();
  assert.equal(statSync(api.socketPath).mode & 0o777, 0o600);
  assert.equal(statSync(join(api.socketPath, "..")).mode & 0o777, 0o700);
  await api[Symbol.asyncDispose]();
  assert.equal(existsSync(api.socketPath), false);
});

test("a second node on the same folder is refused and the first goes on", async () => {
  await using first = await started();
  await assert.rejects(
    started(new MemoryNode(), first.api.socketPath),
    (thrown) => thrown instanceof ApiError && thrown.code === "API_SOCKET_LIVE",
  );
  assert.equal((await first.client.call("health", {})).name, "n1");
});

test("a socket that a dead process left is replaced", async () => {
  const socketPath = nextPath();
  await (await started(new MemoryNode(), socketPath)).api[Symbol.asyncDispose]();
  const dead = createServer().listen(socketPath);
  await new Promise((resolve) => dead.once("listening", resolve));
  const kept = `${socketPath}.kept`;
  renameSync(socketPath, kept); // closing would unlink it, which a killed process does not
  await new Promise((resolve) => dead.close(resolve));
  renameSync(kept, socketPath);
  await assert.rejects(
    openClient(socketPath).call("health", {}),
    (thrown) => thrown instanceof Unreachable && /not stopped cleanly/.test(thrown.message),
  );
  await using again = await started(new MemoryNode(), socketPath);
  assert.equal((await again.client.call("health", {})).ok, true);
});

test("a file in the way is a clear error and is not removed", async () => {
  const socketPath = nextPath();
  await (await started(new MemoryNode(), socketPath)).api[Symbol.asyncDispose]();
  writeFileSync(socketPath, "mine");
  await assert.rejects(started(new MemoryNode(), socketPath), (thrown) => thrown instanceof ApiError && thrown.code === "API_SOCKET");
  assert.equal(existsSync(socketPath), true);
});

test("a socket below a folder deeper than the kernel's limit works", async () => {
  const deep = join(folder, ...Array.from({ length: 8 }, (_, i) => `${"deep".repeat(5)}${i}`), "control.sock");
  assert(Buffer.byteLength(deep) > 108);
  await using s = await started(new MemoryNode(), deep);
  assert.equal((await s.client.call("health", {})).ok, true);
});

test("no node: the error says so", async () => {
  await assert.rejects(
    openClient(join(folder, "none.sock")).call("health", {}),
    (thrown) => thrown instanceof Unreachable && /no node runs/.test(thrown.message),
  );
});

test("status has times as RFC 3339 and the oldest by its id", async () => {
  await using s = await started(filled());
  const status = await s.client.call("status", {});
  assert.equal(status.at, "2026-03-03T09:52:00.000Z");
  assert.equal(status.line, "Mail is flowing. Nothing needs you.");
  assert.match(status.oldest?.id ?? "", /^[0-9A-Z]{16}$/);
  assert.equal(status.counts.accepted, status.counts.queued + status.counts.held);
});

test("pages of deliveries follow each other without gap or repeat", async () => {
  await using s = await started(filled());
  const seen: string[] = [];
  for (let cursor: string | undefined, pages = 0; pages < 5; pages++) {
    const page = await s.client.call("deliveries", { limit: 10, after: cursor, total: true });
    seen.push(...page.deliveries.map((row) => `${row.id}.${row.rcpt}`));
    assert.equal(page.total, 25);
    if (page.next === null) break;
    cursor = page.next;
  }
  assert.equal(seen.length, 25);
  assert.deepEqual(seen, [...new Set(seen)].sort());
});

const selections = [
  [{ states: ["held"] }, 5],
  [{ sender: "acct1@srv7" }, 6],
  [{ from: "billing@hotel-0.example", states: ["queued"] }, 7],
  [{ to: "USER3@gmail.com" }, 1],
  [{ domain: "gmail.com", older: "2h" }, 13],
  [{ reply: "4.7.28" }, 20],
  [{ source: "nobody" }, 0],
] as const;
for (const [selector, want] of selections)
  test(`deliveries ${JSON.stringify(selector)}: ${want}`, async () => {
    await using s = await started(filled());
    assert.equal((await s.client.call("deliveries", { ...selector, total: true })).total, want);
  });

test("an unknown condition is refused, because a mistyped filter would match too much", async () => {
  await using s = await started(filled());
  await assert.rejects(
    s.client.call("deliveries", { sendr: "x" } as never),
    (thrown) => fails(400, "bad-request")(thrown) && /did you mean sender/.test((thrown as Error).message),
  );
});

test("the story of a message by id, its third recipient alone by ID.2", async () => {
  const node = filled();
  const key = node.add({
    acceptedAt: MEMORY_NOW,
    from: "a@x.example",
    sender: "a@srv",
    source: "srv",
    to: ["b@y.example", "c@y.example", "d@y.example"].map((address) => ({ address, state: "queued" as const })),
  });
  await using s = await started(node);
  const id = idOf(key, node.number);
  assert.equal((await s.client.call("message", { id })).recipients.length, 3);
  const third = await s.client.call("message", { id: `${id}.2` });
  assert.deepEqual(
    third.recipients.map(({ to }) => to),
    ["d@y.example"],
  );
  assert.match(third.line, /^Queued for d@y\.example for 0 ms\. Waits for its turn\./);
});

test("unknown, mistyped and foreign ids are three different answers", async () => {
  const node = new MemoryNode();
  await using s = await started(node);
  const id = idOf(((MEMORY_NOW - Date.UTC(2020, 0, 1)) * 4096) as never, node.number);
  await assert.rejects(s.client.call("message", { id }), fails(404, "not-found"));
  const mistyped = id.slice(0, 15) + (id.endsWith("0") ? "1" : "0");
  await assert.rejects(
    s.client.call("message", { id: mistyped }),
    (thrown) => fails(400, "bad-request")(thrown) && /typing error/.test((thrown as Error).message),
  );
  await assert.rejects(
    s.client.call("message", { id: idOf(1 as never, 9 as never) }),
    (thrown) => fails(404, "not-found")(thrown) && /node 9/.test((thrown as Error).message),
  );
});

test("messages of an address show only its own lines unless it is the sender", async () => {
  const node = new MemoryNode();
  node.add({
    acceptedAt: MEMORY_NOW,
    from: "a@x.example",
    sender: "a@srv",
    source: "srv",
    to: ["b@y.example", "c@y.example"].map((address) => ({ address, state: "queued" as const })),
  });
  await using s = await started(node);
  assert.deepEqual(
    (await s.client.call("messages", { address: "c@y.example" })).messages[0]?.recipients.map(({ to }) => to),
    ["c@y.example"],
  );
  assert.equal((await s.client.call("messages", { address: "a@x.example" })).messages[0]?.recipients.length, 2);
  assert.equal((await s.client.call("messages", { address: "nobody@y.example" })).messages.length, 0);
});

test("an action carries who did it and the note; its undo is named", async () => {
  await using s = await started(filled());
  const result = await s.client.call("act", { verb: "hold", selector: { sender: "acct1@srv7" }, note: "asked by the tenant" });
  assert.deepEqual([result.matched, result.done, result.undo?.action], [6, 5, result.action]);
  assert.deepEqual(s.node.commands[0]?.by, { kind: "operator", id: "ann" });
  assert.equal(s.node.commands[0]?.note, "asked by the tenant");
  assert.equal((await s.client.call("undo", { action: result.action ?? 0 })).done, 5);
  await assert.rejects(s.client.call("undo", { action: 999 }), fails(404, "not-found"));
});

test("a dry run changes nothing", async () => {
  await using s = await started(filled());
  const result = await s.client.call("act", { verb: "release", selector: { states: ["held"] }, all: true, dryRun: true });
  assert.deepEqual([result.dryRun, result.done, result.action], [true, 5, null]);
  assert.equal((await s.client.call("deliveries", { states: ["held"], total: true })).total, 5);
});

test("an action without a condition needs all", async () => {
  await using s = await started(filled());
  await assert.rejects(s.client.call("act", { verb: "discard", selector: {} }), fails(400, "bad-request"));
  await assert.rejects(s.client.call("act", { verb: "discard", selector: { states: ["queued"] } }), fails(400, "bad-request"));
  assert.equal(s.node.open.length, 25);
  assert.equal((await s.client.call("act", { verb: "discard", selector: {}, all: true })).done, 25);
});

test("reroute needs a site and nothing else takes one", async () => {
  await using s = await started(filled());
  await assert.rejects(s.client.call("act", { verb: "reroute", selector: { domain: "gmail.com" } }), fails(400, "bad-request"));
  await assert.rejects(
    s.client.call("act", { verb: "hold", selector: { domain: "gmail.com" }, site: "upstream:x" }),
    fails(400, "bad-request"),
  );
  await s.client.call("act", { verb: "reroute", selector: { domain: "gmail.com" }, site: "upstream:x" });
  assert.equal(s.node.commands.at(-1)?.site, "upstream:x");
});

test("sources come, are listed and go; a made password is shown once", async () => {
  await using s = await started();
  const made = await s.client.call("addSource", { name: "srv7", login: "srv7" });
  assert.equal(made.password, "made-once-1");
  assert.equal((await s.client.call("addSource", { name: "lan", cidrs: ["192.0.2.0/24"] })).password, null);
  await assert.rejects(s.client.call("addSource", { name: "lan", cidrs: ["192.0.2.0/24"] }), fails(409, "exists"));
  await assert.rejects(s.client.call("addSource", { name: "both", cidrs: ["192.0.2.0/24"], login: "x" }), fails(400, "bad-request"));
  const listed = await s.client.call("sources", {});
  assert.deepEqual(
    listed.sources.map(({ name }) => name),
    ["srv7", "lan"],
  );
  assert.equal(JSON.stringify(listed).includes("made-once"), false);
  assert.equal((await s.client.call("removeSource", { name: "lan" })).removed.name, "lan");
  await assert.rejects(s.client.call("removeSource", { name: "lan" }), fails(404, "not-found"));
});

test("events continue after a cursor", async () => {
  await using s = await started(filled());
  const newest = await s.client.call("events", { limit: 3 });
  assert.deepEqual(
    newest.events.map(({ seq }) => seq),
    [23, 24, 25],
  );
  assert.equal((await s.client.call("events", {})).events.length, 25);
  const first = await s.client.call("events", { after: 0, limit: 20 });
  assert.equal(first.next, 20);
  const second = await s.client.call("events", { after: first.next });
  assert.deepEqual(
    second.events.map(({ seq }) => seq),
    [21, 22, 23, 24, 25],
  );
  assert.equal((await s.client.call("events", { after: 25 })).next, 25);
});

test("content comes as it is; none is a 404", async () => {
  const node = filled();
  const bytes = Buffer.from("Subject: hi\r\n\r\n\x00\xff\r\n", "latin1");
  node.contentOf = async function* () {
    yield bytes.subarray(0, 5);
    yield bytes.subarray(5);
  };
  await using s = await started(node);
  const id = idOf(node.open[0]?.ref.message as never, node.number);
  const answer = await raw(s.api.socketPath, `GET /api/v1/messages/${id}/content HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  assert.match(answer, /content-type: message\/rfc822/);
  node.contentOf = undefined;
  await assert.rejects(s.client.call("content", { id }), fails(404, "not-found"));
});

test("a broken spool is a 503 with its code; the API lives on", async () => {
  const node = filled();
  node.broken = Object.assign(new Error("disk gone"), { code: "SPOOL_IO" });
  await using s = await started(node);
  await assert.rejects(s.client.call("deliveries", {}), fails(503, "SPOOL_IO"));
  node.broken = new Error("a bug");
  await assert.rejects(s.client.call("deliveries", {}), fails(500, "internal"));
  assert.equal((await s.client.call("health", {})).ok, true);
});

const malformed = [
  ["not HTTP at all", "\x16\x03\x01garbage\r\n\r\n", /^HTTP\/1\.1 400 .*"bad-request"/s],
  [
    "an unknown path",
    "GET /api/v1/stats HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    /^HTTP\/1\.1 404 .*did you mean \/api\/v1\/status/s,
  ],
  ["another method", "PUT /api/v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", /^HTTP\/1\.1 405 .*allow: GET/is],
  ["a broken percent sequence", "GET /api/v1/messages/%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", /^HTTP\/1\.1 400 /],
  [
    "a body that is no JSON",
    "POST /api/v1/actions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 4\r\n\r\n{{{{",
    /^HTTP\/1\.1 400 .*not a JSON object/s,
  ],
  [
    "a JSON array",
    "POST /api/v1/actions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 2\r\n\r\n[]",
    /^HTTP\/1\.1 400 /,
  ],
  [
    "__proto__ as a field",
    'POST /api/v1/actions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 16\r\n\r\n{"__proto__":{}}',
    /^HTTP\/1\.1 400 .*not known/s,
  ],
  [
    "a body above the limit",
    "POST /api/v1/actions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n",
    /^HTTP\/1\.1 413 /,
  ],
  ["headers above the limit", `GET /api/v1/status HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
  [
    "a deeply nested body",
    `POST /api/v1/actions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 40006\r\n\r\n{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
    /^HTTP\/1\.1 400 /,
  ],
] as const;
for (const [what, bytes, want] of malformed)
  test(`${what} gets a proper answer and does no harm`, async () => {
    await using s = await started();
    assert.match(await raw(s.api.socketPath, bytes), want);
    assert.equal((await s.client.call("health", {})).ok, true);
  });

test("more requests at once than the bound hear 503 at once", async () => {
  const node = filled();
  const gate = Promise.withResolvers<void>();
  const full = Promise.withResolvers<void>();
  let entered = 0;
  node.ledger = async () => {
    if (++entered === 32) full.resolve();
    await gate.promise;
    return { byEvents: new Map(), bySweep: new Map(), balances: true, drift: [] };
  };
  await using s = await started(node);
  const waiting = Array.from({ length: 32 }, () => s.client.call("ledger", {}));
  await full.promise;
  await assert.rejects(s.client.call("health", {}), fails(503, "busy"));
  gate.resolve();
  assert.equal(
    (await Promise.all(waiting)).every(({ balances }) => balances),
    true,
  );
  assert.equal((await s.client.call("health", {})).ok, true);
});

test("a drain lets what is under way finish and takes nothing new", async () => {
  const node = filled();
  const gate = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  node.pickup = async () => {
    entered.resolve();
    await gate.promise;
    return { taken: 1, refused: 0 };
  };
  const { api, client } = (await started(node)) as { api: Api; client: ReturnType<typeof openClient> };
  const call = client.call("pickup", {});
  await entered.promise;
  const drained = api.drain(60_000);
  assert.match(api.activities.describe(), /POST \/api\/v1\/pickup/);
  await assert.rejects(client.call("health", {}), Unreachable);
  gate.resolve();
  assert.equal((await call).taken, 1);
  assert.equal(await drained, true);
  await api[Symbol.asyncDispose]();
});
