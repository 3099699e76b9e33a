/** The HTTP door: who comes in, what a browser may order, what is refused and written down. Over real sockets. */
import assert from "node:assert/strict";
import { createConnection } from "node:net";
import { test } from "node:test";
import { silentLog } from "../../base/log.ts";
import { HttpFault, startHttp } from "./api.ts";
import { type Answer, type House, openHouse, PASSWORD } from "./memory-house.ts";
import { MEMORY_NOW, MemoryNode } from "./memory-node.ts";
import type { RouteName } from "./paths.ts";

const on = (sentence: string, body: (house: House) => Promise<void>): void =>
  void test(sentence, async () => {
    await using house = await openHouse();
    await body(house);
  });

function failed(answer: Answer, status: number, code: string): void {
  const { error } = (answer.json ?? {}) as { readonly error?: { readonly code: string; readonly text: string } };
  assert.deepEqual([answer.status, error?.code], [status, code], answer.text);
  assert.notEqual(error?.text ?? "", "");
}

async function raw(house: House, bytes: string): Promise<string> {
  const socket = createConnection({ host: "127.0.0.1", port: Number(new URL(house.base).port) });
  socket.write(bytes);
  let answer = "";
  for await (const part of socket) answer += String(part);
  return answer;
}

/** One message of one recipient, in this state. */
function withMail(house: House, state: "queued" | "held"): string {
  const to = [{ address: "b@y.example", state }];
  return house.idOf(house.node.add({ acceptedAt: MEMORY_NOW, from: "a@x.example", sender: "a@srv", source: "srv", to }));
}

test("plain HTTP beyond this machine is refused unless somebody says that he knows", async () => {
  const options = { node: new MemoryNode(), log: silentLog, at: { ip: "0.0.0.0", port: 0 } };
  await assert.rejects(startHttp(options), (thrown) => thrown instanceof HttpFault && thrown.code === "HTTP_OPEN");
  await using open = await startHttp({ ...options, insecure: true });
  assert.ok(open.local.port > 0);
});

on("an address that another has is a clear error", async (house) => {
  const at = { ip: "127.0.0.1", port: Number(new URL(house.base).port) };
  await assert.rejects(
    startHttp({ node: new MemoryNode(), log: silentLog, at }),
    (thrown) => thrown instanceof HttpFault && thrown.code === "HTTP_LISTEN" && /listens there already/.test(thrown.message),
  );
});

on("health needs no login, everything else says that it does", async (house) => {
  assert.equal((await house.call("health", {})).status, 200);
  assert.equal((await house.call("ready", {})).status, 200);
  const wrong = [{}, { authorization: "Bearer nonsense" }, { authorization: "Basic YTpi" }, { cookie: "fairlead=stolen" }];
  for (const headers of wrong) failed(await house.fetch("GET", "/api/v1/status", { headers }), 401, "login-needed");
});

on("the first code lets an owner in once, with a cookie that scripts and other sites cannot have", async (house) => {
  const { code = "" } = (await house.desk.logins?.makeFirstCode()) ?? {};
  assert.deepEqual((await house.call("first", { code })).json, { good: true });
  const answer = await house.call("useFirst", { code, name: "ann", password: PASSWORD });
  const cookie = answer.headers.get("set-cookie") ?? "";
  assert.match(cookie, /^fairlead=[\w.~+/=-]+; Path=\/; HttpOnly; SameSite=Strict$/);
  failed(await house.call("useFirst", { code, name: "eve", password: PASSWORD }), 409, "refused");
  const me = await house.fetch("GET", "/api/v1/me", { headers: { cookie: cookie.split(";", 1)[0] ?? "" } });
  assert.partialDeepStrictEqual(me.json, { name: "ann", role: "owner", tenant: null, by: "session" });
});

on("only the node's own socket makes first codes", async (house) => {
  failed(await house.call("makeFirst", {}, await house.key("owner")), 403, "not-allowed");
});

on("an order over a session must carry its secret and come from our own page", async (house) => {
  const { cookie = "", "fairlead-csrf": csrf = "" } = (await house.session("owner")).headers;
  const order = (headers: Readonly<Record<string, string>>): Promise<Answer> =>
    house.fetch("POST", "/api/v1/drain", { headers: { cookie, ...headers } }, "{}");
  const foreign: readonly Readonly<Record<string, string>>[] = [
    {},
    { "fairlead-csrf": `${csrf.slice(0, -1)}!` },
    { "fairlead-csrf": csrf, origin: "https://evil.example" },
    { "fairlead-csrf": csrf, origin: "null" },
    { "fairlead-csrf": csrf, "sec-fetch-site": "cross-site" },
    { "fairlead-csrf": csrf, "sec-fetch-site": "same-site" },
  ];
  for (const headers of foreign) failed(await order(headers), 403, "not-allowed");
  assert.equal(house.node.draining, false);
  assert.equal((await order({ "fairlead-csrf": csrf, origin: house.base, "sec-fetch-site": "same-origin" })).status, 200);
  assert.equal(house.node.draining, true);
});

on("another site's page cannot log somebody in either", async (house) => {
  await house.session("owner");
  const body = JSON.stringify({ name: "owner-node", password: PASSWORD });
  failed(await house.fetch("POST", "/api/v1/login", undefined, body, { origin: "https://evil.example" }), 403, "not-allowed");
});

on("a session planted before the login is worth nothing after it", async (house) => {
  const planted = await house.session("abuse");
  await house.session("owner");
  const answer = await house.fetch("POST", "/api/v1/login", planted, JSON.stringify({ name: "owner-node", password: PASSWORD }));
  assert.equal(answer.status, 200, answer.text);
  assert.notEqual((answer.headers.get("set-cookie") ?? "").split(";", 1)[0], planted.headers["cookie"]);
  failed(await house.fetch("GET", "/api/v1/me", planted), 401, "login-needed");
});

on("logging out ends the session itself, not only the cookie", async (house) => {
  const ann = await house.session("owner");
  assert.match((await house.call("logout", {}, ann)).headers.get("set-cookie") ?? "", /^fairlead=; Max-Age=0;/);
  failed(await house.call("me", {}, ann), 401, "login-needed");
});

on("wrong passwords are slowed down, say for how long, and are written down without themselves", async (house) => {
  await house.session("owner");
  let last: Answer | undefined;
  for (let i = 0; i < 30 && last?.status !== 429; i++)
    last = await house.call("login", { name: "owner-node", password: `wrong ${i} guess` });
  assert.ok(last);
  failed(last, 429, "wait");
  assert.ok(Number(last.headers.get("retry-after")) >= 1);
  for (let i = 0; i < 50; i++) await house.call("login", { name: "owner-node", password: `wrong ${i} guess` });
  const { entries } = await house.audit.list({ sees: "all" }, { limit: 100, what: "login" });
  assert.deepEqual([entries[0]?.on, entries[0]?.ok], ["owner-node", false]);
  assert.ok(entries.length < 10, `${entries.length} entries: those that waited were not looked at`);
  assert.equal(JSON.stringify(entries).includes("guess"), false);
});

on("what cannot be undone wants the password again after ten minutes; a key is never asked", async (house) => {
  const ann = await house.session("owner");
  await house.session("abuse");
  house.pass(11 * 60_000);
  failed(await house.call("removeUser", { name: "abuse-node" }, ann), 428, "confirm-needed");
  failed(await house.call("confirm", { password: "wrong horse battery" }, ann), 401, "wrong-login");
  assert.equal((await house.call("confirm", { password: PASSWORD }, ann)).status, 200);
  assert.equal((await house.call("removeUser", { name: "abuse-node" }, ann)).status, 200);
  assert.equal((await house.call("forget", { address: "a@x.example" }, await house.key("owner"))).status, 200);
});

const LETS_STAY: readonly (readonly [RouteName, object])[] = [
  ["addUser", { name: "eve", role: "owner" }],
  ["setUser", { name: "owner-node", password: "a password of eve's" }],
  ["setUser", { name: "owner-node", secondFactorOff: true }],
  ["addKey", { name: "eve", role: "owner" }],
  ["beginSecondFactor", {}],
  ["endSecondFactor", {}],
];
for (const [name, input] of LETS_STAY)
  on(`${name} ${JSON.stringify(input)} by a session left open wants the password again`, async (house) => {
    const ann = await house.session("owner");
    house.pass(11 * 60_000);
    failed(await house.call(name, input, ann), 428, "confirm-needed");
    await house.call("confirm", { password: PASSWORD }, ann);
    assert.notEqual((await house.call(name, input, ann)).status, 428);
  });

on("a role that does not reach is told which does, and it is written down", async (house) => {
  const answer = await house.call("addSource", { name: "srv7", login: "srv7" }, await house.key("abuse"));
  failed(answer, 403, "not-allowed");
  assert.match(answer.text, /your role is abuse; this needs owner, operator/);
  const { entries } = await house.audit.list({ sees: "all" }, { limit: 10 });
  assert.deepEqual(
    entries.map(({ what, ok, ip }) => [what, ok, ip]),
    [["addSource", false, "127.0.0.1"]],
  );
});

on("an order is written down with who, what, on what, and without secrets", async (house) => {
  const ann = await house.session("owner");
  await house.call("addUser", { name: "bob", role: "abuse", password: "a password of bob's" }, ann);
  await house.call("addSource", { name: "srv7", login: "srv7", password: "a password of srv7" }, ann);
  await house.call("setUser", { name: "bob", password: "another one of bob's" }, ann);
  const listed = await house.call("audit", { limit: 4 }, ann);
  const { entries, chain } = listed.json as {
    readonly entries: readonly { by: string; what: string; on: string; ok: boolean }[];
    readonly chain: unknown;
  };
  assert.deepEqual(
    entries.map(({ by, what, on, ok }) => [by, what, on, ok]),
    [
      ["owner-node", "setUser", "bob", true],
      ["owner-node", "addSource", "srv7", true],
      ["owner-node", "addUser", "bob", true],
      ["owner-node", "login", "owner-node", true],
    ],
  );
  assert.deepEqual(chain, { ok: true, brokenAt: null });
  assert.equal(/password of|another one|made-once/.test(listed.text), false);
});

on("every answer forbids what a page of ours never needs", async (house) => {
  for (const target of ["/api/v1/health", "/api/v1/status", "/nothing", "/c/FL-5203", "/s/nothing-at-all-here"]) {
    const { headers } = await house.fetch("GET", target);
    assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'/);
    const others = ["x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "access-control-allow-origin"];
    assert.deepEqual(
      others.map((name) => headers.get(name)),
      ["nosniff", "no-referrer", "same-origin", null],
    );
  }
});

on("above a visitor's rate the answer is 429 and says when to come back", async (house) => {
  const answers: Answer[] = [];
  for (let i = 0; i < 310; i++) answers.push(await house.fetch("GET", "/api/v1/health"));
  const last = answers.at(-1);
  assert.deepEqual([answers[0]?.status, last?.status, last?.headers.get("retry-after")], [200, 429, "1"]);
});

on("figures are for this machine by its address, and for operators' keys", async (house) => {
  assert.equal((await house.fetch("GET", "/metrics")).text, "# figures\n");
  const named = await raw(house, "GET /metrics HTTP/1.1\r\nHost: relay.example.net\r\nConnection: close\r\n\r\n");
  assert.match(named, /^HTTP\/1\.1 401 /);
  for (const proxied of ["x-forwarded-for", "forwarded", "via", "x-real-ip"])
    assert.equal((await house.fetch("GET", "/metrics", undefined, undefined, { [proxied]: "127.0.0.1" })).status, 401, proxied);
});

on("HEAD answers without a body, OPTIONS and TRACE are no methods here", async (house) => {
  const head = await house.fetch("HEAD", "/api/v1/health");
  assert.deepEqual([head.status, head.text], [200, ""]);
  const options = await house.fetch("OPTIONS", "/api/v1/health", undefined, undefined, { origin: "https://evil.example" });
  failed(options, 405, "method-not-allowed");
  assert.match(await raw(house, "TRACE /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), /^HTTP\/1\.1 40\d /);
});

const BODIES = [
  ["text/plain", "{}", 415],
  ["application/x-www-form-urlencoded", "verb=hold", 415],
  ["multipart/form-data; boundary=x", "--x--", 415],
  ["text/csv", "a@x.example", 415],
  ["application/json", "\u0000", 400],
  ["application/json", '"text"', 400],
  ["application/json", '{"verb":"hold","selector":{"__proto__":{"x":1}}}', 400],
] as const;
for (const [type, body, want] of BODIES)
  on(`a body of ${type} ${JSON.stringify(body)} is ${want}`, async (house) => {
    const answer = await house.fetch("POST", "/api/v1/actions", await house.key("owner"), body, { "content-type": type });
    assert.equal(answer.status, want, answer.text);
    assert.equal(house.node.commands.length, 0);
  });

on("a body that is too large is refused; an import may be larger", async (house) => {
  const key = await house.key("owner");
  failed(await house.fetch("POST", "/api/v1/actions", key, `{"note":"${"x".repeat(1_100_000)}"}`), 413, "too-large");
  const csv = Array.from({ length: 45_000 }, (_, i) => `user${i}@example.com,complaint`).join("\n");
  assert.ok(csv.length > 1024 * 1024);
  const answer = await house.fetch("POST", "/api/v1/suppressions", key, csv, { "content-type": "text/csv" });
  assert.equal((answer.json as { readonly added: number }).added, 45_000, answer.text.slice(0, 300));
});

on("sessions are listed without their tokens, and one can be ended", async (house) => {
  const here = await house.session("owner");
  const there = await house.login("owner-node");
  const listed = await house.call("sessions", {}, here);
  const { sessions } = listed.json as { readonly sessions: readonly { readonly id: string; readonly current: boolean }[] };
  assert.equal(listed.text.includes((there.headers["cookie"] ?? "").slice("fairlead=".length)), false);
  const other = sessions.find(({ current }) => !current);
  assert.equal((await house.call("endSession", { id: other?.id ?? "" }, here)).status, 200);
  failed(await house.call("me", {}, there), 401, "login-needed");
});

on("a link opens one message's story to whoever holds it, and nothing once it is taken back", async (house) => {
  const id = withMail(house, "queued");
  const owner = await house.key("owner");
  const { url } = (await house.call("makeLink", { id }, owner)).json as { readonly url: string };
  const path = new URL(url).pathname;
  assert.match(path, /^\/s\/[\w-]{16}$/);
  const page = await house.fetch("GET", path);
  assert.deepEqual([page.status, page.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  assert.match(page.text, /b@y\.example/);
  const wrong = await house.fetch("GET", `${path.slice(0, -1)}${path.endsWith("A") ? "B" : "A"}`);
  await house.call("revokeLink", { id }, owner);
  const revoked = await house.fetch("GET", path);
  assert.deepEqual([wrong.status, revoked.status, wrong.text === revoked.text], [404, 404, true]);
});

on("an attacker's HTML runs nothing and loads nothing", async (house) => {
  const id = withMail(house, "held");
  house.node.contentOf = () =>
    (async function* () {
      yield Buffer.from(
        'Subject: =?utf-8?q?h=C3=A4?=\r\nContent-Type: text/html\r\n\r\n<script>x()</script><img src="https://evil.example">',
      );
    })();
  const owner = await house.key("owner");
  assert.partialDeepStrictEqual((await house.call("preview", { id }, owner)).json, { subject: "hä" });
  const policy = (await house.call("frame", { id }, owner)).headers.get("content-security-policy") ?? "";
  assert.match(policy, /^sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:/);
  assert.equal(/script-src|allow-/.test(policy), false);
});
