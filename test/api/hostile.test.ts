/**
 * What strangers send to the door: requests that two readers could read differently, endless and crooked ones, other
 * protocols, floods. Each gets a proper answer or none, nothing of it is carried out, every answer forbids what a page of
 * ours never needs, and whoever asks properly meanwhile is answered.
 */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { type Bearer, type House, openHouse, PASSWORD } from "../../src/control/api/memory-house.ts";
import { MEMORY_NOW } from "../../src/control/api/memory-node.ts";
import { answerIn, answersIn, connected, type RawAnswer, readToEnd, sent } from "./wire.ts";

let house: House;
let owner: Bearer;
let key: string;

before(async () => {
  house = await openHouse();
  owner = await house.key("owner");
  key = `Authorization: ${owner.headers["authorization"]}\r\n`;
});
beforeEach(() => house.pass(10_000));
after(() => house[Symbol.asyncDispose]());

const HOST = "Host: 127.0.0.1\r\n";
const CLOSE = "Connection: close\r\n";
const get = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\n${HOST}${CLOSE}${more}\r\n`;

function isGuarded({ headers }: RawAnswer, what: string): void {
  assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none';.*frame-ancestors 'none'/, what);
  const others = ["x-content-type-options", "referrer-policy", "cache-control"].map((name) => headers.get(name));
  assert.deepEqual(others, ["nosniff", "no-referrer", "no-store"], what);
}

/** A drain that somebody hides in what another reader takes for a body. */
const HIDDEN = (): string => `POST /api/v1/drain HTTP/1.1\r\n${HOST}${key}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
const post = (headers: string, body: string): string =>
  `POST /api/v1/pickup HTTP/1.1\r\n${HOST}${key}Content-Type: application/json\r\n${headers}\r\n${body}`;

const SMUGGLED: readonly (readonly [string, () => string])[] = [
  ["a length and chunks", () => post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", `0\r\n\r\n${HIDDEN()}`)],
  ["chunks and a length", () => post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", `0\r\n\r\n${HIDDEN()}`)],
  ["two lengths", () => post("Content-Length: 2\r\nContent-Length: 200\r\n", `{}${HIDDEN()}`)],
  ["a list of lengths", () => post("Content-Length: 2, 200\r\n", `{}${HIDDEN()}`)],
  ["a signed length", () => post("Content-Length: +2\r\n", `{}${HIDDEN()}`)],
  ["a length in hexadecimal", () => post("Content-Length: 0x2\r\n", `{}${HIDDEN()}`)],
  ["a blank before the colon", () => post("Content-Length : 2\r\n", `{}${HIDDEN()}`)],
  ["an unknown coding", () => post("Transfer-Encoding: xchunked\r\n", `0\r\n\r\n${HIDDEN()}`)],
  ["chunked, then another coding", () => post("Transfer-Encoding: chunked, identity\r\n", `0\r\n\r\n${HIDDEN()}`)],
  ["a folded header", () => post("Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n", `0\r\n\r\n${HIDDEN()}`)],
  ["a line feed alone in the headers", () => post("X: 1\nContent-Length: 2\r\n", `{}${HIDDEN()}`)],
  ["a carriage return alone in the headers", () => post("X: 1\rContent-Length: 2\r\n", `{}${HIDDEN()}`)],
  ["a zero byte in a header", () => post("X: a\0b\r\nContent-Length: 2\r\n", `{}${HIDDEN()}`)],
  ["a chunk size with a sign", () => post("Transfer-Encoding: chunked\r\n", `+2\r\n{}\r\n0\r\n\r\n${HIDDEN()}`)],
  ["a chunk size beyond all sense", () => post("Transfer-Encoding: chunked\r\n", `ffffffffffffffffff\r\n{}\r\n0\r\n\r\n${HIDDEN()}`)],
  ["chunks that end with line feeds", () => post("Transfer-Encoding: chunked\r\n", `2\n{}\n0\n\n${HIDDEN()}`)],
  [
    "endless blanks before the chunk",
    () => post("Transfer-Encoding: chunked\r\n", `2;${" ".repeat(20_000)}\r\n{}\r\n0\r\n\r\n${HIDDEN()}`),
  ],
  ["a header without a name", () => post(": 1\r\nContent-Length: 2\r\n", `{}${HIDDEN()}`)],
  ["two hosts", () => `GET /api/v1/health HTTP/1.1\r\n${HOST}Host: evil.example\r\nContent-Length: 0\r\n\r\n`],
];
for (const [what, bytes] of SMUGGLED)
  test(`${what}: refused, hung up, and nothing behind it is read as a request`, { timeout: 20_000 }, async () => {
    const before = house.node.pickups;
    const socket = await connected(house);
    socket.end(bytes());
    const answer = answerIn(await readToEnd(socket));
    assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text.slice(0, 300)}`);
    assert.deepEqual([house.node.draining, house.node.pickups], [false, before]);
    isGuarded(answer, what);
  });

const CROOKED: readonly (readonly [string, string | Uint8Array, number])[] = [
  ["TLS to plain HTTP", Buffer.from("160301020001000001fc0303", "hex"), 400],
  ["HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
  ["SMTP", "EHLO evil.example\r\n", 400],
  ["HTTP/1.1 without a host", `GET /api/v1/health HTTP/1.1\r\n${CLOSE}\r\n`, 400],
  ["another name's host", "GET /api/v1/health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 421],
  ["a proxy's request", `GET http://127.0.0.1/api/v1/health HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 400],
  ["a tunnel", `CONNECT 127.0.0.1:25 HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 405],
  ["TRACE", `TRACE / HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 404],
  ["a method of its own", `FAIRLEAD / HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 400],
  ["PATCH", `PATCH /api/v1/users/ann HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 405],
  ["OPTIONS *", `OPTIONS * HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 404],
  ["an expectation that nobody can meet", get("/api/v1/health", "Expect: wonders\r\n"), 417],
  ["a path of 20 KB", get(`/api/v1/search?q=${"a".repeat(20_000)}`), 431],
  ["a header of 20 KB", get("/api/v1/health", `X: ${"a".repeat(20_000)}\r\n`), 431],
  ["four thousand headers", get("/api/v1/health", "a: b\r\n".repeat(4000)), 431],
  ["a path of dots", get("/api/v1/../../../etc/passwd"), 404],
  ["a path with a broken escape", get("/api/v1/messages/%zz"), 400],
  ["a path with overlong UTF-8", get("/api/v1/messages/%c0%ae%c0%ae"), 400],
  ["a backslash for a slash", get("/api\\v1\\health"), 404],
  ["a second slash", get("//api/v1/health"), 404],
];
for (const [what, bytes, want] of CROOKED)
  test(`${what} is ${want}, and the next who asks is answered`, { timeout: 20_000 }, async () => {
    const answer = await sent(house, bytes);
    assert.equal(answer.status, want, answer.text.slice(0, 300));
    isGuarded(answer, what);
    assert.equal((await house.call("health", {})).status, 200);
  });

const BODIES: readonly (readonly [string, string, string, number])[] = [
  ["a million brackets", "application/json", "[".repeat(1_000_000), 400],
  ["an object a hundred thousand deep", "application/json", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`, 400],
  [
    "a selector nested where none is",
    "application/json",
    `{"verb":"hold","selector":{"to":${"[".repeat(50_000)}${"]".repeat(50_000)}}}`,
    400,
  ],
  ["a hundred thousand fields", "application/json", `{${Array.from({ length: 80_000 }, (_, i) => `"f${i}":1`).join(",")}}`, 400],
  ["a hundred thousand times the same field", "application/json", `{${'"verb":"hold",'.repeat(70_000)}"verb":"hold"}`, 400],
  ["a number of a million digits", "application/json", `{"verb":"hold","selector":{"action":${"9".repeat(1_000_000)}}}`, 400],
  [
    "a thousand and one ids",
    "application/json",
    JSON.stringify({ verb: "hold", selector: { id: Array(1001).fill("06BK3Z9QW4T7M0RX") } }),
    400,
  ],
  ["a prototype", "application/json", '{"verb":"hold","selector":{"to":"a@b.c","__proto__":{"all":true}}}', 400],
  ["a constructor", "application/json", '{"constructor":{"prototype":{"all":true}},"verb":"hold","selector":{}}', 400],
  ["no UTF-8", "application/json", "\u00ff\u00fe", 400],
  ["UTF-16", "application/json; charset=utf-16", "\u0000{\u0000}", 400],
  ["XML", "application/xml", "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>", 415],
  ["YAML", "application/yaml", "verb: hold", 415],
  ["JSON under another name", "application/x-json", "{}", 415],
  ["two types", "application/json, text/html", "{}", 415],
  ["compressed", "application/json\r\nContent-Encoding: gzip", "\u001f\u008b", 400],
];
for (const [what, type, body, want] of BODIES)
  test(`a body that is ${what} is ${want} and changes nothing`, { timeout: 20_000 }, async () => {
    const bytes = Buffer.from(body, "latin1");
    const head = `POST /api/v1/actions HTTP/1.1\r\n${HOST}${CLOSE}${key}Content-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
    const answer = await sent(house, Buffer.concat([Buffer.from(head), bytes]));
    assert.equal(answer.status, want, answer.text.slice(0, 300));
    assert.match(answer.text, /"error":\{"code":"[a-z-]+","text":"[^"]/);
    assert.equal(house.node.commands.length, 0);
  });

const QUERIES = [
  ["' OR 1=1 --", "to:x'); DROP TABLE delivery;--", 'to:"a" UNION SELECT password FROM account_user', "reply:%' ESCAPE '\\"],
  ["\\", '"', '"""', "(((((((((", "%", "_%_%_%", "*".repeat(1900), `${"a ".repeat(900)}`, "-".repeat(1900), `${"to:".repeat(600)}`],
  [
    "state:queued' --",
    "since:9999999999999999d",
    "since:-1h",
    "id:\u0000",
    "ip:::::::",
    "class:__proto__",
    "constructor:x",
    "\u202e\u0000\ud800",
  ],
].flat();
for (const q of QUERIES)
  test(`the search ${JSON.stringify(q.slice(0, 60))} is answered or refused, never a fault`, async () => {
    for (const name of ["search", "tally"] as const) {
      const { status, text } = await house.call(name, { q: q.toWellFormed() }, owner);
      assert.ok(status === 200 || status === 400, `${name}: ${status} ${text.slice(0, 200)}`);
    }
    const { status, text } = await house.call("find", { text: q.toWellFormed() }, owner);
    assert.ok(status === 200 || status === 400, text.slice(0, 200));
  });

test("thousands of fields in a query are one clear refusal", async () => {
  const { status, text } = await house.fetch("GET", `/api/v1/search?${"q=a&".repeat(3500)}`, owner);
  assert.equal(status, 400);
  assert.match(text, /q must be text/);
});

test("a dialogue of 10 MB is cut before it is told", async () => {
  const attempt = {
    host: "mx.y.example",
    ip: "192.0.2.25",
    stage: "rcpt",
    times: {},
    nth: 1,
    dialogue: `S: ${"550 no\n".repeat(1_500_000)}`,
  } as const;
  const at = MEMORY_NOW;
  const body = {
    kind: "bounced",
    why: "no",
    dsn: "sent",
    by: { kind: "dispatch", id: "" },
    attempt,
    reply: { code: 550, text: "no ".repeat(1_000_000) },
  } as const;
  const to = [{ address: "b@y.example", state: "settled" as const }];
  const id = house.idOf(
    house.node.add({ acceptedAt: at, from: "a@x.example", sender: "s", source: "srv", to, events: [{ at, rcpt: 0, body }] }),
  );
  const answer = await house.call("message", { id }, owner);
  assert.equal(answer.status, 200);
  assert.ok(answer.text.length < 200_000, `${answer.text.length} bytes`);
  assert.match(answer.text, /cut here/);
});

test("a hundred requests in one go are answered in order, one connection's and no more than the bound at once", {
  timeout: 20_000,
}, async () => {
  const socket = await connected(house);
  socket.write(`GET /api/v1/health HTTP/1.1\r\n${HOST}\r\n`.repeat(99) + get("/api/v1/nothing"));
  const statuses = answersIn(await readToEnd(socket));
  assert.equal(statuses.length, 100);
  assert.equal(statuses.at(-1), statuses.includes(503) ? statuses.at(-1) : 404);
  assert.deepEqual(
    [...new Set(statuses.slice(0, -1))].filter((status) => status !== 200 && status !== 503),
    [],
  );
});

test("an upgrade is not made: the request is answered as what it is", async () => {
  const upgrade =
    "Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n";
  const answer = await sent(house, `GET /api/v1/health HTTP/1.1\r\n${HOST}${upgrade}\r\n`);
  assert.equal(answer.status, 200, answer.text);
  const h2c = await sent(
    house,
    `GET /api/v1/health HTTP/1.1\r\n${HOST}Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
  );
  assert.equal(h2c.status, 200, h2c.text);
});

test("HEAD has the headers and no body on every route that GET has; of a stream it is refused", async () => {
  for (const path of ["/api/v1/health", "/api/v1/status", "/api/v1/openapi.json"]) {
    const answer = await sent(house, `HEAD ${path} HTTP/1.1\r\n${HOST}${CLOSE}${key}\r\n`);
    assert.equal(answer.status, 200, path);
    assert.ok(answer.text.endsWith("\r\n\r\n"), path);
  }
  for (const path of ["/api/v1/live", "/api/v1/export"])
    assert.equal((await sent(house, `HEAD ${path} HTTP/1.1\r\n${HOST}${CLOSE}${key}\r\n`)).status, 405, path);
});

test("no GET changes anything, whatever it says that it is", async () => {
  for (const more of ["X-HTTP-Method-Override: POST\r\n", "X-Method: DELETE\r\n"])
    assert.equal((await sent(house, get("/api/v1/drain?_method=POST", key + more))).status, 405);
  const withBody = `GET /api/v1/status HTTP/1.1\r\n${HOST}${CLOSE}${key}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
  assert.ok([200, 400].includes((await sent(house, withBody)).status));
  assert.equal(house.node.draining, false);
});

test("a hundred connections of this machine that say nothing leave room for whoever asks", { timeout: 20_000 }, async () => {
  const held = await Promise.all(Array.from({ length: 100 }, () => connected(house)));
  assert.equal((await house.call("health", {})).status, 200);
  for (const socket of held) socket.destroy();
});

test("who hangs up in the middle, again and again, takes no place of others", { timeout: 20_000 }, async () => {
  const half = `POST /api/v1/actions HTTP/1.1\r\n${HOST}${key}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"verb":`;
  for (let i = 0; i < 60; i++) {
    const socket = await connected(house);
    socket.write(half);
    socket.write(" ", () => socket.destroy());
    await new Promise((resolve) => socket.once("close", resolve));
  }
  assert.equal((await house.call("status", {}, owner)).status, 200);
  assert.equal(house.node.commands.length, 0);
});

test("headers that come a letter at a time are hung up on after ten seconds; others are served meanwhile", {
  timeout: 40_000,
}, async () => {
  const slow = await Promise.all(Array.from({ length: 20 }, () => connected(house)));
  const drips = slow.map((socket) => dripped(socket, `GET /api/v1/health HTTP/1.1\r\n${HOST}X-Slow: ${"a".repeat(1000)}`, 50));
  assert.equal((await house.call("health", {})).status, 200);
  const answers = await Promise.all(drips);
  for (const text of answers) {
    const answer = answerIn(text);
    assert.equal(answer.status, 408);
    isGuarded(answer, "a slow one");
  }
});

/** A letter each so many milliseconds until the other side has enough; what it said. */
async function dripped(socket: Socket, text: string, everyMs: number): Promise<string> {
  let at = 0;
  const timer = setInterval(() => void (socket.writable && socket.write(text[at++] ?? "a")), everyMs);
  try {
    return await readToEnd(socket);
  } finally {
    clearInterval(timer);
  }
}

test("who nobody is and whose password is wrong hear the same, to the letter, and wait alike", async () => {
  await house.session("operator");
  const answers = async (name: string): Promise<readonly (readonly [number, string, string | null])[]> => {
    const heard: (readonly [number, string, string | null])[] = [];
    for (let i = 0; i < 8; i++) {
      const { status, text, headers } = await house.call("login", { name, password: `${PASSWORD} not` });
      heard.push([status, text.replaceAll(name, "…"), headers.get("retry-after")]);
    }
    house.pass(2 * 3_600_000);
    return heard;
  };
  const [known, unknown, odd] = [await answers("operator-node"), await answers("nobody-at-all"), await answers("' OR ''='")];
  assert.deepEqual(known, unknown);
  assert.deepEqual(known, odd);
  assert.ok(known.some(([status, , wait]) => status === 429 && Number(wait) > 0));
});

test("a first code is used once, guesses wait, and only the socket makes one", async () => {
  const { code = "" } = (await house.desk.logins?.makeFirstCode()) ?? {};
  let waits = 0;
  for (let i = 0; i < 12; i++) {
    const { status } = await house.call("useFirst", {
      code: `0000-0000-0000-00${String(i).padStart(2, "0")}`,
      name: "eve",
      password: PASSWORD,
    });
    assert.ok(status === 409 || status === 429, String(status));
    if (status === 429) waits++;
  }
  assert.ok(waits >= 5, `${waits} of 12 guesses had to wait`);
  house.pass(30 * 60_000);
  assert.equal((await house.call("useFirst", { code, name: "eva", password: PASSWORD })).status, 200);
  house.pass(2 * 3_600_000);
  assert.equal((await house.call("useFirst", { code, name: "eve", password: PASSWORD })).status, 409);
  assert.equal(
    (await sent(house, `POST /api/v1/first HTTP/1.1\r\n${HOST}${CLOSE}${key}fairlead-by: root\r\nContent-Length: 0\r\n\r\n`)).status,
    403,
  );
});

test("an import of 300,000 wrong lines is answered with what was wrong in the first of them", { timeout: 60_000 }, async () => {
  const answer = await house.fetch("POST", "/api/v1/suppressions", owner, "no address\n".repeat(300_000), { "content-type": "text/csv" });
  assert.equal(answer.status, 200, answer.text.slice(0, 200));
  const { added, skipped } = answer.json as {
    readonly added: number;
    readonly skipped: readonly { readonly line: number; readonly why: string }[];
  };
  assert.deepEqual([added, skipped.length, skipped.at(-1)], [0, 1001, { line: 300_000, why: "and 299000 further lines up to this one" }]);
});
