/** How many streams there may be, how much waits for a slow reader, and that none outlives the login it began with. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { Writable } from "node:stream";
import { test } from "node:test";
import { SimClock } from "../../../lab/world/sim-clock.ts";
import type { WallMs } from "../../base/clock.ts";
import type { TenantId } from "../../model/ids.ts";
import { EVERYTHING, type Role } from "../../model/view.ts";
import type { Identity } from "../logins/logins.ts";
import type { LiveStream } from "./asked.ts";
import { LiveStreams } from "./live-streams.ts";
import { Refused } from "./refused.ts";

/** A response whose reader may stand still. */
class Wire extends Writable {
  text = "";
  reads = true;
  status = 0;
  #next: (() => void) | undefined;

  constructor() {
    super({ decodeStrings: false, highWaterMark: 1024 });
  }

  override _write(part: string, _encoding: BufferEncoding, done: () => void): void {
    this.text += part;
    if (this.reads) done();
    else this.#next = done;
  }

  writeHead(status: number): void {
    this.status = status;
  }

  flushHeaders(): void {}

  readOn(): void {
    this.reads = true;
    this.#next?.();
  }
}

function person(name: string, tenant?: string, role: Role = tenant === undefined ? "operator" : "tenant-read"): Identity {
  const view = tenant === undefined ? EVERYTHING : { sees: "tenant" as const, tenant: tenant as TenantId };
  return { name, role, view, actor: { kind: "operator", id: name }, by: "session", freshUntil: 0 as WallMs, fresh: false };
}

interface Opened {
  readonly wire: Wire;
  readonly stream: LiveStream;
  /** What `fill` returned was called. */
  readonly stopped: () => boolean;
}

function opened(streams: LiveStreams, identity: Identity, again: () => Promise<Identity | undefined> = async () => identity): Opened {
  streams.admit(identity);
  const wire = new Wire();
  let stream: LiveStream | undefined;
  let stopped = false;
  streams.begin(wire as unknown as ServerResponse, { identity, again }, (given) => {
    stream = given;
    return () => {
      stopped = true;
    };
  });
  if (stream === undefined) throw new Error("a stream begins at once");
  return { wire, stream, stopped: () => stopped };
}

const isWait = (thrown: unknown): boolean => thrown instanceof Refused && thrown.code === "wait" && "retry-after" in thrown.headers;
const full = (streams: LiveStreams, who: Identity): void => assert.throws(() => streams.admit(who), isWait);

test("six of one person, 24 of one tenant, 64 of all; what ends makes room", async () => {
  const streams = new LiveStreams({ clock: new SimClock(0 as WallMs) });
  const ann = Array.from({ length: 6 }, () => opened(streams, person("ann")));
  full(streams, person("ann"));
  for (let i = 0; i < 24; i++) opened(streams, person(`guest${i % 4}`, "hotel"));
  full(streams, person("guest9", "hotel"));
  opened(streams, person("guest0", "bakery"));
  for (let i = 0; i < 33; i++) opened(streams, person(`op${i}`));
  full(streams, person("late"));
  ann[0]?.wire.destroy();
  await new Promise((resolve) => setImmediate(resolve));
  opened(streams, person("late"));
});

test("two tenants' keys of one name are two", () => {
  const streams = new LiveStreams({ clock: new SimClock(0 as WallMs) });
  for (let i = 0; i < 6; i++) opened(streams, person("billing", "hotel"));
  full(streams, person("billing", "hotel"));
  opened(streams, person("billing", "bakery"));
});

test("a reader that stands still has 256 KiB waiting and loses what comes after", () => {
  const streams = new LiveStreams({ clock: new SimClock(0 as WallMs) });
  const { wire, stream } = opened(streams, person("ann"));
  wire.reads = false;
  const line = "x".repeat(64 * 1024);
  const took = Array.from({ length: 10 }, () => stream.send(line));
  assert.deepEqual(took.indexOf(false), 5);
  assert.ok(stream.waiting() <= 6 * 64 * 1024, `${stream.waiting()} bytes wait`);
  wire.readOn();
  wire.destroy();
  assert.equal(stream.send(line), false);
});

test("a heartbeat each 20 s keeps it open, and stops with it", async () => {
  const clock = new SimClock(0 as WallMs);
  const streams = new LiveStreams({ clock });
  const { wire, stopped } = opened(streams, person("ann"));
  await clock.runFor(60_000);
  assert.equal(wire.text, ": still here\n\n".repeat(4));
  wire.destroy();
  await clock.runFor(0);
  assert.equal(stopped(), true);
  const before = clock.turns;
  await clock.runFor(600_000);
  assert.equal(clock.turns, before);
});

const ENDS: readonly (readonly [string, () => Promise<Identity | undefined>])[] = [
  ["the login ended", async () => undefined],
  ["the role is another one", async () => person("guest", "hotel", "tenant-admin")],
  ["the tenant is another one", async () => person("guest", "bakery")],
  ["it cannot be known", () => Promise.reject(new Error("the database is away"))],
];
for (const [why, again] of ENDS)
  test(`a stream ends with the next heartbeat when ${why}`, async () => {
    const clock = new SimClock(0 as WallMs);
    const { wire, stream, stopped } = opened(new LiveStreams({ clock }), person("guest", "hotel"), again);
    assert.equal(stream.send("data: 1\n\n"), true);
    await clock.runFor(20_000);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([wire.writableEnded, stopped(), stream.send("data: 2\n\n")], [true, true, false]);
  });

test("a shutdown ends them all at once", async () => {
  const streams = new LiveStreams({ clock: new SimClock(0 as WallMs) });
  const all = [opened(streams, person("ann")), opened(streams, person("bob"))];
  streams.end();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    all.map(({ wire, stopped }) => [wire.writableEnded, stopped()]),
    [
      [true, true],
      [true, true],
    ],
  );
});
