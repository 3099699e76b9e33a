/** The resolver in a simulated network, against name servers that behave, fail, lie and go away. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { World } from "../../../lab/world/world.ts";
import type { Endpoint } from "../../base/network.ts";
import { type Draft, readMessage, writeMessage } from "./message/message.ts";
import { openNameServer, Zone, type ZoneFailure, type ZoneValues } from "./name-server.ts";
import { openStubResolver, type ResolverSettings, type StubResolver } from "./stub-resolver.ts";

const FIRST: Endpoint = { ip: "192.0.2.53", port: 53 };
const SECOND: Endpoint = { ip: "192.0.2.54", port: 53 };
const HOUR = 3_600_000;

type Names = Readonly<Record<string, ZoneValues | ZoneFailure>>;

class House {
  readonly world = new World("resolver", { chop: 0.3 });
  readonly zone: Zone;
  readonly client = this.world.network.machine("client", ["198.51.100.1"]);
  readonly resolver: StubResolver;

  constructor(names: Names, settings: Partial<ResolverSettings> = {}) {
    this.zone = new Zone(".", names, { ttl: 300, negativeTtl: 60 });
    const ports = { network: this.client, clock: this.world.clock, random: this.world.random.fork("resolver") };
    this.resolver = openStubResolver(ports, { servers: () => [FIRST, SECOND], validating: [], hosts: () => [], ...settings });
  }

  /** With name servers at both places. */
  static async open(names: Names, settings: Partial<ResolverSettings> = {}): Promise<House> {
    const house = new House(names, settings);
    for (const at of [FIRST, SECOND]) await house.serve(at);
    return house;
  }

  async serve(at: Endpoint): Promise<void> {
    const machine = this.world.network.machine(`ns ${at.ip}`, [at.ip]);
    await openNameServer({ network: machine, clock: this.world.clock }, at, [this.zone]);
  }

  /** A server that says to each question what `say` says; undefined: nothing. */
  async odd(at: Endpoint, say: (query: Uint8Array, from: Endpoint) => Uint8Array | undefined): Promise<void> {
    const machine = this.world.network.machine(`ns ${at.ip}`, [at.ip]);
    const socket = await machine.datagrams(
      { at },
      {
        received: (bytes, from) => {
          const answer = say(bytes, from);
          if (answer) socket.send(answer, from);
        },
        failed: () => {},
      },
    );
  }

  during<T>(asked: Promise<T>): Promise<T> {
    return this.world.clock.during(asked);
  }

  weather(both: Parameters<World["network"]["weather"]>[1]): void {
    for (const { ip } of [FIRST, SECOND]) this.world.network.weather(ip, both);
  }
}

function answerTo(query: Uint8Array, draft: Partial<Draft>): Uint8Array {
  const asked = readMessage(query);
  assert.ok(asked);
  return writeMessage({ id: asked.id, response: true, recursionAvailable: true, question: asked.question, ...draft });
}

const NAMES: Names = {
  "example.org": { MX: ["20 backup.example.org", "10 MX.example.org"], A: ["192.0.2.80"], TXT: ["v=spf1 -all"] },
  "mx.example.org": { A: ["192.0.2.25"], AAAA: ["2001:db8::25"] },
  "null.example": { MX: ["0 ."] },
  "half.example": { A: ["192.0.2.2"], AAAA: "SERVFAIL" },
  "unsure.example": { AAAA: "SERVFAIL" },
  "broken.example": "SERVFAIL",
  "silent.example": "TIMEOUT",
  "www.example.org": { CNAME: ["mx.example.org"] },
  "loop.example": { CNAME: ["loop.example"] },
  "many.example": { MX: Array.from({ length: 2_000 }, (_, n) => `${4_000 - n} mx${n}.example`) },
};

test("mail hosts and addresses, and what there is not", async () => {
  const { resolver, ...house } = await House.open(NAMES);
  const during = <T>(asked: Promise<T>): Promise<T> => house.world.clock.during(asked);
  const mx = await during(resolver.mx("Example.ORG."));
  assert.ok(mx.status === "ok");
  assert.deepEqual(mx.records, [
    { preference: 10, host: "mx.example.org" },
    { preference: 20, host: "backup.example.org" },
  ]);
  const statuses: Record<string, string> = {};
  for (const name of ["null.example", "mx.example.org", "gone.example", "example.org.gone", "broken.example", "silent.example", "a..b"])
    statuses[name] = (await during(resolver.mx(name))).status;
  assert.deepEqual(statuses, {
    "null.example": "ok",
    "mx.example.org": "nodata",
    "gone.example": "nxdomain",
    "example.org.gone": "nxdomain",
    "broken.example": "fail",
    "silent.example": "fail",
    "a..b": "nxdomain",
  });
  const addresses = async (host: string): Promise<unknown> => {
    const answer = await during(resolver.addresses(host));
    return answer.status === "ok" ? answer.records : answer.status;
  };
  assert.deepEqual(await addresses("mx.example.org"), ["192.0.2.25", "2001:db8::25"]);
  assert.deepEqual(await addresses("www.example.org"), ["192.0.2.25", "2001:db8::25"]);
  assert.deepEqual(await addresses("half.example"), ["192.0.2.2"], "one family is enough to go on with");
  assert.deepEqual(await addresses("unsure.example"), "fail", "the absence of one proves nothing while the other is not known");
  assert.deepEqual(await addresses("loop.example"), "fail");
  assert.deepEqual(await addresses("null.example"), "nodata");
  assert.deepEqual(await addresses("192.0.2.7"), ["192.0.2.7"]);
  assert.deepEqual(await addresses("a b.example"), "nxdomain");
});

test("a fault says which server said what", async () => {
  const house = await House.open(NAMES);
  assert.deepEqual(await house.during(house.resolver.mx("broken.example")), {
    status: "fail",
    why: "SERVFAIL from 192.0.2.53, SERVFAIL from 192.0.2.54",
  });
  assert.deepEqual(await house.during(house.resolver.mx("silent.example")), {
    status: "fail",
    why: "no answer from 192.0.2.53, no answer from 192.0.2.54",
  });
});

test("an answer too large for a datagram comes over TCP, whole, and the best of it is kept", async () => {
  const house = await House.open(NAMES);
  const mx = await house.during(house.resolver.mx("many.example"));
  assert.ok(mx.status === "ok");
  assert.equal(mx.records.length, 64);
  assert.deepEqual(mx.records[0], { preference: 2_001, host: "mx1999.example" });
});

test("the same question is on the network once, however many ask, and then remembered", async () => {
  const house = await House.open(NAMES);
  const { resolver } = house;
  const all = await house.during(Promise.all(Array.from({ length: 50 }, () => resolver.mx("example.org"))));
  assert.ok(all.every(({ status }) => status === "ok"));
  assert.deepEqual(resolver.counts.asked, { found: 1, nodata: 0, nxdomain: 0, failed: 0 });
  await house.during(resolver.mx("EXAMPLE.org"));
  assert.equal(resolver.counts.remembered.fresh, 1);
  await house.world.clock.runFor(301_000);
  await house.during(resolver.mx("example.org"));
  assert.equal(resolver.counts.asked.found, 2);
});

test("what was found serves for a day without servers; what does not exist is not claimed then", async () => {
  const house = await House.open(NAMES);
  const { resolver } = house;
  await house.during(resolver.mx("example.org"));
  await house.during(resolver.mx("gone.example"));
  await house.during(resolver.ask("example.org", "TXT"));
  house.weather({ dark: true });
  await house.world.clock.runFor(2 * HOUR);
  assert.equal((await house.during(resolver.mx("example.org"))).status, "ok");
  assert.equal((await house.during(resolver.mx("gone.example"))).status, "fail");
  assert.equal((await house.during(resolver.ask("example.org", "TXT"))).status, "fail");
  assert.equal(resolver.counts.remembered.stale, 1);
  await house.world.clock.runFor(24 * HOUR);
  assert.equal((await house.during(resolver.mx("example.org"))).status, "fail");
  house.weather({});
  await house.world.clock.runFor(6_000);
  assert.equal((await house.during(resolver.mx("gone.example"))).status, "nxdomain");
});

test("datagrams get lost and answers still come", async () => {
  const house = await House.open(NAMES);
  house.weather({ loss: 0.2 });
  for (let n = 0; n < 40; n++) {
    assert.equal((await house.during(house.resolver.mx(`n${n}.gone.example`))).status, "nxdomain");
  }
});

test("a server that is down costs little: a port that is closed says so, and silence is asked last from then on", async () => {
  const house = new House(NAMES);
  house.world.network.machine("down", [FIRST.ip]);
  await house.serve(SECOND);
  const start = house.world.clock.mono();
  assert.equal((await house.during(house.resolver.mx("example.org"))).status, "ok");
  assert.ok(house.world.clock.mono() - start < 500, "it was told that nobody listens there");
  house.world.network.weather(FIRST.ip, { dark: true });
  assert.equal((await house.during(house.resolver.mx("null.example"))).status, "ok");
  const then = house.world.clock.mono();
  assert.equal((await house.during(house.resolver.mx("mx.example.org"))).status, "nodata");
  assert.ok(house.world.clock.mono() - then < 500);
});

test("an attacker who knows address and port and guesses ids is not believed", async () => {
  const house = new House({ "bank.example": { A: ["192.0.2.1"] } }, { servers: () => [FIRST] });
  await house.serve(FIRST);
  house.world.network.weather(FIRST.ip, { latencyMs: 100 });
  const asked = house.resolver.addresses("bank.example");
  house.world.clock.after(10, () => {
    for (const port of house.world.network.datagrams.portsOf(house.client))
      for (let id = 0; id < 2_000; id++) {
        const forged = writeMessage({
          ...{ id, response: true, recursionAvailable: true, question: { name: "bank.example", type: 1, class: 1 } },
          answers: [{ name: "bank.example", ttl: 86_400, type: "A", ip: "203.0.113.66" }],
        });
        house.world.network.datagrams.forge(FIRST, { ip: house.client.ips[0] ?? "", port }, house.client, forged);
      }
  });
  const answer = await house.during(asked);
  assert.ok(answer.status === "ok");
  assert.deepEqual(answer.records, ["192.0.2.1"]);
});

test("addresses that were found wait two seconds at most for those of the other family", async () => {
  const house = await House.open({ "deaf.example": { A: ["192.0.2.1"], AAAA: "TIMEOUT" } });
  const start = house.world.clock.mono();
  const answer = await house.during(house.resolver.addresses("deaf.example"));
  assert.deepEqual(answer.status === "ok" && answer.records, ["192.0.2.1"]);
  assert.ok(house.world.clock.mono() - start < 2_200);
});

test("from another address nothing is heard", async () => {
  const house = new House({}, { servers: () => [FIRST] });
  await house.odd(FIRST, (query, from) => {
    const lie = answerTo(query, { answers: [{ name: "example.org", ttl: 60, type: "MX", preference: 1, host: "evil.example" }] });
    house.world.network.datagrams.forge(SECOND, from, house.client, lie);
    return undefined;
  });
  assert.equal((await house.during(house.resolver.mx("example.org"))).status, "fail");
});

test("a chain that leaves one server's answer is asked for further, and not without end", async () => {
  const house = new House({}, { servers: () => [FIRST] });
  let asked = 0;
  await house.odd(FIRST, (query) => {
    const name = readMessage(query)?.question?.name ?? "";
    const number = Number(/^n(\d+)\./.exec(name)?.[1] ?? -1);
    asked++;
    const end = { name, ttl: 60, type: "MX", preference: 1, host: "mx.example" } as const;
    if (name.startsWith("n5.short.")) return withCaseOf(query, answerTo(query, { answers: [end] }));
    const next = `n${number + 1}.${name.replace(/^n\d+\./, "")}`;
    return withCaseOf(query, answerTo(query, { answers: [{ name, ttl: 60, type: "CNAME", host: next }] }));
  });
  assert.equal((await house.during(house.resolver.mx("n0.short.example"))).status, "ok");
  asked = 0;
  assert.equal((await house.during(house.resolver.mx("n0.endless.example"))).status, "fail");
  assert.equal(asked, 9);
});

function withCaseOf(query: Uint8Array, answer: Uint8Array): Uint8Array {
  const copy = answer.slice();
  const end = query.indexOf(0, 12);
  copy.set(query.subarray(12, end), 12);
  return copy;
}

test("a word on DNSSEC counts from whom it is believed, and from nobody else", async () => {
  const authentic = async (validating: readonly string[]): Promise<unknown> => {
    const house = new House({}, { servers: () => [FIRST], validating });
    await house.odd(FIRST, (query) => {
      const name = readMessage(query)?.question?.name ?? "";
      return withCaseOf(query, answerTo(query, { authentic: true, answers: [{ name, ttl: 60, type: "TXT", parts: [Uint8Array.of(65)] }] }));
    });
    const answer = await house.during(house.resolver.ask("signed.example", "TXT"));
    return answer.status === "ok" && answer.authentic;
  };
  assert.deepEqual([await authentic([FIRST.ip]), await authentic([SECOND.ip])], [true, false]);
});

test("overrides answer for hosts, and leave the rest to DNS", async () => {
  const hosts = new Map([["mx.example.org", ["10.0.0.5"]]]);
  const house = await House.open(NAMES, { hosts: () => [hosts] });
  const answer = await house.during(house.resolver.addresses("MX.example.org."));
  assert.ok(answer.status === "ok");
  assert.deepEqual(answer.records, ["10.0.0.5"]);
  assert.deepEqual(house.resolver.counts.asked, { found: 0, nodata: 0, nxdomain: 0, failed: 0 });
});

test("a thousand questions at a time wait their turn, and are all answered", async () => {
  const house = await House.open(NAMES);
  const asked = Array.from({ length: 1_000 }, (_, n) => house.resolver.mx(`n${n}.gone.example`));
  assert.equal(house.resolver.counts.underWay, 1_000);
  let most = 0;
  house.world.clock.after(2, () => {
    most = house.world.network.datagrams.portsOf(house.client).length;
  });
  const answers = await house.during(Promise.all(asked));
  assert.ok(answers.every(({ status }) => status === "nxdomain"));
  assert.ok(most > 100 && most <= 128, `${most} sockets`);
  assert.equal(house.resolver.counts.underWay, 0);
  assert.deepEqual(house.world.network.datagrams.portsOf(house.client), [], "and no port is left open");
});

test("beyond twenty thousand waiting questions the next has failed, and nothing else", async () => {
  const house = new House(NAMES, { servers: () => [FIRST] });
  house.world.network.machine("silent", [FIRST.ip]);
  house.world.network.weather(FIRST.ip, { dark: true });
  const asked = Array.from({ length: 20_128 }, (_, n) => house.resolver.mx(`n${n}.example`));
  assert.deepEqual(await house.during(house.resolver.mx("more.example")), { status: "fail", why: "too many look-ups at a time" });
  house.resolver[Symbol.dispose]();
  const answers = await house.during(Promise.all(asked));
  assert.ok(answers.every((answer) => answer.status === "fail" && answer.why === "the resolver is closed"));
});

test("after it is closed every question has failed, those under way too", async () => {
  const house = await House.open(NAMES);
  const asked = house.resolver.mx("silent.example");
  await house.world.clock.runFor(10);
  house.resolver[Symbol.dispose]();
  assert.deepEqual(await house.during(asked), { status: "fail", why: "the resolver is closed" });
  assert.equal((await house.during(house.resolver.mx("example.org"))).status, "fail");
});
