/** The adapter against servers of its own: real sockets, real TLS, and receivers that behave badly. */
import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer as createPlain } from "node:net";
import { test } from "node:test";
import { selfSigned } from "../../base/certificate.ts";
import { systemClock } from "../../base/clock.ts";
import { systemRandom } from "../../base/random.ts";
import type { HttpPost } from "./http-client.ts";
import { httpsClient } from "./https-client.ts";

const pair = selfSigned("crm.example", systemClock.wall(), systemRandom);

async function listening(server: Pick<Server, "listen" | "address" | "close">): Promise<{ port: number } & AsyncDisposable> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      if ("closeAllConnections" in server && typeof server.closeAllConnections === "function") server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
}

const plainly = (answer: RequestListener) => listening(createServer(answer));

function post(url: string, more: Partial<HttpPost> = {}): HttpPost {
  const { signal } = new AbortController();
  return { url, addresses: ["127.0.0.1"], headers: { "x-a": "b" }, body: Buffer.from("{}"), mostBytes: 4096, signal, ...more };
}

test("a request arrives whole, at the address that was given and under the name in its url", async () => {
  const got: string[] = [];
  await using server = await plainly((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      got.push(`${request.method} ${request.url} ${request.headers.host} ${request.headers["x-a"]} ${body}`);
      response.writeHead(202, { "retry-after": "7" }).end("thanks");
    });
  });
  const answer = await httpsClient().post(post(`http://crm.example:${server.port}/in?a=b`));
  assert.deepEqual(answer, { is: "answer", status: 202, retryAfter: "7", text: "thanks" });
  assert.deepEqual(got, [`POST /in?a=b crm.example:${server.port} b {}`]);
});

test("a certificate must have the name and be signed by somebody known", async () => {
  await using server = await listening(createSecure({ key: pair.key, cert: pair.certificate }, (_, response) => response.end("ok")));
  const url = `https://crm.example:${server.port}/`;
  assert.partialDeepStrictEqual(await httpsClient({ ca: pair.certificate }).post(post(url)), { is: "answer", status: 200 });
  assert.deepEqual(await httpsClient().post(post(url)), { is: "failed", why: "its certificate is signed by nobody else" });
  assert.deepEqual(await httpsClient({ ca: pair.certificate }).post(post(`https://other.example:${server.port}/`)), {
    is: "failed",
    why: "its certificate has another name",
  });
});

test("redirects are not followed", async () => {
  let asked = 0;
  await using server = await plainly((_, response) => {
    asked++;
    response.writeHead(307, { location: "/again" }).end();
  });
  assert.partialDeepStrictEqual(await httpsClient().post(post(`http://crm.example:${server.port}/`)), { is: "answer", status: 307 });
  assert.equal(asked, 1);
});

test("of an endless answer the beginning is read", async () => {
  await using server = await plainly((_, response) => {
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed && response.write("x".repeat(1000)));
    };
    response.on("drain", more);
    more();
  });
  const answer = await httpsClient().post(post(`http://crm.example:${server.port}/`));
  assert.ok(answer.is === "answer" && answer.text.length === 4096);
});

test("an answer that stalls behind its head is one when time is up; silence is none", async () => {
  await using server = await plainly((request, response) => {
    if (request.url === "/head") response.writeHead(200, { "content-length": "10" }).write("half");
  });
  for (const [path, want] of [
    ["/head", { is: "answer", status: 200, text: "half" }],
    ["/silent", { is: "failed", why: "time is up" }],
  ] as const) {
    const ending = new AbortController();
    const asked = httpsClient().post(post(`http://crm.example:${server.port}${path}`, { signal: ending.signal }));
    await systemClock.sleep(50);
    ending.abort(new Error("time is up"));
    assert.partialDeepStrictEqual(await asked, want);
  }
});

test("what fails is told in our words, without addresses", async () => {
  const gone = await plainly(() => {});
  await gone[Symbol.asyncDispose]();
  assert.deepEqual(await httpsClient().post(post(`http://crm.example:${gone.port}/`)), {
    is: "failed",
    why: "the connection was refused",
  });
  await using odd = await listening(createPlain((socket) => socket.resume().end("220 smtp.example ESMTP\r\n")) as unknown as Server);
  assert.match(JSON.stringify(await httpsClient().post(post(`http://crm.example:${odd.port}/`))), /its answer is no HTTP/);
  const over = new AbortController();
  over.abort(new Error("ended"));
  assert.deepEqual(await httpsClient().post(post("http://crm.example/", { signal: over.signal })), { is: "failed", why: "ended" });
});

test("a page comes whole or not at all, and a wrong certificate is told from a fault", async () => {
  await using server = await listening(
    createSecure({ key: pair.key, cert: pair.certificate }, ({ url }, response) => {
      if (url === "/moved") response.writeHead(302, { location: "/" }).end();
      else if (url === "/cut") response.writeHead(200, { "content-length": "99" }).write("x", () => response.destroy());
      else response.writeHead(200, { "content-type": "Text/Plain; charset=utf-8" }).end(url === "/long" ? "x".repeat(101) : "hello");
    }),
  );
  const { signal } = new AbortController();
  const get = (path: string, name = "crm.example") =>
    httpsClient({ ca: pair.certificate }).get({
      url: `https://${name}:${server.port}${path}`,
      addresses: ["127.0.0.1"],
      mostBytes: 100,
      signal,
    });
  assert.deepEqual(await get("/"), { is: "page", status: 200, mediaType: "text/plain", text: "hello" });
  assert.partialDeepStrictEqual(await get("/moved"), { is: "page", status: 302 });
  assert.deepEqual(await get("/long"), { is: "failed", why: "it has more than 100 octets", certificate: false });
  assert.partialDeepStrictEqual(await get("/cut"), { is: "failed", certificate: false });
  assert.partialDeepStrictEqual(await get("/", "other.example"), { is: "failed", certificate: true });
  const aborted = await httpsClient().get({
    url: "https://x.example/",
    addresses: [],
    mostBytes: 1,
    signal: AbortSignal.abort(new Error("no answer within 10 s")),
  });
  assert.deepEqual(aborted, { is: "failed", why: "no answer within 10 s", certificate: false });
});
