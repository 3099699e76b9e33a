/** Datagrams of the real system: who hears whom, and what becomes of those that cannot be delivered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Datagrams, Endpoint } from "./network.ts";
import { systemDatagrams } from "./system-datagrams.ts";

interface Heard {
  readonly socket: Datagrams;
  readonly texts: string[];
  readonly faults: string[];
  readonly from: Endpoint[];
  /** Resolves with the next datagram or fault. */
  next(): Promise<void>;
}

async function hear(place: Parameters<typeof systemDatagrams>[0]): Promise<Heard> {
  const [texts, faults, from]: [string[], string[], Endpoint[]] = [[], [], []];
  let wake = (): void => {};
  const socket = await systemDatagrams(place, {
    received: (bytes, sender) => (texts.push(Buffer.from(bytes).toString()), from.push(sender), wake()),
    failed: ({ code }) => (faults.push(code), wake()),
  });
  return { socket, texts, faults, from, next: () => new Promise((resolve) => (wake = resolve)) };
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

for (const ip of ["127.0.0.1", "::1"])
  test(`over ${ip} a question comes to its server and the answer back to its port alone`, async (t) => {
    let server: Heard;
    try {
      server = await hear({ at: { ip, port: 0 } });
    } catch {
      return t.skip(`this machine has no ${ip}`);
    }
    const client = await hear({ peer: server.socket.local });
    const stranger = await hear({ at: { ip, port: 0 } });
    client.socket.send(bytes("question"), server.socket.local);
    await server.next();
    assert.deepEqual([server.texts, server.from], [["question"], [client.socket.local]]);
    stranger.socket.send(bytes("lie"), client.socket.local);
    server.socket.send(bytes("answer"), client.socket.local);
    await client.next();
    assert.deepEqual(client.texts, ["answer"]);
    for (const { socket } of [server, client, stranger]) socket.close();
  });

test("a port that nobody listens at is told to who asked it, and the socket goes on", async () => {
  const gone = await hear({ at: { ip: "127.0.0.1", port: 0 } });
  gone.socket.close();
  const client = await hear({ peer: gone.socket.local });
  client.socket.send(bytes("question"), gone.socket.local);
  await client.next();
  assert.deepEqual(client.faults, ["ECONNREFUSED"]);
  client.socket.close();
  client.socket.send(bytes("too late"), gone.socket.local);
  client.socket.close();
});

test("a place that cannot be had is an error with the system's code", async () => {
  const taken = await hear({ at: { ip: "127.0.0.1", port: 0 } });
  await assert.rejects(hear({ at: taken.socket.local }), { code: "EADDRINUSE" });
  await assert.rejects(hear({ peer: { ip: "a.example", port: 53 } }), { code: "EINVAL" });
  taken.socket.close();
});
