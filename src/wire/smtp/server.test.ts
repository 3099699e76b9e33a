/** The driver: pace, time limits and ends of a connection, on a pipe and a clock that tests move by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock, MonoMs, WallMs } from "../../base/clock.ts";
import type { Pipe, PipeEvents, TlsFacts } from "../../base/network.ts";
import { seededRandom } from "../../base/random.ts";
import type { Reply } from "../../model/reply.ts";
import type { ServerHandle, ServerOptions } from "./server.ts";
import { defaultServerOptions, serve } from "./server.ts";
import type { ServerHost } from "./server-host.ts";

const OK: Reply = { code: 250, enhanced: "2.0.0", text: "accepted" };
const TO_DATA = "EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";

class HandClock implements Clock {
  now = 0;
  readonly #due: { at: number; then: () => void }[] = [];
  wall = (): WallMs => this.now as WallMs;
  mono = (): MonoMs => this.now as MonoMs;
  nextTurn = (then: () => void): void => void this.after(0, then);
  sleep = (): Promise<void> => Promise.reject(new Error("nobody sleeps here"));
  after = (ms: number, then: () => void): (() => void) => {
    const call = { at: this.now + ms, then };
    this.#due.push(call);
    return () => void (this.#due.includes(call) && this.#due.splice(this.#due.indexOf(call), 1));
  };

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [next] = this.#due.filter((call) => call.at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#due.splice(this.#due.indexOf(next), 1);
      this.now = next.at;
      next.then();
    }
    this.now = end;
  }
}

class HandPipe implements Pipe {
  readonly remote = { ip: "192.0.2.7", port: 4711 };
  readonly local = { ip: "192.0.2.1", port: 25 };
  readonly writes: string[] = [];
  readonly calls: string[] = [];
  takesWrites = true;
  handshake = Promise.withResolvers<TlsFacts>();
  forTls: string | undefined;
  events!: PipeEvents;
  open(events: PipeEvents): void {
    this.events = events;
  }
  write(bytes: Uint8Array): boolean {
    this.writes.push(Buffer.from(bytes).toString());
    return this.takesWrites;
  }
  pause = (): void => void this.calls.push("pause");
  resume = (): void => void this.calls.push("resume");
  end = (): void => void this.calls.push("end");
  destroy = (): void => void this.calls.push("destroy");
  startTls(_: unknown, received?: Uint8Array): Promise<TlsFacts> {
    this.calls.push("startTls");
    this.forTls = Buffer.from(received ?? []).toString();
    return this.handshake.promise;
  }
  gets(text: string | Buffer): void {
    const lent = Buffer.from(text);
    this.events.data(lent);
    lent.fill(120); // the view was valid during the call only
  }
}

interface Rig {
  readonly pipe: HandPipe;
  readonly clock: HandClock;
  readonly handle: ServerHandle;
  readonly log: string[];
}

function rig(host: Partial<ServerHost> = {}, options: Partial<ServerOptions> = {}): Rig {
  const pipe = new HandPipe();
  const clock = new HandClock();
  const log: string[] = [];
  const whole: ServerHost = {
    mail: () => undefined,
    rcpt: () => undefined,
    data: () => undefined,
    content: (bytes) => void log.push(`content ${Buffer.from(bytes)}`),
    message: () => OK,
    reset: () => void log.push("reset"),
    password: () => false,
    verifier: () => Promise.reject(new Error("no verifiers")),
    scramDone: () => undefined,
    closed: (why) => void log.push(`closed: ${why}`),
    ...host,
  };
  const certificate = { context: () => ({}) as never };
  const handle = serve(pipe, { ...defaultServerOptions("mx.test", seededRandom("x")), certificate, ...options }, whole, clock);
  return { pipe, clock, handle, log };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const last = (pipe: HandPipe): string => pipe.writes.at(-1) ?? "";

test("the replies to one read leave in one write", () => {
  const { pipe } = rig();
  pipe.gets(TO_DATA);
  assert.equal(pipe.writes.length, 2);
  assert.match(last(pipe), /^250-[^]*250 2\.1\.0 ok\r\n250 2\.1\.5 ok\r\n354 /);
});

test("while the host takes content in slowly nothing is read, and the message waits for it", async () => {
  const taken = Promise.withResolvers<void>();
  const asked: string[] = [];
  const { pipe } = rig({ content: () => taken.promise, message: () => (asked.push("message"), OK) });
  pipe.gets(TO_DATA);
  pipe.gets("text\r\n.\r\n");
  assert.deepEqual([pipe.calls, asked], [["pause"], []]);
  taken.resolve();
  await turn();
  assert.deepEqual([pipe.calls, asked, last(pipe)], [["pause", "resume"], ["message"], "250 2.0.0 accepted\r\n"]);
});

test("input is kept while the host thinks, and above 256 KiB the pipe is paused", async () => {
  const decided = Promise.withResolvers<undefined>();
  const { pipe } = rig({ mail: () => decided.promise });
  pipe.gets("EHLO c\r\nMAIL FROM:<a@b.example>\r\n");
  for (let i = 0; i < 4; i++) pipe.gets("NOOP\r\n".repeat(10_923)); // 64 KiB
  assert.deepEqual(pipe.calls, ["pause"]);
  decided.resolve(undefined);
  await turn();
  assert.match(last(pipe), /^250 2\.1\.0 ok\r\n250 2\.0\.0 ok\r\n/);
});

test("a client that says nothing for five minutes gets 421", () => {
  const { pipe, clock, log } = rig();
  clock.pass(299_999);
  assert.equal(pipe.writes.length, 1);
  clock.pass(1);
  assert.match(last(pipe), /^421 4\.4\.2 /);
  assert.deepEqual(pipe.calls, ["end"]);
  pipe.events.close();
  assert.deepEqual(log, ["closed: timeout"]);
});

test("a command line that trickles in does not extend its time", () => {
  const { pipe, clock } = rig();
  for (let i = 0; i < 5; i++) {
    clock.pass(59_999);
    pipe.gets("x");
  }
  clock.pass(10);
  assert.match(last(pipe), /^421 4\.4\.2 /);
});

test("content that trickles in is cut off, content that flows is not", () => {
  const slow = rig();
  slow.pipe.gets(TO_DATA);
  for (let i = 0; i < 10; i++) {
    slow.clock.pass(29_999);
    slow.pipe.gets("x\r\n");
  }
  slow.clock.pass(100);
  assert.match(last(slow.pipe), /^421 4\.4\.2 /);
  assert.equal(slow.log.at(-1), "reset");

  const steady = rig();
  steady.pipe.gets(TO_DATA);
  for (let i = 0; i < 20; i++) {
    steady.clock.pass(200_000);
    steady.pipe.gets(`${"x".repeat(16_382)}\r\n`);
  }
  assert.match(last(steady.pipe), /^250-[^]*354 /);
});

test("a host that thinks long is waited for", async () => {
  const stored = Promise.withResolvers<Reply>();
  const { pipe, clock } = rig({ message: () => stored.promise });
  pipe.gets(TO_DATA);
  pipe.gets(".\r\n");
  clock.pass(3_600_000);
  assert.match(last(pipe), /354 /);
  stored.resolve(OK);
  await turn();
  assert.equal(last(pipe), "250 2.0.0 accepted\r\n");
});

test("a client that never reads is not read either, and is dropped in time", () => {
  const { pipe, clock } = rig();
  pipe.takesWrites = false;
  pipe.gets("NOOP\r\n");
  assert.deepEqual(pipe.calls, ["pause"]);
  clock.pass(300_000);
  assert.deepEqual(pipe.calls, ["pause", "destroy"]);
  const other = rig();
  other.pipe.takesWrites = false;
  other.pipe.gets("NOOP\r\n");
  other.pipe.events.drain();
  assert.deepEqual(other.pipe.calls, ["pause", "resume"]);
});

test("an idle session drains at once, one in a transaction after its message", async () => {
  const idle = rig();
  void idle.handle.drain();
  assert.match(last(idle.pipe), /^421 4\.3\.2 /);
  assert.deepEqual(idle.pipe.calls, ["end"]);

  const busy = rig();
  busy.pipe.gets(TO_DATA);
  const drained = busy.handle.drain();
  assert.deepEqual(busy.pipe.calls, []);
  busy.pipe.gets("x\r\n.\r\n");
  assert.match(last(busy.pipe), /^250 2\.0\.0 accepted\r\n421 4\.3\.2 /);
  assert.deepEqual(busy.pipe.calls, ["end"]);
  busy.pipe.events.close();
  await drained;
  assert.equal(busy.log.at(-1), "closed: draining");
});

test("a connection lost in a transaction resets it; lost behind the final dot it does not", () => {
  const before = rig();
  before.pipe.gets(`${TO_DATA}x\r\n`);
  before.pipe.events.close({ code: "ECONNRESET", text: "reset by peer" });
  assert.deepEqual(before.log, ["content x\r\n", "reset", "closed: connection lost: reset by peer"]);

  const behind = rig({ message: () => new Promise(() => undefined) });
  behind.pipe.gets(TO_DATA);
  behind.pipe.gets("x\r\n.\r\n");
  behind.pipe.events.close();
  assert.deepEqual(behind.log, ["content x\r\n", "closed: the client hung up"]);
});

test("a client that has closed its side still gets the reply it waits for", async () => {
  const stored = Promise.withResolvers<Reply>();
  const { pipe } = rig({ message: () => stored.promise });
  pipe.gets(TO_DATA);
  pipe.gets("x\r\n.\r\n");
  pipe.events.end();
  assert.deepEqual(pipe.calls, []);
  stored.resolve(OK);
  await turn();
  assert.equal(last(pipe), "250 2.0.0 accepted\r\n");
  assert.deepEqual(pipe.calls, ["end"]);
});

test("a host that throws is trouble of ours: 451, and the session goes on", async () => {
  const fail = (): never => {
    throw new Error("broken");
  };
  const { pipe } = rig({ mail: fail });
  pipe.gets("EHLO c\r\nMAIL FROM:<a@b.example>\r\nNOOP\r\n");
  assert.match(last(pipe), /451 4\.3\.0 [^]*250 2\.0\.0 ok\r\n$/);

  const storing = rig({ message: () => Promise.reject(new Error("disk")) });
  storing.pipe.gets(TO_DATA);
  storing.pipe.gets("x\r\n.\r\n");
  await turn();
  assert.match(last(storing.pipe), /^451 4\.3\.0 FL-4002 /);

  const taking = rig({ content: () => Promise.reject(new Error("disk")), message: fail });
  taking.pipe.gets(TO_DATA);
  taking.pipe.gets("x\r\n.\r\n");
  await turn();
  assert.match(last(taking.pipe), /^451 4\.3\.0 FL-4002 /);
  assert.deepEqual(taking.log, ["reset"]);
});

test("220 goes out before the handshake; a failed one ends the connection", async () => {
  const { pipe, log } = rig({}, { tls: "offered" });
  pipe.gets("EHLO c\r\n");
  pipe.gets("STARTTLS\r\n");
  assert.match(last(pipe), /^220 2\.0\.0 /);
  pipe.handshake.resolve({ version: "TLSv1.3", cipher: "x", authorized: false });
  await turn();
  pipe.gets("EHLO c\r\n");
  assert.doesNotMatch(last(pipe), /STARTTLS/);

  const broken = rig({}, { tls: "offered" });
  broken.pipe.gets("EHLO c\r\n");
  broken.pipe.gets("STARTTLS\r\n");
  broken.pipe.handshake.reject(new Error("no shared cipher"));
  await turn();
  assert.deepEqual(broken.pipe.calls, ["startTls", "destroy"]);
  broken.pipe.events.close();
  assert.deepEqual(broken.log, ["closed: TLS failed: no shared cipher"]);
  assert.deepEqual(log, []);
});

test("with implicit TLS the greeting waits for the handshake", async () => {
  const { pipe } = rig({}, { implicitTls: true });
  assert.deepEqual(pipe.writes, []);
  pipe.handshake.resolve({ version: "TLSv1.3", cipher: "x", authorized: false });
  await turn();
  assert.match(last(pipe), /^220 /);
});

test("who speaks before a delayed greeting is sent away, unless it may", () => {
  const strict = rig({}, { greetAfterMs: 1_000, earlyTalk: false });
  strict.pipe.gets("EHLO c\r\n");
  assert.match(last(strict.pipe), /^554 5\.5\.1 /);
  assert.deepEqual(strict.pipe.calls, ["end"]);

  const lenient = rig({}, { greetAfterMs: 1_000 });
  lenient.pipe.gets("EHLO c\r\n");
  assert.deepEqual(lenient.pipe.writes, []);
  lenient.clock.pass(1_000);
  assert.match(last(lenient.pipe), /^220 [^]*250-PIPELINING/);
});

test("a PROXY header names the client, and what came with it is not lost", async () => {
  const ips: string[] = [];
  const { pipe } = rig({ mail: (_, client) => void ips.push(client.ip) }, { proxyFrom: (ip) => ip === "192.0.2.7" });
  pipe.gets("PROXY TCP4 198.51.100.9 192.0.2.1 5");
  pipe.gets("6 25\r\nEHLO c\r\nMAIL FROM:<a@b.example>\r\n");
  await turn();
  assert.deepEqual(ips, ["198.51.100.9"]);
  assert.match(pipe.writes.join(""), /^220 [^]*250 2\.1\.0 ok\r\n$/);
});

test("a hello in one packet with the PROXY header reaches the handshake", async () => {
  const { pipe } = rig({}, { proxyFrom: () => true, implicitTls: true });
  pipe.gets("PROXY UNKNOWN\r\nHELLO");
  await turn();
  assert.equal(pipe.forTls, "HELLO");
});

const unannounced: readonly [string, (pipe: HandPipe, clock: HandClock) => void, RegExp][] = [
  ["speaks SMTP", (pipe) => pipe.gets("EHLO c\r\n"), /malformed/],
  ["says nothing", (_, clock) => clock.pass(10_000), /in time/],
  ["hangs up", (pipe) => pipe.events.end(), /ended before/],
  ["sends a broken header", (pipe) => pipe.gets("PROXY TCP4 1.2.3 4.5.6.7 1 2\r\n"), /malformed/],
];
for (const [what, act, why] of unannounced)
  test(`where a PROXY header is demanded, a peer that ${what} is dropped without a word`, async () => {
    const { pipe, clock, handle, log } = rig({}, { proxyFrom: () => true });
    act(pipe, clock);
    await handle.done;
    assert.deepEqual(pipe.writes, []);
    assert.match(log.join(), why);
    assert.ok(pipe.calls.includes("destroy"));
  });

test("a peer that may not send a PROXY header is dropped", async () => {
  const { pipe, handle, log } = rig({}, { proxyFrom: () => false });
  assert.deepEqual(log, []); // not before serve has returned
  await handle.done;
  assert.deepEqual([pipe.calls, log], [["destroy"], ["closed: this peer may not send a PROXY header"]]);
});

test("abort ends it now, whatever is open, and the host hears of it once", async () => {
  const { pipe, handle, log } = rig();
  pipe.gets(TO_DATA);
  handle.abort();
  handle.abort();
  pipe.events.close({ code: "ABORTED", text: "dropped by this side" });
  await handle.done;
  assert.deepEqual(log, ["reset", "closed: aborted"]);
  assert.equal(pipe.writes.length, 2);
});
