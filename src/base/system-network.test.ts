/** Proves the real pipes on loopback: what arrives, in what order, and how each kind of end is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { selfSigned } from "./certificate.ts";
import { systemClock } from "./clock.ts";
import type { Listener, Pipe, PipeEvents, PipeFault, TlsHandshake } from "./network.ts";
import { systemRandom } from "./random.ts";
import { serverContext, systemNetwork } from "./system-network.ts";

const network = systemNetwork(systemClock);
const anyPort = { ip: "127.0.0.1", port: 0 };

/** Keeps what a pipe tells, and wakes whoever waits for a part of it. */
class Ears implements PipeEvents {
  heard = "";
  drains = 0;
  ended = false;
  closed: { fault?: PipeFault } | undefined;
  #waiting: { met: () => boolean; wake: () => void }[] = [];
  data(bytes: Uint8Array): void {
    this.heard += Buffer.from(bytes).toString("latin1");
    this.#look();
  }
  drain(): void {
    this.drains++;
    this.#look();
  }
  end(): void {
    this.ended = true;
    this.#look();
  }
  close(fault?: PipeFault): void {
    assert.equal(this.closed, undefined, "close is the last call, made once");
    this.closed = fault ? { fault } : {};
    this.#look();
  }
  isClosed(): boolean {
    return this.closed !== undefined;
  }
  async until(met: () => boolean): Promise<void> {
    if (!met()) await new Promise<void>((wake) => this.#waiting.push({ met, wake }));
  }
  #look(): void {
    this.#waiting = this.#waiting.filter(({ met, wake }) => !met() || void wake());
  }
}

/** A connected pair; the server's end first. */
async function pair(): Promise<{ listener: Listener; server: Pipe; client: Pipe; s: Ears; c: Ears }> {
  const accepted = Promise.withResolvers<Pipe>();
  const listener = await network.listen(anyPort, accepted.resolve);
  const connected = await network.connect({ host: "127.0.0.1", port: listener.local.port, timeoutMs: 5_000 });
  assert.ok(connected.ok);
  const s = new Ears();
  const c = new Ears();
  const server = await accepted.promise;
  server.open(s);
  connected.pipe.open(c);
  return { listener, server, client: connected.pipe, s, c };
}

test("bytes go both ways and an orderly end closes both without a fault", async () => {
  const { listener, server, client, s, c } = await pair();
  assert.equal(client.remote.port, listener.local.port);
  assert.equal(server.remote.port, client.local.port);
  assert.equal(server.local.ip, "127.0.0.1");
  server.write(Buffer.from("220 hello\r\n"));
  await c.until(() => c.heard === "220 hello\r\n");
  client.write(Buffer.from("QUIT\r\n"));
  client.end();
  await s.until(() => s.heard === "QUIT\r\n" && s.ended);
  server.end();
  await s.until(() => s.closed !== undefined);
  await c.until(() => c.closed !== undefined);
  assert.deepEqual([s.closed, c.closed], [{}, {}]);
  await listener.close();
});

test("what the peer sent before the pipe was opened is not lost", async () => {
  const accepted = Promise.withResolvers<Pipe>();
  const listener = await network.listen(anyPort, accepted.resolve);
  const connected = await network.connect({ host: "127.0.0.1", port: listener.local.port, timeoutMs: 5_000 });
  assert.ok(connected.ok);
  const server = await accepted.promise;
  const s = new Ears();
  server.open(s);
  server.write(Buffer.from("early"));
  server.end();
  connected.pipe.write(Buffer.from("also early"));
  connected.pipe.end();
  await s.until(() => s.closed !== undefined);
  const late = new Ears();
  connected.pipe.open(late); // the whole life of the connection may have passed
  await late.until(() => late.closed !== undefined);
  assert.ok(late.closed);
  await listener.close();
});

test("nobody is called from inside a call on the pipe", async () => {
  const { listener, server, client, s, c } = await pair();
  client.destroy();
  assert.equal(c.isClosed(), false);
  client.write(Buffer.from("ignored")); // and after a close nothing throws
  client.end();
  client.destroy();
  await c.until(() => c.closed !== undefined);
  assert.equal(c.closed?.fault?.code, "ABORTED");
  await s.until(() => s.closed !== undefined);
  assert.equal(s.closed?.fault?.code, "ECONNRESET", "destroy resets, so that the peer knows it was not an orderly end");
  server.write(Buffer.from("ignored"));
  server.destroy();
  await listener.close();
});

test("a full pipe says so, and tells when it has emptied", async () => {
  const { listener, server, client, s, c } = await pair();
  server.pause();
  const block = Buffer.alloc(1 << 20, "x");
  let blocks = 1;
  while (client.write(block)) blocks++;
  assert.equal(c.drains, 0);
  server.resume();
  await c.until(() => c.drains === 1);
  await s.until(() => s.heard.length === blocks << 20);
  client.end();
  server.end();
  await c.until(() => c.closed !== undefined);
  await listener.close();
});

test("a paused pipe that is ended still closes when its peer does", async () => {
  const { listener, server, client, s, c } = await pair();
  server.pause();
  client.write(Buffer.alloc(100_000, "y"));
  client.end();
  server.end();
  await s.until(() => s.closed !== undefined);
  await c.until(() => c.closed !== undefined);
  assert.deepEqual([s.closed, s.heard], [{}, ""]);
  await listener.close();
});

test("a peer that never closes is dropped after the linger", async () => {
  const waiting: { ms: number; then: () => void }[] = [];
  const clock = { ...systemClock, after: (ms: number, then: () => void) => (waiting.push({ ms, then }), () => {}) };
  const slow = systemNetwork(clock);
  const accepted = Promise.withResolvers<Pipe>();
  const listener = await slow.listen(anyPort, accepted.resolve);
  const connected = await network.connect({ host: "127.0.0.1", port: listener.local.port, timeoutMs: 5_000 });
  assert.ok(connected.ok);
  const [s, c] = [new Ears(), new Ears()];
  const server = await accepted.promise;
  server.open(s);
  connected.pipe.open(c);
  server.end();
  await c.until(() => c.ended);
  assert.deepEqual([waiting[0]?.ms, s.closed], [5_000, undefined]);
  waiting[0]?.then();
  await s.until(() => s.closed !== undefined);
  assert.equal(s.closed?.fault?.code, "TIMEOUT");
  connected.pipe.destroy();
  await c.until(() => c.closed !== undefined);
  await listener.close();
});

test("a connection that cannot be made is a value with the system's code", async () => {
  const listener = await network.listen(anyPort, () => {});
  await listener.close();
  const refused = await network.connect({ host: "127.0.0.1", port: listener.local.port, timeoutMs: 5_000 });
  assert.equal(refused.ok === false && refused.fault.code, "ECONNREFUSED");
  const named = await network.connect({ host: "localhost", port: 25, timeoutMs: 5_000 });
  assert.equal(named.ok === false && named.fault.code, "EINVAL", "names are the resolver's business");
  const foreign = await network.connect({ host: "127.0.0.1", port: 25, localAddress: "192.0.2.1", timeoutMs: 5_000 });
  assert.equal(foreign.ok === false && foreign.fault.code, "EADDRNOTAVAIL");
  const aborted = await network.connect({ host: "127.0.0.1", port: 25, timeoutMs: 5_000, signal: AbortSignal.abort() });
  assert.equal(aborted.ok === false && aborted.fault.code, "ABORTED");
});

test("a listener says why it cannot have an address, and closing it leaves open connections alone", async () => {
  const { listener, server, client, s, c } = await pair();
  await assert.rejects(
    network.listen(listener.local, () => {}),
    { code: "EADDRINUSE" },
  );
  await listener.close();
  await listener.close();
  client.write(Buffer.from("still here"));
  await s.until(() => s.heard === "still here");
  client.end();
  server.end();
  await c.until(() => c.closed !== undefined);
});

/** A connected pair whose client trusts `roots`; the server's end first. */
async function tlsPair(roots: readonly string[]): Promise<{ listener: Listener; server: Pipe; client: Pipe; s: Ears; c: Ears }> {
  const trusting = systemNetwork(systemClock, { roots });
  const accepted = Promise.withResolvers<Pipe>();
  const listener = await network.listen(anyPort, accepted.resolve);
  const connected = await trusting.connect({ host: "127.0.0.1", port: listener.local.port, timeoutMs: 5_000 });
  assert.ok(connected.ok);
  const [s, c] = [new Ears(), new Ears()];
  const server = await accepted.promise;
  server.open(s);
  connected.pipe.open(c);
  return { listener, server, client: connected.pipe, s, c };
}

const identity = selfSigned("relay.example.org", systemClock.wall(), systemRandom);
const context = serverContext(identity);

for (const [name, roots, authorized] of [
  ["relay.example.org", [identity.certificate], true],
  ["other.example.org", [identity.certificate], false],
  ["relay.example.org", [selfSigned("relay.example.org", systemClock.wall(), systemRandom).certificate], false],
  [undefined, [identity.certificate], true],
  ["192.0.2.1", [identity.certificate], false],
] as const)
  test(`a certificate for relay.example.org, ${roots[0] === identity.certificate ? "trusted" : "unknown"}, asked for ${name ?? "no name"}: ${authorized ? "authorized" : "a fact, not an end"}`, async () => {
    const { listener, server, client, s, c } = await tlsPair(roots);
    server.write(Buffer.from("220 go ahead\r\n"));
    await c.until(() => c.heard !== "");
    const [atServer, atClient] = await Promise.all([
      server.startTls({ server: context }),
      client.startTls({ client: name === undefined ? {} : { serverName: name } }),
    ]);
    assert.deepEqual([atClient.authorized, atServer.authorized], [authorized, false]);
    assert.deepEqual([atClient.version, atServer.version], ["TLSv1.3", "TLSv1.3"]);
    assert.equal(atClient.cipher, atServer.cipher);
    client.write(Buffer.from("EHLO"));
    await s.until(() => s.heard === "EHLO");
    server.write(Buffer.alloc(300_000, "z"));
    await c.until(() => c.heard.length === 300_000 + "220 go ahead\r\n".length);
    client.end();
    await s.until(() => s.ended);
    server.end();
    await s.until(() => s.closed !== undefined);
    await c.until(() => c.closed !== undefined);
    assert.deepEqual([s.closed, c.closed], [{}, {}]);
    await listener.close();
  });

test("what the peer sends right behind its handshake waits for those who await the handshake", async () => {
  const { listener, server, client, s, c } = await tlsPair([identity.certificate]);
  const order: string[] = [];
  const securing = server.startTls({ server: context }).then(async () => {
    await Promise.resolve(); // as an owner with a few awaits of its own would
    await Promise.resolve();
    order.push(`secured, heard "${s.heard}"`);
  });
  await client.startTls({ client: {} });
  client.write(Buffer.from("EHLO"));
  await Promise.all([securing, s.until(() => s.heard === "EHLO")]);
  assert.deepEqual(order, ['secured, heard ""']);
  client.destroy();
  await c.until(() => c.closed !== undefined);
  await s.until(() => s.ended || s.closed !== undefined); // the kernel tells a reset once, perhaps to a write of OpenSSL's own
  server.destroy();
  await s.until(() => s.closed !== undefined);
  await listener.close();
});

test("a handshake that fails rejects, and closes the pipe with the same fault", async () => {
  const { listener, server, client, s, c } = await tlsPair([]);
  const failed = assert.rejects(client.startTls({ client: {} }), { code: "TLS" });
  server.write(Buffer.from("500 what is this?\r\n"));
  await failed;
  await c.until(() => c.closed !== undefined);
  assert.equal(c.closed?.fault?.code, "TLS");
  server.destroy();
  await s.until(() => s.closed !== undefined);
  await listener.close();
});

test("a peer that leaves in the middle of the handshake is no hang", async () => {
  const { listener, server, client, s, c } = await tlsPair([]);
  const failed = assert.rejects(server.startTls({ server: context }));
  client.end();
  await failed;
  await s.until(() => s.closed !== undefined);
  client.destroy();
  await c.until(() => c.closed !== undefined);
  await listener.close();
});

test("a session that is taken up again shows no certificate, and counts as verified by nobody", async () => {
  const kept: Uint8Array[] = [];
  const names: string[] = [];
  const keep = (session: Uint8Array): void => void kept.push(session);
  const shake = async (session?: Uint8Array): Promise<TlsHandshake> => {
    const { listener, server, client, s, c } = await tlsPair([identity.certificate]);
    const as = { serverName: "relay.example.org", keep, ...(session && { session }) };
    const [handshake] = await Promise.all([client.startTls({ client: as }), server.startTls({ server: context })]);
    names.push(...(handshake.peer?.chain() ?? []).flatMap((one) => one.names));
    server.write(Buffer.from("hello")); // TLS 1.3 gives its tickets with the first octets
    await c.until(() => c.heard === "hello");
    client.end();
    await s.until(() => s.ended);
    server.end();
    await c.until(() => c.closed !== undefined);
    await listener.close();
    return handshake;
  };
  const first = await shake();
  assert.deepEqual([first.authorized, first.resumed, first.peer?.distrust], [true, undefined, undefined]);
  const second = await shake(kept[0]);
  assert.deepEqual(names, ["relay.example.org"]);
  assert.deepEqual([second.authorized, second.resumed, second.peer], [false, true, undefined]);
});

test("why a chain is not trusted is told apart from its name", async () => {
  for (const [roots, name, distrust] of [
    [[identity.certificate], "other.example.org", undefined],
    [[], "relay.example.org", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ] as const) {
    const { listener, server, client, s, c } = await tlsPair(roots);
    const [handshake] = await Promise.all([client.startTls({ client: { serverName: name } }), server.startTls({ server: context })]);
    assert.deepEqual([handshake.authorized, handshake.peer?.distrust], [false, distrust]);
    client.end();
    await s.until(() => s.ended);
    server.end();
    await c.until(() => c.closed !== undefined);
    await listener.close();
  }
});

test("dropping a connection whose peer reset it right behind the handshake ends the connection and nothing else", async () => {
  for (let time = 0; time < 5; time++) {
    const { listener, server, client, s, c } = await tlsPair([identity.certificate]);
    await Promise.all([client.startTls({ client: {} }), server.startTls({ server: context })]);
    client.destroy();
    await c.until(() => c.closed !== undefined);
    server.destroy();
    await s.until(() => s.closed !== undefined);
    await listener.close();
  }
});
