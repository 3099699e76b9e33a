/**
 * The door over TLS: cookies that only it may see, a certificate that is replaced while it runs, and handshakes that
 * come to nothing. Over real sockets.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import { createConnection } from "node:net";
import { after, before, test } from "node:test";
import { type ConnectionOptions, connect, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import { selfSigned } from "../../src/base/certificate.ts";
import { type Clock, systemClock, type WallMs } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { seededRandom } from "../../src/base/random.ts";
import { type HttpApi, startHttp } from "../../src/control/api/api.ts";
import { type House, openHouse, PASSWORD } from "../../src/control/api/memory-house.ts";
import { MEMORY_NOW } from "../../src/control/api/memory-node.ts";
import { readToEnd } from "./wire.ts";

const NAME = "relay.example.net";
/** The waits that the tests let pass themselves. */
const HANDSHAKE_MS = 10_000;
const HEARTBEAT_MS = 20_000;

let house: House;
let http: HttpApi;
let context: SecureContext;
const waits: { readonly ms: number; readonly then: () => void }[] = [];

function newCertificate(host = NAME): SecureContext {
  const { key, certificate } = selfSigned(host, Date.now() as WallMs, seededRandom(`tls ${host} ${Math.random()}`));
  return createSecureContext({ key, cert: certificate });
}

before(async () => {
  house = await openHouse();
  context = newCertificate();
  // Everything else runs by the real clock.
  const clock: Clock = {
    ...systemClock,
    wall: () => MEMORY_NOW,
    after: (ms, then) => {
      if (ms !== HANDSHAKE_MS && ms !== HEARTBEAT_MS) return systemClock.after(ms, then);
      const entry = { ms, then };
      waits.push(entry);
      return () => void (waits.includes(entry) && waits.splice(waits.indexOf(entry), 1));
    },
  };
  http = await startHttp({ ...house.desk, at: { ip: "127.0.0.1", port: 0 }, log: silentLog, clock, tls: { context: () => context } });
});
after(async () => {
  await http[Symbol.asyncDispose]();
  await house[Symbol.asyncDispose]();
});

async function shaken(options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port: http.local.port, rejectUnauthorized: false, servername: NAME, ...options });
  await once(socket, "secureConnect");
  return socket;
}

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function ask(method: string, path: string, headers: Readonly<Record<string, string>> = {}, body?: object): Promise<Got> {
  const options = { host: "127.0.0.1", port: http.local.port, rejectUnauthorized: false, servername: NAME, agent: false };
  const type = body === undefined ? {} : { "content-type": "application/json" };
  return new Promise((resolve, fail) => {
    const asked = request({ ...options, method, path, headers: { host: NAME, ...type, ...headers } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asked.once("error", fail).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

test("the session's cookie is bound to this host and to TLS, and another name's cookie counts for nothing", async () => {
  await house.desk.logins?.addUser({ name: "ann", role: "owner", password: PASSWORD });
  const login = await ask("POST", "/api/v1/login", {}, { name: "ann", password: PASSWORD });
  const [cookie = ""] = login.headers["set-cookie"] ?? [];
  assert.match(cookie, /^__Host-fairlead=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  const token = cookie.split(";", 1)[0]?.split("=")[1] ?? "";
  assert.equal((await ask("GET", "/api/v1/me", { cookie: `__Host-fairlead=${token}` })).status, 200);
  // A page of plain HTTP by the same name can set the other one.
  assert.equal((await ask("GET", "/api/v1/me", { cookie: `fairlead=${token}` })).status, 401);
  const { me } = JSON.parse(login.text) as { readonly me: { readonly csrf: string } };
  const order = { cookie: `__Host-fairlead=${token}`, "fairlead-csrf": me.csrf };
  const from = (origin: string): Promise<Got> => ask("POST", "/api/v1/pickup", { ...order, origin }, {});
  assert.equal((await from(`http://${NAME}`)).status, 403, "a page of plain HTTP is another site");
  assert.equal((await from(`https://${NAME}:444`)).status, 403);
  assert.equal((await from(`https://${NAME}`)).status, 200);
});

test("a certificate that was replaced is shown to the next connection; those open go on", async () => {
  const one = await shaken();
  const before = one.getPeerX509Certificate()?.fingerprint256;
  context = newCertificate();
  const two = await shaken();
  const other = two.getPeerX509Certificate()?.fingerprint256;
  assert.ok(before !== undefined && other !== undefined && before !== other);
  const nameless = await shaken({ servername: "" });
  assert.equal(nameless.getPeerX509Certificate()?.fingerprint256, other, "also to who names no host");
  one.write(`GET /api/v1/health HTTP/1.1\r\nHost: ${NAME}\r\nConnection: close\r\n\r\n`);
  assert.match(await readToEnd(one), /^HTTP\/1\.1 200 /);
  for (const socket of [two, nameless]) socket.destroy();
});

test("HTTP/1.1 is what is spoken; what asks for nothing but HTTP/2 is not let in, nor are old versions of TLS", async () => {
  const socket = await shaken({ ALPNProtocols: ["h2", "http/1.1"] });
  assert.equal(socket.alpnProtocol, "http/1.1");
  socket.destroy();
  await assert.rejects(shaken({ ALPNProtocols: ["h2"] }));
  await assert.rejects(shaken({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" }));
});

const NO_TLS: readonly (readonly [string, string])[] = [
  ["plain HTTP", `GET /api/v1/health HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`],
  ["rubbish", "\u0000\u0001\u0002".repeat(1000)],
  ["a hello that ends in the middle", "\u0016\u0003\u0001\u0002\u0000\u0001"],
];
for (const [what, bytes] of NO_TLS)
  test(`${what} in place of a handshake is no request, and others are served`, async () => {
    const socket = createConnection({ host: "127.0.0.1", port: http.local.port });
    socket.end(Buffer.from(bytes, "latin1"));
    assert.doesNotMatch(await readToEnd(socket), /HTTP\/1\.1/);
    assert.equal((await ask("GET", "/api/v1/health")).status, 200);
  });

test("a handshake that does not go on is hung up on after ten seconds", async () => {
  assert.equal(waits.length, 0, "those before have ended");
  const socket = createConnection({ host: "127.0.0.1", port: http.local.port });
  const ended = readToEnd(socket);
  while (waits.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(waits[0]?.ms, HANDSHAKE_MS);
  waits[0]?.then();
  assert.equal(await ended, "");
  assert.equal((await ask("GET", "/api/v1/health")).status, 200);
});

test("a live stream goes over TLS and ends with its login, at its next heartbeat", async () => {
  const login = await ask("POST", "/api/v1/login", {}, { name: "ann", password: PASSWORD });
  const cookie = (login.headers["set-cookie"]?.[0] ?? "").split(";", 1)[0] ?? "";
  const { me } = JSON.parse(login.text) as { readonly me: { readonly csrf: string } };
  const stream = await shaken();
  stream.write(`GET /api/v1/live HTTP/1.1\r\nHost: ${NAME}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`);
  const [first] = (await once(stream, "data")) as [Buffer];
  assert.match(first.toString(), /^HTTP\/1\.1 200 [^]*content-type: text\/event-stream/i);
  assert.match(first.toString(), /content-security-policy: default-src 'none'/i);
  const ended = readToEnd(stream);
  assert.equal((await ask("POST", "/api/v1/logout", { cookie, "fairlead-csrf": me.csrf, origin: `https://${NAME}` }, {})).status, 200);
  waits.find(({ ms }) => ms === HEARTBEAT_MS)?.then();
  await ended;
});
