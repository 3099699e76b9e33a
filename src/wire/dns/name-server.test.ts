/** The server and the resolver over real sockets of this machine: the same port for both transports, and what TCP clients do. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { systemClock } from "../../base/clock.ts";
import type { Pipe } from "../../base/network.ts";
import { systemRandom } from "../../base/random.ts";
import { systemNetwork } from "../../base/system-network.ts";
import { FrameReader, framed } from "./message/frames.ts";
import { readMessage, writeMessage } from "./message/message.ts";
import { type NameServer, openNameServer, Zone } from "./name-server.ts";
import { openStubResolver, type StubResolver } from "./stub-resolver.ts";

const network = systemNetwork(systemClock);
const ports = { network, clock: systemClock };
let server: NameServer;
let resolver: StubResolver;

before(async () => {
  const zone = new Zone("example.org", {
    "example.org": { MX: ["10 mx.example.org"] },
    "mx.example.org": { A: ["192.0.2.1"] },
    "big.example.org": { TXT: Array.from({ length: 250 }, (_, n) => `${n} ${"x".repeat(200)}`) },
  });
  server = await openNameServer(ports, { ip: "127.0.0.1", port: 0 }, [zone]);
  const settings = { servers: () => [server.local], validating: [], hosts: () => [] };
  resolver = openStubResolver({ ...ports, random: systemRandom }, settings);
});
after(async () => {
  resolver[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

test("the resolver asks over UDP, and over TCP where an answer is large", async () => {
  assert.deepEqual(await resolver.mx("example.org"), {
    status: "ok",
    records: [{ preference: 10, host: "mx.example.org" }],
    authentic: false,
  });
  assert.equal((await resolver.addresses("mx.example.org")).status, "ok");
  const large = await resolver.ask("big.example.org", "TXT");
  assert.ok(large.status === "ok");
  assert.equal(large.records.length, 64);
  assert.equal((await resolver.mx("gone.example.org")).status, "nxdomain");
  assert.deepEqual(await resolver.mx("example.com"), { status: "fail", why: "REFUSED from 127.0.0.1" });
});

test("a port that nobody listens at is told at once", async () => {
  const gone = await openNameServer(ports, { ip: "127.0.0.1", port: 0 }, []);
  await gone[Symbol.asyncDispose]();
  using lonely = openStubResolver({ ...ports, random: systemRandom }, { servers: () => [gone.local], validating: [], hosts: () => [] });
  assert.deepEqual(await lonely.mx("example.org"), { status: "fail", why: "refused from 127.0.0.1" });
});

function connected(): Promise<Pipe> {
  return network.connect({ host: "127.0.0.1", port: server.local.port, timeoutMs: 5_000 }).then((made) => {
    assert.ok(made.ok);
    return made.pipe;
  });
}

test("to a server of this machine a socket is used again, and closed with the resolver", async () => {
  let opened = 0;
  let open = 0;
  const counting: typeof network = {
    ...network,
    datagrams: async (place, events) => {
      const socket = await network.datagrams(place, events);
      opened++;
      open++;
      return { ...socket, close: () => (open--, socket.close()) };
    },
  };
  const settings = { servers: () => [server.local], validating: [], hosts: () => [] };
  const one = openStubResolver({ network: counting, clock: systemClock, random: systemRandom }, settings);
  for (let n = 0; n < 20; n++) assert.equal((await one.mx(`n${n}.example.org`)).status, "nxdomain");
  assert.equal(opened, 1);
  await Promise.all(Array.from({ length: 100 }, (_, n) => one.mx(`m${n}.example.org`)));
  assert.ok(open <= 32, `${open} are kept`);
  one[Symbol.dispose]();
  assert.equal(open, 0);
});

test("over one connection many questions are answered, in whatever pieces they come", async () => {
  const pipe = await connected();
  const frames = new FrameReader();
  const ids: (number | undefined)[] = [];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  pipe.open({
    data: (bytes) => {
      for (const frame of frames.take(bytes)) ids.push(readMessage(frame)?.id);
      if (ids.length === 300) resolve();
    },
    drain: () => {},
    end: () => {},
    close: () => resolve(),
  });
  const questions = Array.from({ length: 300 }, (_, id) =>
    framed(writeMessage({ id, question: { name: "big.example.org", type: 16, class: 1 } })),
  );
  const octets = Buffer.concat(questions);
  for (let at = 0; at < octets.length; at += 777) pipe.write(octets.subarray(at, at + 777));
  await all;
  pipe.destroy();
  assert.deepEqual(
    ids,
    Array.from({ length: 300 }, (_, id) => id),
  );
});

test("a length of nothing and a message of nothing harm nobody", async () => {
  const pipe = await connected();
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  pipe.open({ data: () => {}, drain: () => {}, end: () => pipe.end(true), close: () => resolve() });
  pipe.write(Uint8Array.of(0, 0, 0, 3, 1, 2, 3, 255));
  pipe.end();
  await closed;
  assert.equal((await resolver.ask("mx.example.org", "A")).status, "ok");
});

test("frames are cut anywhere and joined again", () => {
  const frames = new FrameReader();
  const stream = Buffer.concat([framed(Uint8Array.of(1, 2, 3)), framed(new Uint8Array()), framed(new Uint8Array(300))]);
  const lengths: number[] = [];
  for (const octet of stream) for (const message of frames.take(Uint8Array.of(octet))) lengths.push(message.length);
  assert.deepEqual(lengths, [3, 0, 300]);
});
