/** The simulated internet against itself: its sources hand mail to its receivers; none of our SMTP takes part. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Pipe, PipeFault, TlsFacts } from "../../src/base/network.ts";
import { greylists, limitsRate, refuses, resetsAfterDot, stallsAfterDot, without } from "./habits.ts";
import type { HandOver } from "./senders.ts";
import { World } from "./world.ts";

const MINUTE = 60_000;

interface Heard {
  text: string;
  ended: boolean;
  drained: number;
  closed: boolean;
  fault?: PipeFault | undefined;
}

/** Opens a pipe and keeps what it tells. */
function hear(pipe: Pipe): Heard {
  const heard: Heard = { text: "", ended: false, drained: 0, closed: false };
  pipe.open({
    data: (bytes) => void (heard.text += Buffer.from(bytes).toString("latin1")),
    drain: () => void heard.drained++,
    end: () => void (heard.ended = true),
    close: (fault) => void Object.assign(heard, { closed: true, fault }),
  });
  return heard;
}

/** Two machines and a connection between them. */
async function pair(world = new World("pair")): Promise<{ world: World; client: Pipe; server: Pipe }> {
  const a = world.network.machine("a", ["192.0.2.1"]);
  const b = world.network.machine("b", ["192.0.2.2"]);
  let server: Pipe | undefined;
  await b.listen({ ip: "192.0.2.2", port: 25 }, (pipe) => void (server = pipe));
  const connected = await world.clock.during(a.connect({ host: "192.0.2.2", port: 25, timeoutMs: 1000 }));
  assert.ok(connected.ok && server);
  return { world, client: connected.pipe, server };
}

test("time moves only when run, calls come in order of time and then of age", async () => {
  const { clock } = new World("time");
  const start = clock.wall();
  const seen: string[] = [];
  clock.after(20, () => seen.push("c"));
  clock.after(10, () => seen.push("a"));
  clock.after(10, () => void Promise.resolve().then(() => seen.push("b")));
  const cancel = clock.after(15, () => seen.push("never"));
  cancel();
  await clock.runFor(19);
  assert.deepEqual(seen, ["a", "b"]);
  assert.equal(clock.wall() - start, 19);
  await clock.runFor(1);
  assert.deepEqual(seen, ["a", "b", "c"]);
});

test("a sleep ends in time, or with the signal's reason", async () => {
  const { clock } = new World("sleep");
  await clock.during(clock.sleep(5_000));
  assert.equal(clock.mono(), 5_000);
  const abort = new AbortController();
  const slept = clock.sleep(5_000, abort.signal);
  abort.abort(new Error("enough"));
  await assert.rejects(clock.during(slept), /enough/);
  await assert.rejects(clock.during(new Promise(() => {}), 1_000), /did not settle/);
});

test("bytes arrive in order, cut anywhere; a view that is kept becomes question marks", async () => {
  const { world, client, server } = await pair();
  let kept: Uint8Array | undefined;
  const lengths: number[] = [];
  let text = "";
  server.open({
    data: (bytes) => {
      kept ??= bytes;
      lengths.push(bytes.length);
      text += Buffer.from(bytes).toString();
    },
    drain() {},
    end() {},
    close() {},
  });
  hear(client);
  const sent = Array.from({ length: 400 }, (_, n) => `line ${n}\r\n`).join("");
  for (const line of sent.match(/.{1,97}/gs) ?? []) client.write(Buffer.from(line));
  await world.clock.runFor(1_000);
  assert.equal(text, sent);
  assert.ok(
    lengths.some((n) => n < 97 && n !== sent.length % 97),
    "some were cut",
  );
  assert.match(Buffer.from(kept ?? []).toString(), /^\?+$/);
});

test("a reader that pauses slows the writer: the window fills, write says false, drain follows", async () => {
  const { world, client, server } = await pair();
  const at = hear(server);
  const from = hear(client);
  server.pause();
  assert.equal(client.write(Buffer.alloc(64 * 1024, 97)), true);
  assert.equal(client.write(Buffer.alloc(200 * 1024, 98)), false);
  await world.clock.runFor(10_000);
  assert.equal(at.text.length, 0);
  assert.equal(from.drained, 0);
  server.resume();
  await world.clock.runFor(10_000);
  assert.equal(at.text.length, 264 * 1024);
  assert.equal(from.drained, 1);
});

test("a half-closed connection still carries the other way, and closes when both have ended", async () => {
  const { world, client, server } = await pair();
  const [at, from] = [hear(server), hear(client)];
  client.write(Buffer.from("bye"));
  client.end();
  await world.clock.runFor(500);
  assert.deepEqual([at.text, at.ended, at.closed], ["bye", true, false]);
  server.end();
  await world.clock.runFor(500);
  assert.deepEqual([at.closed, at.fault, from.closed, from.fault], [true, undefined, true, undefined]);
});

test("who ends waits five seconds for the other's end, then resets", async () => {
  const { world, client, server } = await pair();
  const [at, from] = [hear(server), hear(client)];
  client.end();
  await world.clock.runFor(6_000);
  assert.equal(from.fault?.code, "TIMEOUT");
  assert.equal(at.fault?.code, "ECONNRESET");
});

test("destroy resets the peer, and what was not yet sent is lost", async () => {
  const { world, client, server } = await pair();
  const [at, from] = [hear(server), hear(client)];
  client.destroy();
  client.write(Buffer.from("too late"));
  await world.clock.runFor(500);
  assert.deepEqual([at.text, at.fault?.code, from.fault?.code], ["", "ECONNRESET", "ABORTED"]);
});

const connects = [
  [{ connect: "refused" }, "ECONNREFUSED"],
  [{ connect: "unreachable" }, "EHOSTUNREACH"],
  [{ connect: "black hole" }, "TIMEOUT"],
  [{ dark: true }, "TIMEOUT"],
] as const;
for (const [weather, code] of connects)
  test(`a connection to a host with ${JSON.stringify(weather)} ends in ${code}`, async () => {
    const world = new World("weather");
    await world.receiver("example.org", "192.0.2.2");
    world.network.weather("192.0.2.2", weather);
    const a = world.network.machine("a", ["192.0.2.1"]);
    const connected = await world.clock.during(a.connect({ host: "192.0.2.2", port: 25, timeoutMs: 30_000 }));
    assert.equal(connected.ok ? "ok" : connected.fault.code, code);
    assert.equal(world.clock.mono() >= 30_000, code === "TIMEOUT");
  });

test("other ways not to connect: no listener, no such host, no address of the family, aborted", async () => {
  const world = new World("ways");
  const a = world.network.machine("a", ["192.0.2.1"]);
  world.network.machine("b", ["192.0.2.2"]);
  const code = async (options: { host: string; localAddress?: string; signal?: AbortSignal }): Promise<string> => {
    const connected = await world.clock.during(a.connect({ port: 25, timeoutMs: 1_000, ...options }));
    return connected.ok ? "ok" : connected.fault.code;
  };
  assert.equal(await code({ host: "192.0.2.2" }), "ECONNREFUSED");
  assert.equal(await code({ host: "192.0.2.9" }), "EHOSTUNREACH");
  assert.equal(await code({ host: "2001:db8::1" }), "EADDRNOTAVAIL");
  assert.equal(await code({ host: "192.0.2.2", localAddress: "192.0.2.7" }), "EADDRNOTAVAIL");
  assert.equal(await code({ host: "192.0.2.2", signal: AbortSignal.abort() }), "ABORTED");
  await assert.rejects(
    a.listen({ ip: "192.0.2.2", port: 25 }, () => {}),
    { code: "EADDRNOTAVAIL" },
  );
  const listener = await a.listen({ ip: "0.0.0.0", port: 25 }, () => {});
  await assert.rejects(
    a.listen({ ip: "192.0.2.1", port: 25 }, () => {}),
    { code: "EADDRINUSE" },
  );
  await listener.close();
  await a.listen({ ip: "192.0.2.1", port: 25 }, () => {});
});

test("a host that goes dark keeps its peers waiting", async () => {
  const { world, client, server } = await pair();
  const [at, from] = [hear(server), hear(client)];
  client.write(Buffer.from("one"));
  await world.clock.runFor(500);
  world.network.weather("192.0.2.2", { dark: true });
  client.write(Buffer.from("two"));
  await world.clock.runFor(60 * MINUTE);
  world.network.weather("192.0.2.2", {});
  client.write(Buffer.from("three"));
  await world.clock.runFor(60 * MINUTE);
  assert.deepEqual([at.text, at.closed, from.closed], ["one", false, false]);
});

test("TLS is a fact: both ends learn of it, the name is checked, plain text in between breaks it", async () => {
  const tls = async (serverName: string | undefined, certificate?: string[], brokenTls = false): Promise<TlsFacts | string> => {
    const { world, client, server } = await pair();
    world.network.weather("192.0.2.2", { ...(certificate && { certificate }), brokenTls });
    hear(client);
    hear(server);
    const both = Promise.all([
      server.startTls({ server: {} as never }),
      client.startTls({ client: serverName === undefined ? {} : { serverName } }),
    ]);
    return await world.clock.during(both).then(
      ([, { peer: _, ...facts }]) => facts,
      (thrown) => thrown.code,
    );
  };
  const good = { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384" };
  assert.deepEqual(await tls("mx.example.org", ["mx.example.org"]), { ...good, authorized: true });
  assert.deepEqual(await tls("mx.example.com", ["mx.example.org"]), { ...good, authorized: false });
  assert.deepEqual(await tls(undefined), { ...good, authorized: false });
  assert.equal(await tls("mx.example.org", ["mx.example.org"], true), "TLS");
  const { world, client, server } = await pair();
  const [at] = [hear(server), hear(client)];
  const handshake = server.startTls({ server: {} as never });
  client.write(Buffer.from("NOOP\r\n"));
  await assert.rejects(world.clock.during(handshake), { code: "TLS" });
  await world.clock.runFor(100);
  assert.deepEqual([at.text, at.closed], ["", true]);
});

test("a killed process hears nothing more, and its peers are reset", async () => {
  const world = new World("kill");
  const life = world.process("node", ["192.0.2.1"]);
  let server: Pipe | undefined;
  await life.network.listen({ ip: "192.0.2.1", port: 25 }, (pipe) => void (server = pipe));
  const peer = world.network.machine("peer", ["192.0.2.2"]);
  const connected = await world.clock.during(peer.connect({ host: "192.0.2.1", port: 25, timeoutMs: 1_000 }));
  assert.ok(connected.ok && server);
  const [at, from] = [hear(server), hear(connected.pipe)];
  let called = false;
  life.clock.after(1_000, () => void (called = true));
  void life.resolver.mx("example.org").then(() => void (called = true));
  connected.pipe.write(Buffer.from("on its way"));
  life.kill();
  await world.clock.runFor(MINUTE);
  assert.deepEqual([at.text, at.closed, from.fault?.code, called], ["", false, "ECONNRESET", false]);
  const again = world.process("node", ["192.0.2.1"]);
  await again.network.listen({ ip: "192.0.2.1", port: 25 }, () => {});
});

test("names: zones as literals, and the ways in which they fail", async () => {
  const { resolver, clock } = new World("dns");
  resolver.set("example.org", { MX: ["10 mx1.example.org", "20 mx2.example.org."] });
  resolver.set("mx1.example.org", { A: ["192.0.2.1"], AAAA: ["2001:db8::1"] });
  resolver.set("alias.example", { CNAME: ["example.org"] });
  resolver.set("circle.example", { CNAME: ["circle.example"] });
  resolver.set("null.example", { MX: ["0 ."] });
  resolver.set("empty.example", { MX: [] });
  resolver.set("slow.example", "TIMEOUT");
  resolver.set("half.example", { A: ["192.0.2.3"], AAAA: "SERVFAIL" });
  const mx = (name: string): Promise<unknown> => clock.during(resolver.mx(name));
  const two = {
    status: "ok",
    authentic: false,
    records: [
      { preference: 10, host: "mx1.example.org" },
      { preference: 20, host: "mx2.example.org" },
    ],
  };
  assert.deepEqual(await mx("Example.ORG."), two);
  assert.deepEqual(await mx("alias.example"), two);
  assert.deepEqual(await mx("circle.example"), { status: "fail", why: "SERVFAIL" });
  assert.deepEqual(await mx("null.example"), { status: "ok", authentic: false, records: [{ preference: 0, host: "" }] });
  assert.deepEqual(await mx("empty.example"), { status: "nodata" });
  assert.deepEqual(await mx("mx1.example.org"), { status: "nodata" });
  assert.deepEqual(await mx("nowhere.example"), { status: "nxdomain" });
  const addresses = async (name: string) => await clock.during(resolver.addresses(name));
  assert.deepEqual(await addresses("mx1.example.org"), { status: "ok", authentic: false, records: ["192.0.2.1", "2001:db8::1"] });
  assert.deepEqual(await addresses("half.example"), { status: "ok", authentic: false, records: ["192.0.2.3"] });
  const before = clock.mono();
  assert.deepEqual(await mx("slow.example"), { status: "fail", why: "no answer in time" });
  assert.equal(clock.mono() - before, 5_000);
});

const mail = (id: string, ...recipients: string[]) => ({
  id,
  mailFrom: "a@shop.example",
  recipients,
  body: [".a dot first", "ü".repeat(3)],
  mailParameters: " BODY=8BITMIME",
});

test("a source's mail stands in the receiver's mailbox, dots and all, and nobody broke a rule", async () => {
  const world = new World("mail");
  const receiver = await world.receiver("example.org", "192.0.2.2", [refuses(/^no@/)]);
  const source = world.source("www.shop.example", "192.0.2.1", { ip: "192.0.2.2", port: 25 });
  const result = await world.clock.during(source.send(mail("m1", "x@example.org", "no@example.org")));
  assert.equal(result.is, "taken");
  assert.deepEqual(result.is === "taken" && [...result.refused.keys()], ["no@example.org"]);
  assert.deepEqual(
    receiver.taken.map((one) => one.recipients),
    [["x@example.org"]],
  );
  assert.match(receiver.taken[0]?.content.toString() ?? "", /X-Lab-Id: m1\r\n\r\n\.a dot first\r\nüüü\r\n$/);
  assert.deepEqual(receiver.violations, []);
});

test("habits: greylisting, a rate limit, a reset past the dot, ten minutes of silence", async () => {
  const world = new World("habits");
  const to = { ip: "192.0.2.2", port: 25 };
  const receiver = await world.receiver("example.org", to.ip, [greylists(5 * MINUTE)]);
  const source = world.source("www.shop.example", "192.0.2.1", to);
  const send = (id: string): Promise<HandOver> => world.clock.during(source.send(mail(id, "x@example.org")));
  assert.match(JSON.stringify(await send("g1")), /450 4\.2\.0/);
  await world.clock.runFor(5 * MINUTE);
  assert.equal((await send("g2")).is, "taken");
  receiver.habits = [limitsRate(2)];
  assert.deepEqual([(await send("r1")).is, (await send("r2")).is, (await send("r3")).is], ["taken", "taken", "refused"]);
  receiver.habits = [resetsAfterDot(1)];
  assert.deepEqual(await send("d1"), { is: "lost", dot: true });
  receiver.habits = [stallsAfterDot(1, 9 * MINUTE)];
  const before = world.clock.mono();
  assert.equal((await send("s1")).is, "taken");
  assert.ok(world.clock.mono() - before > 9 * MINUTE);
});

test("a receiver notes what a client may not do", async () => {
  const world = new World("manners");
  const receiver = await world.receiver("example.org", "192.0.2.2", [without("PIPELINING", "8BITMIME")]);
  const machine = world.network.machine("rude", ["192.0.2.1"]);
  const connected = await world.clock.during(machine.connect({ host: "192.0.2.2", port: 25, timeoutMs: 1_000 }));
  assert.ok(connected.ok);
  hear(connected.pipe);
  connected.pipe.write(Buffer.from("EHLO rude\nMAIL FROM:<a@b> BODY=8BITMIME\r\nRCPT TO:<x@y>\r\nNONSENSE\r\nQUIT\r\n"));
  await world.clock.runFor(1_000);
  for (const what of [/bare LF/, /without PIPELINING/, /does not wait/, /BODY that was not offered/, /unknown command/])
    assert.ok(
      receiver.violations.some((one) => what.test(one)),
      `${what} in ${receiver.violations.join("\n")}`,
    );
});

async function busyHour(seed: string): Promise<string> {
  const world = new World(seed);
  await world.receiver("example.org", "192.0.2.2", [greylists(MINUTE), resetsAfterDot(0.2), limitsRate(20)]);
  const source = world.source("www.shop.example", "192.0.2.1", { ip: "192.0.2.2", port: 25 });
  const random = world.random.fork("traffic");
  for (let n = 0; n < 200; n++)
    world.clock.after(random.next() * 60 * MINUTE, () => void source.send(mail(`m${n}`, `u${n % 7}@example.org`)));
  await world.clock.runFor(90 * MINUTE);
  assert.ok(world.chronicle.count > 400);
  return world.chronicle.hash;
}

test("the same seed is the same history, another seed another one", async () => {
  const [first, again, other] = [await busyHour("7"), await busyHour("7"), await busyHour("8")];
  assert.equal(first, again);
  assert.notEqual(first, other);
});
